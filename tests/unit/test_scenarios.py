"""The crash matrix leaves no operation out."""

from millpond.operations.registry import OPERATIONS
from tests.support.backup_scenarios import BACKUP_SCENARIOS
from tests.support.package_scenarios import PACKAGE_SCENARIOS
from tests.support.scenarios import SCENARIOS


def test_every_operation_has_a_scenario() -> None:
    """ "kind" or "kind, how it differs"."""
    every = SCENARIOS | PACKAGE_SCENARIOS | BACKUP_SCENARIOS
    assert {name.partition(",")[0] for name in every} == OPERATIONS.keys()
