"""Which regions of a primary image are marked, and who may take a mark away."""

import asyncio
from contextlib import suppress
from pathlib import Path

import pytest

from millpond.array.engine import change_map
from millpond.array.engine.change_map import REGION
from millpond.array.mirroring.flight import Flight

Two = tuple[Flight, Flight]


@pytest.fixture
def sps(tmp_path: Path) -> Two:
    """Of both SPs, by one map."""
    path = tmp_path / "map"
    change_map.create(path, 64 * REGION, [])
    return Flight(path), Flight(path)


async def waits(flight: Flight, offset: int, length: int) -> asyncio.Future[object]:
    entering = asyncio.ensure_future(flight.enter(offset, length))
    await asyncio.sleep(0.05)
    assert not entering.done()
    return entering


async def test_what_is_in_both_images_is_not_marked_any_more(sps: Two) -> None:
    one, _ = sps
    flown = await one.enter(100, 512)
    assert one.changes.is_marked(0)
    one.leave(flown, carried=True)
    assert not one.changes.differs()
    one.leave(await one.enter(100, 512), carried=False)
    one.leave(await one.enter(100, 512), carried=True)
    assert one.changes.is_marked(0), "what was left behind once is there still"
    one.leave(await one.enter(0, REGION), carried=True, whole=True)
    assert not one.changes.differs()


async def test_a_region_is_marked_until_the_last_write_in_it_has_ended(sps: Two) -> None:
    one, _ = sps
    first, second = await one.enter(0, 512), await one.enter(512, 512)
    one.leave(first, carried=True)
    assert one.changes.is_marked(0)
    one.leave(second, carried=False)
    assert one.changes.is_marked(0)


async def test_writes_to_the_same_blocks_are_made_one_after_the_other(sps: Two) -> None:
    one, _ = sps
    first = await one.enter(0, 1024)
    entering = await waits(one, 512, 1024)
    one.leave(first, carried=True)
    await asyncio.wait_for(entering, 10)


async def test_a_region_is_one_sps_as_long_as_it_writes_there(sps: Two) -> None:
    one, two = sps
    first = await one.enter(0, 512)
    entering = await waits(two, 1024, 3 * REGION)
    await two.enter(5 * REGION, 512)
    one.leave(first, carried=True)
    flown = await asyncio.wait_for(entering, 10)
    assert two.changes.is_marked(0)
    two.close()  # the SP dies
    last = await one.enter(2048, 512)
    one.leave(last, carried=True)
    assert one.changes.is_marked(0), "nobody knows what it had done there"
    assert flown is not None


async def test_an_sp_that_never_stops_writing_leaves_a_region_to_its_peer(sps: Two) -> None:
    one, two = sps

    async def write(offset: int) -> None:
        while True:
            flown = await one.enter(offset, 512)
            await asyncio.sleep(0.02)
            one.leave(flown, carried=True)

    writing = [asyncio.ensure_future(write(512 * n)) for n in range(4)]
    await asyncio.sleep(0.01)
    try:
        two.leave(await asyncio.wait_for(two.enter(8192, 512), 60), carried=True)
    finally:
        for task in writing:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def test_who_has_a_region_does_not_wait_for_it_to_be_left(sps: Two) -> None:
    one, _ = sps
    first = await one.enter(0, 512)
    one._regions[0].since -= 60
    second = await asyncio.wait_for(one.enter(4096, 512, first=False), 10)
    one.leave(second, carried=True)
    one.leave(first, carried=True)
