"""The life of an alarm, whatever order the water and the people act in."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from monitor.lifecycle import Alarm, State, acknowledge, advance, close, escalate
from monitor.refusals import Refused

NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)
RAISED = advance(Alarm(), condition=True, now=NOW)
RETURNED = advance(RAISED, condition=False, now=NOW)
SEEN = acknowledge(RAISED, "lee", NOW)
WHO = st.sampled_from(["lee", "sun", "mei"])


class Life(RuleBasedStateMachine):
    """Holds the lifecycle against what is known beside it: the condition, who saw it, whether it was closed."""

    def __init__(self):
        super().__init__()
        self.alarm = Alarm()
        self.now = NOW
        self.condition = False
        self.seen_by = None
        self.raised = 0

    def later(self):
        self.now += timedelta(seconds=1)
        return self.now

    @precondition(lambda self: not self.alarm.closed)
    @rule(condition=st.booleans())
    def change(self, condition):
        before = self.alarm
        self.alarm = advance(self.alarm, condition, self.later())
        if condition == self.condition:
            assert self.alarm is before
        elif condition:
            self.raised += 1
            self.seen_by = None
        self.condition = condition

    @precondition(lambda self: self.alarm.raised)
    @rule(who=WHO)
    def acknowledge(self, who):
        if self.seen_by or self.alarm.closed:
            with pytest.raises(Refused, match="already"):
                acknowledge(self.alarm, who, self.later())
        else:
            self.alarm = acknowledge(self.alarm, who, self.later())
            self.seen_by = who

    @precondition(lambda self: self.alarm.raised)
    @rule(who=WHO, cause=st.sampled_from(["", " ", "pump off"]), action=st.sampled_from(["", "pump on"]))
    def close(self, who, cause, action):
        if self.condition or self.alarm.closed or not cause.strip() or not action.strip():
            with pytest.raises(Refused):
                close(self.alarm, who, cause, action, self.later())
        else:
            self.alarm = close(self.alarm, who, cause, action, self.later())
            self.seen_by = self.seen_by or who

    @precondition(lambda self: self.condition)
    @rule()
    def escalate(self):
        self.alarm = escalate(self.alarm)
        self.seen_by = None

    @invariant()
    def the_state_says_what_holds_and_what_was_seen(self):
        expected = {
            (False, False): State.RETURNED if self.raised else State.NORMAL,
            (False, True): State.NORMAL,
            (True, False): State.UNACKNOWLEDGED,
            (True, True): State.ACKNOWLEDGED,
        }
        assert self.alarm.state == expected[self.condition, self.seen_by is not None]
        assert self.alarm.stands == self.condition
        assert self.alarm.acknowledged_by == self.seen_by
        assert self.alarm.repeats == max(0, self.raised - 1)

    @invariant()
    def what_is_closed_is_over_and_has_cause_and_action(self):
        if self.alarm.closed:
            assert self.alarm.state == State.NORMAL
            assert self.alarm.cause
            assert self.alarm.action
            assert self.alarm.closed_by


TestLife = Life.TestCase


def test_a_closed_alarm_is_never_raised_again():
    closed = close(RETURNED, "lee", "pump off", "pump on", NOW)
    with pytest.raises(ValueError, match="expected a new alarm"):
        advance(closed, condition=True, now=NOW)


def test_nothing_ends_before_it_began():
    over = advance(RAISED, condition=False, now=NOW - timedelta(hours=1))
    assert over.cleared == NOW


def test_what_comes_back_must_be_acknowledged_again():
    over = advance(SEEN, condition=False, now=NOW + timedelta(minutes=10))
    again = advance(over, condition=True, now=NOW + timedelta(minutes=20))
    assert (again.state, again.acknowledged, again.repeats, again.raised) == (State.UNACKNOWLEDGED, None, 1, NOW)


def test_every_mistake_of_a_closing_is_said_at_once():
    with pytest.raises(Refused) as refused:
        close(RAISED, "lee", "", " ", NOW)
    assert [mistake.about for mistake in refused.value.mistakes] == ["alarm", "cause", "action"]
