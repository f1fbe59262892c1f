"""What holds for all tests."""

from collections.abc import Iterator

import pytest

from tests.support.postgres import Postgres, binaries


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
