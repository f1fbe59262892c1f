"""The crash matrix leaves no operation out."""

from millpond.operations.registry import OPERATIONS
from tests.support.backup_scenarios import BACKUP_SCENARIOS
from tests.support.clone_scenarios import CLONE_SCENARIOS
from tests.support.cloud_init_scenarios import CLOUD_INIT_SCENARIOS
from tests.support.disk_scenarios import DISK_SCENARIOS
from tests.support.driver_scenarios import DRIVER_SCENARIOS
from tests.support.lun_scenarios import LUN_SCENARIOS
from tests.support.package_scenarios import PACKAGE_SCENARIOS
from tests.support.scenarios import SCENARIOS
from tests.support.snapshot_scenarios import SNAPSHOT_SCENARIOS
from tests.support.warm_scenarios import WARM_SCENARIOS


def test_every_operation_has_a_scenario() -> None:
    """ "kind" or "kind, how it differs"."""
    every = SCENARIOS | PACKAGE_SCENARIOS | BACKUP_SCENARIOS
    every |= CLOUD_INIT_SCENARIOS | WARM_SCENARIOS | CLONE_SCENARIOS
    every |= DISK_SCENARIOS | DRIVER_SCENARIOS | LUN_SCENARIOS | SNAPSHOT_SCENARIOS
    assert {name.partition(",")[0] for name in every} == OPERATIONS.keys()
