"""The installation: pinned, hashed, and done once."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PINS = ("requirements.txt", "requirements-dev.txt", "requirements-node.txt")
RECORDER = '#!/bin/sh\necho "$(basename "$0") $*" >>"{log}"\nmkdir -p "{modules}"\n'


class House:
    """A copy of what the installation reads, with a `.venv` and an `npm` that only write down what they are told."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "log"
        for name in (*PINS, "pyproject.toml", "deploy/install", "deploy/requirements.in"):
            (folder / name).parent.mkdir(exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
        (folder / "portal").mkdir()
        for name in ("package.json", "package-lock.json"):
            shutil.copy(ROOT / "portal" / name, folder / "portal" / name)
        for name in ("python", "pip"):
            self._record(folder / ".venv" / "bin" / name)
        self.path = folder / "path"
        self.path.mkdir()
        for tool in ("sh", "basename", "mkdir"):
            (self.path / tool).symlink_to(shutil.which(tool))

    def has_npm(self) -> "House":
        self._record(self.path / "npm")
        return self

    def install(self, *options: str) -> list[str]:
        """What was run."""
        self.log.write_text("")
        environment = {**os.environ, "PATH": str(self.path)}
        subprocess.run(
            [sys.executable, self.folder / "deploy" / "install", *options],
            env=environment,
            capture_output=True,
            check=False,
        )
        return self.log.read_text().splitlines()

    def _record(self, program: Path) -> None:
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(RECORDER.format(log=self.log, modules=self.folder / "portal" / "node_modules"))
        program.chmod(0o755)


@pytest.fixture
def house(tmp_path):
    return House(tmp_path)


def test_what_is_installed_is_left_alone():
    install = [ROOT / "deploy" / "install", "--dev"]
    subprocess.run(install, capture_output=True, check=True)
    again = subprocess.run(install, capture_output=True, text=True, check=True)
    assert (again.stdout, again.stderr) == ("", "")


def test_every_package_comes_with_its_hash_and_the_project_without_a_download(house):
    packages, project, assets = house.has_npm().install()
    assert re.search(r"--require-hashes -r \S+/requirements.txt$", packages)
    assert "--no-build-isolation --no-deps --no-index -e" in project
    assert assets.startswith("npm ci")


def test_a_second_time_nothing_is_run(house):
    house.has_npm().install()
    assert house.install() == []


def test_a_start_after_the_tests_installs_nothing_but_the_tests_need_more(house):
    house.has_npm().install()
    packages, _project, assets = house.install("--dev")
    assert re.search(r"/requirements-dev.txt$", packages)
    assert "--omit=dev" not in assets
    assert house.install() == []


@pytest.mark.parametrize("name", ["requirements.txt", "pyproject.toml", "deploy/requirements.in"])
def test_changed_requirements_are_installed(house, name):
    house.has_npm().install()
    with (house.folder / name).open("a") as file:
        file.write("# changed\n")
    assert len(house.install()) == 2


def test_changed_assets_are_installed(house):
    house.has_npm().install()
    with (house.folder / "portal" / "package-lock.json").open("a") as file:
        file.write("\n")
    assert [line.split()[0] for line in house.install()] == ["npm"]


def test_a_machine_without_npm_gets_it_as_a_pinned_wheel(house):
    assert re.search(r"--require-hashes -r \S+/requirements-node.txt$", house.install()[2])


@pytest.mark.parametrize("name", PINS)
def test_every_pin_has_a_hash_and_no_address(name):
    text = (ROOT / name).read_text()
    pins = [line for line in text.splitlines() if not line.startswith(("    --hash=sha256:", "#"))]
    assert pins
    assert all(re.match(r"^[A-Za-z0-9._-]+(\[\w+\])?==\S+( ; .+)? \\$", pin) for pin in pins), pins
    assert "//" not in text


def test_the_tests_run_on_the_pins_that_run():
    def read(name):
        return dict(re.findall(r"^([A-Za-z0-9._-]+)==(\S+)", (ROOT / name).read_text(), re.MULTILINE))

    run, dev = read("requirements.txt"), read("requirements-dev.txt")
    assert run.items() <= dev.items()
    assert not {"pytest", "ruff", "mypy", "playwright"} & run.keys()


def test_every_requirement_by_name_is_pinned():
    names = re.findall(r"^([A-Za-z][A-Za-z0-9-]*)", (ROOT / "deploy" / "requirements.in").read_text(), re.MULTILINE)
    pinned = (ROOT / "requirements.txt").read_text().lower()
    assert len(names) > 15
    assert all(re.search(rf"^{name.lower()}(\[|==)", pinned, re.MULTILINE) for name in names)
