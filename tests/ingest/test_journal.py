"""The journal: nothing twice, nothing lost, every item accounted for, readable by everybody while it is written."""

import multiprocessing
import resource
import sqlite3
import threading
from contextlib import contextmanager
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.dead_letters import DeadLetter
from ingest.entries import Entry
from ingest.instants import SECOND
from ingest.journal import Counts, Journal, Taken, Unwritable, Writer
from ingest.redelivery import WINDOW, Received
from ingest.topics import Topic

NOW = 1_795_482_000 * SECOND
PH = Topic("lakeside", "main", "ph")
GATE = Topic("lakeside", "gate", "access")
STATUS = Topic("lakeside", "main", "status")
BUTTON = Topic("lakeside", "foot-bath", "changed")


@pytest.fixture
def writer(tmp_path):
    journal = Writer(tmp_path / "journal.db")
    yield journal
    journal.close()


def reading(seconds, value=7.4, topic=PH, **rest):
    """A reading with a time of its own."""
    return Entry(topic, NOW + seconds * SECOND, value, received=NOW + 3600 * SECOND, **rest)


def bare(seconds, value=7.4, topic=PH, **rest):
    """A reading whose time is that of its receipt."""
    return Entry(topic, NOW + seconds * SECOND, value, received=NOW + seconds * SECOND, **rest)


def stored(journal):
    return [entry._replace(position=0) for entry in journal.after(0, 1000)]


def test_entries_come_back_as_they_were_and_in_order_of_arrival(writer):
    entries = [
        reading(60, seq=7),
        reading(0, 7.1),
        Entry(GATE, NOW, -1.0, "c0ffee", 3, NOW + 5),
        Entry(BUTTON, NOW, 1.0, "李", None, NOW),
    ]
    writer.append([Received(entries[:1]), Received(entries[1:])])
    assert stored(writer) == entries
    assert [entry.position for entry in writer.after(0, 1000)] == [1, 2, 3, 4]
    assert writer.head() == 4
    assert [entry.position for entry in writer.after(1, 2)] == [2, 3]
    assert writer.after(4, 10) == []


def test_the_same_reading_again_is_a_duplicate_even_with_another_seq(writer):
    counts = writer.append([Received([reading(0, seq=1)]), Received([reading(0, seq=2)]), Received([reading(0, 7.5)])])
    assert counts == Counts(3, 2, 1, 0)
    assert writer.append([Received([reading(0)])]) == Counts(1, 0, 1, 0)
    assert writer.counts() == Counts(4, 2, 2, 0)


def test_two_people_without_a_card_in_the_same_instant_are_two(writer):
    people = [reading(0, 1.0, GATE, seq=1), reading(0, 1.0, GATE, seq=2), reading(0, -1.0, GATE, seq=2)]
    cards = [reading(0, 1.0, GATE, detail="a"), reading(0, 1.0, GATE, detail="b")]
    writer.append([Received(people + cards)])
    assert writer.append([Received(people + cards)]) == Counts(5, 0, 5, 0)
    assert stored(writer) == people + cards


def test_a_message_without_time_that_the_broker_sends_again_is_not_a_second_reading(writer):
    writer.append([Received([bare(0)], mid=5)])
    assert writer.append([Received([bare(3)], mid=5, dup=True)]) == Counts(1, 0, 1, 0)
    writer.close()
    assert writer.append([Received([bare(9)], mid=5, dup=True)]) == Counts(1, 0, 1, 0)
    assert stored(writer) == [bare(0)]


@pytest.mark.parametrize(
    "other",
    [
        Received([bare(3)], mid=5),
        Received([bare(3)], mid=6, dup=True),
        Received([bare(3)], mid=0),
        Received([bare(3, 7.5)], mid=5, dup=True),
        Received([bare(3, topic=Topic("lakeside", "children", "ph"))], mid=5, dup=True),
    ],
)
def test_a_new_message_is_not_taken_for_one_sent_again(writer, other):
    writer.append([Received([bare(0)], mid=5)])
    assert writer.append([other]) == Counts(1, 1, 0, 0)


def test_a_packet_identifier_that_was_used_for_another_message_since_says_nothing(writer):
    writer.append([Received([bare(0)], mid=5), Received([reading(1)], mid=5)])
    assert writer.append([Received([bare(3)], mid=5, dup=True)]).stored == 1


def test_a_packet_identifier_of_long_ago_says_nothing(writer):
    writer.append([Received([bare(0)], mid=5)])
    writer.append([Received([reading(0)]) for _ in range(WINDOW)])
    assert writer.append([Received([bare(3)], mid=5, dup=True)]).stored == 1


def test_a_dead_letter_that_the_broker_sends_again_is_not_a_second_one(writer):
    letter = DeadLetter("pools/x", b"?", "unreadable", NOW)
    writer.append([Received([letter], mid=5)])
    assert writer.append([Received([letter], mid=5, dup=True)]) == Counts(1, 0, 1, 0)
    assert [kept.reason for kept in writer.dead_letters()] == ["unreadable"]


def test_a_retained_status_is_news_only_when_it_has_changed(writer):
    writer.append([Received([bare(0, 1.0, STATUS)])])
    assert writer.append([Received([bare(5, 1.0, STATUS)], retained=True)]) == Counts(1, 0, 1, 0)
    assert writer.append([Received([bare(9, 0.0, STATUS)], retained=True)]) == Counts(1, 1, 0, 0)


