"""A mirror's primary image in one SP: what hosts write is acknowledged when it is in both images, or when it is on
record that the secondary has been left behind.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from millpond.array import media
from millpond.array.engine.file import Buffer, LunFile
from millpond.array.exports import BLOCK
from millpond.array.link.client import Link, LinkDown, Turned
from millpond.array.link.frames import Op
from millpond.array.mirroring.asking import LONGEST, Asking, as_it_is, in_pieces
from millpond.array.mirroring.flight import Flight, Flown
from millpond.array.model import mirrors
from millpond.array.model.mirror_types import Mirror
from millpond.array.model.state import State
from millpond.array.scsi import sense
from millpond.array.scsi.blocks import WRITING, Access, Kind
from millpond.array.scsi.sense import CHECK_CONDITION, GOOD
from millpond.array.state.peer import Peer
from millpond.array.store.store import Store
from millpond.array.unit import Reply, Unit

WHOLE = frozenset((Kind.WRITE, Kind.WRITE_VERIFY))
"""Their data are what is in the image afterwards."""
Pieces = list[tuple[int, int]]
"""Offsets and lengths in bytes."""


class Replica:
    """Of mirror ``uid``, with the map at ``path``. ``left_behind`` is called when the mirror has been fractured, before
    anything is acknowledged that the secondary has not; ``fence`` before anything is sent after what the peer may
    have sent."""

    def __init__(
        self,
        store: Store,
        uid: str,
        path: Path,
        links: Callable[[str], Link],
        left_behind: Callable[[Mirror], Awaitable[None]],
        fence: Callable[[Mirror], Awaitable[None]],
    ) -> None:
        self._store, self.uid = store, uid
        self._links, self._left_behind, self._fence = links, left_behind, fence
        self.flight = Flight(path)
        self._current = False
        self._stopping = asyncio.Lock()
        self._settling = asyncio.Lock()
        self._settled = 0
        """The last fracture of which the other array knows, or does not claim the opposite any more."""

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
        flown: list[Flown] = []
        carried = False
        try:
            for piece in _joined(pieces):
                flown.append(await self.flight.enter(*piece, first=not flown))
            reply = await work()
            if reply.status == GOOD:
                inherited = any(one.inherited for one in flown)
                carried = await self.carry(file, pieces, data, force, inherited)
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
        self,
        file: LunFile,
        pieces: Pieces,
        data: Buffer | None = None,
        force: bool = False,
        inherited: bool = False,
    ) -> bool:
        """Whether what is in those pieces is in the secondary image, too; if not, its array does not claim that.
        ``data`` are those of the only piece, if they are known; ``inherited`` as in ``Flown``. Raises OSError if
        neither can be had."""
        mirror = self.mirror()
        if mirror is not None:
            try:
                self._check_marks()
                async with asyncio.timeout(LONGEST):
                    await self._carry(mirror, file, pieces, data, force, inherited)
                if self._is(mirror):
                    return True
            except (LinkDown, Turned, TimeoutError) as error:
                await self.stop(mirror, str(error) or "it takes too long")
        await self._settle()
        return False

    def _check_marks(self) -> None:
        """Raises ``LinkDown`` if some are missing: nobody knows then where the images differ."""
        self._current = self._current or self.flight.changes.current
        if not self._current:
            raise LinkDown("the array has lost power")

    def _is(self, mirror: Mirror) -> bool:
        """Whether it has not been fractured since."""
        now = self.mirror()
        return now is not None and (now.epoch, now.fractures) == (mirror.epoch, mirror.fractures)

    async def _carry(
        self,
        mirror: Mirror,
        file: LunFile,
        pieces: Pieces,
        data: Buffer | None,
        force: bool,
        inherited: bool,
    ) -> None:
        """Once more over another connection, if one breaks: what was sent over it counts no more there."""
        while True:
            link = self._links(mirror.remote)
            try:
                if inherited:
                    await self._fence(mirror)
                ask = Asking(link, mirror).ask
                for at, length in pieces:
                    if data is not None:
                        await in_pieces(memoryview(data), at, ask)
                    else:
                        await as_it_is(file, at, length, ask)
                if force:
                    await ask(Op.FLUSH, 0, 0, b"")
            except LinkDown:
                if not await link.restored():
                    raise
            else:
                return

    async def stop(self, mirror: Mirror, why: str) -> None:
        """Fracture the mirror: on record, and known to the other array, when this returns. Raises OSError."""

        def command(state: State, _: object) -> State:
            return mirrors.stop(state, mirror.uid, mirror.epoch, why)

        async with self._stopping:
            if self._is(mirror):
                await asyncio.to_thread(self._store.change, command, time.time())
        await self._settle()

    async def _settle(self) -> None:
        """After a fracture, whichever SP recorded it: return when the other array does not take its image for one
        that has all."""
        if self._parted() is None:
            return
        async with self._settling:
            if (mirror := self._parted()) is not None:
                await self._left_behind(mirror)
                self._settled = mirror.fractures

    def _parted(self) -> Mirror | None:
        """The mirror, if it is fractured, and that is not settled."""
        mirror = mirrors.of(self._store.state(), self.uid)
        if mirror is None or not mirror.primary or not mirror.remote or mirror.active:
            return None
        return mirror if mirror.fractures != self._settled else None


def _joined(pieces: Pieces) -> Pieces:
    found: Pieces = []
    for at, length in sorted(piece for piece in pieces if piece[1]):
        if found and at <= sum(found[-1]):
            begun = found[-1][0]
            found[-1] = begun, max(sum(found[-1]), at + length) - begun
        else:
            found.append((at, length))
    return found
