"""The real services that the tests talk to: Mosquitto, InfluxDB and PostgreSQL, each on free ports of its own."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from tests.waiting import until

_POSTGRES = Path("/usr/lib/postgresql")


def free_port() -> int:
    """A TCP port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int) -> bool:
    """Whether somebody listens on the port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Service(ABC):
    """A program in the background that can be stopped, killed and started again with the same data."""

    def __init__(self, command: Sequence[str], log: Path) -> None:
        self._command = command
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start and wait until it is ready."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log)
        until(self._is_ready, 30, f"{self._command[0]} ready, see {self._log}")

    def stop(self) -> None:
        """Ask it to end and wait until it has."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """`kill -9`."""
        self._end(signal.SIGKILL)

    @abstractmethod
    def ready(self) -> bool:
        """Whether it takes requests."""

    def _is_ready(self) -> bool:
        assert self._process
        if self._process.poll() is not None:
            raise AssertionError(f"{self._command[0]} ended: {self._log.read_text(errors='replace')[-2000:]}")
        return self.ready()

    def _end(self, how: signal.Signals) -> None:
        if self._process:
            self._process.send_signal(how)
            self._process.wait(30)
            self._process = None


class Mosquitto(Service):
    """A Mosquitto broker with persistence, as deployed: nothing is lost over a stop."""

    def __init__(self, folder: Path, settings: str = "allow_anonymous true") -> None:
        self.port = free_port()
        self.url = f"mqtt://127.0.0.1:{self.port}"
        config = folder / "mosquitto.conf"
        config.write_text(
            f"listener {self.port} 127.0.0.1\n{settings}\nuser root\npersistence true\npersistence_location {folder}/\n"
            "autosave_interval 1\nmax_queued_messages 0\nmax_inflight_messages 1000\n"
        )
        super().__init__(["/usr/sbin/mosquitto", "-c", str(config)], folder / "mosquitto.log")

    def ready(self) -> bool:
        return answers(self.port)


class InfluxDB(Service):
    """Debian's InfluxDB 1.6 with an empty folder and the database `pool`."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.url = f"influxdb://127.0.0.1:{self.port}/pool"
        config = folder / "influxdb.conf"
        config.write_text(
            f'bind-address = "127.0.0.1:{free_port()}"\nreporting-disabled = true\n'
            f'[meta]\ndir = "{folder}/meta"\n[data]\ndir = "{folder}/data"\nwal-dir = "{folder}/wal"\n'
            f'index-version = "tsi1"\n[http]\nbind-address = "127.0.0.1:{self.port}"\nlog-enabled = false\n'
            "[monitor]\nstore-enabled = false\n"
        )
        super().__init__(["/usr/bin/influxd", "run", "-config", str(config)], folder / "influxd.log")

    def ready(self) -> bool:
        try:
            with urlopen(f"{self.base}/ping", timeout=1) as answer:
                return bool(answer.status == 204)
        except (URLError, OSError):
            return False


class PostgreSQL(Service):
    """A PostgreSQL cluster in a folder of its own, on a port of its own, run by the user postgres."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.server = f"postgresql+psycopg://postgres@127.0.0.1:{self.port}"
        binaries = max(_POSTGRES.iterdir(), key=lambda version: int(version.name)) / "bin"
        self._ready = str(binaries / "pg_isready")
        data = folder / "cluster"
        # PostgreSQL refuses to run as root.
        user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        if user:
            shutil.chown(folder, "postgres")
        initdb = [*user, str(binaries / "initdb"), "-D", str(data), "-U", "postgres", "--auth=trust", "-E", "UTF8"]
        subprocess.run(initdb, check=True, capture_output=True, cwd=folder)
        options = {"port": self.port, "listen_addresses": "127.0.0.1", "unix_socket_directories": "", "fsync": "off"}
        command = [*user, str(binaries / "postgres"), "-D", str(data)]
        command += [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        super().__init__(command, folder.parent / "postgres.log")

    def ready(self) -> bool:
        probe = [self._ready, "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        return subprocess.run(probe, check=False).returncode == 0


def service_folder() -> Path:
    """A folder that another user may enter, which pytest's own are not."""
    folder = Path(tempfile.mkdtemp(prefix="poolkeeper-"))
    folder.chmod(0o755)
    return folder
