"""The schema of the records database: brought up to date by Alembic, by one process at a time."""

from pathlib import Path

import structlog
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from monitor.records import connect

_SCRIPTS = Path(__file__).parent / "migrations"
# Any number, but always the same: who holds it migrates, the others wait.
_LOCK = 7_665_537

log = structlog.get_logger()


class Unready(Exception):
    """Raised when the records database cannot be brought up to date; the text says why."""


def migrate(url: str) -> str:
    """Bring the database up to date and return its revision; a SQLite file is made, its folder too. Raises Unready."""
    address = make_url(url)
    if address.get_backend_name() == "sqlite" and address.database:
        Path(address.database).parent.mkdir(parents=True, exist_ok=True)
    engine = connect(url)
    try:
        # On SQLite this takes the write lock at once.
        with engine.execution_options(writes=True).begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql(f"select pg_advisory_xact_lock({_LOCK})")
            return _upgrade(connection)
    except (OperationalError, CommandError) as error:
        reason = getattr(error, "orig", None) or error
        raise Unready(f"records database {address.render_as_string()}: {reason}") from error
    finally:
        engine.dispose()


def _upgrade(connection: Connection) -> str:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    config.attributes["connection"] = connection
    before = MigrationContext.configure(connection).get_current_revision()
    newest = ScriptDirectory.from_config(config).get_current_head()
    assert newest
    if before != newest:
        command.upgrade(config, "head")
        log.info("records database migrated", before=before or "", now=newest)
    return newest
