"""kill -9 at every step boundary of every operation on a VM, of the manager and of the agents.

Whatever dies is started again at once, as a service manager would. The guests are fakes, which
makes a crash cost a second; ``tests/lab/test_crash_matrix.py`` kills libvirtd under real ones.
"""

from collections.abc import Iterator

import pytest

from tests.support.cloud_init_scenarios import CLOUD_INIT_SCENARIOS
from tests.support.crashes import sampled
from tests.support.driver_scenarios import DRIVER_SCENARIOS
from tests.support.package_scenarios import PACKAGE_SCENARIOS
from tests.support.scenarios import VM_SCENARIOS
from tests.support.system import System
from tests.support.warm_scenarios import WARM_SCENARIOS
from tests.system.crashing import crashing_system, survives_any_crash

pytestmark = pytest.mark.slow
HERE = VM_SCENARIOS | PACKAGE_SCENARIOS | CLOUD_INIT_SCENARIOS | WARM_SCENARIOS | DRIVER_SCENARIOS
USUAL = ("vm.create", "vm.migrate", "vm.delete")
THOROUGH = (
    "vm.start",
    "vm.reboot",
    "vm.edit",
    "vm.migrate, not live",
    "vm.import",
    "vm.export",
    "warm-import.cut-over",
)


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    with crashing_system(tmp_path_factory.mktemp("crash")) as made:
        yield made


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", sampled(HERE, usual=USUAL, thorough=THOROUGH))
def test_any_crash_at_any_boundary(system: System, name: str) -> None:
    survives_any_crash(system, HERE[name])
