"""What a series of readings says about the water: limit, closing level and impossible values, on its own time. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime

from ingest.topics import Topic
from monitor.changes import Change
from monitor.holds import OFF, Hold
from monitor.lifecycle import What
from monitor.plan import Sensor
from monitor.rules import CLOSURE, IMPOSSIBLE, LIMIT, Rule


@dataclass(frozen=True, slots=True)
class Water:
    """What is remembered of a series that is not at rest.

    `limit` holds while the value is outside, `closure` from when it reached closing level until `limit` ends, `fault`
    while values are impossible. `value` is the last possible one, `worst` the furthest of the excursion, `limit_id`
    the version that it was judged by.
    """

    limit: Hold = OFF
    closure: Hold = OFF
    fault: Hold = OFF
    value: float | None = None
    worst: float | None = None
    limit_id: int | None = None
    stale: bool = False


AT_REST = Water()


class Judge:
    """Judges one series in one step and collects the changes.

    `last` is the time of the reading before. Nothing clears across a hole of `silence_warning` or more without
    readings, nor across impossible ones: an end must then be seen again, for the whole off-delay. source: limits.md 3.
    """

    def __init__(self, water: Water, sensor: Sensor, topic: Topic, last: datetime | None) -> None:
        self.water = water
        self.changes: list[Change] = []
        self._sensor = sensor
        self._topic = topic
        self._last = last

    def read(self, value: float, at: datetime, until: datetime) -> None:
        """Take a reading of time `at`; timers that were due by `until` turn before it counts."""
        self.wait(until, at)
        possible = self._sensor.is_possible(value)
        if self._last and at - self._last >= self._sensor.silence_warning:
            self.water = replace(self.water, limit=_see_again(self.water.limit), fault=_see_again(self.water.fault))
        self._last = at
        self.water = replace(self.water, fault=self.water.fault.feel(not possible, at))
        if possible:
            self._refresh(at)
            self._judge(value, at)
        else:
            self.water = replace(self.water, limit=_see_again(self.water.limit))
        self._turn(at)

    def wait(self, until: datetime, at: datetime) -> None:
        """Let timers turn that are due by `until`, under the limit in force at `at`."""
        limit_id = self._sensor.limit.id if self._sensor.limit else None
        if self.water.value is not None and self.water.limit_id != limit_id:
            self._judge(self.water.value, at)
        self._turn(until)

    def grow_stale(self, at: datetime) -> None:
        """The sensor fell silent: an alarm that stands is stale, never over."""
        if self.water.limit.on and not self.water.stale:
            self.water = replace(self.water, stale=True)
            self._report(What.STALE, at)

    def _refresh(self, at: datetime) -> None:
        if self.water.stale:
            self.water = replace(self.water, stale=False)
            self._report(What.FRESH, at)

    def _judge(self, value: float, at: datetime) -> None:
        water, limit = self.water, self._sensor.limit
        counts = limit is not None and self._sensor.applies(at)
        outside = counts and limit is not None and limit.is_outside(value)
        back = not counts or limit is None or limit.is_back(value)
        closing = counts and limit is not None and limit.calls_for_closing(value)
        held = water.limit.feel(not back if water.limit.on else outside, at)
        water = replace(
            water,
            limit=held,
            closure=water.closure if water.closure.on else water.closure.feel(closing, at),
            value=value,
            limit_id=limit.id if limit else None,
        )
        if outside and limit and (water.worst is None or limit.excess(value) > limit.excess(water.worst)):
            water = replace(water, worst=value)
            if held.on:
                self.water = water
                self._report(What.WORSENED, at)
        self.water = _rest(water)

    def _turn(self, until: datetime) -> None:
        while (next_turn := self._next_turn(until)) is not None:
            due, rule = next_turn
            if rule is IMPOSSIBLE:
                self._turn_fault(due)
            elif rule is CLOSURE:
                self._close(due)
            elif self.water.limit.on:
                self._report(What.CLEARED, due)
                self.water = _rest(Water(fault=self.water.fault))
            elif self._sensor.applies(due):
                self.water = replace(self.water, limit=Hold(on=True))
                self._report(What.RAISED, due)
            else:
                self.water = _rest(replace(self.water, limit=OFF))

    def _next_turn(self, until: datetime) -> tuple[datetime, Rule] | None:
        """The earliest timer that is due; closing level before limit, so that one fault is one alarm."""
        limit, sensor, water = self._sensor.limit, self._sensor, self.water
        if water == AT_REST:
            return None
        none = IMPOSSIBLE.on_delay
        on, off = (limit.on_delay, limit.off_delay) if limit else (none, none)
        timers = (
            (water.closure, water.closure.due(limit.close_on_delay if limit else none, none), CLOSURE),
            (water.limit, water.limit.due(on, off), LIMIT),
            (water.fault, water.fault.due(IMPOSSIBLE.on_delay, IMPOSSIBLE.off_delay), IMPOSSIBLE),
        )
        ready = [
            (due, rule)
            for hold, due, rule in timers
            if due is not None
            and due <= until
            and not (hold.on and self._last and due - self._last >= sensor.silence_warning)
        ]
        return min(ready, key=lambda turn: turn[0], default=None)

    def _turn_fault(self, due: datetime) -> None:
        fault = self.water.fault.turn()
        what = What.RAISED if fault.on else What.CLEARED
        self.water = _rest(replace(self.water, fault=fault))
        self.changes.append(Change(what, IMPOSSIBLE, self._topic, due, IMPOSSIBLE.severity))

    def _close(self, due: datetime) -> None:
        if not self._sensor.applies(due):
            self.water = replace(self.water, closure=OFF)
            return
        what = What.ESCALATED if self.water.limit.on else What.RAISED
        # Whatever lies beyond a closing level lies outside the limit, also while that still waits for its on-delay.
        self.water = replace(self.water, limit=Hold(on=True), closure=Hold(on=True))
        self._report(what, due)

    def _report(self, what: What, at: datetime) -> None:
        water = self.water
        rule = CLOSURE if water.closure.on else LIMIT
        self.changes.append(
            Change(what, rule, self._topic, at, rule.severity, water.value, water.worst, water.limit_id)
        )


def _rest(water: Water) -> Water:
    """Without anything that holds or is about to, nothing of the excursion is remembered."""
    return Water(fault=water.fault) if water.limit == OFF and water.closure == OFF else water


def _see_again(hold: Hold) -> Hold:
    return Hold(on=True) if hold.on else hold
