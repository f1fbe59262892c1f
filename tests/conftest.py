"""What holds for all tests."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.support.postgres import Postgres, binaries


def pytest_configure() -> None:
    """A shell ignores SIGINT for what it runs in the background, and children inherit that; tests
    press Ctrl-C."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    # Nor is a machine that stands still for a moment a finding of Hypothesis.
    settings.register_profile("millpond", deadline=None)
    settings.load_profile("millpond")


LONGEST = (
    "tests/system/test_crash_matrix_pools.py",
    "tests/unit/jobs/test_crashes.py",
    "tests/system/test_crash_matrix_disks.py",
    "tests/system/test_crash_matrix.py",
    "tests/lab/test_crash_matrix.py",
    "tests/contract/test_hypervisor.py",
    "tests/lab/test_pool.py",
    "tests/lab/test_ha.py",
)
"""Files that take minutes. A file is run by one process: one that begins last is waited for alone."""
LABS = {
    "tests/contract/test_backups.py": pytest.mark.exhaustive,
    "tests/contract/test_hot_disks.py": pytest.mark.thorough,
    "tests/contract/test_hypervisor_layers.py": pytest.mark.thorough,
    "tests/contract/test_hypervisor_libvirt.py": pytest.mark.thorough,
    "tests/contract/test_hypervisor_saved.py": pytest.mark.thorough,
    "tests/contract/test_hypervisor_snapshots.py": pytest.mark.exhaustive,
    "tests/contract/test_moving_disks.py": pytest.mark.thorough,
}
"""``make test`` holds the fakes to these contracts. Of snapshots and backups CI has whole stories on real servers
(tests/lab)."""


@pytest.hookimpl(tryfirst=True)  # before what -m leaves out is decided
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Cheap files first: those on real servers only mean something when the others pass. Among those
    with slow tests, the longest."""
    root = Path(__file__).parents[1]

    def file(item: pytest.Item) -> str:
        return str(item.path.relative_to(root))

    def lab(item: pytest.Item) -> bool:
        return item.get_closest_marker("lab") is not None

    for item in items:
        if lab(item) and file(item) in LABS:
            item.add_marker(LABS[file(item)])
    slow = {(lab(i), i.path) for i in items if i.get_closest_marker("slow") is not None}

    def when(item: pytest.Item) -> tuple[bool, bool, int]:
        rank = LONGEST.index(file(item)) if file(item) in LONGEST else len(LONGEST)
        return lab(item), (lab(item), item.path) in slow, rank

    items.sort(key=when)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    programs = binaries()
    if programs is None:
        pytest.skip("PostgreSQL's server programs are not installed")
    with Postgres(programs) as running:
        yield running
