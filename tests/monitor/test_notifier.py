"""The notifier: each message once, also when two take from the outbox."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from sqlalchemy import select, update
from structlog.testing import capture_logs

from monitor.alarms import Outgoing
from monitor.notifier import send
from monitor.records import reading, writing
from tests.monitor.timeline import after


def fill(records, number):
    with writing(records) as session:
        for place in range(number):
            session.add(
                Outgoing(
                    what="raised", rule="limit", severity="warning", site="lakeside", place=f"pool-{place}",
                    quantity="ph", at=after(0), created=after(1),
                )
            )  # fmt: skip


def test_each_message_is_told_once_and_noted(records):
    fill(records, 2)
    with capture_logs() as logs:
        assert send(records, after(2)) == 2
        assert send(records, after(3)) == 0
    assert [(log["event"], log["rule"], log["place"]) for log in logs] == [
        ("notified", "limit", "pool-0"),
        ("notified", "limit", "pool-1"),
    ]
    with reading(records) as session:
        assert [(one.sent, one.attempts) for one in session.scalars(select(Outgoing))] == [(after(2), 1)] * 2


def test_two_notifiers_share_the_outbox(records):
    fill(records, 20)
    with capture_logs() as logs, ThreadPoolExecutor(2) as threads:
        sent = list(threads.map(lambda _which: send(records, after(2)), range(2)))
    assert sum(sent) == 20
    assert len({log["place"] for log in logs}) == len(logs) == 20


def test_what_a_killed_notifier_had_claimed_is_sent_a_minute_later(records):
    fill(records, 1)
    with writing(records) as session:
        session.execute(update(Outgoing).values(claimed=after(0)))
    assert send(records, after(30)) == 0
    assert send(records, after(0) + timedelta(seconds=61)) == 1
