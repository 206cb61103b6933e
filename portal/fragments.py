"""Fragments: the pieces of the overview, each drawn by itself so that only what changed is sent again."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from portal.environments import environment
from portal.overview import Card, Overview
from portal.permissions import ALLOWED, Act

# How many open alarms stand on the overview; the others are on their own page.
MOST_ALARMS = 4


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom fragments are drawn: everybody with the same language and role gets the same ones."""

    language: str
    role: str

    def may(self, act: str) -> bool:
        """Whether the role allows an act."""
        return self.role in ALLOWED[Act(act)]


def draw(overview: Overview, reader: Reader) -> dict[str, str]:
    """The fragments by the name of their event, in the order of the page."""
    module = environment(reader.language).get_template("fragments.html").module
    return {name: str(getattr(module, macro)(reader=reader, **context)) for name, macro, context in _list(overview)}


def _list(overview: Overview) -> Iterator[tuple[str, str, Mapping[str, object]]]:
    shown = {"alarms": overview.alarms[:MOST_ALARMS], "number": len(overview.alarms), "places": overview.places}
    yield "alarms", "alarms", shown | {"zones": {area.site.key: area.site.zone for area in overview.areas}}
    yield "discovered", "discovered", {"found": overview.discovered, "is_empty": not overview.areas}
    for area in overview.areas:
        yield site_event(area.site.key), "site", {"area": area}
        for card in area.cards:
            yield card_event(card), "place", {"card": card, "zone": area.site.zone}
    zone = next((area.site.zone for area in overview.areas), "UTC")
    yield "parts", "parts", {"parts": overview.parts, "zone": zone}


def site_event(key: str) -> str:
    """The name of the event that brings the head of a site."""
    return f"site-{key}"


def card_event(card: Card) -> str:
    """The name of the event that brings a place."""
    return f"place-{card.place.site_key}--{card.place.key}"
