"""Residents come and go within the hours, and attendants change the foot bath in time unless they forget."""

from datetime import date, datetime, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from simulators import people
from simulators.people import Window
from simulators.site import CLOSES, OPENS, ZONE

seeds = st.integers(0, 10_000)
days = st.dates(date(2024, 1, 1), date(2030, 12, 31))
FOUR_HOURS = timedelta(hours=4)


@given(seeds, days)
@settings(max_examples=50, deadline=None)
def test_everybody_who_goes_in_goes_out_before_the_pool_closes(seed, day):
    opens, closes = hours(day)
    for visit in people.visits(seed, opens, closes):
        assert opens <= visit.arrives < visit.leaves < closes


@given(seeds, days)
@settings(max_examples=50, deadline=None)
def test_no_card_is_inside_twice(seed, day):
    inside = set()
    for act in people.acts(seed, *hours(day), [], []):
        if act.what == "in":
            assert act.who not in inside
            inside.add(act.who)
        elif act.what == "out":
            inside.remove(act.who)
    assert not inside


@given(seeds, days)
@settings(max_examples=50, deadline=None)
def test_the_foot_bath_is_fresh_at_opening_and_never_older_than_four_open_hours(seed, day):
    opens, closes = hours(day)
    done = [change.time for change in people.changes(seed, opens, closes, [])]
    assert opens - timedelta(minutes=10) < done[0] < opens
    assert all(later - max(earlier, opens) < FOUR_HOURS for earlier, later in pairwise([*done, closes]))


@given(seeds, days)
@settings(max_examples=50, deadline=None)
def test_a_forgotten_change_is_made_when_it_is_remembered(seed, day):
    opens, closes = hours(day)
    forgotten = Window(opens + timedelta(hours=3), opens + timedelta(hours=8))
    done = [change.time for change in people.changes(seed, opens, closes, [forgotten])]
    assert done[0] < opens
    assert done[1] == forgotten.end


def test_a_whole_day_forgotten_has_no_change():
    opens, closes = hours(date(2026, 11, 24))
    forgotten = Window(opens - timedelta(hours=1), closes + timedelta(hours=1))
    assert people.changes(1, opens, closes, [forgotten]) == []


def test_more_people_come_at_the_weekend():
    friday, saturday = (
        sum(len(people.visits(seed, *hours(date(2026, 11, day)))) for seed in range(20)) for day in (27, 28)
    )
    assert saturday > friday


def hours(day):
    return tuple(datetime.combine(day, clock, ZONE) for clock in (OPENS, CLOSES))
