"""Permissions: who may do what, declared once; each page and each action names what it needs."""

from enum import StrEnum, auto


class Act(StrEnum):
    """What a page or an action is, in the eyes of the permissions."""

    SEE = auto()
    ACKNOWLEDGE = auto()
    NOTE = auto()
    CLOSE = auto()
    CHANGE_FOOT_BATH = auto()
    SET_LIMITS = auto()
    SET_HOURS = auto()
    NAME_SITE = auto()
    SET_SILENCE = auto()
    ADOPT = auto()


_EVERYBODY = frozenset(
    {"general-manager", "manager", "supervisor", "front-desk", "specialist", "cashier", "attendant"},
)
_AT_THE_POOL = frozenset({"attendant", "supervisor", "manager", "general-manager"})
_MANAGER = frozenset({"manager"})

ALLOWED = {
    Act.SEE: _EVERYBODY,
    Act.ACKNOWLEDGE: _AT_THE_POOL,
    Act.NOTE: _AT_THE_POOL,
    Act.CLOSE: _AT_THE_POOL,
    Act.CHANGE_FOOT_BATH: _AT_THE_POOL,
    Act.SET_LIMITS: _MANAGER,
    Act.SET_HOURS: _MANAGER,
    Act.NAME_SITE: _MANAGER,
    Act.SET_SILENCE: _MANAGER,
    Act.ADOPT: _MANAGER,
}
