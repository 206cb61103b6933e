"""The API keeps to its OpenAPI document, whatever is asked."""

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, assume, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance
from starlette.datastructures import State

from monitor import registry
from monitor.alarms import AlarmChange
from monitor.duties import FOOT_BATH
from monitor.progress import Latest
from monitor.records import writing
from portal.api.app import create_api
from tests.portal.served import NOON, serve
from tests.portal.test_api_records import make_alarm

schema = schemathesis.openapi.from_dict(create_api(State()).openapi())

# That a range is too long for its buckets, or ends before it starts, no schema can say.
EXCEPTIONS = {"/readings": [positive_data_acceptance]}


@pytest.fixture(scope="module")
def portal(tmp_path_factory):
    with serve(tmp_path_factory.mktemp("portal")) as portal:
        portal.measure("main/ph", [(NOON, 7.4)])
        portal.add(Latest(site="lakeside", place="main", name="ph", time=NOON, value=7.4, received=NOON, heard=NOON))
        portal.add(make_alarm(0), make_alarm(1, quantity="access", value=None, worst=None))
        portal.add(AlarmChange(alarm_id=1, at=NOON, what="raised", before="normal", after="unacknowledged"))
        with writing(portal.records) as session:
            registry.log_duty(session, FOOT_BATH.key, "lakeside", "foot-bath", "lee", NOON, "portal", NOON)
        portal.session = requests.Session()
        portal.session.headers["Authorization"] = f"Bearer {portal.token}"
        yield portal
        portal.session.close()


@schema.parametrize()
@settings(max_examples=40, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
def test_every_answer_is_as_described(case, portal):
    # An empty list or null leaves nothing in the address that could be wrong.
    assume(all(value not in ([], {}, None) for value in (case.query or {}).values()))
    excluded = EXCEPTIONS.get(case.path, [])
    case.call_and_validate(base_url=f"{portal.url}/api/v1", session=portal.session, excluded_checks=excluded)
