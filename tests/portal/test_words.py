"""Every word that the other rooms write into the records has a name for people."""

from ingest.topics import EVENTS
from monitor import profiles, rules
from monitor.lifecycle import State, What
from portal import words
from portal.accounts import ROLES
from portal.discovered_pages import KINDS
from portal.limit_pages import HOURS


def test_every_word_of_the_records_is_named():
    assert set(words.RULES) == set(rules.RULES)
    assert set(words.SEVERITIES) == set(rules.SEVERITIES)
    assert set(words.STATES) == {*State, "closed"}
    assert set(words.CHANGES) == set(What) - {What.WORSENED}
    assert set(words.EVENTS) == set(EVENTS)
    assert set(words.PROFILES) == set(profiles.PROFILES)
    assert set(KINDS) == set(profiles.KINDS)
    assert set(HOURS) == {"always", "open"}


def test_the_roles_are_those_of_the_document():
    assert set(ROLES) == {
        "general-manager", "manager", "supervisor", "front-desk", "specialist", "cashier", "attendant",
    }  # fmt: skip
