"""A sensor that falls silent alarms, and resolves nothing."""

from tests.flow.house import House


def test_a_silent_sensor_alarms_and_its_open_limit_alarm_stays_open_and_is_marked_stale(house: House):
    house.set_limit("main", "ph", close_low=None, on_delay=0, off_delay=0)
    house.set_silence("main", "ph", warning=3, alarm=5)
    house.publish("main/ph", 6.9)
    house.alarm("limit", state="unacknowledged", stale=False)
    house.alarm("silence", place="main", quantity="ph", state="unacknowledged")
    house.alarm("limit", state="unacknowledged", stale=True)
    house.publish("main/ph", 6.9)
    house.alarm("silence", place="main", quantity="ph", state="returned")
    house.alarm("limit", state="unacknowledged", stale=False)
