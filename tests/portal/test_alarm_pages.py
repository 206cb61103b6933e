"""What people see of an alarm, and what becomes of it when they act."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from monitor import handling
from monitor.alarms import Alarm, AlarmChange
from monitor.lifecycle import State
from monitor.places import Limit
from monitor.records import reading, writing
from portal.alarm_pages import measure_beyond
from tests.portal.people import read
from tests.portal.served import NOON
from tests.portal.stories import raise_alarm


def alarm(portal, alarm_id):
    with reading(portal.records) as session:
        return session.get_one(Alarm, alarm_id)


def history(portal, alarm_id):
    with reading(portal.records) as session:
        question = select(AlarmChange).where(AlarmChange.alarm_id == alarm_id).order_by(AlarmChange.id)
        return [(change.what, change.by, change.note) for change in session.scalars(question)]


def test_an_alarm_says_what_is_wrong_how_far_and_what_would_be_right(portal, fang):
    text = fang.see(f"/alarms/{raise_alarm(portal)}")
    for words in ("Main pool · pH", "At closing level: close the pool", "6.05", "Below the limit by 1.15", "7.20–7.80",
                  "< 6.50, > 8.00", "Urgent", "24 Nov 14:10", "6.10", "New"):  # fmt: skip
        assert words in text
    assert "Acknowledge " not in text


def test_an_alarm_leads_to_the_trend_around_it(portal, lee):
    page = lee.get(f"/alarms/{raise_alarm(portal, over=True)}").text
    start, end = (NOON - timedelta(minutes=140)), (NOON + timedelta(minutes=115))
    assert f"from={start:%Y-%m-%dT%H%%3A%M}%3A00Z&amp;to={end:%Y-%m-%dT%H%%3A%M}%3A00Z" in page


@pytest.mark.parametrize(
    ("worst", "low", "high", "beyond"),
    [(6.0, 7.2, 7.8, -1.2), (8.0, 7.2, 7.8, 0.2), (7.5, 7.2, 7.8, None), (6.0, None, 7.8, None), (9, None, 7.8, 1.2)],
)
def test_how_far_counts_from_the_nearer_side_of_the_limit(worst, low, high, beyond):
    found = measure_beyond(Alarm(worst=worst), Limit(low=low, high=high))
    assert found == (None if beyond is None else pytest.approx(beyond))


def test_lee_acknowledges_and_everybody_sees_who_it_was(portal, lee, fang):
    number = raise_alarm(portal)
    answer = lee.post(f"/alarms/{number}/acknowledgement")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/alarms/{number}")
    page = lee.see(f"/alarms/{number}")
    assert "Acknowledged." in page
    assert "Acknowledged." not in lee.see(f"/alarms/{number}"), "a notice is said once"
    assert "Acknowledged · lee" in fang.see(f"/alarms/{number}")
    assert alarm(portal, number).state == State.ACKNOWLEDGED


def test_a_second_acknowledgement_is_told_who_was_first(portal, lee, mei):
    number = raise_alarm(portal)
    lee.post(f"/alarms/{number}/acknowledgement")
    answer = mei.post(f"/alarms/{number}/acknowledgement")
    assert answer.status_code == 422
    assert "lee has already acknowledged this alarm." in read(answer.text)
    assert [what for what, _by, _note in history(portal, number)] == ["raised", "acknowledged"]


def test_a_note_is_kept_as_it_was_typed_and_never_taken_for_html(portal, lee):
    number = raise_alarm(portal)
    lee.post(f"/alarms/{number}/notes", text="  <b>加药泵</b> &\nchecked ")
    assert history(portal, number)[-1] == ("noted", "lee", "<b>加药泵</b> &\nchecked")
    page = lee.get(f"/alarms/{number}").text
    assert "&lt;b&gt;加药泵&lt;/b&gt; &amp;" in page


def test_an_empty_note_is_refused(portal, lee):
    number = raise_alarm(portal)
    answer = lee.post(f"/alarms/{number}/notes", text=" ")
    assert answer.status_code == 422
    assert "The note is empty." in read(answer.text)


def test_closing_needs_cause_and_action_and_loses_nothing_that_was_typed(portal, lee):
    number = raise_alarm(portal, over=True)
    answer = lee.post(f"/alarms/{number}/closure", cause="", action="")
    assert answer.status_code == 422
    assert "The cause is missing." in read(answer.text)
    assert "What was done is missing." in read(answer.text)
    answer = lee.post(f"/alarms/{number}/closure", cause="pump stuck", action=" ")
    assert answer.status_code == 422
    assert ">pump stuck</textarea>" in answer.text
    assert alarm(portal, number).closed is None
    assert lee.post(f"/alarms/{number}/closure", cause="pump stuck", action="freed it").status_code == 303
    closed = alarm(portal, number)
    assert (closed.closed, closed.closed_by, closed.cause, closed.action) == (NOON, "lee", "pump stuck", "freed it")
    text = lee.see(f"/alarms/{number}")
    assert "pump stuck" in text
    assert "freed it" in text


def test_an_alarm_whose_condition_holds_is_not_closed(portal, lee):
    number = raise_alarm(portal)
    assert "The condition still holds." in lee.see(f"/alarms/{number}")
    answer = lee.post(f"/alarms/{number}/closure", cause="a", action="b")
    assert answer.status_code == 422
    assert "The condition still holds; the alarm can be closed when it is over." in read(answer.text)


def test_too_long_a_text_is_refused_and_kept_in_the_field(portal, lee):
    number = raise_alarm(portal, over=True)
    answer = lee.post(f"/alarms/{number}/closure", cause="x" * 2001, action="b")
    assert answer.status_code == 422
    assert "This is too long." in read(answer.text)
    assert "x" * 2001 in answer.text


def test_who_loses_a_race_with_the_monitor_is_asked_to_look_again(portal, lee, monkeypatch):
    number = raise_alarm(portal)
    real = handling.acknowledge

    def overtaken(session, alarm_id, by, now):
        found = real(session, alarm_id, by, now)
        session.connection().exec_driver_sql(f"update alarm set version = version + 1 where id = {alarm_id}")
        found.worst = 5.9
        return found

    monkeypatch.setattr(handling, "acknowledge", overtaken)
    answer = lee.post(f"/alarms/{number}/acknowledgement")
    assert answer.status_code == 422
    assert "The alarm changed while you were typing; look at it again." in read(answer.text)
    assert alarm(portal, number).acknowledged is None


def test_the_list_shows_open_alarms_and_all_of_them_when_asked(portal, lee):
    raise_alarm(portal, rule="limit", severity="warning")
    done = raise_alarm(portal, over=True, place="children")
    with writing(portal.records) as session:
        handling.close(session, done, "lee", "a", "b", NOON)
    assert "Children's pool · pH" not in lee.see("/alarms").split("Every place")[1].split("Gate")[1]
    everything = lee.see("/alarms?show=all").split("Gate")[1]
    assert everything.index("Main pool · pH") < everything.index("Children's pool · pH"), "open ones come first"


def test_the_list_can_be_narrowed_to_a_severity_and_a_place(portal, lee):
    raise_alarm(portal, rule="limit", severity="warning")
    raise_alarm(portal, place="children")

    def listed(query):
        page = lee.get(f"/alarms?{query}").text
        return [name for name in ("main", "children") if f">{NAMES[name]} · pH</strong>" in page]

    assert listed("") == ["main", "children"]
    assert listed("severity=warning") == ["main"]
    assert listed("place=lakeside/children") == ["children"]
    assert listed("severity=warning&place=lakeside/children") == []
    assert "No alarm fits" in lee.see("/alarms?severity=warning&place=lakeside/children")


NAMES = {"main": "Main pool", "children": "Children&#39;s pool"}


def test_a_long_list_comes_page_by_page(portal, lee):
    for number in range(26):
        raise_alarm(portal, raised=NOON - timedelta(hours=number))
    first, second = lee.get("/alarms").text, lee.get("/alarms?page=2").text
    assert first.count('class="alarm-line') == 25
    assert 'rel="next" href="/alarms?page=2"' in first
    assert second.count('class="alarm-line') == 1
    assert 'rel="prev" href="/alarms"' in second
    assert "No open alarms" in lee.see("/alarms?page=3")


@pytest.mark.parametrize("number", ["0", "99", "x", "-1", str(2**63), "1e3"])
def test_an_alarm_that_is_not_there_is_a_page_that_is_not_there(lee, number):
    answer = lee.get(f"/alarms/{number}")
    assert answer.status_code == 404
    assert "There is no such page" in read(answer.text)
    assert lee.post(f"/alarms/{number}/acknowledgement").status_code in (404, 422)


def test_every_page_counts_the_open_alarms_in_the_tab(portal, lee):
    assert "<title>Alarms" in lee.get("/alarms").text
    raise_alarm(portal)
    raise_alarm(portal)
    for path in ("/", "/alarms", "/foot-bath", "/limits"):
        assert "<title>(2) " in lee.get(path).text
