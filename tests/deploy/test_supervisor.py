"""The supervisor: a part that dies is restarted and this is shown, and no part is left behind."""

import os
import signal
import subprocess
import sys
import threading
import time

import psutil
import pytest
from sqlalchemy.orm import Session

from deploy.board import Board
from deploy.house import told
from deploy.schema import migrate
from deploy.settings import Settings
from deploy.supervisor import Supervisor, delay
from monitor.progress import Part
from monitor.records import connect, reading
from tests.services import answers, free_port
from tests.waiting import until


@pytest.fixture
def settings(tmp_path):
    return Settings(data=tmp_path, broker_port=free_port())


def watch(parts, condition, seconds=20):
    """As the supervisor's loop does, until the condition holds."""
    deadline = time.monotonic() + seconds
    parts.watch(lambda: condition() or time.monotonic() > deadline)
    assert condition()


def shown(settings):
    engine = connect(settings.records_url)
    with reading(engine) as session:
        part = session.get(Part, "broker")
    engine.dispose()
    return part


def test_a_killed_part_is_restarted_and_the_board_shows_it(settings):
    migrate(settings.records_url)
    with Supervisor(threading.Event()) as parts:
        parts.start("broker", environment=told(settings))
        parts.show_on(Board(settings.records_url))
        watch(parts, lambda: answers(settings.broker_port))
        first = shown(settings)
        assert (first.state, first.restarts, first.last_exit) == ("running", 0, "")
        os.kill(first.pid, signal.SIGKILL)
        watch(parts, lambda: shown(settings).state == "restarting")
        assert shown(settings).last_exit == "killed by SIGKILL"
        watch(parts, lambda: shown(settings).state == "running" and answers(settings.broker_port))
        second = shown(settings)
        assert second.restarts == 1
        assert second.pid != first.pid
    last = shown(settings)
    assert (last.state, last.pid, last.last_exit) == ("stopped", None, "exit status 0")
    assert not answers(settings.broker_port)


def test_a_database_that_is_away_does_not_stop_the_supervisor(settings):
    migrate(settings.records_url)
    board = Board(settings.records_url)
    with Supervisor(threading.Event()) as parts:
        parts.show_on(board)
        engine = connect(settings.records_url)
        with Session(engine) as session:
            Part.__table__.drop(session.connection())
            session.commit()
        engine.dispose()
        parts.start("broker", environment=told(settings))
        watch(parts, lambda: answers(settings.broker_port))


def test_no_part_outlives_a_killed_supervisor(settings):
    migrate(settings.records_url)
    program = (
        "import threading\n"
        "from deploy.supervisor import Supervisor\n"
        "with Supervisor(threading.Event()) as parts:\n"
        "    parts.start('broker', environment={})\n"
        "    parts.watch(lambda: False)\n"
    )
    environment = os.environ | told(settings)
    with subprocess.Popen([sys.executable, "-c", program], env=environment) as supervisor:
        until(lambda: answers(settings.broker_port))
        children = psutil.Process(supervisor.pid).children(recursive=True)
        assert children
        supervisor.kill()
    until(lambda: not any(child.is_running() for child in children))


def test_the_delay_grows_while_a_part_keeps_dying_but_has_an_end():
    delays = [delay(failures) for failures in range(1, 200)]
    assert delays == sorted(delays)
    assert delays[0] < 1
    assert delays[-1] == delays[-50] == 30
