"""The scenarios: what happens at the pool, by name, each with its ground truth of what ought to be noticed."""

from collections.abc import Mapping
from datetime import time, timedelta

from simulators.events import At, Event, Label, Mishap, Scenario
from simulators.faults import Fault, Kind
from simulators.people import Intruder, Omission
from simulators.site import FOOT_BATH, GATE
from simulators.water import Trouble

_LEE_IS_AWAY = time(12)


class UnknownScenario(ValueError):
    """Raised when a scenario is asked for that does not exist; the text lists those that do."""


def find(name: str) -> Scenario:
    """The scenario of that name. Raises UnknownScenario."""
    try:
        return SCENARIOS[name]
    except KeyError:
        raise UnknownScenario(f"scenario {name!r}, expected one of {', '.join(SCENARIOS)}") from None


def _minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def _label(rule: str, place: str, quantity: str, span: tuple[float, float], slack: float = 0) -> Label:
    """A label from and until so many minutes after its cause."""
    after, until = map(_minutes, span)
    return Label(rule, place, quantity, after, until, _minutes(slack))


def _mishap(place: str, trouble: Trouble, start: At | timedelta, minutes: float, *labels: Label) -> Event:
    return Event(Mishap(place, trouble), start, _minutes(minutes), labels)


def _fault(fault: Fault, start: At | timedelta, minutes: float, *labels: Label) -> Event:
    return Event(fault, start, _minutes(minutes), labels)


def _silence(place: str, quantity: str, start: At | timedelta, minutes: float) -> Event:
    return _fault(Fault(place, quantity, Kind.SILENT), start, minutes, _label("silence", place, quantity, (0, minutes)))


def _forgotten_change(day: int) -> Event:
    """The change due at 13:00 is remembered at 17:00."""
    overdue = _label("foot-bath-overdue", FOOT_BATH, "", (60, 300))
    weak = _label("limit", FOOT_BATH, "chlorine", (270, 300), 150)
    return Event(Omission(), At(day, _LEE_IS_AWAY), _minutes(300), (overdue, weak))


def _night_visitor(day: int) -> Event:
    return Event(Intruder("beef"), At(day, time(22, 47)), _minutes(33), (_label("out-of-hours", GATE, "", (0, 33)),))


_LAKESIDE = (
    _silence("main", "ph", At(-6, time(14, 10)), 40),
    _fault(Fault("children", "chlorine", Kind.BUBBLES, 0.25), At(-6, time(17)), 20),
    # A child is sick in the main pool while the doser's drum is empty, which is found four hours later.
    _mishap("main", Trouble.SOILED, At(-5, time(10)), 240),
    _mishap(
        "main",
        Trouble.DOSER_OFF,
        At(-5, time(10)),
        240,
        _label("limit", "main", "bromine", (65, 285), 50),
        _label("closure", "main", "bromine", (200, 242), 60),
    ),
    _forgotten_change(-4),
    _fault(
        Fault("main", "orp", Kind.SPIKE, 1500),
        At(-3, time(11, 5)),
        12,
        _label("impossible", "main", "orp", (0, 12)),
    ),
    # Too short for anybody to be called.
    _fault(Fault("main", "ph", Kind.SPIKE, 8.6), At(-3, time(15, 30)), 1.5),
    _fault(Fault("main", "temperature", Kind.STUCK), At(-3, time(18)), 150),
    _fault(
        Fault("children-feed", "chlorine", Kind.DRIFT, 0.06),
        At(-2, time(9, 20)),
        240,
        _label("limit", "children-feed", "chlorine", (125, 240), 50),
    ),
    _night_visitor(-2),
    # The children's doser sticks; the attendant stops it and lets fresh water through.
    _mishap(
        "children",
        Trouble.DOSER_ON,
        At(-1, time(15, 30)),
        45,
        _label("limit", "children", "chlorine", (25, 60), 20),
    ),
    _mishap("children", Trouble.FLUSH, At(-1, time(16, 15)), 45),
    # Stands when the live part begins: the acid of the children's pool has run out, and somebody will notice.
    _mishap(
        "children",
        Trouble.ACID_OFF,
        _minutes(-300),
        350,
        _label("limit", "children", "ph", (125, 350), 40),
    ),
)

# A flash at half past one blows the doser's fuse, leaves the acid pump running and silences two sensors for a while.
_FLASH = At(0, time(13, 30))
_STORM = (
    *(_mishap(place, Trouble.RAIN, At(0, time(13)), 240) for place in ("main", "children", FOOT_BATH)),
    _mishap("main", Trouble.SOILED, _FLASH, 120),
    _mishap("main", Trouble.DOSER_OFF, _FLASH, 180, _label("limit", "main", "bromine", (75, 210), 40)),
    _mishap(
        "main",
        Trouble.ACID_ON,
        _FLASH,
        150,
        # Until then aeration has brought the pH back.
        _label("limit", "main", "ph", (45, 810), 180),
        _label("closure", "main", "ph", (140, 210), 50),
    ),
    _silence("main", "temperature", _FLASH, 25),
    _silence("children", "ph", _FLASH, 25),
)

SCENARIOS: Mapping[str, Scenario] = {
    "lakeside": Scenario("A living week with a few incidents of all kinds.", _LAKESIDE),
    "calm": Scenario("A pool that is looked after: nothing happens."),
    "storm": Scenario("Rain, a blown fuse and a stuck acid pump, every afternoon.", _STORM, cycle=1),
    "forgotten-foot-bath": Scenario("The midday change is forgotten, every day.", (_forgotten_change(0),), cycle=1),
    "night-visitor": Scenario("Somebody swims at night, every night.", (_night_visitor(0),), cycle=1),
    "silent-sensor": Scenario(
        "The main pool's pH falls silent, every morning and two minutes after the start.",
        (_silence("main", "ph", At(0, time(10)), 60), _silence("main", "ph", _minutes(2), 38)),
        cycle=1,
    ),
    "still": Scenario("Nothing is published: for trying real sensors.", publishes=False),
}
