"""How Mei changes limits, silence times and opening hours, and what the form says when something is wrong."""

from datetime import time

import pytest

from monitor import registry
from monitor.records import reading
from tests.portal.people import field, read
from tests.portal.served import NOON

PH = "/limits/lakeside/main/ph"
RIGHT = {
    "low": "7.2", "high": "7.6", "close_low": "6.5", "close_high": "8", "deadband": "0.05", "on_delay": "0",
    "close_on_delay": "60", "off_delay": "300", "hours": "open", "why": "the new pump",
}  # fmt: skip


def limit(portal, place="main", quantity="ph"):
    with reading(portal.records) as session:
        return registry.limits_in_force(session, registry.find_place(session, "lakeside", place).id).get(quantity)


def versions(portal, place="main", quantity="ph"):
    with reading(portal.records) as session:
        return registry.limit_versions(session, registry.find_place(session, "lakeside", place).id, quantity)


def test_mei_puts_a_new_version_in_force_with_who_when_and_why(portal, mei, fang):
    answer = mei.post(PH, **RIGHT)
    assert (answer.status_code, answer.headers["location"]) == (303, PH)
    new = limit(portal)
    assert (new.low, new.high, new.close_low, new.close_high) == (7.2, 7.6, 6.5, 8)
    assert (new.deadband, new.on_delay, new.close_on_delay, new.off_delay) == (0.05, 0, 60, 300)
    assert (new.hours, new.by, new.at, new.why) == ("open", "mei", NOON, "the new pump")
    assert len(versions(portal)) == 2
    text = fang.see(PH)
    for words in ("7.20–7.60", "set by mei", "the new pump", "Only while open", "Quebec Q-2, r. 39"):
        assert words in text
    assert "7.20–7.60" in fang.see("/limits")


def test_the_form_begins_with_what_is_in_force(mei):
    page = mei.get(PH).text
    assert [field(page, name) for name in ("low", "high", "close_low", "on_delay")] == ["7.2", "7.8", "6.5", "300"]


def test_every_mistake_is_said_at_once_and_what_was_typed_stays(portal, mei):
    typed = RIGHT | {
        "low": "seven",
        "deadband": "-1",
        "on_delay": "1.5",
        "off_delay": "100000",
        "hours": "never",
        "why": " ",
    }
    answer = mei.post(PH, **typed)
    assert answer.status_code == 422
    text = read(answer.text)
    for words in ("This is not a number.", "This is not a whole number.", "Please choose one.", "Please fill this in."):
        assert words in text
    assert text.count("This is out of range.") == 2
    assert [field(answer.text, name) for name in ("low", "high", "deadband", "on_delay")] == [
        "seven",
        "7.6",
        "-1",
        "1.5",
    ]
    assert len(versions(portal)) == 1


def test_limits_that_contradict_each_other_are_refused_together_with_what_is_missing(portal, mei):
    answer = mei.post(PH, **RIGHT | {"low": "7.8", "high": "7.2", "why": ""})
    assert answer.status_code == 422
    assert "The lower limit 7.8 is not below the upper limit 7.2." in read(answer.text)
    assert "Please fill this in." in read(answer.text)
    assert len(versions(portal)) == 1


@pytest.mark.parametrize("word", ["nan", "inf", "-inf", "1e999", "7,2", "1e9", "7 .6", "0x7"])
def test_what_is_no_figure_is_refused(mei, word):
    answer = mei.post(PH, **RIGHT | {"high": word})
    assert answer.status_code == 422
    assert field(answer.text, "high") == word


def test_full_width_figures_of_a_chinese_keyboard_are_figures(portal, mei):
    assert mei.post(PH, **RIGHT | {"high": "７．６", "on_delay": "３０"}).status_code == 303
    assert (limit(portal).high, limit(portal).on_delay) == (7.6, 30)


def test_an_empty_figure_is_no_limit(portal, mei):
    mei.post(PH, **RIGHT | {"low": "", "close_low": ""})
    assert limit(portal).low is None
    assert "≤ 7.60" in mei.see(PH)


