"""Tokens of the API: never kept in the clear, ended by revoking, told apart by name."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from monitor.records import Record, connect, reading, writing
from portal import tokens

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def records(tmp_path):
    engine = connect(f"sqlite:///{tmp_path}/records.db")
    Record.metadata.create_all(engine)
    yield engine
    engine.dispose()


def issue(records, name="display"):
    with writing(records) as session:
        return tokens.issue(session, name, NOON)


def test_a_token_passes_and_another_does_not(records):
    token = issue(records)
    with reading(records) as session:
        assert tokens.check(session, token).name == "display"
        assert tokens.check(session, token[:-1]) is None
        assert tokens.check(session, token.upper()) is None
        assert tokens.check(session, "") is None


def test_a_token_has_256_random_bits(records):
    first, second = issue(records, "one"), issue(records, "two")
    assert first != second
    assert len(first) - len(tokens.PREFIX) == 43  # 32 bytes in base64


def test_no_file_of_the_database_holds_the_token(records, tmp_path):
    token = issue(records)
    held = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"display" in held
    assert token.removeprefix(tokens.PREFIX).encode() not in held


def test_a_revoked_token_ends_at_once_but_stays_in_the_list(records):
    token = issue(records)
    with writing(records) as session:
        tokens.revoke(session, "display", NOON + timedelta(hours=1))
    with reading(records) as session:
        assert tokens.check(session, token) is None
        assert [(row.name, row.revoked) for row in tokens.listed(session)] == [("display", NOON + timedelta(hours=1))]


def test_a_name_can_be_given_again_only_after_revoking(records):
    old = issue(records)
    with pytest.raises(tokens.BadToken, match="'display' is taken"):
        issue(records)
    with writing(records) as session:
        tokens.revoke(session, "display", NOON)
    new = issue(records)
    with reading(records) as session:
        assert tokens.check(session, old) is None
        assert tokens.check(session, new) is not None


def test_two_at_once_cannot_take_the_same_name(records):
    issue(records)
    statement = "insert into api_token (name, digest, created) values ('display', 'x', '2026-11-24')"
    with pytest.raises(IntegrityError), writing(records) as session:
        session.execute(text(statement))


@pytest.mark.parametrize("name", ["", "   ", "x" * 81])
def test_a_token_without_a_usable_name_is_refused(records, name):
    with pytest.raises(tokens.BadToken, match="expected 1 to 80 characters"):
        issue(records, name)


def test_revoking_an_unknown_name_says_so(records):
    with (
        pytest.raises(tokens.BadToken, match="'sign': expected the name of a token in use"),
        writing(records) as session,
    ):
        tokens.revoke(session, "sign", NOON)


def test_use_is_noted_at_most_once_a_minute(records):
    token = issue(records)
    with writing(records) as session:
        row = tokens.check(session, token)
        assert tokens.use_is_due(row, NOON)
        tokens.note_use(session, row.id, NOON)
        session.refresh(row)
        assert not tokens.use_is_due(row, NOON + timedelta(seconds=59))
        assert tokens.use_is_due(row, NOON + timedelta(seconds=60))
