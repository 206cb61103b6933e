"""What the README says of settings, quantities, rules, scenarios and commands is what there is."""

from pathlib import Path

import pytest
import typer

from deploy.cli import app
from deploy.settings import Settings as HouseSettings
from ingest.quantities import QUANTITIES
from monitor.rules import RULES
from portal.settings import Settings as PortalSettings
from simulators.scenarios import SCENARIOS
from simulators.settings import Settings as SimulatorSettings

README = (Path(__file__).parent.parent / "README.md").read_text()
SETTINGS = {name for kind in (HouseSettings, PortalSettings, SimulatorSettings) for name in kind.model_fields}
COMMANDS = [name for name, command in typer.main.get_command(app).commands.items() if not command.hidden]


@pytest.mark.parametrize("name", sorted(SETTINGS))
def test_each_setting_stands_in_the_readme(name):
    assert f"| `POOL_{name.upper()}` |" in README


def test_the_readme_names_no_setting_that_does_not_exist():
    rows = [line.split("`")[1] for line in README.splitlines() if line.startswith("| `POOL_")]
    assert {row.removeprefix("POOL_").lower() for row in rows} == SETTINGS


@pytest.mark.parametrize("key", [*QUANTITIES, *RULES])
def test_each_quantity_and_rule_stands_in_the_readme(key):
    assert f"| `{key}` |" in README


@pytest.mark.parametrize("name", [*SCENARIOS, *COMMANDS])
def test_each_scenario_and_command_stands_in_the_readme(name):
    assert f"`{name}`" in README or f"`poolkeeper {name}`" in README
