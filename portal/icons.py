"""Icons: the drawings of Tabler's sprite that the pages use, put into the page itself."""

import re
from functools import cache
from pathlib import Path

from markupsafe import Markup

from portal.assets import MissingAsset

_SPRITE = Path(__file__).parent / "node_modules/@tabler/icons-sprite/dist/tabler-sprite.svg"

NAMES = (
    "adjustments-horizontal", "alert-triangle", "arrow-back-up", "bell", "bell-check", "chart-line", "check",
    "chevron-down", "chevron-left", "chevron-right", "clock", "history", "key", "layout-dashboard", "logout",
    "message", "moon", "pencil", "radar-2", "ripple", "shoe", "sun", "urgent", "user", "wifi-off",
    "zoom-in", "zoom-out",
)  # fmt: skip


@cache
def load_icons() -> dict[str, Markup]:
    """Read every declared icon. Raises MissingAsset for one that the sprite does not have."""
    if not _SPRITE.is_file():
        raise MissingAsset(f"{_SPRITE.name!r} is not there: run npm ci in the portal's folder")
    sprite = _SPRITE.read_text()
    return {name: _cut_out(sprite, name) for name in NAMES}


def icon(name: str) -> Markup:
    """The drawing, hidden from screen readers: it never says anything that a text does not say too."""
    return load_icons()[name]


def _cut_out(sprite: str, name: str) -> Markup:
    found = re.search(rf'<symbol id="tabler-{re.escape(name)}"([^>]*)>(.*?)</symbol>', sprite, re.DOTALL)
    if found is None:
        raise MissingAsset(f"icon {name!r} is not in the sprite of @tabler/icons-sprite")
    # The drawings are Tabler's own, from the installed package.
    return Markup(f'<svg class="icon" aria-hidden="true" focusable="false"{found[1]}>{found[2]}</svg>')  # noqa: S704