def test_a_retained_reading_without_time_is_never_stored_as_of_now(writer):
    writer.append([Received([bare(0, 7.4)])])
    assert writer.append([Received([bare(5, 7.4)], retained=True)]) == Counts(1, 0, 1, 0)
    assert writer.append([Received([bare(5, 7.0)], retained=True)]) == Counts(1, 0, 0, 1)
    assert "age is unknown" in writer.dead_letters()[0].reason
    assert writer.append([Received([reading(5, 7.0)], retained=True)]) == Counts(1, 1, 0, 0)


def test_dead_letters_are_listed_newest_first(writer):
    letters = [DeadLetter("pools/x", bytes([number]), f"reason {number}", NOW + number) for number in range(5)]
    writer.append([Received([letter]) for letter in letters])
    assert [letter._replace(id=0) for letter in writer.dead_letters(2)] == letters[:2:-1]


@contextmanager
def files_not_longer_than(size):
    """What a full disk is to a process: writing fails."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_nothing_of_a_batch_is_stored_when_the_disk_is_full_and_the_same_batch_fits_later(writer):
    writer.append([Received([bare(0)], mid=1)])
    batch = [Received([bare(number, number)], mid=number) for number in range(2, 2000)]
    with files_not_longer_than(100_000), pytest.raises(Unwritable, match="cannot be written"):
        writer.append(batch)
    assert stored(writer) == [bare(0)]
    assert writer.counts() == Counts(1, 1, 0, 0)
    assert writer.append(batch).stored == len(batch)
    assert writer.append([batch[5]._replace(dup=True)]) == Counts(1, 0, 1, 0)


def test_a_second_writer_is_refused(writer, tmp_path):
    writer.append([])
    second = Writer(tmp_path / "journal.db")
    with pytest.raises(Taken, match="another process"):
        second.append([])
    second.close()


def test_a_journal_of_a_later_version_is_left_alone(tmp_path):
    with sqlite3.connect(tmp_path / "journal.db") as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    journal = Journal(tmp_path / "journal.db")
    with pytest.raises(sqlite3.DatabaseError, match="version 99"):
        journal.head()


def test_a_reader_that_waits_is_woken_by_news_and_gives_up_without(writer, tmp_path):
    journal = Journal(tmp_path / "journal.db")
    assert not journal.wait(0, 0.05)
    answers = []
    waiting = threading.Thread(target=lambda: answers.append(journal.wait(0, 20)))
    waiting.start()
    writer.append([Received([bare(0)])])
    waiting.join()
    assert answers == [True]
    journal.close()


def follow(path, total, answers):
    journal = Journal(path)
    position, entries = 0, []
    while len(entries) < total and journal.wait(position, 20):
        entries += journal.after(position, 100)
        position = entries[-1].position
    journal.close()
    answers.put([(entry.position, entry.value) for entry in entries])


def test_other_processes_follow_while_the_journal_is_made_and_written(tmp_path):
    path, total = tmp_path / "data" / "journal.db", 500
    spawn = multiprocessing.get_context("spawn")
    answers = spawn.Queue()
    followers = [spawn.Process(target=follow, args=(path, total, answers)) for _ in range(2)]
    for follower in followers:
        follower.start()
    writer = Writer(path)
    for number in range(total):
        writer.append([Received([bare(number, number)])])
    for follower in followers:
        assert answers.get(timeout=60) == [(number + 1, float(number)) for number in range(total)]
        follower.join()
        follower.close()
    answers.close()
    answers.join_thread()
    writer.close()


def test_threads_that_read_at_once_do_not_disturb_each_other(writer):
    writer.append([Received([reading(number, number)]) for number in range(100)])
    answers = []
    readers = [threading.Thread(target=lambda: answers.append(writer.after(0, 1000))) for _ in range(16)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    assert answers == [writer.after(0, 1000)] * 16


TOPICS = st.sampled_from([PH, GATE, STATUS, BUTTON, Topic("lakeside", "children", "ph")])
SMALL = st.integers(0, 3)
ENTRIES = st.builds(
    Entry,
    TOPICS,
    SMALL.map(lambda number: NOW + number),
    SMALL.map(float),
    st.sampled_from(["", "a"]),
    st.none() | SMALL,
    st.just(NOW),
)
LETTERS = st.builds(DeadLetter, st.just("pools/x"), st.binary(max_size=2), st.just("unreadable"), st.just(NOW))
ITEMS = st.lists(ENTRIES | LETTERS, min_size=1, max_size=3)
MESSAGES = st.builds(Received, ITEMS, mid=SMALL, dup=st.booleans(), retained=st.sampled_from([False] * 5 + [True]))
names = count()


@given(st.lists(st.lists(MESSAGES, max_size=5), max_size=8))
@settings(max_examples=60, deadline=None)
def test_the_ledger_balances_whatever_arrives(tmp_path_factory, batches):
    path = tmp_path_factory.getbasetemp() / f"ledger-{next(names)}" / "journal.db"
    writer = Writer(path)
    for batch in batches:
        added = writer.append(batch)
        assert added.received == sum(len(message.items) for message in batch)
    counts = writer.counts()
    assert counts.received == counts.stored + counts.duplicate + counts.dead
    assert counts.stored == writer.head() == len(writer.after(0, 10_000))
    assert counts.dead == len(writer.dead_letters(10_000))
    entries = [(entry.topic, entry.time, entry.value, entry.detail) for entry in stored(writer) if entry.topic != GATE]
    assert len(entries) == len(set(entries))
    writer.close()
