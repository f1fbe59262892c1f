"""Broken PDUs and CDBs; ``python -m bench.array_fuzz`` sends as many as one has time for."""

from pathlib import Path

import pytest

from bench.array_fuzz import fuzz


@pytest.mark.parametrize("seed", [1, 2])
async def test_nothing_takes_the_target_down(tmp_path: Path, seed: int) -> None:
    sessions = await fuzz(tmp_path, 3000, seed)
    assert sessions > 1
