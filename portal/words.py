"""Words: what states, severities, changes and notices are called on the pages."""

from ingest.words import mark as _

# Said once on the next page after something was done.
NOTICES = {
    "acknowledged": _("Acknowledged."),
    "noted": _("The note is in the alarm's history."),
    "closed": _("The alarm is closed."),
    "changed": _("The change of the disinfectant is logged."),
    "already-changed": _("This change was already logged; nothing was logged twice."),
    "limit-set": _("The new limit is in force."),
    "hours-set": _("The new opening hours are in force."),
    "silence-set": _("The silence times are in force."),
    "adopted": _("The device is adopted; its limits count from now on."),
    "password-set": _("Your password is changed. Other devices were signed out."),
}
