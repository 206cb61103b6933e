"""State: everything that the engine remembers between two steps, and what one step makes of it. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Generic, NamedTuple, TypeVar

from ingest.topics import Topic
from monitor.changes import Change, Reminder
from monitor.gates import Crowd
from monitor.holds import Hold
from monitor.rounds import Round
from monitor.silence import Silence
from monitor.water import Water

# A device that catches up is waited for so long after each entry, and so are all of them after a start.
SETTLE = timedelta(seconds=5)

V = TypeVar("V")


class Seen(NamedTuple):
    """The newest entry of a series: its own time, value and receipt, and when anything of the series last came."""

    time: datetime
    value: float
    received: datetime
    heard: datetime

    def clock(self, moment: datetime) -> datetime:
        """The series' own time at a moment of the wall clock, as if it ran on from the newest entry."""
        return self.time + (moment - self.received)


class Done(NamedTuple):
    """A duty was done at a place, whose topic is `changed`; by a button it has a position in the journal."""

    topic: Topic
    at: datetime
    by: str = ""
    received: datetime | None = None
    position: int | None = None


@dataclass(frozen=True, slots=True)
class State:
    """What is remembered of each series by its topic; waters, silences, nights and rounds only while not at rest.

    `rushes` says until when a site counts as catching up, `since` when ticks began: a restart forgets both.
    """

    seen: Mapping[Topic, Seen] = field(default_factory=dict)
    waters: Mapping[Topic, Water] = field(default_factory=dict)
    silences: Mapping[Topic, Silence] = field(default_factory=dict)
    nights: Mapping[Topic, Hold] = field(default_factory=dict)
    rounds: Mapping[Topic, Round] = field(default_factory=dict)
    crowds: Mapping[Topic, Crowd] = field(default_factory=dict)
    rushes: Mapping[str, datetime] = field(default_factory=dict)
    since: datetime | None = None

    def has_settled(self, now: datetime) -> bool:
        """Whether what was on its way while the monitor was down has had time to arrive."""
        return self.since is not None and now - self.since >= SETTLE

    def is_current(self, site: str, now: datetime) -> bool:
        """Whether the wall clock may judge a site: nothing is catching up there."""
        return self.has_settled(now) and now >= self.rushes.get(site, now)


@dataclass(frozen=True, slots=True)
class Step:
    """The state after one step, what was found out, and what is new in each of the state's tables; None is at rest."""

    state: State
    changes: Sequence[Change]
    reminders: Sequence[Reminder]
    buttons: Sequence[Done]
    seen: Mapping[Topic, Seen | None]
    waters: Mapping[Topic, Water | None]
    silences: Mapping[Topic, Silence | None]
    nights: Mapping[Topic, Hold | None]
    rounds: Mapping[Topic, Round | None]
    crowds: Mapping[Topic, Crowd | None]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to write down."""
        tables = (self.seen, self.waters, self.silences, self.nights, self.rounds, self.crowds)
        return not any((self.changes, self.reminders, self.buttons, *tables))


class Layer(Generic[V]):
    """A table of the state while a step is being made: what is new lies over what was."""

    def __init__(self, before: Mapping[Topic, V]) -> None:
        self.before = before
        self.new: dict[Topic, V | None] = {}

    def get(self, topic: Topic) -> V | None:
        return self.new[topic] if topic in self.new else self.before.get(topic)

    def put(self, topic: Topic, value: V | None) -> None:
        if value != self.get(topic):
            self.new[topic] = value

    def merged(self) -> Mapping[Topic, V]:
        if not self.new:
            return self.before
        return {topic: value for topic, value in {**self.before, **self.new}.items() if value is not None}
