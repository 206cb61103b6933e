"""Messages: every form of the wire contract is read, everything else becomes a dead letter that says why."""

import json
from datetime import datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ingest.cards import card_hasher
from ingest.dead_letters import DeadLetter
from ingest.entries import Entry
from ingest.instants import SECOND, from_datetime
from ingest.messages import decode
from ingest.topics import Topic

NOW = from_datetime(datetime.fromisoformat("2026-11-24T09:00:00+08:00"))
PH = "pools/lakeside/main/ph"
GATE = "pools/lakeside/gate/access"
BUTTON = "pools/lakeside/foot-bath/changed"
STATUS = "pools/lakeside/main/status"


def hashed(card: str) -> str:
    return f"<{len(card)}>"


def read(topic, payload):
    return decode(topic, payload if isinstance(payload, bytes) else payload.encode(), NOW, hashed)


READABLE = [
    (PH, "7.42", Entry(Topic("lakeside", "main", "ph"), NOW, 7.42, "", None, NOW)),
    (PH, " 7 \n", Entry(Topic("lakeside", "main", "ph"), NOW, 7.0, "", None, NOW)),
    (PH, "-1e-3", Entry(Topic("lakeside", "main", "ph"), NOW, -0.001, "", None, NOW)),
    (
        PH,
        '{"value": 7.42, "time": "2026-11-24T08:59:00+08:00", "seq": 812}',
        Entry(Topic("lakeside", "main", "ph"), NOW - 60 * SECOND, 7.42, "", 812, NOW),
    ),
    (
        PH,
        '{"value": 7, "time": "2026-11-24T01:00:00.123456Z"}',
        Entry(Topic("lakeside", "main", "ph"), NOW + 123456, 7.0, "", None, NOW),
    ),
    (
        PH,
        f'{{"value": 7, "time": {NOW // 1000 - 5}}}',
        Entry(Topic("lakeside", "main", "ph"), NOW - 5000, 7.0, "", None, NOW),
    ),
    (
        PH,
        '{"value": 7, "time": null, "seq": null, "battery": 88}',
        Entry(Topic("lakeside", "main", "ph"), NOW, 7.0, "", None, NOW),
    ),
    (GATE, '{"direction": "in"}', Entry(Topic("lakeside", "gate", "access"), NOW, 1.0, "", None, NOW)),
    (
        GATE,
        '{"direction": "out", "card": "a1b2", "seq": 3}',
        Entry(Topic("lakeside", "gate", "access"), NOW, -1.0, "<4>", 3, NOW),
    ),
    (
        GATE,
        '{"direction": "out", "card": 1234567}',
        Entry(Topic("lakeside", "gate", "access"), NOW, -1.0, "<7>", None, NOW),
    ),
    (BUTTON, "", Entry(Topic("lakeside", "foot-bath", "changed"), NOW, 1.0, "", None, NOW)),
    (BUTTON, '{"by": "李"}', Entry(Topic("lakeside", "foot-bath", "changed"), NOW, 1.0, "李", None, NOW)),
    (STATUS, "online", Entry(Topic("lakeside", "main", "status"), NOW, 1.0, "", None, NOW)),
    (STATUS, "offline", Entry(Topic("lakeside", "main", "status"), NOW, 0.0, "", None, NOW)),
]


@pytest.mark.parametrize(("topic", "payload", "entry"), READABLE)
def test_every_form_of_the_contract_is_read(topic, payload, entry):
    assert read(topic, payload) == [entry]


