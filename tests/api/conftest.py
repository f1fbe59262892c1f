"""A manager for each test that asks for one."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.api.running import Running, run


@pytest_asyncio.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    async with run(tmp_path / "state") as found:
        yield found
