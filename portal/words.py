"""Words: what rules, states, severities, changes and notices are called on the pages."""

from ingest.words import mark as _
from monitor import rules
from monitor.alarms import Alarm

# Said once on the next page after something was done.
NOTICES = {
    "acknowledged": _("Acknowledged."),
    "noted": _("The note is in the alarm's history."),
    "closed": _("The alarm is closed."),
    "changed": _("The change of the disinfectant is logged."),
    "already-changed": _("This change was already logged; nothing was logged twice."),
    "limit-set": _("The new limit is in force."),
    "hours-set": _("The new opening hours are in force."),
    "site-named": _("The site has its new name."),
    "silence-set": _("The silence times are in force."),
    "adopted": _("The device is adopted; its limits count from now on."),
    "password-set": _("Your password is changed. Other devices were signed out."),
}

RULES = {rule.key: rule.label for rule in rules.RULES.values()}

SEVERITIES = {
    "warning": _("Warning"),
    "alarm": _("Alarm"),
    "urgent": _("Urgent"),
}

# An alarm's state, and `closed` for one that is closed.
STATES = {
    "unacknowledged": _("New"),
    "acknowledged": _("Acknowledged"),
    "returned": _("Over, not yet acknowledged"),
    "normal": _("Over, not yet closed"),
    "closed": _("Closed"),
}

CHANGES = {
    "raised": _("Raised"),
    "escalated": _("More urgent than before"),
    "repeated": _("Came again"),
    "cleared": _("Back to normal"),
    "stale": _("The sensor fell silent; the alarm stays"),
    "fresh": _("The sensor reports again"),
    "acknowledged": _("Acknowledged"),
    "noted": _("Note"),
    "closed": _("Closed"),
}

PARTS = {
    "ingest": _("Receiving"),
    "follow": _("Copy to InfluxDB"),
    "monitor": _("Watching"),
    "portal": _("Web pages"),
    "broker": _("Broker"),
    "simulate": _("Simulation"),
}

PART_STATES = {
    "running": _("running"),
    "restarting": _("is being restarted"),
    "stopped": _("stopped"),
}

# Events, by their name on the wire.
EVENTS = {
    "access": _("Entries and exits"),
    "changed": _("Button: disinfectant changed"),
    "status": _("Online or offline"),
}

PROFILES = {
    "gb-37488-2019": _("GB 37488-2019 (China)"),
    "gb-9667-1996": _("GB 9667-1996 (China, replaced in part)"),
    "cj-244-2007": _("CJ 244-2007 (China, withdrawn)"),
    "quebec-q2-r39": _("Q-2, r. 39 (Quebec; for bromine)"),
    "us-mahc": _("MAHC (United States)"),
    "queensland": _("Queensland Health (Australia)"),
    "who-2006": _("WHO 2006"),
    "pwtag": _("PWTAG (United Kingdom)"),
    "din-19643-2023": _("DIN 19643:2023 (Germany)"),
}

VIAS = {
    "portal": _("in the portal"),
    "button": _("by the button"),
}


def tone_of(alarm: Alarm) -> str:
    """How an alarm looks: urgent or a warning."""
    return "urgent" if alarm.severity == "urgent" else "warning"


def state_of(alarm: Alarm) -> str:
    """What an alarm's state is called: a value of STATES."""
    return STATES["closed" if alarm.closed else alarm.state]
