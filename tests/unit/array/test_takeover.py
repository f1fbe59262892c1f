"""Taking over from a dead storage processor, whatever else goes wrong."""

import asyncio
from pathlib import Path

import pytest

from millpond.array import journal, takeover
from millpond.array.processor import Processor
from millpond.array.state.counter import SharedCounter
from millpond.array.store.masking import StoredMasking
from tests.support.storage import Storage


async def test_a_record_that_cannot_be_read_does_not_end_the_watch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    storage = Storage(tmp_path / "array")
    root = storage.array.root
    processor = Processor(root, "A", StoredMasking(storage.store))
    with (root / "array.journal").open("ab") as file:
        file.write(journal.framed(b'{"of": "another version"}'))
    SharedCounter(root / "array.counter").add()
    monkeypatch.setattr(takeover, "EVERY", 0.02)
    lun = storage.store.state().luns[1]
    assert lun.default_owner == "B"
    watching = asyncio.ensure_future(takeover.watch(processor, storage.store))
    async with asyncio.timeout(10):
        while processor.state.of(bytes.fromhex(lun.wwn)).owner != "A":
            assert not watching.done()
            await asyncio.sleep(0.02)
    assert "cannot be watched" in caplog.text
    watching.cancel()
    storage.store.close()
