"""What every test may ask for: real services, a real browser, and `--long` for the whole counts."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy
from playwright.sync_api import Browser, sync_playwright

from tests.services import InfluxDB, Mosquitto, PostgreSQL, service_folder

CHROMIUM = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync")  # fmt: skip


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="the whole counts: 30 kills, 90 days, a million rows")
    parser.addoption("--pictures", action="store_true", help="renew the pictures that the README shows")


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    """A running Mosquitto with nothing in it."""
    folder = tmp_path / "mosquitto"
    folder.mkdir()
    service = Mosquitto(folder)
    service.start()
    yield service
    service.kill()


@pytest.fixture
def influx() -> Iterator[InfluxDB]:
    """A running InfluxDB with nothing in it."""
    folder = service_folder()
    service = InfluxDB(folder)
    service.start()
    yield service
    service.kill()
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def _postgres() -> Iterator[PostgreSQL]:
    folder = service_folder()
    (folder / "postgres").mkdir()
    service = PostgreSQL(folder / "postgres")
    service.start()
    yield service
    service.stop()
    shutil.rmtree(folder)


@pytest.fixture
def postgres_url(_postgres: PostgreSQL, request: pytest.FixtureRequest) -> Iterator[str]:
    """An SQLAlchemy URL of an empty PostgreSQL database of the test's own."""
    name = f"test_{abs(hash(request.node.nodeid))}"
    admin = sqlalchemy.create_engine(f"{_postgres.server}/postgres", isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f"create database {name}")
    yield f"{_postgres.server}/{name}"
    with admin.connect() as connection:
        connection.exec_driver_sql(f"drop database {name} with (force)")
    admin.dispose()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, headless."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(CHROMIUM))
        yield chromium
        chromium.close()
