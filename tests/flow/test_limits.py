"""From a reading outside its limit to an alarm and back, through every part."""

from datetime import timedelta

import pytest

from ingest import clock
from tests.flow.house import House, stamp

FAST = {"on_delay": 2, "close_on_delay": 2, "off_delay": 2, "deadband": 0.1}
ACID = {
    "a bare number": 6.1,
    "an object": {"value": 6.1},
    "an array of objects": [{"value": 6.1}],
}


@pytest.mark.parametrize("payload", ACID.values(), ids=ACID.keys())
def test_acid_water_becomes_an_alarm_after_its_on_delay(house: House, payload):
    house.set_limit("main", "ph", **FAST)
    published = clock.now()
    house.publish("main/ph", payload)
    alarm = house.alarm("closure", state="unacknowledged", value=6.1)
    assert alarm.raised - published >= timedelta(seconds=2)


def test_a_manager_who_sets_the_on_delay_to_nothing_sees_the_alarm_at_once(house: House):
    house.set_limit("main", "ph", on_delay=0, close_on_delay=0)
    house.publish("main/ph", {"value": 6.1, "time": stamp(moment := clock.now())})
    alarm = house.alarm("closure", state="unacknowledged")
    assert abs(alarm.raised - moment) < timedelta(milliseconds=1)


def test_an_alarm_clears_only_when_the_value_is_back_by_more_than_the_deadband_for_the_off_delay(house: House):
    house.set_limit("main", "ph", low=7.2, close_low=None, **FAST | {"on_delay": 0})
    house.publish("main/ph", 7.0)
    house.alarm("limit", state="unacknowledged")
    inside = clock.now()
    house.publish("main/ph", {"value": 7.25, "time": stamp(inside)})
    back = inside + timedelta(seconds=4)
    house.publish("main/temperature", {"value": 26, "time": stamp(back)})
    house.alarm("limit", state="unacknowledged")
    house.publish("main/ph", {"value": 7.4, "time": stamp(back)})
    alarm = house.alarm("limit", state="returned")
    assert alarm.cleared is not None
    assert alarm.cleared - back >= timedelta(seconds=2)
