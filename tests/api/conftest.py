"""A manager for each test that asks for one; a whole system, with agents, for each file."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from millpond.manager import logs
from tests.api.running import Running, run
from tests.support.system import System

logs.set_up("console", "error")


@pytest_asyncio.fixture
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    async with run(tmp_path_factory.mktemp("manager") / "state") as found:
        yield found


@pytest_asyncio.fixture(params=["sqlite", "postgresql"])
async def on_both(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Running]:
    """The same on each database: they do not mind the same things."""
    settings = {}
    if request.param == "postgresql":
        settings["database"] = request.getfixturevalue("postgres").database()
    async with run(tmp_path_factory.mktemp("manager") / "state", **settings) as found:
        yield found


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """Three servers with fake guests in pool ``pool1``, behind a real manager."""
    with System(tmp_path_factory.mktemp("system") / "run") as found:
        found.make_pool()
        yield found
