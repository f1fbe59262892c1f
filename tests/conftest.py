"""What holds for all tests."""

import signal
from collections.abc import Iterator

import pytest

from tests.support.postgres import Postgres, binaries


def pytest_configure() -> None:
    """A shell ignores SIGINT for what it runs in the background, and children inherit that; tests
    press Ctrl-C."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Cheap tests first: those on real servers only mean something when the others pass."""
    items.sort(key=lambda item: [item.get_closest_marker(m) is not None for m in ("lab", "slow")])


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    programs = binaries()
    if programs is None:
        pytest.skip("PostgreSQL's server programs are not installed")
    with Postgres(programs) as running:
        yield running
