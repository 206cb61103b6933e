"""Assets: the few files that a browser may load, each under an address that changes with its content."""

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fastapi import APIRouter, HTTPException, Request, Response

_HERE = Path(__file__).parent
_CSS, _JS, _SVG = "text/css; charset=utf-8", "text/javascript; charset=utf-8", "image/svg+xml"

# Name in the address, and the file: from npm (portal/package.json) or our own.
_FILES = {
    "tabler.css": "node_modules/@tabler/core/dist/css/tabler.min.css",
    "uplot.css": "node_modules/uplot/dist/uPlot.min.css",
    "uplot.js": "node_modules/uplot/dist/uPlot.iife.min.js",
    "htmx.js": "node_modules/htmx.org/dist/htmx.min.js",
    "htmx-sse.js": "node_modules/htmx-ext-sse/dist/sse.min.js",
    "portal.css": "static/portal.css",
    "theme.js": "static/theme.js",
    "portal.js": "static/portal.js",
    "trend.css": "static/trend.css",
    "trend-formats.js": "static/trend-formats.js",
    "trend-chart.js": "static/trend-chart.js",
    "trend.js": "static/trend.js",
    "api.css": "static/api.css",
    "icon.svg": "static/icon.svg",
}
_TYPES = {".css": _CSS, ".js": _JS, ".svg": _SVG}
_A_YEAR = "public, max-age=31536000, immutable"

router = APIRouter()


class MissingAsset(RuntimeError):
    """Raised at start when a declared file is not there: the packages of portal/package.json are not installed."""


@dataclass(frozen=True, slots=True)
class Asset:
    """A file in memory, plain and compressed."""

    media_type: str
    version: str
    plain: bytes
    packed: bytes


@cache
def load_assets() -> dict[str, Asset]:
    """Read every declared file. Raises MissingAsset."""
    return {name: _load(path) for name, path in _FILES.items()}


def asset_path(name: str) -> str:
    """The address of an asset. Raises KeyError for one that is not declared."""
    return f"/assets/{load_assets()[name].version}/{name}"


@router.get("/assets/{version}/{name}", include_in_schema=False)
async def send_asset(request: Request, version: str, name: str) -> Response:
    """Send an asset; only the current version, so that nothing old is kept for a year under a new address."""
    asset = load_assets().get(name)
    if asset is None or asset.version != version:
        raise HTTPException(404)
    headers = {"Cache-Control": _A_YEAR, "Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(asset.packed, media_type=asset.media_type, headers=headers | {"Content-Encoding": "gzip"})
    return Response(asset.plain, media_type=asset.media_type, headers=headers)


def _load(path: str) -> Asset:
    file = _HERE / path
    if not file.is_file():
        raise MissingAsset(f"{path!r} is not there: run npm ci in the portal's folder")
    content = file.read_bytes()
    version = hashlib.sha256(content).hexdigest()[:12]
    return Asset(_TYPES[file.suffix], version, content, gzip.compress(content, mtime=0))
