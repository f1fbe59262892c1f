"""The crash matrix for what happens to a VM's disks: a file of its own, for another process runs it."""

from collections.abc import Iterator

import pytest

from tests.support.backup_scenarios import BACKUP_SCENARIOS
from tests.support.clone_scenarios import CLONE_SCENARIOS
from tests.support.crashes import sampled
from tests.support.disk_scenarios import DISK_SCENARIOS
from tests.support.lun_scenarios import LUN_SCENARIOS
from tests.support.snapshot_scenarios import SNAPSHOT_SCENARIOS
from tests.support.system import System
from tests.system.crashing import crashing_system, survives_any_crash

pytestmark = pytest.mark.slow
HERE = BACKUP_SCENARIOS | CLONE_SCENARIOS | DISK_SCENARIOS | LUN_SCENARIOS | SNAPSHOT_SCENARIOS
THOROUGH = (
    "backup.create",
    "vm.clone, running",
    "disk.move",
    "vm.move, running",
    "lun.create",
    "snapshot.revert, with memory",
    "schedule.run",
)


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    with crashing_system(tmp_path_factory.mktemp("crash")) as made:
        yield made


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", sampled(HERE, thorough=THOROUGH))
def test_any_crash_at_any_boundary(system: System, name: str) -> None:
    survives_any_crash(system, HERE[name])
