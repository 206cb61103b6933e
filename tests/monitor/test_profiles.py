"""The profiles: every figure has a source, and every start is a limit that can be."""

import pytest

from ingest.quantities import QUANTITIES
from monitor.checks import check_limit
from monitor.places import Limit
from monitor.profiles import BY_KIND, CLOSURES, FIGURES, KINDS, PROFILES, default_profile, find_start

EVERY = (*FIGURES, *CLOSURES, *BY_KIND.values())


@pytest.mark.parametrize("figure", EVERY, ids=lambda figure: f"{figure.profile}-{figure.quantity}-{figure.case}")
def test_a_figure_says_where_it_comes_from_and_how_well_it_is_known(figure):
    assert figure.quantity in QUANTITIES
    assert figure.source
    assert figure.mark in {"R1", "R2", "M-hi", "M-med", "M-lo", "D", "P"}
    assert figure.low is not None or figure.high is not None
    # Texts that nobody has read are not cited.
    assert not figure.source.startswith(("GB 37487", "CJJ 122"))


def test_there_are_nine_profiles_and_no_figure_twice():
    assert len(PROFILES) == 9
    assert len({(one.profile, one.quantity, one.case) for one in FIGURES}) == len(FIGURES)


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_start_is_a_limit_that_a_manager_could_have_set(kind, profile):
    for quantity in QUANTITIES:
        start = find_start(kind, profile, quantity)
        if start:
            limit = Limit(
                quantity=quantity, low=start.low, high=start.high, close_low=start.close_low,
                close_high=start.close_high, deadband=start.deadband, on_delay=300, close_on_delay=120, off_delay=600,
                hours=start.hours,
            )  # fmt: skip
            assert list(check_limit(limit)) == []
            assert "(" in start.source


def test_bromine_asks_for_the_profile_that_knows_it():
    assert default_profile(frozenset({"ph", "bromine"})) == "quebec-q2-r39"
    assert default_profile(frozenset({"ph", "chlorine"})) == "gb-37488-2019"


@pytest.mark.parametrize(
    ("kind", "profile", "quantity", "wanted"),
    [
        ("pool", "gb-37488-2019", "chlorine", (0.3, 1.0, 0.3, 5.0)),
        ("pool", "gb-37488-2019", "ph", (7.0, 7.8, 6.5, 8.0)),
        # What a profile still calls right does not close the pool.
        ("pool", "gb-9667-1996", "ph", (6.5, 8.5, 6.5, 8.5)),
        ("pool", "cj-244-2007", "chlorine", (0.2, 1.0, 0.2, 5.0)),
        ("pool", "gb-37488-2019", "bromine", (None, None, 0.6, None)),
        ("foot-bath", None, "chlorine", (5, 10, None, None)),
        ("feed", "us-mahc", "chlorine", (0.3, 0.5, None, None)),
    ],
)
def test_a_limit_starts_with(kind, profile, quantity, wanted):
    start = find_start(kind, profile, quantity)
    assert (start.low, start.high, start.close_low, start.close_high) == wanted


@pytest.mark.parametrize(
    ("kind", "profile", "quantity"),
    [
        ("pool", "gb-37488-2019", "temperature"),
        ("pool", "gb-37488-2019", "orp"),
        ("pool", "gb-37488-2019", "flow"),
        ("foot-bath", None, "ph"),
        ("gate", None, "ph"),
    ],
)
def test_without_a_figure_that_holds_here_there_is_no_limit(kind, profile, quantity):
    assert find_start(kind, profile, quantity) is None
