"""Every operation against what its description says, with data nobody would think of.

Whatever is sent, the answer has a documented status, content type, headers and body, and is never
a server error; what the description forbids is refused; and nothing is served without a token.
"""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.specs.openapi import checks

from millpond.manager.api.app import build
from tests.support.system import System

SCHEMA = schemathesis.openapi.from_dict(build().openapi())

CHECKS = [
    schemathesis.checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
    checks.missing_required_header,
    checks.unsupported_method,
    checks.ignored_auth,
]
ENDLESS = "follow_events"
"""A stream that never ends; ``test_vms_api`` follows it."""


@pytest.fixture(scope="module")
def token(system: System) -> Iterator[str]:
    """An API token: a session could be ended by the test of signing out."""
    body = {"pool": "pool1", "name": "web1", "template": "tiny"}
    system.api.do("POST", "/vms", body)
    issued = system.api("POST", "/tokens", {"name": "schemathesis"})
    yield issued["secret"]
    assert system.api("GET", "/healthz/ready") == {"ok": True}


@SCHEMA.exclude(operation_id=ENDLESS).parametrize()
@settings(
    max_examples=10,
    deadline=None,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
def test_an_operation(case: schemathesis.Case[Any], system: System, token: str) -> None:
    case.call_and_validate(
        base_url=system.api.url,
        headers={"Authorization": f"Bearer {token}"},
        verify=system.api.ca,
        checks=CHECKS,
        timeout=60,
    )
