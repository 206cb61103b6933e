"""The foot bath's disinfectant: four open hours, however often the program is started again."""

from datetime import time, timedelta

from sqlalchemy import select

from ingest import clock
from monitor import duties, registry
from monitor.progress import DutyDone
from monitor.records import reading, writing
from tests.flow.house import PARTS, House, stamp
from tests.waiting import until

ALL_DAY = (time(0, 0), time(23, 59, 59))


def changes(house: House) -> list[DutyDone]:
    with reading(house.records) as session:
        return list(session.scalars(select(DutyDone).order_by(DutyDone.id)))


def test_four_hours_without_a_change_alarm_and_the_button_clears_it(house: House):
    house.set_hours(*ALL_DAY)
    house.publish("foot-bath/changed", {"time": stamp(clock.now() - timedelta(hours=4, minutes=1)), "by": "lee"})
    house.alarm("foot-bath-overdue", state="unacknowledged")
    house.publish("foot-bath/changed", {"by": "lee"})
    house.alarm("foot-bath-overdue", state="returned")


def test_a_change_noted_in_the_portal_clears_the_alarm(house: House):
    house.set_hours(*ALL_DAY)
    house.publish("foot-bath/changed", {"time": stamp(clock.now() - timedelta(hours=4, minutes=1))})
    house.alarm("foot-bath-overdue", state="unacknowledged")
    with writing(house.records) as session:
        now = clock.now()
        registry.log_duty(session, duties.FOOT_BATH.key, "lakeside", "foot-bath", "lee", now, "portal", now)
    house.alarm("foot-bath-overdue", state="returned")


def test_the_countdown_and_the_alarm_survive_a_restart_of_every_part(house: House):
    house.set_hours(*ALL_DAY)
    changed = clock.now() - timedelta(hours=4, minutes=1)
    house.publish("foot-bath/changed", {"time": stamp(changed)})
    before = house.alarm("foot-bath-overdue", state="unacknowledged")
    house.kill()
    house.broker.kill()
    house.broker.start()
    house.start(*PARTS)
    house.publish("foot-bath/changed", "")
    after = house.alarm("foot-bath-overdue", state="returned")
    assert (after.id, after.raised, len(house.alarms("foot-bath-overdue"))) == (before.id, before.raised, 1)
    assert len(until(lambda: changes(house))) == 2
