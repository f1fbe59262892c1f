"""A mirror's primary image in one SP: what hosts write is acknowledged when it is in both images, or when it is on
record that the secondary has been left behind.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from millpond.array import media
from millpond.array.engine.copy import PIECE
from millpond.array.engine.file import Buffer, LunFile
from millpond.array.exports import BLOCK
from millpond.array.link.client import Link, LinkDown, Turned
from millpond.array.link.frames import Op
from millpond.array.mirroring.flight import Flight
from millpond.array.model import mirrors
from millpond.array.model.mirror_types import Mirror
from millpond.array.scsi import sense
from millpond.array.scsi.blocks import WRITING, Access, Kind
from millpond.array.scsi.sense import CHECK_CONDITION, GOOD
from millpond.array.state.peer import Peer
from millpond.array.store.store import Store
from millpond.array.unit import Reply, Unit

WHOLE = frozenset((Kind.WRITE, Kind.WRITE_VERIFY))
"""Their data are what is in the image afterwards."""
LONGEST = 20.0
"""Seconds that one write is tried for, while links come and go."""

Pieces = list[tuple[int, int]]
"""Offsets and lengths in bytes."""


class Replica:
    """Of mirror ``uid``, with the map at ``path``. ``left_behind`` is called when the mirror has been fractured, before
    anything is acknowledged that the secondary has not."""

    def __init__(
        self,
        store: Store,
        uid: str,
        path: Path,
        links: Callable[[str], Link],
        left_behind: Callable[[Mirror], Awaitable[None]],
    ) -> None:
        self._store, self.uid = store, uid
        self._links, self._left_behind = links, left_behind
        self.flight = Flight(path)
        self._stopping: asyncio.Future[None] | None = None

    def mirror(self) -> Mirror | None:
        """As it is now; None if nothing goes to a secondary image."""
        found = mirrors.of(self._store.state(), self.uid)
        return found if found is not None and found.primary and found.active else None

    # -- for hosts

    def carry_out(self, unit: Unit, access: Access, data: Buffer, peer: Peer) -> media.Doing:
        if access.kind in WRITING:
            return self._write(unit, access, media.kept(data), peer)
        if access.kind is Kind.SYNCHRONIZE:
            return self._flush(unit, access, peer)
        return media.here(unit, access, data, peer)

    async def _write(self, unit: Unit, access: Access, data: Buffer, peer: Peer) -> Reply:
        async def work() -> Reply:
            doing = media.here(unit, access, data, peer)
            return doing if isinstance(doing, Reply) else await doing

        at, length = access.lba * BLOCK, access.blocks * BLOCK
        whole = data if access.kind in WHOLE and len(data) == length else None
        return await self._changed(unit.file, [(at, length)], work, whole, access.force)

    async def unmap(self, unit: Unit, extents: Pieces) -> Reply:
        pieces = [(lba * BLOCK, blocks * BLOCK) for lba, blocks in extents]
        return await self._changed(unit.file, pieces, lambda: media.unmap_here(unit, extents))

    async def _changed(
        self,
        file: LunFile,
        pieces: Pieces,
        work: Callable[[], Awaitable[Reply]],
        data: Buffer | None = None,
        force: bool = False,
    ) -> Reply:
        """Pieces that meet would wait for one another: they are one."""
        flown = [await self.flight.enter(*piece) for piece in _joined(pieces)]
        carried = False
        try:
            reply = await work()
            if reply.status == GOOD:
                carried = await self.carry(file, pieces, data, force)
            elif reply.sense is not None:  # nothing was written if it compared wrong
                carried = reply.sense[:3] == sense.MISCOMPARED[:3]
        except OSError:  # it is not on record that the secondary was left behind
            return Reply(CHECK_CONDITION, sense=sense.WRITE_ERROR)
        finally:
            for one in flown:
                self.flight.leave(one, carried)
        return reply

    async def _flush(self, unit: Unit, access: Access, peer: Peer) -> Reply:
        doing = media.here(unit, access, b"", peer)
        reply = doing if isinstance(doing, Reply) else await doing
        if reply.status == GOOD:
            try:
                await self.carry(unit.file, [], None, True)
            except OSError:
                return Reply(CHECK_CONDITION, sense=sense.WRITE_ERROR)
        return reply

    # -- to the other array

    async def carry(
        self, file: LunFile, pieces: Pieces, data: Buffer | None = None, force: bool = False
    ) -> bool:
        """Whether what is in those pieces is in the secondary image, too. ``data`` are those of the only piece, if
        they are known. Raises OSError if it is not, and that cannot be recorded."""
        mirror = self.mirror()
        if mirror is None:
            return False
        try:
            async with asyncio.timeout(LONGEST):
                await self._carry(mirror, file, pieces, data, force)
        except (LinkDown, Turned, TimeoutError) as error:
            await self.stop(mirror, str(error) or "it takes too long")
            return False
        return True

    async def _carry(
        self, mirror: Mirror, file: LunFile, pieces: Pieces, data: Buffer | None, force: bool
    ) -> None:
        """Once more over another connection, if one breaks: what was sent over it counts no more there."""
        link = self._links(mirror.remote)
        while True:
            try:
                ask = _Asking(link, mirror).ask
                for at, length in pieces:
                    if data is not None:
                        await ask(Op.WRITE, at, 0, data)
                    else:
                        await _as_it_is(file, at, length, ask)
                if force:
                    await ask(Op.FLUSH, 0, 0, b"")
            except LinkDown:
                if not await link.restored():
                    raise
            else:
                return

    async def stop(self, mirror: Mirror, why: str) -> None:
        """Fracture the mirror: on record, and known to the other array, when this returns. Raises OSError."""
        if self._stopping is None or self._stopping.done():
            self._stopping = asyncio.ensure_future(self._stop(mirror, why))
        await asyncio.shield(self._stopping)

    async def _stop(self, mirror: Mirror, why: str) -> None:
        def command(state: Any, _: object) -> Any:
            return mirrors.stop(state, mirror.uid, mirror.epoch, why)

        await asyncio.to_thread(self._store.change, command, time.time())
        await self._left_behind(mirror)


class _Asking:
    def __init__(self, link: Link, mirror: Mirror) -> None:
        self._connection = link.connection
        self._uid, self._epoch = bytes.fromhex(mirror.uid), mirror.epoch

    async def ask(self, op: Op, offset: int, length: int, data: Buffer) -> None:
        await self._connection.ask(op, self._uid, self._epoch, offset, length, data)


async def _as_it_is(
    file: LunFile, offset: int, length: int, ask: Callable[[Op, int, int, Buffer], Awaitable[None]]
) -> None:
    for at, size, filled in await asyncio.to_thread(
        lambda: list(file.runs(offset, offset + length))
    ):
        if not filled:
            await ask(Op.PUNCH, at, size, b"")
            continue
        for begun in range(at, at + size, PIECE):
            data = bytearray(min(PIECE, at + size - begun))
            await asyncio.to_thread(file.read, memoryview(data), begun)
            await ask(Op.WRITE, begun, 0, data)


def _joined(pieces: Pieces) -> Pieces:
    found: Pieces = []
    for at, length in sorted(piece for piece in pieces if piece[1]):
        if found and at <= sum(found[-1]):
            begun = found[-1][0]
            found[-1] = begun, max(sum(found[-1]), at + length) - begun
        else:
            found.append((at, length))
    return found
