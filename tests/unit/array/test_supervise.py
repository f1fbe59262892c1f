"""What keeps storage processors running, when the array cannot be read."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from millpond.array import supervise
from millpond.array.store.store import Store
from tests.unit.array.arrays import stored


def test_an_sp_is_started_when_the_state_can_be_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, real = stored(tmp_path), Store.state
    failures = [OSError(24, "Too many open files"), ValueError("no state")]
    started = asyncio.Event()

    async def start(_command: Sequence[str]) -> None:
        started.set()

    def state(self: Store) -> object:
        if failures:
            raise failures.pop()
        return real(self)

    async def scenario() -> None:
        keeping = asyncio.ensure_future(supervise.keep(store, "A", ()))
        waiting = asyncio.ensure_future(started.wait())
        await asyncio.wait([keeping, waiting], timeout=30, return_when=asyncio.FIRST_COMPLETED)
        assert started.is_set()
        keeping.cancel()
        await asyncio.wait([keeping])

    monkeypatch.setattr(supervise, "PAUSE", 0.0)
    monkeypatch.setattr(supervise, "_run", start)
    monkeypatch.setattr(Store, "state", state)
    asyncio.run(scenario())
    store.close()
