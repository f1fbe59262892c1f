"""What brings VMs and their parts in, keeps or gives them out, cancelled at each of its boundaries: it goes through, or
it leaves nothing and can be asked for again."""

from collections.abc import Iterator

import pytest

from tests.support.backup_scenarios import BACKUP_SCENARIOS
from tests.support.cancelling import Cancelling, cancel_everywhere
from tests.support.crashes import sampled
from tests.support.leaks import leaks
from tests.support.package_scenarios import PACKAGE_SCENARIOS
from tests.support.scenarios import IMAGE_SCENARIOS, REPOSITORY_SCENARIOS
from tests.support.system import System
from tests.support.warm_scenarios import WARM_SCENARIOS

pytestmark = pytest.mark.slow
EVERY = (
    IMAGE_SCENARIOS | REPOSITORY_SCENARIOS | PACKAGE_SCENARIOS | WARM_SCENARIOS | BACKUP_SCENARIOS
)
HERE = (
    "image.import",
    "repository.create",
    "repository.adopt",
    "vm.import",
    "vm.export",
    "warm-import.begin",
    "warm-import.cut-over",
    "backup.create",
    "backup.create, off",
    "backup.restore",
)
"""What makes something in several steps."""
THOROUGH = ("image.import", "vm.import", "vm.export", "warm-import.cut-over", "backup.create")


@pytest.fixture(scope="module")
def cancelling(tmp_path_factory: pytest.TempPathFactory) -> Cancelling:
    made = Cancelling(tmp_path_factory.mktemp("hook"))
    made.install()
    return made


@pytest.fixture(scope="module")
def system(cancelling: Cancelling, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    env = {"MILLPOND_MANAGER_FAULT_HOOK": str(cancelling.hook)}
    with System(tmp_path_factory.mktemp("cancel"), manager_env=env) as made:
        made.make_pool()
        yield made


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", sampled(HERE, thorough=THOROUGH))
def test_cancelled_at_any_boundary(system: System, cancelling: Cancelling, name: str) -> None:
    stage = system.stage
    cancel_everywhere(
        cancelling,
        stage,
        name.partition(",")[0],
        EVERY[name],
        lambda: leaks(system.root, stage, system.guests()),
    )
