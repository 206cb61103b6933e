"""The command line: `poolkeeper`. Each command imports what it needs, so that each part starts quickly."""

# ruff: noqa: PLC0415 - the imports stand where they are needed
import os
import signal
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from deploy import lifeline, logs
from deploy.administration import dead_letters, tokens, users
from deploy.complaints import in_plain_words

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Watches the water of residential swimming pools. Every setting is an environment variable POOL_...",
)
app.add_typer(users, name="user")
app.add_typer(tokens, name="token")
app.add_typer(dead_letters, name="dead-letters")

Port = Annotated[int | None, typer.Option(min=1, max=65535, help="Port of the portal.")]
BrokerPort = Annotated[int | None, typer.Option("--mqtt-port", min=1, max=65535, help="Port of the embedded broker.")]
Scenario = Annotated[str | None, typer.Option(help="What happens at the simulated site.")]
History = Annotated[float, typer.Option("--history", min=0, max=400, help="Days that are already there.")]


@app.callback()
def prepare(
    context: typer.Context,
    data: Annotated[Path | None, typer.Option(help="Folder of everything that is kept (POOL_DATA).")] = None,
) -> None:
    """Prepare what every command needs."""
    if data:
        os.environ["POOL_DATA"] = str(data)
    logs.configure(context.invoked_subcommand or "")
    lifeline.watch()


@app.command()
def run(port: Port = None, broker_port: BrokerPort = None) -> None:
    """Run every part, supervised, on the embedded broker unless POOL_MQTT_URL names another."""
    from deploy import house
    from deploy.settings import Settings

    _run(house.run, Settings, port=port, broker_port=broker_port)


@app.command()
def broker() -> None:
    """Run the embedded broker alone."""
    from deploy import broker as embedded
    from deploy.broker_settings import BrokerSettings

    _run(embedded.run, BrokerSettings)


@app.command()
def ingest() -> None:
    """Take readings from the broker into the journal."""
    from ingest import subscriber
    from ingest.settings import Settings

    _run(subscriber.run, Settings)


@app.command()
def follow() -> None:
    """Copy the journal to InfluxDB (POOL_SERIES_URL)."""
    from ingest import follower
    from ingest.settings import Settings

    _run(follower.run, Settings)


@app.command()
def monitor() -> None:
    """Watch the journal: rules, alarms, duties and messages to people."""
    from monitor import loop
    from monitor.settings import Settings

    _run(loop.run, Settings)


@app.command()
def portal(port: Port = None) -> None:
    """Serve the portal."""
    from portal import serve
    from portal.settings import Settings

    _run(serve.run, Settings, port=port)


@app.command()
def simulate(scenario: Scenario = None, history: History = 0, since: datetime | None = None) -> None:
    """Simulate the devices and people of a site; with a history, that first, up to `since` or now."""
    from deploy import simulation
    from simulators.settings import Settings

    _run(lambda settings, stop: simulation.run(settings, stop, history, since), Settings, scenario=scenario)


@app.command()
def migrate() -> None:
    """Bring the records database up to date."""
    from deploy import schema
    from deploy.settings import Settings

    with in_plain_words():
        typer.echo(f"records database is up to date, revision {schema.migrate(Settings().records_url)}")


@app.command(hidden=True)
def demo(
    *,
    port: Port = None,
    broker_port: BrokerPort = None,
    data: Annotated[Path | None, typer.Option(help="Folder of this demo's data.")] = None,
    seconds: Annotated[float | None, typer.Option("--for", min=0, help="End after so many seconds.")] = None,
    scenario: Annotated[str, typer.Option(help="What happens at the simulated site.")] = "lakeside",
    history: History = 7,
) -> None:
    """Run a pool that lives: every part and a simulated site. Started by deploy/demo."""
    from deploy import demo as pool

    with in_plain_words():
        options = pool.Options(port or 8080, broker_port or 1883, data, seconds, scenario, history)
        pool.run(options, _stop_on_signals())


def _run(part: Callable[[Any, threading.Event], None], settings: Callable[..., Any], **given: object) -> None:
    """Run a part with its settings, those that were given as options first, until a signal ends it."""
    stop = _stop_on_signals()
    with in_plain_words():
        part(settings(**{name: value for name, value in given.items() if value is not None}), stop)


def _stop_on_signals() -> threading.Event:
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    return stop
