"""A part of ingest as a process of its own, which can be killed at any moment."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PYTHON = sys.executable
POOLKEEPER = Path(PYTHON).parent / "poolkeeper"


class Process:
    """`poolkeeper PART` with these settings, until killed or left; what it says is in `log`."""

    def __init__(self, part, settings):
        given = settings.model_dump(mode="json", exclude_defaults=True)
        environment = os.environ | {f"POOL_{name.upper()}": str(value) for name, value in given.items()}
        self.log = settings.data / f"{part}.log"
        self.log.parent.mkdir(exist_ok=True)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen([POOLKEEPER, part], env=environment, stdout=log, stderr=log)
        self.pid = self._process.pid

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()

    def is_alive(self):
        return self._process.poll() is None

    def kill(self):
        """`kill -9`."""
        self._process.kill()
        self._process.wait()
