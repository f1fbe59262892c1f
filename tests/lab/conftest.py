"""Real labs for tests. They need root and the packages of packaging/debian-packages.txt."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from millpond.lab.lab import Lab


@pytest.fixture(scope="module")
def lab_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory for labs of this test module only."""
    return tmp_path_factory.mktemp("labs")


@pytest.fixture(scope="module")
def lab(lab_root: Path) -> Iterator[Lab]:
    """A lab with two running servers, shared by the tests of a module."""
    made = Lab(f"test{os.getpid()}", lab_root)
    made.up(2)
    yield made
    made.down()
