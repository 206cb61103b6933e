"""Writes the next migration from what the code declares: `python -m deploy.migrations.new "What changes"`."""

import subprocess
import sys
from pathlib import Path

from alembic import command
from alembic.config import Config

from monitor.records import connect

_FOLDER = Path(__file__).parent
_VERSIONS = _FOLDER / "versions"


def write(message: str) -> None:
    """Compare the migrations so far with the tables of the code and write the difference as the next one."""
    number = f"{len(list(_VERSIONS.glob('[0-9]*.py'))) + 1:04}"
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    engine = connect("sqlite://")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        command.revision(config, message, autogenerate=True, rev_id=number)
    engine.dispose()
    for arguments in (("check", "--fix", "--quiet", "--select", "Q,I,F401"), ("format", "--quiet")):
        subprocess.run([Path(sys.executable).with_name("ruff"), *arguments, _VERSIONS], check=True)  # noqa: S603


if __name__ == "__main__":
    write(sys.argv[1])