def test_a_quantity_without_a_limit_gets_its_first(portal, mei):
    path = "/limits/lakeside/main/orp"
    assert limit(portal, quantity="orp") is None
    assert "No limit is in force" in mei.see(path)
    mei.post(path, **RIGHT | {"low": "650", "high": "", "close_low": "", "close_high": "", "deadband": "10"})
    assert limit(portal, quantity="orp").low == 650


@pytest.mark.parametrize("path", ["/limits/lakeside/main/flow", "/limits/lakeside/none/ph", "/limits/none/main/ph"])
def test_a_limit_of_nothing_is_not_found(mei, path):
    assert mei.get(path).status_code == 404
    assert mei.post(path, **RIGHT).status_code == 404
    assert mei.post(f"{path}/silence", warning="1", alarm="2").status_code == 404


def test_mei_sets_after_how_long_silence_alarms(mei):
    assert mei.post(f"{PH}/silence", warning="120", alarm="600").status_code == 303
    page = mei.get(PH).text
    assert (field(page, "warning"), field(page, "alarm")) == ("120", "600")
    answer = mei.post(f"{PH}/silence", warning="700", alarm="600")
    assert answer.status_code == 422
    assert "The warning after 700 s is later than the alarm after 600 s." in read(answer.text)
    answer = mei.post(f"{PH}/silence", warning="", alarm="x")
    assert "Please fill this in." in read(answer.text)
    assert "This is not a whole number." in read(answer.text)


def test_mei_sets_the_opening_hours(portal, mei, fang):
    answer = mei.post("/hours/lakeside", opens="08:30", closes="22:00", why="summer")
    assert (answer.status_code, answer.headers["location"]) == (303, "/hours")
    with reading(portal.records) as session:
        hours = registry.hours_in_force(session, "lakeside")
    assert (hours.opens, hours.closes, hours.by, hours.why) == (time(8, 30), time(22), "mei", "summer")
    text = fang.see("/hours")
    assert "08:30–22:00" in text
    assert "09:00–21:30" in text, "what was in force before"
    assert "until 22:00" in fang.see("/")


@pytest.mark.parametrize(
    ("typed", "mistakes"),
    [
        (("22:00", "08:00", "x"), {"The site opens at 22:00, which is not before it closes at 08:00."}),
        (("25:00", "", ""), {"This is not a time of day, such as 09:00.", "Please fill this in."}),
        (("9", "21:30", "x"), {"This is not a time of day, such as 09:00."}),
    ],
)  # fmt: skip
def test_hours_that_cannot_be_are_refused(portal, mei, typed, mistakes):
    opens, closes, why = typed
    answer = mei.post("/hours/lakeside", opens=opens, closes=closes, why=why)
    assert answer.status_code == 422
    assert all(mistake in read(answer.text) for mistake in mistakes)
    assert field(answer.text, "opens") == opens
    with reading(portal.records) as session:
        assert len(registry.hours_versions(session, "lakeside")) == 1


def test_hours_of_a_site_that_is_not_there_are_not_found(mei):
    assert mei.post("/hours/nowhere", opens="08:00", closes="22:00", why="x").status_code == 404


def test_mei_names_a_site_and_its_zone(portal, mei, fang):
    answer = mei.post("/hours/lakeside/name", name_zh="湖畔一期", name_en="Lakeside One", zone="Asia/Urumqi")
    assert (answer.status_code, answer.headers["location"]) == (303, "/hours")
    assert "Lakeside One" in fang.see("/hours")
    with reading(portal.records) as session:
        assert registry.calendar_of(session, "lakeside").zone.key == "Asia/Urumqi"


def test_a_site_without_a_name_or_in_an_unknown_zone_is_refused_and_keeps_what_was_typed(mei):
    answer = mei.post("/hours/lakeside/name", name_zh=" ", name_en="Lakeside One", zone="Asia/Lakeside")
    assert answer.status_code == 422
    assert read(answer.text).count("Please fill this in.") == 1
    answer = mei.post("/hours/lakeside/name", name_zh="湖", name_en="Lakeside One", zone="Asia/Lakeside")
    assert "Unknown time zone Asia/Lakeside, expected one such as Asia/Shanghai" in read(answer.text)
    assert 'value="Lakeside One"' in answer.text
    assert mei.post("/hours/nowhere/name", name_zh="湖", name_en="x", zone="Asia/Shanghai").status_code == 404
