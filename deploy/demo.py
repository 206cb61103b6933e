"""The demo: every part and a simulated site in a data folder of its own, with an account for each role."""

import json
import os
import secrets
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import NamedTuple
from urllib.error import URLError
from urllib.request import urlopen

from deploy import broker_accounts, house
from deploy.private import write_private
from deploy.settings import Settings
from deploy.supervisor import Supervisor
from ingest import clock
from ingest.instants import from_datetime
from ingest.journal import Journal
from ingest.topics import Topic
from simulators.scenarios import find

_DATA = Path(__file__).parent.parent / "data" / "demo"
_PEOPLE = {
    "lee": "attendant",
    "fang": "front-desk",
    "sun": "supervisor",
    "mei": "manager",
    "gao": "general-manager",
    "zhou": "specialist",
    "qian": "cashier",
}
# The first thing that the simulated devices say when their history is told.
_LIVE = Topic("lakeside", "main", "status")
_CATCH_UP_SECONDS = 60.0


class Options(NamedTuple):
    """What the person at the command line chose; None is left open."""

    port: int
    broker_port: int
    data: Path | None
    seconds: float | None
    scenario: str
    history: float


@dataclass(frozen=True, slots=True)
class Story:
    """What this data folder began with: when, and with which passwords."""

    since: datetime
    passwords: dict[str, str]


def run(options: Options, stop: threading.Event) -> None:
    """Run until `stop` or the end of the time; print where and who as soon as the portal answers.

    Raises UnknownScenario, Taken, InUse.
    """
    _forget_settings()
    data = (options.data or _DATA).absolute()
    settings = Settings(data=data, port=options.port, broker_port=options.broker_port)
    scenario = find(options.scenario)
    with house.open_house(settings, stop) as parts:
        story = _read_or_make(data / "demo.json")
        has_past = not (options.history and scenario.publishes) or _is_told(settings, story)
        house.start_intake(parts, settings)
        if not has_past:
            _start_simulation(parts, settings, options.scenario, options.history, story.since)
        house.start_portal(parts, settings)
        _furnish(settings, story)
        # Before its past is told, the monitor would find a site whose sensors never spoke.
        if not has_past and parts.watch(lambda: _is_told(settings, story)):
            parts.start("monitor", environment=house.told(settings))
            parts.watch(_within(_CATCH_UP_SECONDS, _caught_up(settings)))
        if parts.watch(lambda: _answers(settings)):
            if has_past:
                # Not sooner, so that the first page is there soon.
                parts.start("monitor", environment=house.told(settings))
                _start_simulation(parts, settings, options.scenario)
            _introduce(settings, story)
        parts.watch(_within(options.seconds, lambda: False))


def _forget_settings() -> None:
    """The demo is told by its options alone: what is set for a real installation must not reach it."""
    for name in [name for name in os.environ if name.startswith("POOL_")]:
        del os.environ[name]


def _read_or_make(path: Path) -> Story:
    if not path.exists():
        passwords = {name: secrets.token_urlsafe(9) for name in _PEOPLE}
        write_private(path, json.dumps({"since": clock.now().isoformat(), "passwords": passwords}, indent=1))
    kept = json.loads(path.read_text())
    return Story(datetime.fromisoformat(kept["since"]), kept["passwords"])


def _start_simulation(
    parts: Supervisor, settings: Settings, scenario: str, history: float = 0, since: datetime | None = None
) -> None:
    past = ["--history", str(history), "--since", f"{since:%Y-%m-%dT%H:%M:%S}"] if since else []
    told = house.told(settings, broker_accounts.SIMULATOR)
    parts.start("simulate", "--scenario", scenario, *past, environment=told)


def _furnish(settings: Settings, story: Story) -> None:
    from monitor import lakeside  # noqa: PLC0415 - by now the first parts start meanwhile
    from monitor.records import connect, writing  # noqa: PLC0415
    from portal.accounts import add_account, find_account  # noqa: PLC0415

    engine = connect(settings.records_url)
    with writing(engine) as session:
        lakeside.register(session, clock.now())
        for name, role in _PEOPLE.items():
            if not find_account(session, name):
                add_account(session, name, role, story.passwords[name], clock.now())
    engine.dispose()


def _is_told(settings: Settings, story: Story) -> bool:
    """Whether the simulated devices are past their history and live, and the journal has all that they said before."""
    if not settings.journal_path.exists():
        return False
    with Journal(settings.journal_path) as journal:
        latest = journal.latest(_LIVE)
    return latest is not None and latest.time >= from_datetime(story.since)


def _caught_up(settings: Settings) -> Callable[[], bool]:
    """Whether the monitor has come to where the journal ends now."""
    from sqlalchemy import func, select  # noqa: PLC0415

    from monitor.progress import Cursor  # noqa: PLC0415
    from monitor.records import connect, reading  # noqa: PLC0415

    with Journal(settings.journal_path) as journal:
        head = journal.head()

    def is_there() -> bool:
        engine = connect(settings.records_url)
        try:
            with reading(engine) as session:
                return (session.scalar(select(func.max(Cursor.position))) or 0) >= head
        finally:
            engine.dispose()

    return is_there


def _answers(settings: Settings) -> bool:
    try:
        with urlopen(f"{_url(settings)}/healthz", timeout=2) as answer:  # noqa: S310 - our own address
            return bool(answer.status == 200)  # noqa: PLR2004 - OK
    except (URLError, OSError):
        return False


def _introduce(settings: Settings, story: Story) -> None:
    lines = [f"portal {_url(settings)}", f"mqtt {settings.own_broker_url}"]
    lines += [f"account {role} {name} {story.passwords[name]}" for name, role in _PEOPLE.items()]
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


def _within(seconds: float | None, condition: Callable[[], bool]) -> Callable[[], bool]:
    """True as soon as the condition is, or the time is up."""
    end = time.monotonic() + seconds if seconds is not None else None
    return lambda: condition() or (end is not None and time.monotonic() >= end)


def _url(settings: Settings) -> str:
    return f"http://{settings.host}:{settings.port}"
