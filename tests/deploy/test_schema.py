"""The migrations make what the code declares, on both databases, however many start at once."""

import importlib
import pkgutil
from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

import monitor
import portal
from deploy.schema import Unready, migrate
from monitor.records import Record, connect


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/new/records.db"
    return request.getfixturevalue("postgres_url")


def declare_every_table():
    for room in (monitor, portal):
        for module in pkgutil.walk_packages(room.__path__, f"{room.__name__}."):
            importlib.import_module(module.name)


def test_a_migrated_database_is_what_the_code_declares(url):
    declare_every_table()
    migrate(url)
    engine = connect(url)
    with engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), Record.metadata)
    engine.dispose()
    assert differences == []


def test_migrating_again_changes_nothing(url):
    assert migrate(url) == migrate(url)


def test_several_at_once_migrate_one_after_the_other(url):
    with ThreadPoolExecutor(4) as pool:
        revisions = set(pool.map(migrate, [url] * 4))
    assert len(revisions) == 1


def test_a_database_from_a_newer_version_is_left_alone(url):
    migrate(url)
    engine = connect(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("update alembic_version set version_num = 'tomorrow'")
    engine.dispose()
    with pytest.raises(Unready, match="tomorrow"):
        migrate(url)


def test_a_database_that_is_away_is_named():
    with pytest.raises(Unready, match=r"records database postgresql\+psycopg://pool@127.0.0.1:1/pool"):
        migrate("postgresql+psycopg://pool@127.0.0.1:1/pool")
