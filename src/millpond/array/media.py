"""Commands on a LUN's blocks, carried out on its file.

What the page cache can answer is answered at once, on the event loop: a thread would take longer than the
work. What may wait for a disk goes to a thread.
"""

import asyncio
from collections.abc import Callable, Coroutine
from errno import EDQUOT, ENOSPC

from millpond.array.engine.file import Buffer, LunFile
from millpond.array.exports import BLOCK
from millpond.array.scsi import sense
from millpond.array.scsi.blocks import MAX_TRANSFER, WRITING, Access, Kind
from millpond.array.scsi.sense import CHECK_CONDITION, GOOD, Sense
from millpond.array.state.peer import Peer
from millpond.array.unit import Reply, Unit

AT_ONCE = 128 << 10
"""Bytes of a write that the event loop copies to the page cache itself."""
READ_AT_ONCE = 1 << 20
"""Bytes of a read that it copies from there."""
ZEROS = bytes(BLOCK)

Doing = Reply | Coroutine[None, None, Reply]


def carry_out(unit: Unit, access: Access, data: Buffer, peer: Peer) -> Doing:
    """What ``data`` is a view of may be overwritten as soon as this has returned."""
    if access.kind is Kind.READ:
        return read(unit, access)
    if unit.replica is not None:
        return unit.replica.carry_out(unit, access, data, peer)
    return here(unit, access, data, peer)


def here(unit: Unit, access: Access, data: Buffer, peer: Peer) -> Doing:
    """Whatever other images the LUN has."""
    if unit.full and _needs_space(unit.file, access, data):
        return Reply(CHECK_CONDITION, sense=sense.SPACE_EXHAUSTED)
    if access.kind is Kind.WRITE:
        return write(unit, access, data)
    if access.kind is Kind.COMPARE:
        return _compare_and_write(unit, access, bytes(data), peer)
    return _in_thread(unit, _WORK[access.kind], access, kept(data))


def _needs_space(file: LunFile, access: Access, data: Buffer) -> bool:
    """Whether it writes where there is nothing yet."""
    zeros = access.kind is Kind.SAME and (not len(data) or bytes(data) == ZEROS)
    if access.kind not in WRITING or zeros:
        return False
    first = access.lba * BLOCK
    return any(not filled for *_, filled in file.runs(first, first + access.blocks * BLOCK))


def kept(data: Buffer) -> Buffer:
    """A view is one of memory that the next PDU goes to."""
    return bytes(data) if isinstance(data, memoryview) else data


def read(unit: Unit, access: Access) -> Doing:
    into = bytearray(access.blocks * BLOCK)
    offset = access.lba * BLOCK
    if len(into) <= READ_AT_ONCE and unit.file.read_cached(memoryview(into), offset):
        return Reply(GOOD, into)
    return _read_slowly(unit, into, offset)


async def _read_slowly(unit: Unit, into: bytearray, offset: int) -> Reply:
    try:
        await asyncio.to_thread(unit.file.read, memoryview(into), offset)
    except OSError:
        return Reply(CHECK_CONDITION, sense=sense.READ_ERROR)
    return Reply(GOOD, into)


def write(unit: Unit, access: Access, data: Buffer) -> Doing:
    if access.force or len(data) > AT_ONCE:
        return _in_thread(unit, _write, access, kept(data))
    try:
        unit.file.write(data, access.lba * BLOCK)
    except OSError as error:
        return Reply(CHECK_CONDITION, sense=_why(error))
    return Reply()


async def _in_thread(
    unit: Unit, work: Callable[[LunFile, Access, Buffer], Reply], access: Access, data: Buffer
) -> Reply:
    done = asyncio.ensure_future(asyncio.to_thread(work, unit.file, access, data))
    marker: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    unit.writing.add(marker)
    try:
        return await asyncio.shield(done)
    except OSError as error:
        return Reply(CHECK_CONDITION, sense=_why(error))
    finally:
        unit.writing.discard(marker)
        marker.set_result(None)


def _why(error: OSError) -> Sense:
    return sense.SPACE_EXHAUSTED if error.errno in (ENOSPC, EDQUOT) else sense.WRITE_ERROR


def _write(file: LunFile, access: Access, data: Buffer) -> Reply:
    file.write(data, access.lba * BLOCK)
    if access.force or access.kind is Kind.WRITE_VERIFY:
        file.flush()
    return Reply()


def _verify(file: LunFile, access: Access, data: Buffer) -> Reply:
    if not access.data_out:
        return Reply()
    there = bytearray(access.blocks * BLOCK)
    file.read(memoryview(there), access.lba * BLOCK)
    wanted = bytes(data) * access.blocks if access.one else bytes(data)
    return _compared(there, wanted)


def _compared(there: Buffer, wanted: Buffer) -> Reply:
    """MISCOMPARE says where the first difference is (SBC-3 5.2, 5.30)."""
    if there == wanted:
        return Reply()
    offset = next(i for i, (a, b) in enumerate(zip(there, wanted, strict=True)) if a != b)
    return Reply(CHECK_CONDITION, sense=sense.MISCOMPARED._replace(information=offset))


def _same(file: LunFile, access: Access, data: Buffer) -> Reply:
    """With zeros it is a hole: reads the same, takes no space, and takes no time."""
    block = bytes(data) or ZEROS
    if block == ZEROS:
        file.punch(access.lba * BLOCK, access.blocks * BLOCK)
        return Reply()
    lba, left = access.lba, access.blocks
    while left:
        step = min(left, MAX_TRANSFER)
        file.write(block * step, lba * BLOCK)
        lba, left = lba + step, left - step
    return Reply()


def _synchronize(file: LunFile, _access: Access, _data: Buffer) -> Reply:
    file.flush()
    return Reply()


def _prefetch(file: LunFile, access: Access, _data: Buffer) -> Reply:
    file.read_ahead(access.lba * BLOCK, access.blocks * BLOCK)
    return Reply()


_WORK = {
    Kind.WRITE_VERIFY: _write,
    Kind.VERIFY: _verify,
    Kind.SAME: _same,
    Kind.SYNCHRONIZE: _synchronize,
    Kind.PREFETCH: _prefetch,
}


async def unmap(unit: Unit, extents: list[tuple[int, int]]) -> Reply:
    if unit.replica is not None:
        return await unit.replica.unmap(unit, extents)
    return await unmap_here(unit, extents)


async def unmap_here(unit: Unit, extents: list[tuple[int, int]]) -> Reply:
    def punch(file: LunFile, _access: Access, _data: Buffer) -> Reply:
        for lba, blocks in extents:
            file.punch(lba * BLOCK, blocks * BLOCK)
        return Reply()

    return await _in_thread(unit, punch, Access(Kind.SAME, 0, 0), b"")


async def _compare_and_write(unit: Unit, access: Access, data: bytes, peer: Peer) -> Reply:
    """COMPARE AND WRITE (SBC-3 5.2): between reading and writing nothing else happens in this SP, and no
    other COMPARE AND WRITE in its peer."""
    offset, length = access.lba * BLOCK, access.blocks * BLOCK
    if not length:
        return Reply()
    await unit.alone(peer, offset, length)
    there = bytearray(length)
    try:
        unit.file.read(memoryview(there), offset)
        reply = _compared(there, data[:length])
        if reply.status == GOOD:
            unit.file.write(data[length:], offset)
    except OSError as error:
        return Reply(CHECK_CONDITION, sense=_why(error))
    finally:
        unit.release(offset, length)
    if access.force and reply.status == GOOD:
        return await _in_thread(unit, _synchronize, access, b"")
    return reply
