"""Spots: where a trend can be looked at, each place with the quantities that are measured there."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from ingest.quantities import QUANTITIES
from monitor.places import Place, Sensor, Site
from monitor.progress import Latest


@dataclass(frozen=True, slots=True)
class Spot:
    """A place with something to draw. `place_id` is None where nobody has registered it yet: it has no limits."""

    site: str
    place: str
    zone: str
    name_zh: str
    name_en: str
    site_zh: str
    site_en: str
    place_id: int | None
    quantities: tuple[str, ...]

    @property
    def path(self) -> str:
        """Site and place in one word, as the page's address has them."""
        return f"{self.site}/{self.place}"


def list_spots(session: Session) -> list[Spot]:
    """Every registered place with sensors, in the order of registration, then what is only discovered."""
    measured: dict[tuple[str, str], list[str]] = {}
    rows = session.execute(select(Place.site_key, Place.key, Sensor.quantity).join(Sensor.place).order_by(Sensor.id))
    heard = session.execute(select(Latest.site, Latest.place, Latest.name).order_by(Latest.site, Latest.place))
    for site, place, quantity in (*rows, *heard):
        found = measured.setdefault((site, place), [])
        if quantity in QUANTITIES and quantity not in found:
            found.append(quantity)
    sites = {site.key: site for site in session.scalars(select(Site).order_by(Site.key))}
    places = {(place.site_key, place.key): place for place in session.scalars(select(Place).order_by(Place.id))}
    order = [key for key in places if key in measured] + [key for key in measured if key not in places]
    return [_to_spot(key, sites.get(key[0]), places.get(key), measured[key]) for key in order if measured[key]]


def find_spot(spots: Sequence[Spot], place: str, site: str | None) -> Spot | None:
    """The spot of `site/place`, or of a place alone: at `site`, else at the first site that has it."""
    named = (spot for spot in spots if place in (spot.path, spot.place) and site in (None, spot.site))
    return next(named, None)


def _to_spot(key: tuple[str, str], site: Site | None, place: Place | None, quantities: Sequence[str]) -> Spot:
    return Spot(
        site=key[0],
        place=key[1],
        zone=site.zone if site else "UTC",
        name_zh=place.name_zh if place else key[1],
        name_en=place.name_en if place else key[1],
        site_zh=site.name_zh if site else key[0],
        site_en=site.name_en if site else key[0],
        place_id=place.id if place else None,
        quantities=tuple(quantities),
    )
