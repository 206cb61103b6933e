"""The administrative commands: accounts, API tokens and dead letters. Each says what it did."""

# ruff: noqa: PLC0415 - the imports stand where they are needed
import secrets
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from deploy.complaints import in_plain_words
from ingest import clock
from ingest.instants import to_datetime

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

users = typer.Typer(no_args_is_help=True, help="Accounts of the people who use the portal.")
tokens = typer.Typer(no_args_is_help=True, help="API tokens of other programs.")
dead_letters = typer.Typer(no_args_is_help=True, help="Messages that could not be read.")

Name = Annotated[str, typer.Argument(help="Name to sign in with.")]
Role = Annotated[str, typer.Argument(help="general-manager, manager, supervisor, front-desk, specialist, cashier or "
                                          "attendant.")]  # fmt: skip
FromStdin = Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input.")]
Generate = Annotated[bool, typer.Option("--generate", help="Make a random password and print it, this once.")]
Number = Annotated[int, typer.Option("--limit", min=1, help="How many, the newest first.")]


@users.command("add")
def add_user(name: Name, role: Role, *, password_stdin: FromStdin = False, generate: Generate = False) -> None:
    """Make an account; the password is asked for, read from standard input or generated."""
    from portal.accounts import add_account

    with _records(writes=True) as session:
        account = add_account(session, name, role, _password(password_stdin, generate), clock.now())
        said = f"account {account.name} added, role {account.role}"
    typer.echo(said)


@users.command("list")
def list_users() -> None:
    """List the accounts."""
    from portal.accounts import all_accounts

    with _records() as session:
        _print_table(
            ("NAME", "ROLE", "MADE"),
            [(account.name, account.role, f"{account.created:%Y-%m-%d %H:%M}") for account in all_accounts(session)],
        )


@users.command("password")
def change_password(name: Name, *, password_stdin: FromStdin = False, generate: Generate = False) -> None:
    """Change a password and end the sessions of the account."""
    from portal.accounts import set_password

    with _records(writes=True) as session:
        account = set_password(session, name, _password(password_stdin, generate))
        said = f"password of {account.name} changed, its sessions ended"
    typer.echo(said)


@users.command("role")
def change_role(name: Name, role: Role) -> None:
    """Change the role of an account."""
    from portal.accounts import set_role

    with _records(writes=True) as session:
        account = set_role(session, name, role)
        said = f"account {account.name} is now {account.role}"
    typer.echo(said)


@users.command("remove")
def remove_user(name: Name) -> None:
    """Remove an account; what the person did stays in the records."""
    from portal.accounts import normal_name, remove_account

    with _records(writes=True) as session:
        remove_account(session, name)
    typer.echo(f"account {normal_name(name)} removed, its sessions ended")


@tokens.command("add")
def add_token(name: Annotated[str, typer.Argument(help="What the token is for.")]) -> None:
    """Issue a token and print it, this once."""
    from portal.tokens import issue

    with _records(writes=True) as session:
        token = issue(session, name, clock.now())
    typer.echo(f"token {name.strip()} issued; it is shown only now:\n{token}")


@tokens.command("list")
def list_tokens() -> None:
    """List the tokens, revoked ones too."""
    from portal.tokens import listed

    with _records() as session:
        rows = [
            (token.name, *(f"{at:%Y-%m-%d %H:%M}" if at else "-" for at in (token.created, token.used, token.revoked)))
            for token in listed(session)
        ]
    _print_table(("NAME", "ISSUED", "USED", "REVOKED"), rows)


@tokens.command("revoke")
def revoke_token(name: Annotated[str, typer.Argument(help="Name of the token.")]) -> None:
    """End a token at once."""
    from portal.tokens import revoke

    with _records(writes=True) as session:
        revoke(session, name, clock.now())
    typer.echo(f"token {name.strip()} revoked")


@dead_letters.command("list")
def list_dead_letters(*, limit: Number = 20) -> None:
    """List messages that could not be read, each with the reason."""
    from deploy.settings import Settings
    from ingest.journal import Journal

    with in_plain_words():
        path = Settings().journal_path
        if not path.exists():
            typer.echo(f"no journal in {path.parent} yet")
            return
        with Journal(path) as journal:
            letters, counts = journal.dead_letters(limit), journal.counts()
    for letter in letters:
        typer.echo(f"{to_datetime(letter.received):%Y-%m-%d %H:%M:%S}Z  {letter.topic}  {_excerpt(letter.payload)}")
        typer.echo(f"    {letter.reason}")
    typer.echo(f"{len(letters)} of {counts.dead} dead letters shown")
    balance = f"stored {counts.stored} + duplicate {counts.duplicate} + dead letter {counts.dead}"
    typer.echo(f"received {counts.received} = {balance}")


@contextmanager
def _records(*, writes: bool = False) -> "Iterator[Session]":
    from deploy.settings import Settings
    from monitor.records import connect, reading, writing

    with in_plain_words():
        engine = connect(Settings().records_url)
        try:
            with (writing if writes else reading)(engine) as session:
                yield session
        finally:
            engine.dispose()


def _password(from_stdin: bool, generate: bool) -> str:  # noqa: FBT001 - options as they were given
    if from_stdin:
        return sys.stdin.readline().rstrip("\n")
    if generate:
        password = secrets.token_urlsafe(12)
        typer.echo(f"password: {password}")
        return password
    asked: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    return asked


def _print_table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    for row in (head, *rows):
        typer.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _excerpt(payload: bytes) -> str:
    shown = 60
    return repr(payload[:shown])[1:] + ("..." if len(payload) > shown else "")
