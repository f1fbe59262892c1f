"""Holding writes in two storage processors: what it does when one of them does not come to rest, or comes up
or goes down amid it. What is held is in tests/system/test_array_hold.py."""

import asyncio
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from millpond.array import processor as processors
from millpond.array.exports import SpName
from millpond.array.model import snaps
from millpond.array.model.refusals import Refusal
from millpond.array.model.types import SPS, Role, User
from millpond.array.navisphere.context import Context
from millpond.array.processor import Processor
from millpond.array.serve import FrontOwners
from millpond.array.state.peer import hold_life
from millpond.array.store.masking import StoredMasking
from millpond.array.store.store import NotHeld
from millpond.array.unit import Task
from tests.support.storage import EXAMPLE, Storage


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[Storage]:
    """With no SP running."""
    storage = Storage(tmp_path / "array")
    yield storage
    storage.store.close()


@pytest.fixture
def bystander() -> Iterator["subprocess.Popen[bytes]"]:
    """The process that an SP would kill for its peer, instead of the tests' own."""
    with subprocess.Popen(["sleep", "60"]) as child:
        yield child
        child.kill()


async def serving(storage: Storage, sp: SpName, bystander: "subprocess.Popen[bytes]") -> Processor:
    """SP ``sp`` in this process."""
    processor = Processor(storage.array.root, sp, StoredMasking(storage.store))
    (storage.array.root / f"sp-{sp.lower()}.lock").write_text(str(bystander.pid))
    await processor.serve_peer()
    return processor


def slow_command(processor: Processor) -> Task:
    """One that a disk has, and does not end."""
    path = processor.login(f"{EXAMPLE}:one", "800000000001", 0).paths[0]
    task = Task(path.nexus, 1, lambda: None)
    task.abort = None
    path.unit.tasks.add(task)
    return task


def snapshot(storage: Storage, front: FrontOwners) -> None:
    user = User(name="u", role=Role.ADMINISTRATOR, scope="global", password="")
    context = Context(storage.store, "A", user, lambda _: True, front)
    context.copy(lambda state, _: snaps.create(state, "s", [0]))


@pytest.mark.parametrize("slow", ["A", "B"])
async def test_a_snapshot_under_a_slow_write_is_refused_and_nobody_is_harmed(
    storage: Storage,
    bystander: "subprocess.Popen[bytes]",
    monkeypatch: pytest.MonkeyPatch,
    slow: SpName,
) -> None:
    sps = {sp: await serving(storage, sp, bystander) for sp in SPS}
    front = FrontOwners(sps["A"])
    task = slow_command(sps[slow])
    monkeypatch.setattr(processors, "REST", 0.3)
    monkeypatch.setattr("millpond.array.hold.REST", 0.3)
    with pytest.raises(Refusal, match=r"commands of hosts .* did not end within"):
        await asyncio.to_thread(snapshot, storage, front)
    assert storage.store.state().snaps == {}
    assert not sps["A"].held
    await asyncio.wait_for(sps["B"].free(), 5)
    assert bystander.poll() is None
    task.end()


async def test_a_hold_that_the_peer_did_not_share_to_the_end_is_none(
    storage: Storage, bystander: "subprocess.Popen[bytes]"
) -> None:
    front = FrontOwners(await serving(storage, "A", bystander))

    def comes_up() -> None:
        with front.hold() as hold:
            hold.verify()
            hold_life(storage.array.root, "B")
            hold.verify()

    def goes_down() -> None:
        storage.start("B")
        with front.hold() as hold:
            hold.verify()
            storage.kill("B")
            hold.verify()

    with pytest.raises(NotHeld, match="went down"):
        await asyncio.to_thread(goes_down)
    with pytest.raises(NotHeld, match="came up"):
        await asyncio.to_thread(comes_up)
