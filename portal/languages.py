"""Languages: what is written in English in the source is shown in the reader's own."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

CATALOGUES = Path(__file__).parent / "translations"
DEFAULT = "zh"
COOKIE = "language"


@dataclass(frozen=True, slots=True)
class Language:
    """A language of the pages: its key, its own name, the tag for `lang`, Babel's locale, its catalogue."""

    key: str
    name: str
    tag: str
    locale: Locale
    catalogue: NullTranslations

    @property
    def gettext(self) -> Callable[[str], str]:
        """Translates a text of the source."""
        return self.catalogue.gettext


@cache
def load_languages() -> dict[str, Language]:
    """The languages in the order of the switch; the catalogue is read from its source, there is no compiled one."""
    return {
        "zh": Language("zh", "中文", "zh-CN", Locale("zh", "CN", "Hans"), _read("zh")),
        "en": Language("en", "English", "en", Locale("en", "GB"), NullTranslations()),
    }


def choose(chosen: str | None, cookie: str | None, accepts: str | None) -> Language:
    """The language of a reader: the account's choice, else the browser's switch, else what it accepts, else Chinese."""
    languages = load_languages()
    wanted = (chosen, cookie, *_read_accepts(accepts or ""), DEFAULT)
    return next(languages[key] for key in wanted if key in languages)


def _read_accepts(header: str) -> list[str]:
    """The languages of an Accept-Language header without their region, the best first."""
    weighed = []
    for item in header.split(","):
        tag, _, weight = item.strip().partition(";q=")
        try:
            weighed.append((-float(weight or 1), tag.partition("-")[0].lower()))
        except ValueError:
            continue
    return [tag for _, tag in sorted(weighed, key=lambda pair: pair[0])]


def _read(key: str) -> NullTranslations:
    with (CATALOGUES / key / "LC_MESSAGES" / "messages.po").open("rb") as source:
        catalogue = read_po(source, locale=key)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)
