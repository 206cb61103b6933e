"""The portal for tests that change nothing of each other's, and a fresh one for those that do."""

from collections.abc import Iterator

import pytest

from tests.portal.people import Person
from tests.portal.served import Portal, serve


@pytest.fixture
def portal(tmp_path) -> Iterator[Portal]:
    with serve(tmp_path) as portal:
        yield portal


@pytest.fixture
def lee(portal: Portal) -> Person:
    return Person(portal, "lee", "attendant")


@pytest.fixture
def mei(portal: Portal) -> Person:
    return Person(portal, "mei", "manager")


@pytest.fixture
def fang(portal: Portal) -> Person:
    return Person(portal, "fang", "front-desk")