# (topic, payload, words that the reason must hold)
UNREADABLE = [
    (PH, b"", ["payload is empty", "a number such as 7.42"]),
    (PH, b"abc", ["'abc' is not JSON", "7.42"]),
    (PH, b"7,42", ["'7,42' is not JSON"]),
    (PH, b'"7.4"', ["found text", "7.42"]),
    (PH, b"true", ["found true"]),
    (PH, b"null", ["found null"]),
    (PH, b"NaN", ["NaN", "finite"]),
    (PH, b"-Infinity", ["infinite", "finite"]),
    (PH, b"1e999", ["too large", "finite"]),
    (PH, b"9" * 400, ["too large", "finite"]),
    (PH, b"9" * 5000, ["is not JSON"]),
    (PH, b"\xff\xfe7.4", ["not UTF-8", "byte 1 is 0xff"]),
    (PH, '\ufeff"7.4"'.encode("utf-16"), ["not UTF-8"]),
    (PH, b" " * 1_000_000, ["longer than 262144 bytes"]),
    (PH, b"[" * 100_000, ["nested too deeply"]),
    (PH, b"[]", ["empty array"]),
    (PH, b"{}", ["value is missing"]),
    (PH, b'{"value": "7.4"}', ["value is '7.4'", "expected a number"]),
    (PH, b'{"value": false}', ["value is false"]),
    (PH, b'{"value": null}', ["value is null"]),
    (PH, b'{"value": [7.4]}', ["value is an array"]),
    (PH, b'{"value": NaN}', ["value is NaN"]),
    (PH, b'{"value": 7.4, "time": "1970-01-01T00:00:05Z"}', ["before the year 2000", "clock is not set"]),
    (PH, b'{"value": 7.4, "time": 5000}', ["before the year 2000", "clock is not set"]),
    (PH, b'{"value": 7.4, "time": 1795482000}', ["seconds", "expected milliseconds"]),
    (PH, b'{"value": 7.4, "time": "2100-01-01T00:00:00Z"}', ["2100", "ahead", "clock is wrong"]),
    (PH, b'{"value": 7.4, "time": 99999999999999999999}', ["a very large number", "ahead"]),
    (PH, b'{"value": 7.4, "time": "2026-11-24T09:05:01+08:00"}', ["more than 5 minutes ahead"]),
    (PH, b'{"value": 7.4, "time": "2026-11-24T09:00:00"}', ["without an offset"]),
    (PH, b'{"value": 7.4, "time": "2026-02-30T09:00:00Z"}', ["no calendar"]),
    (PH, b'{"value": 7.4, "time": "2026-W48-2T09:00:00Z"}', ["expected one such as 2026-11-24T09:00:00+08:00"]),
    (PH, b'{"value": 7.4, "time": 1795482000000.5}', ["time is 1795482000000.5"]),
    (PH, b'{"value": 7.4, "time": true}', ["time is true"]),
    (PH, b'{"value": 7.4, "seq": -1}', ["seq is -1", "whole number"]),
    (PH, b'{"value": 7.4, "seq": 1.5}', ["seq is 1.5", "whole number"]),
    (PH, b'{"value": 7.4, "seq": 1' + b"0" * 30 + b"}", ["seq is a very large number"]),
    (GATE, b"", ["payload is empty", "direction"]),
    (GATE, b'"in"', ["found text"]),
    (GATE, b'{"card": "a1b2"}', ["direction is null", "in or out"]),
    (GATE, b'{"direction": "up"}', ["direction is 'up'"]),
    (GATE, b'{"direction": "in", "card": ""}', ["card is text", "1 to 100 characters"]),
    (GATE, b'{"direction": "in", "card": ["a1b2"]}', ["card is an array"]),
    (BUTTON, b"pressed", ["is not JSON", "nothing, an object"]),
    (BUTTON, b'{"by": 7}', ["by is 7"]),
    (BUTTON, b'{"by": "a\\u0000b"}', ["by is 'a\\x00b'"]),
    (BUTTON, b'{"by": "\\ud800"}', ["by is"]),
    (STATUS, b"up", ["status is 'up'", "online or offline"]),
    (STATUS, b"", ["payload is empty", "online or offline"]),
    ("pools/lakeside/main/salt", b"1", ["unknown quantity 'salt'", "bromine"]),
    ("pools/lakeside/ph", b"7.4", ["pools/<site>/<place>/<quantity>"]),
    ("pools/Lakeside/main/ph", b"7.4", ["'Lakeside'", "a-z"]),
    ("pools/" + "x" * 60_000, b"7.4", ["topic of 60006 characters"]),
]


@pytest.mark.parametrize(("topic", "payload", "words"), UNREADABLE)
def test_what_cannot_be_read_becomes_a_dead_letter_that_says_why(topic, payload, words):
    [letter] = read(topic, payload)
    assert isinstance(letter, DeadLetter)
    assert letter.topic == topic
    assert letter.received == NOW
    for word in words:
        assert word in letter.reason
    assert len(letter.reason) < 500
    assert len(letter.payload) <= 262_144


