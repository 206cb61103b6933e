"""The house, furnished, for each test of the flow."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flow.house import House, furnish
from tests.services import Mosquitto


@pytest.fixture(scope="session")
def furniture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with Lakeside and everybody's account, made once."""
    data = tmp_path_factory.mktemp("furniture")
    furnish(f"sqlite:///{data}/records.db")
    return data


@pytest.fixture
def house(tmp_path: Path, broker: Mosquitto, furniture: Path) -> Iterator[House]:
    """Lakeside with ingest, monitor and portal running on a real Mosquitto."""
    data = Path(shutil.copytree(furniture, tmp_path / "data"))
    house = House(data, broker)
    house.register_anew()
    house.start()
    yield house
    house.close()
