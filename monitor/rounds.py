"""The duty clock: when a duty is overdue, when people are reminded of it, and what doing it ends. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime

from ingest.topics import Topic
from monitor.changes import Change, Reminder
from monitor.duties import find_due
from monitor.lifecycle import What
from monitor.plan import Post
from monitor.rules import RULES


@dataclass(frozen=True, slots=True)
class Round:
    """What is remembered of a duty at a place.

    `last` is when it was last done, `overdue` whether that is too long ago, `reminded` the due moment that people were
    reminded of.
    """

    last: datetime | None = None
    overdue: bool = False
    reminded: datetime | None = None


def do(round_: Round, post: Post, topic: Topic, at: datetime) -> tuple[Round, list[Change]]:
    """The duty was done at `at`. What was overdue by then has been, and ends now; older news change nothing."""
    if round_.last and at <= round_.last:
        return round_, []
    due = find_due(post.duty, round_.last, post.calendar, post.since)
    changes = []
    if not round_.overdue and due < at:
        changes.append(_change(What.RAISED, post, topic, due))
    if round_.overdue or changes:
        changes.append(_change(What.CLEARED, post, topic, at))
    return Round(last=at), changes


def check(round_: Round, post: Post, topic: Topic, now: datetime) -> tuple[Round, list[Change], list[Reminder]]:
    """Look at the duty at `now`."""
    due = find_due(post.duty, round_.last, post.calendar, post.since)
    if round_.overdue:
        # Later opening hours can move what was due; then it is not overdue any more.
        if now < due:
            return replace(round_, overdue=False), [_change(What.CLEARED, post, topic, now)], []
        return round_, [], []
    if now >= due:
        return replace(round_, overdue=True), [_change(What.RAISED, post, topic, due)], []
    if now >= due - post.duty.warning and round_.reminded != due:
        return replace(round_, reminded=due), [], [Reminder(RULES[post.duty.rule], topic, due)]
    return round_, [], []


def _change(what: What, post: Post, topic: Topic, at: datetime) -> Change:
    rule = RULES[post.duty.rule]
    return Change(what, rule, topic, at, rule.severity)
