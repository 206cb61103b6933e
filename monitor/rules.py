"""The rules: what is wrong at a pool, how urgent that is and where it is written; declarations only."""

from dataclasses import dataclass
from datetime import timedelta

from ingest.words import mark as _

WARNING = "warning"
ALARM = "alarm"
URGENT = "urgent"
SEVERITIES = (WARNING, ALARM, URGENT)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. Delays of a limit stand in the limit; `on_delay` and `off_delay` here are those of other rules.

    A condition that comes back within `rejoins` of its end is the same alarm again, so that a sensor that wavers
    fills no list. `outgrows` names the rule whose alarm this one takes over: one fault is one alarm. With `pages_late`
    False nobody is called for what happened more than LATE ago.
    """

    key: str
    label: str
    severity: str
    source: tuple[str, ...]
    on_delay: timedelta = timedelta()
    off_delay: timedelta = timedelta()
    rejoins: timedelta = timedelta()
    outgrows: str = ""
    pages_late: bool = True


LATE = timedelta(minutes=10)
_OFF_DELAY = timedelta(minutes=10)  # source: limits.md 4, P
_REJOINS = timedelta(hours=1)

LIMIT = Rule("limit", _("Outside its limit"), WARNING, ("P08", "P09", "limits.md 1"), rejoins=_REJOINS)
# A pool that closed opens again when the water is back inside its limit, not merely inside the closing level.
CLOSURE = Rule(
    "closure", _("At closing level: close the pool"), URGENT, ("limits.md 1",), rejoins=_REJOINS, outgrows="limit"
)
IMPOSSIBLE = Rule(
    "impossible",
    _("Sensor reports impossible values"),
    WARNING,
    ("limits.md 3",),
    off_delay=_OFF_DELAY,
    rejoins=_REJOINS,
)
# Becomes an alarm while the site is open.
SILENCE = Rule("silence", _("Sensor is silent"), WARNING, ("limits.md 3",), rejoins=_REJOINS)
FOOT_BATH_OVERDUE = Rule("foot-bath-overdue", _("Foot bath: change is overdue"), ALARM, ("P08",))
OUT_OF_HOURS = Rule(
    "out-of-hours", _("Entry outside opening hours"), ALARM, ("P16",), off_delay=_OFF_DELAY, pages_late=False
)

RULES = {rule.key: rule for rule in (LIMIT, CLOSURE, IMPOSSIBLE, SILENCE, FOOT_BATH_OVERDUE, OUT_OF_HOURS)}
