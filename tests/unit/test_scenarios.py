"""The crash matrix leaves no operation out."""

from millpond.operations.registry import OPERATIONS
from tests.support.package_scenarios import PACKAGE_SCENARIOS
from tests.support.scenarios import SCENARIOS


def test_every_operation_has_a_scenario() -> None:
    """ "kind" or "kind, how it differs"."""
    assert {name.partition(",")[0] for name in SCENARIOS | PACKAGE_SCENARIOS} == OPERATIONS.keys()
