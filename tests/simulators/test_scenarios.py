"""What a scenario says that happens is in what it publishes, and nothing else is."""

from datetime import timedelta
from itertools import pairwise

import pytest

from ingest.quantities import QUANTITIES
from simulators import scenarios
from simulators.events import incidents
from simulators.scenarios import SCENARIOS, UnknownScenario
from simulators.site import CLOSES, FOOT_BATH, GATE, OPENS, ZONE
from tests.simulators.telling import CLOSURES, DAY, LIMITS, LIVE, MINUTE, stretches, tell

TOLD = [name for name, scenario in SCENARIOS.items() if scenario.publishes]
RULES = {"limit", "closure", "impossible", "silence", "foot-bath-overdue", "out-of-hours"}


@pytest.fixture(scope="module", params=[(name, seed) for name in TOLD for seed in (1, 2)], ids=str)
def telling(request):
    return tell(*request.param)


@pytest.mark.parametrize(("rule", "table"), [("limit", LIMITS), ("closure", CLOSURES)])
def test_every_breach_is_labelled_and_every_label_is_a_breach(telling, rule, table):
    for (place, quantity), (low, high) in table.items():
        labels = [one for one in telling.truth if (one.rule, one.place, one.quantity) == (rule, place, quantity)]
        readings = possible(telling.series()[place, quantity])
        for one in labels:
            within = [message for message in readings if one.start <= message.time < one.end]
            outside = [message for message in within if not low <= message.payload["value"] <= high]
            # A story that begins or ends in the middle of an incident has only a part of it.
            assert len(outside) >= 0.95 * len(within), one
            assert len(within) > 15 or one.end > telling.messages[-1].time or one.start < telling.messages[0].time
        for began, ended in stretches(readings, low, high):
            assert any(one.start - one.slack <= began and ended <= one.end + one.slack for one in labels), (
                began,
                ended,
            )


def test_a_silence_has_no_reading_and_there_is_none_elsewhere(telling):
    for (place, name), messages in telling.series().items():
        if name not in QUANTITIES:
            continue
        labels = [one for one in telling.truth if (one.rule, one.place, one.quantity) == ("silence", place, name)]
        gaps = [
            (before.time, after.time)
            for before, after in pairwise(messages)
            if after.time - before.time > timedelta(minutes=5)
        ]
        assert len(gaps) == sum(telling.messages[0].time < one.start < telling.messages[-1].time for one in labels)
        for (before, after), one in zip(gaps, labels, strict=True):
            assert before < one.start <= before + MINUTE
            assert one.end <= after <= one.end + MINUTE


def test_what_no_water_can_be_is_labelled_impossible(telling):
    labels = [one for one in telling.truth if one.rule == "impossible"]
    for (place, name), messages in telling.series().items():
        if name in QUANTITIES:
            mine = [one for one in labels if (one.place, one.quantity) == (place, name)]
            labelled = [m for m in messages if any(one.start <= m.time < one.end for one in mine)]
            assert [m for m in messages if not is_possible(m)] == labelled


def test_the_foot_bath_is_overdue_where_the_label_says_so_and_nowhere_else(telling):
    changes = [message.time for message in telling.series()[FOOT_BATH, "changed"]]
    labels = [one for one in telling.truth if one.rule == "foot-bath-overdue"]
    overdue = []
    for before, after in pairwise(changes):
        opens, closes = (before.replace(hour=t.hour, minute=t.minute, second=0, microsecond=0) for t in (OPENS, CLOSES))
        due = max(before, opens) + timedelta(hours=4)
        if due < min(after, closes):
            overdue.append((due, min(after, closes)))
    assert overdue == [(one.start, one.end) for one in labels if changes[0] < one.start < changes[-1]]


def test_out_of_hours_entries_are_those_of_the_labels(telling):
    entries = [
        message.time
        for message in telling.series()[GATE, "access"]
        if message.payload["direction"] == "in" and not OPENS <= message.time.time() < CLOSES
    ]
    assert entries == [one.start for one in telling.truth if one.rule == "out-of-hours"]


@pytest.mark.parametrize("seed", range(3, 6))
def test_a_calm_week_has_no_incident_and_never_leaves_the_limits(seed):
    calm = tell("calm", seed, days=3)
    assert calm.truth == []
    for key, (low, high) in LIMITS.items():
        values = [message.payload["value"] for message in calm.series()[key]]
        assert low <= min(values) <= max(values) <= high, key


def test_a_living_week_has_incidents_of_all_kinds():
    assert {one.rule for one in incidents(SCENARIOS["lakeside"], LIVE, LIVE - 7 * DAY, LIVE)} == RULES


def test_labels_use_only_the_keys_of_the_rules():
    assert {label.rule for one in SCENARIOS.values() for event in one.events for label in event.labels} == RULES


@pytest.mark.parametrize("hour", range(0, 24, 3))
def test_at_any_hour_the_living_week_starts_live_with_one_breach_standing(hour):
    live = LIVE.astimezone(ZONE).replace(hour=hour, minute=10)
    told = tell("lakeside", 1, live, days=1, after=timedelta(hours=3))
    last = {key: [m for m in told.series()[key] if m.time < live][-5:] for key in LIMITS}
    outside = [
        key for key, (low, high) in LIMITS.items() if not all(low <= m.payload["value"] <= high for m in last[key])
    ]
    assert outside == [("children", "ph")]
    assert all(7.8 < message.payload["value"] < 8.0 for message in last["children", "ph"])
    # and afterwards it is put right
    assert told.series()["children", "ph"][-1].payload["value"] < 7.7


def test_nothing_else_goes_wrong_on_the_day_that_live_begins():
    midnight = LIVE.astimezone(ZONE).replace(hour=0, minute=0)
    truth = incidents(SCENARIOS["lakeside"], LIVE, midnight, midnight + DAY)
    assert [(one.place, one.quantity) for one in truth] == [("children", "ph")]


def test_the_living_week_comes_again():
    start = LIVE + DAY
    first, second = (
        incidents(SCENARIOS["lakeside"], LIVE, start + weeks * 7 * DAY, start + (weeks + 1) * 7 * DAY)
        for weeks in (0, 1)
    )
    assert first
    assert [one._replace(start=one.start + 7 * DAY, end=one.end + 7 * DAY) for one in first] == second


def test_the_still_scenario_publishes_nothing():
    still = tell("still", 1)
    assert still.messages == []
    assert still.truth == []


def test_an_unknown_scenario_is_refused_with_the_names_of_those_that_exist():
    with pytest.raises(UnknownScenario, match="scenario 'sunny', expected one of lakeside, calm, storm"):
        scenarios.find("sunny")


def possible(messages):
    return [message for message in messages if is_possible(message)]


def is_possible(message):
    quantity = QUANTITIES[message.topic.name]
    return quantity.low <= message.payload["value"] <= quantity.high
