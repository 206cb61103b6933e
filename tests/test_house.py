"""The house rules are in the linters: an arrow that the plan forbids fails the build when somebody adds it."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("ingest", "monitor", "portal", "simulators", "deploy")
TOOLS = Path(sys.executable).parent

# (room's module, what it must never import, the contract that says so)
FORBIDDEN = [
    *[("ingest.topics", other, "ingest") for other in ("monitor", "portal", "simulators", "deploy")],
    *[("ingest.topics", other, "ingest") for other in ("sqlalchemy", "fastapi")],
    *[("monitor.places", other, "monitor") for other in ("portal", "simulators", "deploy", "fastapi")],
    *[("portal.app", other, "portal") for other in ("simulators", "deploy")],
    *[("simulators.water", other, "simulators") for other in ("monitor", "portal", "deploy", "ingest.journal")],
    *[("simulators.water", other, "simulators") for other in ("influxdb_client", "ingest.influx", "sqlalchemy")],
    *[(f"monitor.{pure}", "sqlalchemy", "pure") for pure in ("rules", "lifecycle", "duties", "engine")],
    *[(f"monitor.{pure}", "ingest.clock", "pure") for pure in ("rules", "lifecycle", "duties", "engine")],
    *[(module, "paho", "paho") for module in ("ingest.topics", "monitor.loop", "portal.app", "simulators.publisher")],
    *[(module, "influxdb_client", "influx") for module in ("ingest.journal", "monitor.loop", "portal.app")],
]


@pytest.fixture(scope="module")
def copied_house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    house = tmp_path_factory.mktemp("house")
    shutil.copy(ROOT / "pyproject.toml", house)
    for room in ROOMS:
        shutil.copytree(ROOT / room, house / room, ignore=shutil.ignore_patterns("node_modules", "__pycache__"))
    return house


@pytest.mark.parametrize(("module", "other", "contract"), FORBIDDEN)
def test_a_forbidden_arrow_breaks_its_contract(copied_house, module, other, contract):
    assert lint(copied_house, contract).returncode == 0
    path = copied_house / (module.replace(".", "/") + ".py")
    text = path.read_text()
    path.write_text(f"{text}\nimport {other}\n")
    try:
        broken = lint(copied_house, contract)
    finally:
        path.write_text(text)
    assert broken.returncode == 1
    assert f"{module} -> {other}" in broken.stdout


@pytest.mark.parametrize("room", ["monitor", "portal", "simulators", "ingest"])
def test_reading_the_clock_outside_its_module_is_refused(tmp_path, room):
    offender = tmp_path / room / "offender.py"
    offender.parent.mkdir()
    offender.write_text('"""An offender."""\n\nfrom datetime import UTC, datetime\n\nSTARTED = datetime.now(UTC)\n')
    check = [TOOLS / "ruff", "check", "--no-cache", "--config", ROOT / "pyproject.toml", offender]
    found = subprocess.run(check, capture_output=True, text=True, check=False)
    assert found.returncode == 1
    assert "the clock is read in ingest/clock.py alone" in found.stdout


def lint(house: Path, contract: str) -> subprocess.CompletedProcess[str]:
    command = [TOOLS / "lint-imports", "--no-cache", "--contract", contract]
    return subprocess.run(command, cwd=house, capture_output=True, text=True, check=False)
