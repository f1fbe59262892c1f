"""What a primary image's SP does before a host's write is acknowledged. The other array is played here."""

import asyncio
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

from millpond.array.engine.copy import PIECE
from millpond.array.engine.file import LunFile
from millpond.array.link.client import LinkDown
from millpond.array.link.frames import Op
from millpond.array.mirroring.replica import Replica
from millpond.array.mirroring.secondary import Secondary
from millpond.array.model import mirrors, pool_luns, pools, remotes
from millpond.array.model.mirror_types import Fractured, ImageState, Mirror
from millpond.array.model.refusals import Refusal
from millpond.array.model.state import State
from millpond.array.model.types import LunKind, Rate
from millpond.array.store import files
from millpond.array.store.store import Store
from tests.unit.array.arrays import stored
from tests.unit.array.test_mirrors import FAR, OTHER

BLOCKS = 65536


class Other:
    """The other array, and the link to it: ``asked`` is what reached it; ``down``, whether nothing does."""

    def __init__(self) -> None:
        self.asked: list[tuple[Op | str, int, int]] = []
        self.down = False
        self.told = asyncio.Event()
        self.telling = 0

    @property
    def connection(self) -> "Other":
        return self

    async def ask(
        self,
        op: Op,
        uid: bytes,
        epoch: int,
        fractures: int,
        at: int,
        length: int,
        data: Any,
        _: Any,
    ) -> bytes:
        if self.down:
            raise LinkDown("it is down")
        self.asked.append((op, at, length or len(data)))
        return b""

    async def restored(self) -> bool:
        return False

    async def fence(self, mirror: Mirror) -> None:
        self.asked.append(("fence", 0, 0))

    async def left_behind(self, mirror: Mirror) -> None:
        self.telling += 1
        await self.told.wait()


def with_lun(state: State, usage: Any) -> State:
    state = pools.create(state, "P", [f"0_0_{n}" for n in range(5)])
    return pool_luns.create(state, usage, state.pools[0], BLOCKS, kind=LunKind.THIN, number=0)


def with_image(state: State, _: Any) -> State:
    state = mirrors.create(remotes.link(state, OTHER), "m", 0, True, "")
    return mirrors.add_image(state, "m", "TWO", "6006", "boot", True, Rate.HIGH)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """LUN 0 has an image that is synchronized."""
    with closing(stored(tmp_path)) as made:
        made.change(with_lun, 1.0)
        uid = made.change(with_image, 1.0).mirrors["m"].uid
        made.change(lambda state, _: mirrors.finish(state, uid, 1), 1.0)
        yield made


def replica(store: Store, other: Other) -> Replica:
    mirror = store.state().mirrors["m"]
    link: Any = other
    path = files.mirror_map(store.root, mirror)
    return Replica(store, mirror.uid, path, lambda _: link, other.left_behind, other.fence)


def file(store: Store) -> LunFile:
    return LunFile(str(files.path_of(store.root, store.state().luns[0])))


async def waits(work: asyncio.Future[bool]) -> None:
    for _ in range(20):
        await asyncio.sleep(0.005)
    assert not work.done()


async def test_the_longest_write_fits_into_what_a_link_carries(store: Store) -> None:
    other = Other()
    one = replica(store, other)
    with closing(file(store)) as lun:
        assert await one.carry(lun, [(512, 32 << 20)], bytes(32 << 20))
    assert {op for op, *_ in other.asked} == {Op.WRITE}
    assert [at for _, at, _ in other.asked] == list(range(512, 512 + (32 << 20), PIECE))


async def test_nothing_is_acknowledged_before_the_other_array_knows_of_a_fracture(
    store: Store,
) -> None:
    """In the SP that records it, and in its peer, also for writes that come later."""
    other = Other()
    one, peer = replica(store, other), replica(store, other)
    other.down = True
    with closing(file(store)) as lun:
        first = asyncio.ensure_future(one.carry(lun, [(0, 512)], bytes(512)))
        while not other.telling:
            await asyncio.sleep(0.005)
        assert store.state().mirrors["m"].fractured is Fractured.SYSTEM
        later = [asyncio.ensure_future(sp.carry(lun, [(0, 512)], bytes(512))) for sp in (one, peer)]
        for work in (first, *later):
            await waits(work)
        other.told.set()
        assert await asyncio.gather(first, *later) == [False] * 3
        told = other.telling
        assert not await one.carry(lun, [(0, 512)], bytes(512))
        assert other.telling == told, "it is told once"


async def test_an_administrators_fracture_is_known_there_before_hosts_go_on(store: Store) -> None:
    other = Other()
    one = replica(store, other)
    store.change(lambda state, _: mirrors.fracture(state, "m", FAR), 2.0)
    with closing(file(store)) as lun:
        work = asyncio.ensure_future(one.carry(lun, [(0, 512)], bytes(512)))
        await waits(work)
        other.told.set()
        assert not await work
    assert other.asked == []


async def test_what_was_carried_amid_a_fracture_stays_marked(store: Store) -> None:
    """The other array may have lost it since, or be about to take only what is marked."""
    other = Other()
    one = replica(store, other)
    other.told.set()

    class Parting(Other):
        async def ask(self, *_: Any) -> bytes:
            store.change(lambda state, _: mirrors.fracture(state, "m", FAR), 2.0)
            store.change(lambda state, _: mirrors.begin(state, "m", FAR, "boot"), 2.0)
            return b""

    parting: Any = Parting()
    one._links = lambda _: parting
    with closing(file(store)) as lun:
        assert not await one.carry(lun, [(0, 512)], bytes(512))
    assert store.state().mirrors["m"].state is ImageState.SYNCHRONIZING


async def test_without_its_marks_a_mirror_is_fractured(store: Store) -> None:
    other = Other()
    other.told.set()
    one = replica(store, other)
    one.flight.changes._map[:16] = bytes(16)  # written in another boot
    with closing(file(store)) as lun:
        assert not await one.carry(lun, [(0, 512)], bytes(512))
    assert store.state().mirrors["m"].why == "the array has lost power"
    assert other.asked == []


async def test_what_a_dead_sp_sent_does_not_come_after_what_is_sent_for_it(store: Store) -> None:
    other = Other()
    one, dead = replica(store, other), replica(store, other)
    await dead.flight.enter(0, 512)
    dead.flight.close()
    with closing(file(store)) as lun:
        flown = await one.flight.enter(0, 1024)
        assert await one.carry(lun, [(0, 1024)], bytes(1024), inherited=flown.inherited)
        beyond = await one.flight.enter(1 << 20, 512)
        assert await one.carry(lun, [(1 << 20, 512)], bytes(512), inherited=beyond.inherited)
    assert other.asked == [("fence", 0, 0), (Op.WRITE, 0, 1024), (Op.WRITE, 1 << 20, 512)]


async def test_a_primary_image_is_not_made_a_secondary_one_while_it_differs(store: Store) -> None:
    secondary, uid = Secondary(Mock(), store), store.state().mirrors["m"].uid
    secondary._check_alike(uid)
    dead = replica(store, Other())
    await dead.flight.enter(0, 512)
    with pytest.raises(Refusal, match="ask again"):
        secondary._check_alike(uid)
    dead.flight.changes.clear(0)
    dead.flight.changes._map[:16] = bytes(16)  # written in another boot
    with pytest.raises(Refusal, match="ask again"):
        secondary._check_alike(uid)
    secondary.stop()
