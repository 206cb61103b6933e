"""The container files: what can be known of them without a container engine, with a real Mosquitto."""

import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from deploy.settings import Settings
from tests.services import Mosquitto

DEPLOY = Path(__file__).parent.parent.parent / "deploy"
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
INGEST, DEVICE = "a quiet pool at night", "four wet hands"


class Deployed(Mosquitto):
    """Mosquitto with the configuration, ACL and accounts that are shipped; only paths and the port are this test's."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        accounts = folder / "passwords"
        make_accounts(accounts, INGEST)
        subprocess.run(["mosquitto_passwd", "-b", str(accounts), "lakeside/main", DEVICE], check=True)
        acl = folder / "acl"
        acl.write_text((DEPLOY / "mosquitto" / "acl").read_text())
        shipped = (DEPLOY / "mosquitto" / "mosquitto.conf").read_text()
        for there, here in (
            ("listener 1883", f"listener {self.port} 127.0.0.1\nuser root"),
            ("/mosquitto/accounts/passwords", str(accounts)),
            ("/mosquitto/config/acl", str(acl)),
            ("/mosquitto/data/", f"{folder}/"),
        ):
            assert shipped.count(there) == 1
            shipped = shipped.replace(there, here)
        (folder / "mosquitto.conf").write_text(shipped)


@pytest.fixture(scope="module")
def deployed(tmp_path_factory):
    service = Deployed(tmp_path_factory.mktemp("mosquitto"))
    service.start()
    yield service
    service.kill()


def make_accounts(path: Path, password: str) -> None:
    environment = {**os.environ, "MQTT_PASSWORD": password}
    subprocess.run([DEPLOY / "mosquitto" / "accounts.sh", path], check=True, env=environment)


def publish(broker: Mosquitto, topic: str, *options: str) -> bool:
    """Whether Mosquitto took it; MQTT 5 says so."""
    command = ["mosquitto_pub", "-V", "mqttv5", "-p", str(broker.port), "-q", "1", "-t", topic, "-m", "7.4", *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)
    return done.returncode == 0 and "Not authorized" not in done.stderr


def test_a_device_publishes_below_its_own_place_and_nowhere_else(deployed):
    device = ("-u", "lakeside/main", "-P", DEVICE)
    assert publish(deployed, "pools/lakeside/main/ph", *device)
    for other in ("children/ph", "main/alarm/ph", "mainly/ph"):
        assert not publish(deployed, f"pools/lakeside/{other}", *device), other


def test_nobody_publishes_without_an_account(deployed):
    assert not publish(deployed, "pools/lakeside/main/ph")
    assert not publish(deployed, "pools/lakeside/main/ph", "-u", "lakeside/main", "-P", "wrong")


def test_ingest_reads_what_a_device_publishes_and_a_device_reads_nothing(deployed):
    publish(deployed, "pools/lakeside/main/temperature", "-u", "lakeside/main", "-P", DEVICE, "-r")
    read = ["mosquitto_sub", "-p", str(deployed.port), "-t", "pools/#", "-C", "1", "-W", "3"]
    as_ingest = subprocess.run([*read, "-u", "ingest", "-P", INGEST], capture_output=True, text=True, check=False)
    assert as_ingest.stdout == "7.4\n"
    as_device = subprocess.run([*read, "-u", "lakeside/main", "-P", DEVICE], capture_output=True, check=False)
    assert as_device.stdout == b""


def test_a_new_password_of_ingest_leaves_the_devices_accounts_alone(tmp_path):
    accounts = tmp_path / "passwords"
    make_accounts(accounts, "first")
    subprocess.run(["mosquitto_passwd", "-b", str(accounts), "lakeside/main", DEVICE], check=True)
    before = dict(line.split(":") for line in accounts.read_text().split())
    make_accounts(accounts, "second")
    after = dict(line.split(":") for line in accounts.read_text().split())
    assert after.keys() == {"ingest", "lakeside/main"}
    assert after["lakeside/main"] == before["lakeside/main"]
    assert after["ingest"] != before["ingest"]
    assert "second" not in accounts.read_text()
    assert accounts.stat().st_mode & 0o777 == 0o600


def test_every_setting_in_the_compose_file_is_known():
    told = COMPOSE["services"]["poolkeeper"]["environment"]
    names = {name.removeprefix("POOL_").lower() for name in told if name.startswith("POOL_")}
    assert names <= Settings.model_fields.keys()
    assert len(names) > 5


def test_the_example_names_what_the_compose_file_asks_for_and_holds_no_secret():
    asked = set(re.findall(r"\$\{([A-Z_]+)", (DEPLOY / "compose.yaml").read_text()))
    example = dict(re.findall(r"^([A-Z_]+)=(.*)$", (DEPLOY / ".env.example").read_text(), re.MULTILINE))
    assert asked == example.keys()
    assert all(not value for name, value in example.items() if "PASSWORD" in name or "TOKEN" in name)


def test_every_image_is_pinned_by_version_and_every_mounted_file_is_there():
    images = [service["image"] for service in COMPOSE["services"].values()]
    images += re.findall(r"^FROM (\S+)", (DEPLOY / "Containerfile").read_text(), re.MULTILINE)
    assert all(re.search(r":\d+\.\d+(\.\d+)?", image) for image in images), images
    for service in COMPOSE["services"].values():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert (DEPLOY / source).exists() if source.startswith("./") else source in COMPOSE["volumes"], volume
