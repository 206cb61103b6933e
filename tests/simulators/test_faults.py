"""Each fault does to a sensor what its name says."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from simulators import faults
from simulators.faults import Fault, Kind

values = st.floats(0.1, 20)
hours = st.floats(0, 24)


@given(values, values, hours)
def test_a_stuck_sensor_repeats_the_value_at_which_it_stuck(true, entered, elapsed):
    assert faults.report(fault(Kind.STUCK), true, entered, elapsed) == entered


@given(values, hours)
def test_a_drifting_sensor_is_right_at_first_and_wrong_by_so_much_an_hour(true, elapsed):
    drift = fault(Kind.DRIFT, 0.1)
    assert faults.report(drift, true, true, 0) == true
    assert faults.report(drift, true, true, elapsed) == true + 0.1 * elapsed


@given(values, hours)
def test_a_spike_shows_its_own_value(true, elapsed):
    assert faults.report(fault(Kind.SPIKE, 14.0), true, true, elapsed) == 14.0


@given(values, hours)
def test_a_silent_sensor_reports_nothing(true, elapsed):
    assert faults.report(fault(Kind.SILENT), true, true, elapsed) is None


@given(values, hours)
def test_bubbles_make_a_sensor_read_low(true, elapsed):
    low = faults.report(fault(Kind.BUBBLES, 0.3), true, true, elapsed)
    assert low is not None
    assert 0 < low < true


def test_the_noise_of_ph_is_about_two_hundredths():
    random = Random(1)
    readings = [random.gauss(7.4, faults.noise("ph", 7.4)) for _ in range(2000)]
    assert sum(abs(reading - 7.4) <= 0.02 for reading in readings) / len(readings) > 0.9


def fault(kind, size=0.0):
    return Fault("main", "ph", kind, size)
