"""Complaints: what a person at the command line reads when something is wrong, in one line, and the exit status."""

# ruff: noqa: PLC0415 - the libraries are only looked up when something went wrong
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import typer

BAD_SETTINGS = 2
FAILED = 1


@contextmanager
def in_plain_words() -> Iterator[None]:
    """Turn the errors that a person can do something about into one line on stderr and an exit status."""
    from pydantic import ValidationError

    from deploy.ports import Taken
    from simulators.scenarios import UnknownScenario

    try:
        yield
    except ValidationError as error:
        for found in error.errors(include_url=False, include_input=False):
            name = "_".join(str(part) for part in found["loc"]).upper()
            typer.echo(f"POOL_{name}: {found['msg'].removeprefix('Value error, ')}", err=True)
        sys.exit(BAD_SETTINGS)
    except (Taken, UnknownScenario) as error:
        _complain(error, BAD_SETTINGS)
    except Exception as error:
        if not _is_plain(error):
            raise
        _complain(getattr(error, "orig", None) or error, FAILED)


def _is_plain(error: Exception) -> bool:
    """Whether the error's text was written for the person who gave the command."""
    import sqlite3

    from sqlalchemy.exc import OperationalError, ProgrammingError

    from deploy.house import InUse
    from deploy.schema import Unready
    from ingest import journal
    from portal.accounts import BadAccount
    from portal.tokens import BadToken

    plain = (InUse, Unready, BadAccount, BadToken, journal.Taken, sqlite3.OperationalError)
    return isinstance(error, (*plain, OperationalError, ProgrammingError))


def _complain(what: object, status: int) -> NoReturn:
    text = " ".join(str(what).split())
    if "no such table" in text or 'relation "' in text:
        text = f"the records database is not ready, `poolkeeper migrate` makes it so ({text})"
    typer.echo(text, err=True)
    sys.exit(status)
