"""Refusals: what a person asked for and cannot have, all mistakes at once, in words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake. `text` is marked for translation and has `values` filled in; `about` names the argument meant."""

    text: str
    values: Mapping[str, Any] = field(default_factory=dict)
    about: str = ""

    def __str__(self) -> str:
        return self.text.format(**self.values)


class Refused(Exception):
    """Raised when what was asked for contradicts itself or the state of things; nothing has changed then."""

    def __init__(self, *mistakes: Mistake) -> None:
        super().__init__("; ".join(map(str, mistakes)))
        self.mistakes = mistakes


def refuse_if(mistakes: Iterable[Mistake]) -> None:
    """Raise Refused with these mistakes, if there are any."""
    found = tuple(mistakes)
    if found:
        raise Refused(*found)
