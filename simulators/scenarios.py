"""The scenarios: what happens at the pool, by name, each with its ground truth of what ought to be noticed."""

from collections.abc import Mapping
from datetime import time, timedelta

from simulators.events import At, Event, Label, Mishap, Scenario
from simulators.faults import Fault, Kind
from simulators.people import Intruder, Omission
from simulators.site import FOOT_BATH, GATE
from simulators.water import Trouble


def _minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def _label(rule: str, place: str, quantity: str, after: float, until: float) -> Label:
    return Label(rule, place, quantity, _minutes(after), _minutes(until))


# The doser of the main pool runs dry on a sunny morning and is found in the afternoon.
_DRY_DOSER = Event(
    Mishap("main", Trouble.DOSER_OFF),
    At(-5, time(9, 30)),
    _minutes(450),
    (_label("limit", "main", "bromine", 150, 500), _label("closure", "main", "bromine", 330, 460)),
)


def _forgotten_change(day: int) -> Event:
    """The change due at 13:00 is remembered at 16:00."""
    labels = (
        _label("foot-bath-overdue", FOOT_BATH, "", 60, 240),
        _label("limit", FOOT_BATH, "chlorine", 150, 240),
    )
    return Event(Omission(), At(day, time(12)), _minutes(240), labels)


def _night_visitor(day: int) -> Event:
    return Event(Intruder("beef"), At(day, time(22, 47)), _minutes(33), (_label("out-of-hours", GATE, "", 0, 33),))


def _silence(place: str, quantity: str, start: At | timedelta, minutes: float) -> Event:
    label = _label("silence", place, quantity, 0, minutes)
    return Event(Fault(place, quantity, Kind.SILENT), start, _minutes(minutes), (label,))


def _impossible(place: str, quantity: str, value: float, start: At, minutes: float) -> Event:
    label = _label("impossible", place, quantity, 0, minutes)
    return Event(Fault(place, quantity, Kind.SPIKE, value), start, _minutes(minutes), (label,))


def _sensor(fault: Fault, start: At, minutes: float, *labels: Label) -> Event:
    return Event(fault, start, _minutes(minutes), labels)


_LAKESIDE = (
    _silence("main", "ph", At(-6, time(14, 10)), 40),
    _sensor(Fault("children", "chlorine", Kind.BUBBLES, 0.25), At(-6, time(17)), 20),
    _DRY_DOSER,
    _forgotten_change(-4),
    _impossible("main", "orp", 1500, At(-3, time(11, 5)), 12),
    _sensor(Fault("main", "ph", Kind.SPIKE, 8.6), At(-3, time(15, 30)), 1.5),
    _sensor(Fault("main", "temperature", Kind.STUCK), At(-3, time(18)), 150),
    _sensor(
        Fault("children-feed", "chlorine", Kind.DRIFT, 0.06),
        At(-2, time(9, 20)),
        240,
        _label("limit", "children-feed", "chlorine", 105, 240),
    ),
    _night_visitor(-2),
    # The children's doser sticks; the attendant stops it and lets fresh water through.
    Event(
        Mishap("children", Trouble.DOSER_ON),
        At(-1, time(15, 30)),
        _minutes(45),
        (_label("limit", "children", "chlorine", 20, 65),),
    ),
    Event(Mishap("children", Trouble.FLUSH), At(-1, time(16, 15)), _minutes(45)),
    # Stands when the live part begins: the acid of the children's pool has run out, and somebody will notice.
    Event(
        Mishap("children", Trouble.ACID_OFF),
        _minutes(-300),
        _minutes(350),
        (_label("limit", "children", "ph", 115, 360),),
    ),
)

_STORM = (
    *(Event(Mishap(place, Trouble.RAIN), At(0, time(13)), _minutes(240)) for place in ("main", "children", FOOT_BATH)),
    # The flash of 13:30 takes the doser's fuse and leaves the acid pump running; the probes restart late.
    Event(
        Mishap("main", Trouble.DOSER_OFF),
        At(0, time(13, 30)),
        _minutes(420),
        (_label("limit", "main", "bromine", 210, 440),),
    ),
    Event(
        Mishap("main", Trouble.ACID_ON),
        At(0, time(13, 30)),
        _minutes(150),
        (_label("limit", "main", "ph", 40, 900), _label("closure", "main", "ph", 130, 200)),
    ),
    _silence("main", "temperature", At(0, time(13, 30)), 25),
    _silence("children", "ph", At(0, time(13, 30)), 25),
)

SCENARIOS: Mapping[str, Scenario] = {
    "calm": Scenario("A pool that is looked after: nothing happens."),
    "lakeside": Scenario("A living week with a few incidents of all kinds.", _LAKESIDE),
    "storm": Scenario("Rain, a fuse and a stuck acid pump, every afternoon.", _STORM, cycle=1),
    "forgotten-foot-bath": Scenario("The midday change is forgotten, every day.", (_forgotten_change(0),), cycle=1),
    "night-visitor": Scenario("Somebody swims at night, every night.", (_night_visitor(0),), cycle=1),
    "silent-sensor": Scenario(
        "The main pool's pH falls silent, every morning and two minutes after the start.",
        (_silence("main", "ph", At(0, time(10)), 60), _silence("main", "ph", _minutes(2), 38)),
        cycle=1,
    ),
    "still": Scenario("Nothing is published: for trying real sensors.", publishes=False),
}
