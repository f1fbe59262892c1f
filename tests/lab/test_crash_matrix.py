"""kill -9 of every server's libvirtd at every step boundary of every operation, under real guests.

The servers' init starts libvirtd again; the guests must not notice and the job must end as ever.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from millpond.domain.errors import Refused
from tests.lab.pool import PoolLab, pool_lab, wait_until
from tests.support.backup_scenarios import BACKUP_SCENARIOS
from tests.support.clone_scenarios import CLONE_SCENARIOS
from tests.support.cloud_init_scenarios import CLOUD_INIT_SCENARIOS
from tests.support.crashes import Crashes, Victims, rehearse, sampled
from tests.support.disk_scenarios import DISK_SCENARIOS
from tests.support.leaks import leaks
from tests.support.package_scenarios import PACKAGE_SCENARIOS
from tests.support.scenarios import SCENARIOS, Stage
from tests.support.snapshot_scenarios import SNAPSHOT_SCENARIOS
from tests.support.truth import servers, virsh
from tests.support.warm_scenarios import WARM_SCENARIOS

pytestmark = [pytest.mark.lab, pytest.mark.slow]
IN_AND_OUT = PACKAGE_SCENARIOS | CLOUD_INIT_SCENARIOS | WARM_SCENARIOS
HERE = (
    SCENARIOS
    | BACKUP_SCENARIOS
    | CLONE_SCENARIOS
    | DISK_SCENARIOS
    | SNAPSHOT_SCENARIOS
    | IN_AND_OUT
)
THOROUGH = (
    "vm.create",
    "vm.migrate",
    "vm.clone, running",
    "vm.move, running",
    "backup.create",
    "server.reboot",
)
"""Each asks something else of libvirt; the others, half a minute each, are exhaustive."""
IMPORTS = "/var/lib/millpond/import"


@pytest.fixture(scope="module")
def crashes(tmp_path_factory: pytest.TempPathFactory) -> Crashes:
    return Crashes(tmp_path_factory.mktemp("crashes"))


@pytest.fixture(scope="module")
def imports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What all servers may import from."""
    return tmp_path_factory.mktemp("imports")


@pytest.fixture(scope="module")
def pool(
    crashes: Crashes, imports: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[PoolLab]:
    crashes.install()
    with pool_lab(tmp_path_factory.mktemp("pool")) as made:
        settings = made.lab.layout.manager_settings
        settings.write_text(f'fault_hook = "{crashes.hook}"\n')
        made.restart_manager()
        for server in servers(made.lab):
            for argv in (["mkdir", "-p", IMPORTS], ["mount", "--bind", str(imports), IMPORTS]):
                assert made.lab.exec(server, argv).returncode == 0
        yield made


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", sampled(HERE, thorough=THOROUGH))
def test_libvirtd_may_die_at_any_boundary(
    pool: PoolLab, crashes: Crashes, imports: Path, name: str
) -> None:
    stage = Stage(
        pool.api,
        here=str(pool.lab.shared),
        imports=IMPORTS,
        imports_here=str(imports),
        switch_on=pool.lab.boot,
    )

    def victims() -> Victims:
        inits = [s.pid for s in pool.lab.status().servers if s.pid is not None]
        return Victims(parents=tuple(inits), name="libvirtd")

    def answering() -> bool:
        asked = ["virsh", "-c", "qemu:///system", "list"]
        try:
            return all(pool.lab.exec(s, asked).returncode == 0 for s in servers(pool.lab))
        except Refused:
            return False  # one has gone off at this moment

    def running() -> dict[str, list[str]]:
        """By the servers' own word."""
        found: dict[str, list[str]] = {}
        for server in servers(pool.lab):
            for vm in virsh(pool.lab, server, "list", "--uuid").split():
                found.setdefault(vm, []).append(server)
        return found

    rehearse(
        crashes,
        stage,
        HERE[name],
        {"every libvirtd": victims},
        lambda: wait_until(answering, 120, "every libvirtd answers again"),
        lambda: leaks(pool.lab.shared, stage, running()),
    )
