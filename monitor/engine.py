"""The engine: one pure step over the next entries of the journal, and one over a tick of the wall clock."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from ingest.entries import Entry
from ingest.instants import to_datetime
from ingest.topics import Topic
from monitor import gates, rounds, silence
from monitor.changes import Change, Reminder
from monitor.holds import OFF
from monitor.plan import Plan, Post
from monitor.rounds import Round
from monitor.rules import LATE
from monitor.state import SETTLE, Done, Layer, Seen, State, Step
from monitor.water import AT_REST, Judge

# How long a reading may be on its way before a timer of its series turns without it, at a tick and when the next entry
# arrives. A replay has no ticks and decides the same, because an entry tells when it was received: what a tick has not
# seen was received later than the difference of the two before it.
_TICK_GRACE = timedelta(seconds=1)
_ENTRY_GRACE = timedelta(seconds=0.5)
_FASTER = 2
_UNDONE = Round()


def step(state: State, plan: Plan, entries: Iterable[Entry], done: Iterable[Done] = ()) -> Step:
    """Take the next entries of the journal in their order, and duties that people have noted meanwhile."""
    draft = _Draft(state, plan)
    for entry in entries:
        draft.take(entry)
    draft.do(done)
    return draft.finish(state.since)


def tick(state: State, plan: Plan, now: datetime) -> Step:
    """The wall clock stands at `now`, and every entry that was received by then has been taken."""
    draft = _Draft(state, plan)
    draft.wait(now)
    if state.has_settled(now):
        draft.listen(now)
    draft.look_around(now)
    return draft.finish(state.since or now)


class _Draft:
    """One step while it is being made."""

    def __init__(self, state: State, plan: Plan) -> None:
        self._state = state
        self._plan = plan
        self._changes = list[Change]()
        self._reminders = list[Reminder]()
        self._buttons = list[Done]()
        self._seen = Layer(state.seen)
        self._waters = Layer(state.waters)
        self._silences = Layer(state.silences)
        self._nights = Layer(state.nights)
        self._rounds = Layer(state.rounds)
        self._crowds = Layer(state.crowds)
        self._rushes: dict[str, datetime] = {}

    def take(self, entry: Entry) -> None:
        """Take one entry of the journal."""
        topic = entry.topic
        at, received = to_datetime(entry.time), to_datetime(entry.received)
        before = self._see(topic, Seen(at, entry.value, received, received))
        if topic in self._plan.sensors:
            self._read(topic, before, at, entry.value, received)
        elif topic in self._plan.gates:
            self._pass(topic, before, at, int(entry.value), received)
        elif topic in self._plan.posts:
            self._buttons.append(Done(topic, at, entry.detail, received, entry.position))

    def do(self, done: Iterable[Done]) -> None:
        """Take what was done, in order of time whoever noted it: the button in the journal, people in the portal."""
        for one in sorted((*self._buttons, *done), key=lambda one: one.at):
            post = self._plan.posts.get(one.topic)
            if post:
                after, changes = rounds.do(self._rounds.get(one.topic) or _UNDONE, post, one.topic, one.at)
                self._rounds.put(one.topic, after)
                self._changes += changes

    def wait(self, now: datetime) -> None:
        """Let the timers turn that are due by each series' own clock."""
        for topic, water in self._state.waters.items():
            sensor, seen = self._plan.sensors.get(topic), self._state.seen.get(topic)
            if sensor and seen:
                judge = Judge(water, sensor, topic, seen.time)
                judge.wait(until := seen.clock(now) - _TICK_GRACE, until)
                self._keep(topic, judge)
        for topic in self._state.nights:
            if topic in self._plan.gates and (seen := self._state.seen.get(topic)):
                self._wait_for_night(topic, seen.clock(now) - _TICK_GRACE)

    def listen(self, now: datetime) -> None:
        """Find who has fallen silent."""
        for topic, sensor in self._plan.sensors.items():
            seen = self._state.seen.get(topic)
            muted, changes = silence.listen(self._silences.get(topic), sensor, topic, seen.heard if seen else None, now)
            self._silences.put(topic, muted)
            self._changes += changes
            water = self._waters.get(topic)
            if muted and seen and water:
                judge = Judge(water, sensor, topic, seen.time)
                judge.grow_stale(now)
                self._keep(topic, judge)

    def look_around(self, now: datetime) -> None:
        """Look at the duties and at the new day of sites where nothing is catching up."""
        for topic, post in self._plan.posts.items():
            if self._state.is_current(topic.site, now):
                self._check(topic, post, now - _TICK_GRACE)
        for topic, crowd in self._state.crowds.items():
            calendar = self._plan.gates.get(topic)
            if calendar and self._state.is_current(topic.site, now):
                self._crowds.put(topic, gates.start_day(crowd, calendar, now))

    def finish(self, since: datetime | None) -> Step:
        """The step that was made."""
        state = State(
            self._seen.merged(),
            self._waters.merged(),
            self._silences.merged(),
            self._nights.merged(),
            self._rounds.merged(),
            self._crowds.merged(),
            {**self._state.rushes, **self._rushes} if self._rushes else self._state.rushes,
            since,
        )
        return Step(
            state,
            self._changes,
            self._reminders,
            self._buttons,
            self._seen.new,
            self._waters.new,
            self._silences.new,
            self._nights.new,
            self._rounds.new,
            self._crowds.new,
        )

    def _see(self, topic: Topic, new: Seen) -> Seen | None:
        """Remember an entry, and return what was the newest of its series before."""
        before = self._seen.get(topic)
        if before is None:
            self._seen.new[topic] = new
        else:
            # Of two entries of one instant the one that was stored last counts.
            newest = new if new.time >= before.time else before
            self._seen.new[topic] = newest._replace(heard=max(before.heard, new.heard))
        if new.received - new.time > LATE and (before is None or _is_rushing(before, new)):
            self._rushes[topic.site] = new.received + SETTLE
        return before

    def _read(self, topic: Topic, before: Seen | None, at: datetime, value: float, received: datetime) -> None:
        if muted := self._silences.get(topic):
            after, changes = silence.hear(muted, topic, received)
            self._silences.put(topic, after)
            self._changes += changes
        if before and at <= before.time:
            return
        sensor, water = self._plan.sensors[topic], self._waters.get(topic)
        if water is None and sensor.is_possible(value) and not (sensor.limit and sensor.limit.is_outside(value)):
            return
        judge = Judge(water or AT_REST, sensor, topic, before.time if before else None)
        judge.read(value, at, _until(before, at, received))
        self._keep(topic, judge)

    def _pass(self, topic: Topic, before: Seen | None, at: datetime, way: int, received: datetime) -> None:
        calendar = self._plan.gates[topic]
        self._wait_for_night(topic, _until(before, at, received))
        if way > 0:
            night = self._nights.get(topic) or OFF
            after, changes = gates.enter(night, calendar, topic, at, before.time if before else None)
            self._nights.put(topic, after if after != OFF else None)
            self._changes += changes
        self._crowds.put(topic, gates.count(self._crowds.get(topic), calendar, at, way))

    def _wait_for_night(self, topic: Topic, until: datetime) -> None:
        if night := self._nights.get(topic):
            after, changes = gates.wait(night, topic, until)
            self._nights.put(topic, after if after != OFF else None)
            self._changes += changes

    def _check(self, topic: Topic, post: Post, now: datetime) -> None:
        after, changes, reminders = rounds.check(self._rounds.get(topic) or _UNDONE, post, topic, now)
        self._rounds.put(topic, after if after != _UNDONE else None)
        self._changes += changes
        self._reminders += reminders

    def _keep(self, topic: Topic, judge: Judge) -> None:
        self._waters.put(topic, judge.water if judge.water != AT_REST else None)
        self._changes += judge.changes


def _until(before: Seen | None, at: datetime, received: datetime) -> datetime:
    """By when timers turn before an entry counts: before its own time, or by what the clock of its series showed.

    An entry of the very moment at which a timer is due comes first.
    """
    until = max(at, before.clock(received) - _ENTRY_GRACE) if before else at
    return until - timedelta.resolution


def _is_rushing(before: Seen, new: Seen) -> bool:
    """Whether a device catches up: it then sends faster than time passes, which a clock that is wrong does not."""
    return new.time - before.time > (new.received - before.received) * _FASTER
