"""The customer's first site, 湖畔花园 Lakeside, as its document describes it."""

from datetime import datetime, time

from sqlalchemy.orm import Session

from monitor import registry
from monitor.places import Site

SITE = "lakeside"
ZONE = "Asia/Shanghai"
OPENS, CLOSES = time(9), time(21, 30)  # source: P16

# key, kind, names, quantities. source: P08, P09, P16
PLACES = (
    ("main", "pool", "成人池", "Main pool", ("ph", "bromine", "temperature", "orp")),
    ("children", "pool", "儿童池", "Children's pool", ("ph", "chlorine", "temperature")),
    ("children-feed", "feed", "儿童池补水", "Children's feed water", ("chlorine",)),
    ("foot-bath", "foot-bath", "浸脚消毒池", "Foot bath", ("chlorine",)),
    ("gate", "gate", "入口", "Gate", ()),
)
_BY = "poolkeeper"


def register(session: Session, now: datetime) -> None:
    """Register the site, its places and their sensors, limits and opening hours; what is there already stays."""
    if session.get(Site, SITE) is None:
        registry.add_site(session, SITE, "湖畔花园", "Lakeside", ZONE, OPENS, CLOSES, _BY, now)
    for key, kind, name_zh, name_en, quantities in PLACES:
        if registry.find_place(session, SITE, key) is None:
            registry.adopt(session, SITE, key, kind, name_zh, name_en, None, quantities, _BY, now)
