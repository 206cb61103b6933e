"""Who comes in after closing is noticed, who comes in in time is not."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from ingest import clock
from tests.flow.house import House

ZONE = ZoneInfo("Asia/Shanghai")


def yesterday_at(text: str) -> str:
    day = (clock.now().astimezone(ZONE) - timedelta(days=1)).date()
    return f"{day}T{text}+08:00"


def enter(house: House, time: str, seq: int) -> None:
    house.publish("gate/access", {"direction": "in", "card": f"card-{seq}", "time": yesterday_at(time), "seq": seq})


def test_an_entry_at_half_past_nine_alarms_and_one_a_second_earlier_or_at_opening_does_not(house: House):
    enter(house, "09:00:00", 1)
    enter(house, "21:29:59", 2)
    enter(house, "21:30:00", 3)
    alarm = house.alarm("out-of-hours")
    assert alarm.raised == datetime.fromisoformat(yesterday_at("21:30:00"))
    assert alarm.repeats == 0
