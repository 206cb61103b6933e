"""The gate: who comes in after closing, and how many are inside."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.engine import step, tick
from monitor.state import State
from tests.monitor.timeline import GATE, PLAN, TEN, Clock, after, entry, local


def passing(text, way=1, received=None):
    return entry(GATE, local(text), way, received)


@pytest.mark.parametrize(
    ("time", "raises"),
    [
        ("08:59:59.999999", True),
        ("09:00:00", False),
        ("15:00:00", False),
        ("21:29:59", False),
        ("21:29:59.999", False),
        ("21:30:00", True),
        ("23:59:59", True),
        ("2026-11-25T00:00:00", True),
    ],
)
def test_an_entry_raises_from_closing_until_opening(time, raises):
    clock = Clock().take(passing(time))
    assert [change.what for change in clock.changes] == (["raised"] if raises else [])


def test_leaving_after_closing_is_allowed():
    assert Clock().take(passing("21:45:00", -1)).changes == []


def test_further_entries_repeat_the_alarm_until_nobody_came_for_ten_minutes():
    clock = Clock().take(passing("21:30:00"), passing("21:39:59"), passing("21:39:59"), passing("21:49:58"))
    clock.tick(local("21:59:00")).tick(local("22:00:00"))
    assert [(change.what, change.at) for change in clock.changes if change.topic == GATE] == [
        ("raised", local("21:30:00")),
        ("repeated", local("21:39:59")),
        ("repeated", local("21:39:59")),
        ("repeated", local("21:49:58")),
        ("cleared", local("21:59:58")),
    ]


def test_an_entry_more_than_ten_minutes_later_is_another_alarm():
    clock = Clock().take(passing("21:30:00"), passing("21:40:01"))
    assert [change.what for change in clock.changes] == ["raised", "cleared", "raised"]


def test_an_entry_that_is_told_late_is_a_breach_all_the_same():
    clock = Clock().take(passing("23:00:00", -1), passing("22:00:00", received=local("23:00:01")))
    assert [(change.what, change.at) for change in clock.changes] == [
        ("raised", local("22:00:00")),
        ("cleared", local("22:10:00")),
    ]


def test_those_inside_are_who_came_in_less_who_went_out_since_midnight():
    clock = Clock().take(
        passing("2026-11-23T20:00:00"),
        passing("10:00:00"),
        passing("10:00:00"),
        passing("10:30:00", -1),
        passing("11:00:00"),
    )
    crowd = clock.state.crowds[GATE]
    assert (crowd.inside, crowd.entered) == (2, 3)


def test_nobody_is_inside_who_did_not_come_in():
    clock = Clock().take(passing("10:00:00", -1), passing("10:01:00"))
    assert clock.state.crowds[GATE].inside == 1


def test_at_midnight_the_count_begins_anew():
    clock = Clock().take(passing("21:00:00")).tick(local("2026-11-24T23:59:59"))
    assert clock.state.crowds[GATE].inside == 1
    crowd = clock.tick(local("2026-11-25T00:00:00.5")).state.crowds[GATE]
    assert (crowd.inside, crowd.entered, crowd.at) == (0, 0, local("2026-11-25T00:00:00"))


def test_who_is_told_of_after_midnight_but_came_before_is_not_counted_today():
    clock = Clock().take(passing("2026-11-25T09:00:00"), passing("21:00:00", received=local("2026-11-25T09:00:01")))
    assert clock.state.crowds[GATE].inside == 1


@given(st.lists(st.tuples(st.sampled_from([1, -1]), st.integers(0, 86_000)), max_size=30))
def test_the_crowd_is_never_negative_and_never_more_than_entered(passages):
    clock = Clock()
    for way, second in passages:
        clock.take(entry(GATE, local("00:00:00"), way, after(second)))
        crowd = clock.state.crowds[GATE]
        assert 0 <= crowd.inside <= crowd.entered


def test_a_gate_that_nobody_registered_is_only_remembered():
    topic = GATE._replace(place="back-door")
    found = step(State(since=TEN), PLAN, [entry(topic, local("23:00:00"), 1)])
    assert not found.changes
    assert not found.crowds
    assert topic in found.state.seen
    assert not tick(found.state, PLAN, local("23:30:00")).crowds