def test_five_minutes_ahead_to_the_second_are_still_read():
    [entry] = read(PH, '{"value": 7.4, "time": "2026-11-24T09:05:00+08:00"}')
    assert entry.time == NOW + 300 * SECOND


def test_one_bad_element_does_not_take_the_good_ones_with_it():
    items = read(PH, '[{"value": 7.1, "time": 1795482000000}, {"value": NaN}, 7.3, {"value": 7.2}]')
    assert [type(item) for item in items] == [Entry, DeadLetter, DeadLetter, Entry]
    assert [items[0].value, items[3].value] == [7.1, 7.2]
    assert items[1].reason.startswith("element 2: value is NaN")
    assert items[1].payload == b'{"value": NaN}'
    assert items[2].reason.startswith("element 3: found a number, expected")


def test_an_unreadable_message_is_kept_whole_up_to_the_limit_and_its_beginning_beyond():
    assert read(PH, b"x" * 262_144)[0].payload == b"x" * 262_144
    assert read(PH, b"x" * 262_145)[0].payload == b"x" * 1024


@pytest.mark.parametrize(
    "payload",
    [
        '{"direction": "up", "card": "SECRET"}',
        '{"direction": "in", "card": ["SECRET"]}',
        '{"direction": "in", "Card": "SECRET", "time": 5}',
        '{"direction": "up", "badge": "SECRET"}',
        '[{"direction": "in"}, {"direction": "up", "card": "SECRET"}]',
        '[{"direction": "in"}, "SECRET"]',
        '{"direction": "in", "card": "SECRET"',
        '"SECRET"',
        "SECRET",
        '{"direction": "in", "card": "SECRET", "time": "1970-01-01T00:00:00Z"}',
        '{"direction": "in", "card": "SECRET"}' + " " * 300_000,
    ],
)
@pytest.mark.parametrize("topic", [GATE, "pools/Lakeside/gate/access", "pools/lakeside/gate/acces"])
def test_a_card_is_never_kept_in_clear(topic, payload):
    if topic.endswith("acces") and "card" not in payload.lower():
        payload = payload.replace("SECRET", "")
    for item in read(topic, payload):
        assert "SECRET" not in repr(item)


def test_a_dead_letter_of_a_gate_keeps_what_helps_to_find_the_fault():
    [letter] = read(GATE, '{"direction": "up", "card": "a1b2", "time": 1795482000000}')
    assert json.loads(letter.payload) == {"direction": "up", "card": "hash <4>", "time": 1795482000000}


def test_the_same_card_has_the_same_hash_only_with_the_same_key(tmp_path):
    ours, again, theirs = (card_hasher(tmp_path / name) for name in ("ours.key", "ours.key", "theirs.key"))
    assert ours("a1b2") == again("a1b2") != ours("a1b3")
    assert ours("a1b2") != theirs("a1b2")
    assert (tmp_path / "ours.key").stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ours.key", "theirs.key"]


def test_a_damaged_card_key_is_refused_instead_of_making_every_visitor_a_new_one(tmp_path):
    (tmp_path / "card.key").write_bytes(b"short")
    with pytest.raises(ValueError, match="expected 32"):
        card_hasher(tmp_path / "card.key")


KEYS = st.sampled_from(["value", "time", "seq", "card", "by", "direction"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner),
)


@given(
    topic=st.sampled_from([PH, GATE, BUTTON, STATUS]) | st.text(),
    payload=st.binary() | JSON.map(lambda content: json.dumps(content).encode()),
)
@example(PH, b'[{"value":' + b"[" * 600 + b"]" * 600 + b"}]")
@example(GATE, b'[{"card":' + b"[" * 600 + b"]" * 600 + b"}]")
def test_whatever_comes_in_is_an_entry_or_a_dead_letter(topic, payload):
    items = decode(topic, payload, NOW, hashed)
    assert items
    for item in items:
        if isinstance(item, DeadLetter):
            assert item.reason
            item.reason.encode()
        else:
            assert isinstance(item, Entry)
            assert item.value == item.value + 0.0
            assert abs(item.value) != float("inf")
            assert 946_684_800 * SECOND <= item.time <= NOW + 300 * SECOND
            item.detail.encode()
