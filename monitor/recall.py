"""Recall: keeps what the engine remembers in the records database, and only what is new of it."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Table, bindparam, delete, insert, select, update
from sqlalchemy.orm import Session

from ingest import topics
from ingest.topics import Topic
from monitor.gates import Crowd
from monitor.holds import Hold
from monitor.plan import Plan
from monitor.progress import DutyDone, Latest, Memory, Occupancy
from monitor.records import Record
from monitor.rounds import Round
from monitor.silence import Silence
from monitor.state import Done, Seen, State, Step
from monitor.water import Water

# The state's tables that are kept as JSON, each row under its table's name and topic.
_KINDS: Mapping[str, TypeAdapter[Any]] = {
    "waters": TypeAdapter(Water),
    "silences": TypeAdapter(Silence),
    "nights": TypeAdapter(Hold),
    "rounds": TypeAdapter(Round),
}


def load(session: Session, plan: Plan) -> State:
    """What was remembered when the last step was written."""
    tables: dict[str, dict[Topic, Any]] = {kind: {} for kind in _KINDS}
    for memory in session.scalars(select(Memory)):
        kind, topic = memory.key.split(" ")
        tables[kind][topics.parse(topic)] = _KINDS[kind].validate_python(memory.data)
    seen = {
        Topic(row.site, row.place, row.name): Seen(row.time, row.value, row.received, row.heard)
        for row in session.scalars(select(Latest))
    }
    return State(
        seen,
        waters=tables["waters"],
        silences=tables["silences"],
        nights=tables["nights"],
        rounds=tables["rounds"],
        crowds=_load_crowds(session, plan),
    )


def save(session: Session, before: State, step: Step, plan: Plan) -> None:
    """Write what is new in a step that began at `before`."""
    for kind in _KINDS:
        _save_memory(session, kind, getattr(before, kind), getattr(step, kind))
    seen = {topic: new._asdict() for topic, new in step.seen.items() if new}
    _put(session, Latest, ("site", "place", "name"), before.seen, seen)
    crowds = {
        topic: {"inside": new.inside, "entered": new.entered, "at": new.at} for topic, new in step.crowds.items() if new
    }
    _put(session, Occupancy, ("site", "place"), before.crowds, crowds)
    if step.buttons:
        session.execute(insert(DutyDone), [_to_row(done, plan) for done in step.buttons])


def _load_crowds(session: Session, plan: Plan) -> dict[Topic, Crowd]:
    found = {}
    for row in session.scalars(select(Occupancy)):
        topic = Topic(row.site, row.place, "access")
        if topic in plan.gates:
            found[topic] = Crowd(plan.gates[topic].day(row.at), row.inside, row.entered, row.at)
    return found


def _save_memory(session: Session, kind: str, before: Mapping[Topic, Any], new: Mapping[Topic, Any]) -> None:
    gone = [f"{kind} {topic}" for topic, value in new.items() if value is None and topic in before]
    if gone:
        session.execute(delete(Memory).where(Memory.key.in_(gone)))
    kept = {topic: value for topic, value in new.items() if value is not None}
    rows = {topic: {"key": f"{kind} {topic}", "data": _dump(kind, value)} for topic, value in kept.items()}
    changed = [row for topic, row in rows.items() if topic in before]
    added = [row for topic, row in rows.items() if topic not in before]
    if changed:
        session.execute(update(Memory), changed)
    if added:
        session.execute(insert(Memory), added)


def _dump(kind: str, value: object) -> Any:  # noqa: ANN401 - JSON
    return _KINDS[kind].dump_python(value, mode="json")


def _put(
    session: Session,
    record: type[Record],
    keys: Sequence[str],
    before: Mapping[Topic, object],
    new: Mapping[Topic, dict[str, Any]],
) -> None:
    """Change the rows of topics that were there before, and add the others."""
    table = record.__table__
    assert isinstance(table, Table)
    rows = {topic: dict(zip(keys, topic, strict=False)) | values for topic, values in new.items()}
    changed = [row for topic, row in rows.items() if topic in before]
    added = [row for topic, row in rows.items() if topic not in before]
    if changed:
        statement = update(table).where(*(table.c[key] == bindparam(f"its_{key}") for key in keys))
        statement = statement.values({name: bindparam(name) for name in changed[0] if name not in keys})
        renamed = [{f"its_{name}" if name in keys else name: value for name, value in row.items()} for row in changed]
        session.connection().execute(statement, renamed)
    if added:
        session.connection().execute(insert(table), added)


def _to_row(done: Done, plan: Plan) -> dict[str, Any]:
    site, place, _name = done.topic
    return {
        "duty": plan.posts[done.topic].duty.key,
        "site": site,
        "place": place,
        "at": done.at,
        "by": done.by,
        "via": "button",
        "position": done.position,
        "noted": done.received,
    }
