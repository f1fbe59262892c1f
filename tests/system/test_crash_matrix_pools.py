"""kill -9 at every step boundary of every operation on a pool or a server, of the manager and of the agents.

Whatever dies is started again at once, as a service manager would. The guests are fakes, which
makes a crash cost a second; ``tests/lab/test_crash_matrix.py`` kills libvirtd under real ones.
"""

from collections.abc import Iterator

import pytest

from tests.support.crashes import sampled
from tests.support.scenarios import SCENARIOS, VM_SCENARIOS
from tests.support.system import System
from tests.system.crashing import crashing_system, survives_any_crash

pytestmark = pytest.mark.slow
HERE = [name for name in SCENARIOS if name not in VM_SCENARIOS]
THOROUGH = (
    "image.import",
    "repository.create",
    "vm.create, elsewhere",
    "pool.add_server",
    "pool.adopt",
    "pool.create",
    "server.reboot",
)


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    with crashing_system(tmp_path_factory.mktemp("crash")) as made:
        yield made


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", sampled(HERE, thorough=THOROUGH))
def test_any_crash_at_any_boundary(system: System, name: str) -> None:
    survives_any_crash(system, SCENARIOS[name])
