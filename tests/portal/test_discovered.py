"""Devices that nobody has registered: seen by all, adopted by the manager."""

from sqlalchemy import select

from monitor import registry
from monitor.places import Sensor
from monitor.records import reading
from tests.portal.people import read
from tests.portal.served import NOON
from tests.portal.stories import measure

SPA = "/discovered/lakeside/spa"
RIGHT = {
    "kind": "pool", "name_zh": "按摩池", "name_en": "Spa", "profile": "us-mahc", "quantity-ph": "on",
    "quantity-bromine": "on",
}  # fmt: skip


def find(portal, site="lakeside", place="spa"):
    with reading(portal.records) as session:
        found = registry.find_place(session, site, place)
        return found and (
            found,
            [sensor.quantity for sensor in found.sensors],
            registry.limits_in_force(session, found.id),
        )


def test_a_new_place_is_shown_to_the_manager_and_adopted_with_its_limits(portal, mei, lee):
    assert "Nothing new" in mei.see("/discovered")
    measure(portal, "spa", "ph", 7.3)
    measure(portal, "spa", "bromine", 4.2)
    assert "1 new device reports." in mei.see("/")
    assert "new device" not in lee.see("/")
    assert "lakeside / spa Bromine, pH" in mei.see("/discovered")
    answer = mei.post(SPA, **RIGHT)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    place, quantities, limits = find(portal)
    assert (place.name_zh, place.name_en, place.kind, place.since) == ("按摩池", "Spa", "pool", NOON)
    assert quantities == ["bromine", "ph"]
    assert limits["bromine"].low == 3
    text = mei.see("/")
    assert "pH 7.30 limit 7.00–7.80" in text.split("Spa")[1]
    assert "new device" not in text


def test_every_mistake_of_the_form_is_said_at_once(portal, mei):
    measure(portal, "spa", "ph", 7.3)
    answer = mei.post(SPA, kind="lake", name_zh="", name_en="Spa", profile="none")
    assert answer.status_code == 422
    text = read(answer.text)
    assert text.count("Please choose one.") == 2
    assert "Please fill this in." in text
    assert 'value="Spa"' in answer.text
    assert find(portal) is None
    answer = mei.post(SPA, kind="pool", name_zh="池", name_en="Spa", profile="")
    assert "Nothing is measured there, expected one quantity at least." in read(answer.text)


def test_a_gate_and_a_foot_bath_are_recognised_by_what_they_send(portal, mei):
    measure(portal, "back-door", "access", 1)
    measure(portal, "bath-2", "changed", 1)
    assert '<option value="gate" selected>' in mei.get("/discovered/lakeside/back-door").text
    assert '<option value="foot-bath" selected>' in mei.get("/discovered/lakeside/bath-2").text
    answer = mei.post("/discovered/lakeside/back-door", kind="gate", name_zh="后门", name_en="Back door", profile="")
    assert answer.status_code == 303
    assert "Back door Inside now 0" in mei.see("/")


def test_a_new_sensor_at_a_known_place_is_adopted_with_one_tap(portal, mei):
    measure(portal, "main", "turbidity", 0.4)
    assert "Main pool · Turbidity 0.40 NTU" in mei.see("/discovered")
    assert mei.post("/discovered/lakeside/main/turbidity").status_code == 303
    with reading(portal.records) as session:
        found = session.scalars(select(Sensor).where(Sensor.quantity == "turbidity")).all()
    assert len(found) == 1
    assert "Turbidity 0.40 NTU" in mei.see("/")
    assert mei.post("/discovered/lakeside/main/turbidity").status_code == 303, "a second tap does no harm"
    assert "Nothing new" in mei.see("/discovered")


def test_what_has_never_reported_is_not_adopted(mei):
    assert mei.post("/discovered/lakeside/ghost", **RIGHT).status_code == 404
    assert mei.post("/discovered/lakeside/ghost/ph").status_code == 404
    assert mei.post("/discovered/lakeside/main/nonsense").status_code == 404


def test_a_registered_place_is_not_adopted_again(mei):
    assert mei.post("/discovered/lakeside/main", **RIGHT).status_code == 404
