"""A pipe that ends with the process that made it: the parts watch it, so that none outlives a killed supervisor."""

import os
import signal
import threading
import time

_VARIABLE = "POOLKEEPER_LIFELINE"
_PATIENCE = 6.0


class Lifeline:
    """The supervisor's end. Nobody ever writes to it: what the parts wait for is that it closes."""

    def __init__(self) -> None:
        self.handle, self._held = os.pipe()

    def environment(self) -> dict[str, str]:
        """What tells a part the handle, which it inherits."""
        return {_VARIABLE: str(self.handle)}

    def close(self) -> None:
        os.close(self.handle)
        os.close(self._held)


def watch() -> None:
    """In a part: end in order, or at last without, when the supervisor is gone. Without a supervisor do nothing."""
    handle = os.environ.get(_VARIABLE)
    if handle:
        threading.Thread(target=_end_with, args=(int(handle),), name="lifeline", daemon=True).start()


def _end_with(handle: int) -> None:
    os.read(handle, 1)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_PATIENCE)
    os._exit(1)
