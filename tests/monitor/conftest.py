"""A records database for each test, on SQLite or on PostgreSQL, with Lakeside in it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from ingest.journal import Writer
from monitor import lakeside
from monitor.records import Record, connect, writing
from tests.monitor.house import House

REGISTERED = datetime(2026, 11, 24, 2, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgresql"])
def records(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """The records database with Lakeside, registered at ten in the morning."""
    sqlite = f"sqlite:///{tmp_path / 'records.db'}"
    engine = connect(sqlite if request.param == "sqlite" else request.getfixturevalue("postgres_url"))
    Record.metadata.create_all(engine)
    with writing(engine) as session:
        lakeside.register(session, REGISTERED)
    yield engine
    engine.dispose()


@pytest.fixture
def house(records: Engine, tmp_path: Path) -> Iterator[House]:
    """The records and a journal, with a monitor that the test drives cycle by cycle."""
    with Writer(tmp_path / "journal.db") as writer:
        house = House(records, writer, tmp_path / "journal.db")
        yield house
        house.close()
