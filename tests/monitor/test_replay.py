"""A replay of the journal decides exactly as the live run did, wherever the clock ticked between."""

from collections import defaultdict
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from ingest.entries import Entry
from monitor.changes import Change
from monitor.plan import Plan
from tests.monitor.timeline import BROMINE, GATE, PH, SENSOR, Clock, after, entry

PLAN = Plan({PH: SENSOR, BROMINE: SENSOR}, {GATE: SENSOR.calendar}, {})
# Eight in the evening, so that entries come before and after closing.
EVENING = 36_000
SERIES = st.sampled_from([PH, BROMINE, GATE])
VALUES = st.sampled_from([7.4, 7.4, 7.22, 7.0, 6.8, 6.1, 7.9, 8.3, 0.0])
# Seconds: since the last receipt, what the device's time lags behind, how many moments the clock ticks before.
ARRIVALS = st.lists(
    st.tuples(
        SERIES,
        st.sampled_from([0, 0.2, 1, 30, 60, 119, 120, 121, 300, 301, 600, 1800]),
        st.sampled_from([0, 0, 0, 0.3, 5, 70, 400, 4000]),
        VALUES,
        st.lists(st.floats(0, 1), max_size=4),
    ),
    max_size=40,
)


@given(ARRIVALS)
def test_any_ticks_between_give_the_same_alarms_as_the_replay(arrivals):
    lived, replayed = Clock(PLAN), Clock(PLAN)
    received = float(EVENING)
    entries = list[Entry]()
    for topic, gap, lag, value, ticks in arrivals:
        for part in sorted(ticks):
            lived.tick(after(received + gap * part))
        received += gap
        entries.append(entry(topic, after(received - lag), 1.0 if topic == GATE else value, after(received)))
        lived.take(entries[-1])
    replayed.take(*entries)
    end = after(received) + timedelta(hours=3)
    lived.tick(end)
    replayed.tick(end)
    assert by_series(lived.changes) == by_series(replayed.changes)


def by_series(changes: list[Change]) -> dict[object, list[object]]:
    """What was found out about each series, without silence: that is a matter of the clock alone."""
    found = defaultdict(list)
    for change in changes:
        if change.rule.key != "silence" and change.what not in {"stale", "fresh"}:
            found[change.topic].append((change.rule.key, change.what, change.at, change.value, change.worst))
    return found
