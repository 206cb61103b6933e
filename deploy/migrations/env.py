"""What Alembic runs a migration in: the connection that `deploy.schema` holds, and the tables as the code has them."""

import importlib
from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

from monitor.records import Moment, Record

# Every module that declares tables, so that they stand in Record.metadata.
TABLES = (
    "monitor.places",
    "monitor.alarms",
    "monitor.progress",
    "portal.accounts",
    "portal.forms",
    "portal.throttle",
    "portal.tokens",
)
for module in TABLES:
    importlib.import_module(module)


def render(kind: str, item: object, _context: AutogenContext) -> str | Literal[False]:
    """Migrations say what stands in the database, so that they go on working when our own types change."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, Moment) else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Record.metadata,
    render_as_batch=True,
    render_item=render,
)
with context.begin_transaction():
    context.run_migrations()
