"""What people do about alarms, one at a time and two at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier

import pytest

from monitor import handling, ledger
from monitor.alarms import Alarm
from monitor.changes import Change
from monitor.handling import Refused
from monitor.lifecycle import What
from monitor.records import reading, writing
from monitor.rules import LIMIT
from tests.monitor.timeline import PH

NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)


def change(what, **values):
    return Change(what, LIMIT, PH, NOW, LIMIT.severity, **values)


@pytest.fixture
def alarm(records):
    with writing(records) as session:
        ledger.write(session, [change(What.RAISED, value=7.0, worst=6.9)])
        return session.query(Alarm).one().id


@pytest.fixture
def over(records, alarm):
    with writing(records) as session:
        ledger.write(session, [change(What.CLEARED)])
    return alarm


def history(records, alarm):
    with reading(records) as session:
        return [(one.what, one.before, one.after, one.by, one.note) for one in session.get(Alarm, alarm).changes]


def test_an_acknowledgement_says_who_and_stands_in_the_history(records, alarm):
    with writing(records) as session:
        seen = handling.acknowledge(session, alarm, "lee", NOW)
        assert (seen.state, seen.acknowledged_by, seen.acknowledged) == ("acknowledged", "lee", NOW)
    assert history(records, alarm)[1:] == [("acknowledged", "unacknowledged", "acknowledged", "lee", "")]


def test_a_second_acknowledgement_is_refused_and_says_who_was_first(records, alarm):
    with writing(records) as session:
        handling.acknowledge(session, alarm, "lee", NOW)
    with writing(records) as session, pytest.raises(Refused, match="lee has already acknowledged"):
        handling.acknowledge(session, alarm, "sun", NOW)
    assert len(history(records, alarm)) == 2


def test_of_two_who_acknowledge_at_once_the_second_is_refused(records, alarm):
    together = Barrier(2)

    def try_to_acknowledge(who):
        together.wait(10)
        try:
            with writing(records) as session:
                handling.acknowledge(session, alarm, who, NOW)
        except Refused:
            return 0
        return 1

    with ThreadPoolExecutor(2) as threads:
        assert sum(threads.map(try_to_acknowledge, ["lee", "sun"])) == 1
    assert [what for what, *_rest in history(records, alarm)] == ["raised", "acknowledged"]


def test_an_alarm_that_stands_cannot_be_closed(records, alarm):
    with writing(records) as session, pytest.raises(Refused, match="still holds"):
        handling.close(session, alarm, "lee", "pump off", "pump on", NOW)
    assert len(history(records, alarm)) == 1


def test_closing_acknowledges_and_finishes_what_is_over(records, over):
    with writing(records) as session:
        done = handling.close(session, over, "lee", " pump off ", "pump on", NOW)
        assert (done.state, done.closed_by, done.acknowledged_by) == ("normal", "lee", "lee")
        assert (done.cause, done.action) == ("pump off", "pump on")
    assert history(records, over)[-1] == ("closed", "returned", "normal", "lee", "")
    with writing(records) as session, pytest.raises(Refused, match="lee has already closed"):
        handling.close(session, over, "sun", "pump off", "pump on", NOW)


def test_a_note_changes_nothing_but_the_history(records, alarm):
    with writing(records) as session:
        assert handling.note(session, alarm, "sun", " looking into it ", NOW).state == "unacknowledged"
    assert history(records, alarm)[-1] == ("noted", "unacknowledged", "unacknowledged", "sun", "looking into it")
    with writing(records) as session, pytest.raises(Refused, match="empty"):
        handling.note(session, alarm, "sun", "  ", NOW)


def test_an_unknown_alarm_is_refused(records):
    with writing(records) as session, pytest.raises(Refused, match="no alarm"):
        handling.acknowledge(session, 4711, "lee", NOW)


def test_what_comes_back_soon_is_the_same_alarm_and_what_is_closed_never(records, over):
    with writing(records) as session:
        ledger.write(session, [change(What.RAISED, value=6.8, worst=6.8)])
        again = session.get(Alarm, over)
        assert (again.state, again.repeats, again.worst, again.value) == ("unacknowledged", 1, 6.8, 7.0)
        ledger.write(session, [change(What.CLEARED)])
        handling.close(session, over, "lee", "pump off", "pump on", NOW)
        ledger.write(session, [change(What.RAISED, value=6.8)])
        assert session.query(Alarm).count() == 2
