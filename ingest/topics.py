"""Topics of the wire contract: `pools/<site>/<place>/<name>`, where name is a quantity or an event."""

import re
from typing import NamedTuple

from ingest.quantities import QUANTITIES

EVENTS = ("access", "changed", "status")
SUBSCRIPTION = "pools/#"
_LEVELS = 4
_LONGEST = 200
_WORD = re.compile(r"[a-z0-9-]{1,40}")


class BadMessage(ValueError):
    """Raised when a message cannot be read; the text says what was found and what was expected."""


class Topic(NamedTuple):
    """Where a value belongs. `name` is a key of QUANTITIES or one of EVENTS."""

    site: str
    place: str
    name: str

    def __str__(self) -> str:
        return f"pools/{self.site}/{self.place}/{self.name}"


def parse(text: str) -> Topic:
    """Read a topic. Raises BadMessage."""
    if len(text) > _LONGEST:
        raise BadMessage(f"topic of {len(text)} characters, expected pools/<site>/<place>/<quantity>")
    levels = text.split("/")
    if len(levels) != _LEVELS or levels[0] != "pools":
        raise BadMessage(f"topic {text!r}: expected pools/<site>/<place>/<quantity>")
    _, site, place, name = levels
    for word in (site, place):
        if not _WORD.fullmatch(word):
            raise BadMessage(f"topic {text!r}: {word!r} is not 1 to 40 of a-z, 0-9 and -")
    if name not in QUANTITIES and name not in EVENTS:
        known = ", ".join((*QUANTITIES, *EVENTS))
        raise BadMessage(f"topic {text!r}: unknown quantity {name!r}, expected one of {known}")
    return Topic(site, place, name)


def is_own(text: str) -> bool:
    """Whether this is an alarm topic, which Poolkeeper itself publishes and does not read."""
    levels = text.split("/")
    return len(levels) == _LEVELS + 1 and levels[0] == "pools" and levels[3] == "alarm"
