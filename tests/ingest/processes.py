"""A part of ingest as a process of its own, which can be killed at any moment."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PYTHON = sys.executable


class Process:
    """Runs `run(settings, stop)` of the module that `imports` names, until killed or left."""

    def __init__(self, imports, settings, log=subprocess.DEVNULL):
        code = f"import threading; {imports}; from ingest.settings import Settings; run(Settings(), threading.Event())"
        given = settings.model_dump(mode="json", exclude_defaults=True)
        environment = {f"POOL_{name.upper()}": str(value) for name, value in given.items()}
        self._process = subprocess.Popen(
            [PYTHON, "-c", code], cwd=ROOT, env=os.environ | environment, stdout=log, stderr=log
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()

    def kill(self):
        """`kill -9`."""
        self._process.kill()
        self._process.wait()
