"""What people type is read as they mean it, and what cannot be meant is said."""

import math
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.accounts import normal_name
from portal.formats import Formats
from portal.forms import Answers
from portal.languages import choose, load_languages
from portal.visits import to_local


@given(st.floats(-1000, 1000))
def test_every_figure_comes_back_as_it_was_shown_in_the_field(value):
    shown = Formats(load_languages()["en"]).plain(value)
    answers = Answers({"low": shown})
    assert answers.decimal("low", -1000, 1000) == pytest.approx(value, rel=1e-9)
    assert answers.mistakes == {}


@given(st.text(max_size=20))
def test_no_text_becomes_a_figure_that_cannot_be_compared(text):
    answers = Answers({"low": text})
    value = answers.decimal("low", -1e6, 1e6)
    assert value is None or (math.isfinite(value) and -1e6 <= value <= 1e6)
    assert value is not None or text.strip() == "" or answers.mistakes or not answers.raw("low")


@given(st.text(max_size=20))
def test_a_whole_number_or_a_time_is_read_or_refused_and_never_fails(text):
    answers = Answers({"delay": text, "opens": text})
    assert 0 <= answers.whole("delay", 0, 100) <= 100
    assert isinstance(answers.clock("opens"), time)


@given(st.times())
def test_every_time_of_day_is_read(moment):
    answers = Answers({"opens": f"{moment.hour}:{moment:%M}"})
    assert answers.clock("opens") == time(moment.hour, moment.minute)
    assert answers.mistakes == {}


def test_what_a_chinese_keyboard_types_is_read():
    answers = Answers({"high": "７．６", "delay": "３０", "opens": "０９：３０"})
    assert (answers.decimal("high", 0, 14), answers.whole("delay", 0, 99)) == (7.6, 30)
    assert answers.clock("opens") == time(9, 30)


@given(st.text(max_size=60))
def test_a_name_has_one_form(name):
    assert normal_name(normal_name(name)) == normal_name(name)


@given(st.one_of(st.text(max_size=60), st.from_regex(r"[/\\]{1,3}[a-z.]*:?[/\\]?.*", fullmatch=True)))
def test_no_address_in_a_form_leads_away(path):
    local = to_local(path)
    assert local.startswith("/")
    assert not local.startswith(("//", "/\\"))
    assert "\n" not in local


@given(st.text(max_size=60))
def test_every_browser_gets_some_language(header):
    assert choose(None, None, header).key in load_languages()


MORNING = datetime(2026, 11, 24, 1, 5, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        ("zh", ["11月24日 09:05", "2小时 5分钟", "1分钟", "5分钟", "90秒", "2小时", "1,234", "2026年11月24日"]),
        ("en", ["24 Nov 09:05", "2 hrs 5 mins", "1 min", "5 mins", "90 secs", "2 hrs", "1,234", "24 November 2026"]),
    ],
)
def test_moments_and_spans_are_written_as_the_language_writes_them(language, shown):
    formats = Formats(load_languages()[language])
    found = [
        formats.moment(MORNING, "Asia/Shanghai").striptags(),
        formats.lasting(timedelta(hours=2, minutes=5)),
        formats.lasting(timedelta(seconds=3)),
        formats.span(300),
        formats.span(90),
        formats.span(7200),
        formats.count(1234),
        formats.day(MORNING, "Asia/Shanghai"),
    ]
    assert found == shown


def test_a_moment_also_says_exactly_when_it_was():
    formats = Formats(load_languages()["en"])
    assert formats.age(MORNING, "Asia/Shanghai") == '<time datetime="2026-11-24T01:05:09.000Z" data-age>09:05:09</time>'


@pytest.mark.parametrize(
    ("low", "high", "shown"),
    [(7.2, 7.8, "7.20–7.80"), (7, None, "≥ 7.00"), (None, 8, "≤ 8.00"), (None, None, "")],
)
def test_a_limit_is_written_as_an_interval(low, high, shown):
    assert Formats(load_languages()["zh"]).interval(low, high, "ph") == shown
