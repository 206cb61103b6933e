"""The menu: what can be opened, in the order in which it is shown."""

from dataclasses import dataclass

from ingest.words import mark as _


@dataclass(frozen=True, slots=True)
class Entry:
    """A page in the menu. The `main` ones stand in the bar, the others behind the person's name."""

    path: str
    label: str
    icon: str
    main: bool = True


MENU = (
    Entry("/", _("Overview"), "layout-dashboard"),
    Entry("/alarms", _("Alarms"), "bell"),
    Entry("/trends", _("Trends"), "chart-line"),
    Entry("/foot-bath", _("Foot bath"), "shoe"),
    Entry("/limits", _("Limits"), "adjustments-horizontal", main=False),
    Entry("/hours", _("Opening hours"), "clock", main=False),
    Entry("/discovered", _("New devices"), "radar-2", main=False),
)
