"""The schema of the records database: brought up to date by Alembic, by one process at a time."""

from pathlib import Path

import structlog
from sqlalchemy import Connection, inspect
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from monitor.records import connect

_SCRIPTS = Path(__file__).parent / "migrations"
_EMPTY = ""
# Migrations are numbered and go in one line: 0001_..., 0002_...
_REVISIONS = (_EMPTY, *sorted(file.name[:4] for file in (_SCRIPTS / "versions").glob("[0-9]*.py")))
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
            before = _revision(connection)
            if before not in _REVISIONS:
                raise Unready(
                    f"records database {address.render_as_string()}: revision {before!r} is of a newer version"
                )
            if before != _REVISIONS[-1]:
                _upgrade(connection)
                log.info("records database migrated", before=before, now=_REVISIONS[-1])
    except OperationalError as error:
        raise Unready(f"records database {address.render_as_string()}: {error.orig}") from error
    finally:
        engine.dispose()
    return _REVISIONS[-1]


def _revision(connection: Connection) -> str:
    if not inspect(connection).has_table("alembic_version"):
        return _EMPTY
    return str(connection.exec_driver_sql("select version_num from alembic_version").scalar_one())


def _upgrade(connection: Connection) -> None:
    # Imported only when there is something to do: a start with nothing to migrate is quicker by most of a second.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
