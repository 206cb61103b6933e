"""Environments: the templates of the pages, once per language, with everything that they may call."""

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ingest.quantities import QUANTITIES
from portal import words
from portal.accounts import ROLES
from portal.assets import asset_path
from portal.formats import FILTERS, Formats
from portal.icons import icon
from portal.languages import load_languages

_FOLDER = Path(__file__).parent / "templates"


@cache
def environment(language: str) -> Environment:
    """The templates in one language. A template that names something unknown fails instead of leaving a hole."""
    chosen = load_languages()[language]
    made = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        extensions=["jinja2.ext.i18n"],
    )
    made.install_gettext_translations(chosen.catalogue, newstyle=True)  # type: ignore[attr-defined] # by the extension
    formats = Formats(chosen)
    made.filters |= {name: getattr(formats, name) for name in FILTERS}
    made.globals |= {
        "icon": icon,
        "asset": asset_path,
        "languages": load_languages(),
        "language": chosen,
        "roles": ROLES,
        "quantities": QUANTITIES,
        "words": words,
    }
    return made
