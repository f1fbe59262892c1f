"""What holds for all tests."""

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Cheap tests first: those on real servers only mean something when the others pass."""
    items.sort(key=lambda item: [item.get_closest_marker(m) is not None for m in ("lab", "slow")])
