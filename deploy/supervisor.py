"""The supervisor: starts the parts as child processes, restarts one that dies, and ends all of them in order."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from types import TracebackType
from typing import NamedTuple, Protocol, Self

import structlog

from deploy import lifeline
from ingest import clock

_EVERY = 0.1
_FIRST_DELAY = 0.5
_LONGEST_DELAY = 30.0
_LIVED = 60.0
_PATIENCE = 6.0

log = structlog.get_logger()


class State(NamedTuple):
    """How a part fares. `state` is running, restarting or stopped; `last_exit` is empty while it never ended."""

    name: str
    state: str
    pid: int | None
    since: datetime
    restarts: int
    last_exit: str


class Board(Protocol):
    """Where people see how the parts fare."""

    def show(self, state: State) -> None:
        """Take a part's new state."""

    def close(self) -> None:
        """Give back what is held open."""


def delay(failures: int) -> float:
    """Seconds to wait before a part is started again that died `failures` times in a row, each time soon."""
    # From 2^10 on the longest delay counts anyway; a greater power would overflow.
    return min(_FIRST_DELAY * 2.0 ** min(failures - 1, 10), _LONGEST_DELAY)


class Supervisor:
    """Keeps parts running until it is left; then they are ended, the last one started first.

    Parts also end when this process is killed: see `lifeline`.
    """

    def __init__(self, stop: threading.Event) -> None:
        self.stop = stop
        self._board: Board | None = None
        self._children: list[_Child] = []

    def __enter__(self) -> Self:
        self._lifeline = lifeline.Lifeline()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _what: BaseException | None, _t: TracebackType | None
    ) -> None:
        for child in reversed(self._children):
            child.end()
            self._show(child.state("stopped"))
        if self._board:
            self._board.close()
        self._lifeline.close()

    def show_on(self, board: Board) -> None:
        """From now on show there how the parts fare."""
        self._board = board
        for child in self._children:
            self._show(child.state("running" if child.pid else "restarting"))

    def start(self, name: str, *arguments: str, environment: Mapping[str, str]) -> None:
        """Start `poolkeeper NAME ARGUMENTS` with `environment` added to our own."""
        child = _Child(name, arguments, {**environment, **self._lifeline.environment()}, self._lifeline.handle)
        child.start()
        self._children.append(child)
        self._show(child.state("running"))

    def watch(self, done: Callable[[], bool]) -> bool:
        """Restart what dies until `done`, which is true, or until `stop` is set, which is false."""
        while not self.stop.is_set():
            if done():
                return True
            for child in self._children:
                self._look_after(child)
            self.stop.wait(_EVERY)
        return False

    def _show(self, state: State) -> None:
        if self._board:
            self._board.show(state)

    def _look_after(self, child: "_Child") -> None:
        if child.has_died():
            log.warning("part died", part=child.name, exit=child.last_exit, restart_in=child.due - time.monotonic())
            self._show(child.state("restarting"))
        elif child.is_due():
            child.start()
            log.info("part restarted", part=child.name, pid=child.pid, restarts=child.restarts)
            self._show(child.state("running"))


class _Child:
    """One part: its process now, and how often and how it ended before."""

    def __init__(self, name: str, arguments: tuple[str, ...], environment: Mapping[str, str], handle: int) -> None:
        self.name = name
        self.restarts = -1
        self.last_exit = ""
        self.due = 0.0
        self._command = [sys.executable, "-P", "-m", "deploy", name, *arguments]
        self._environment = {**os.environ, **environment}
        self._handle = handle
        self._failures = 0
        self._started = 0.0
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def start(self) -> None:
        # A process group of its own: Ctrl-C reaches the supervisor alone, which ends the parts in their order.
        self._process = subprocess.Popen(  # noqa: S603 - our own command, no shell
            self._command, env=self._environment, stdin=subprocess.DEVNULL, pass_fds=(self._handle,), process_group=0
        )
        self.restarts += 1
        self._started = time.monotonic()

    def has_died(self) -> bool:
        """Whether it ended since the last look; it is due again after a delay that grows while it keeps dying."""
        if not self._process or self._process.poll() is None:
            return False
        self.last_exit = _describe(self._process.returncode)
        self._process = None
        lived = time.monotonic() - self._started
        self._failures = 1 if lived > _LIVED else self._failures + 1
        self.due = time.monotonic() + delay(self._failures)
        return True

    def is_due(self) -> bool:
        return self._process is None and time.monotonic() >= self.due

    def end(self) -> None:
        if not self._process:
            return
        self._process.terminate()
        try:
            self._process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            log.warning("part killed", part=self.name, because=f"it did not end within {_PATIENCE} s")
            self._process.kill()
            self._process.wait()
        self.last_exit = _describe(self._process.returncode)
        self._process = None

    def state(self, word: str) -> State:
        return State(self.name, word, self.pid, clock.now(), self.restarts, self.last_exit)


def _describe(returncode: int) -> str:
    if returncode >= 0:
        return f"exit status {returncode}"
    return f"killed by {signal.Signals(-returncode).name}"
