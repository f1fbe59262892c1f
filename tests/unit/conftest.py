"""Both databases, for everything that stands on the store; the command line and its manager."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from millpond.manager.store import Store
from tests.support.cli import Result, Run, Script, run_cli, scripted_manager
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


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Script]:
    with scripted_manager() as script:
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
        monkeypatch.setenv("MILLPOND_URL", script.url)
        monkeypatch.setenv("MILLPOND_TOKEN", "mps_t")
        monkeypatch.setenv("NO_PROXY", "*")
        yield script


@pytest.fixture
def run(script: Script, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    def call(*args: str, program: str = "millpond") -> Result:
        return run_cli(capsys, monkeypatch, *args, program=program)

    return call
