"""Both databases, for everything that stands on the store."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from millpond.manager.store import Store
from tests.support.postgres import Postgres


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'manager.db'}"
    running: Postgres = request.getfixturevalue("postgres")
    return running.database()


@pytest.fixture
async def store(database: str) -> AsyncIterator[Store]:
    opened = Store(database)
    await opened.open()
    yield opened
    await opened.close()
