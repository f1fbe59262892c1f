"""Updating images of asynchronous mirrors that have their primary image here: by the SP that owns its LUN.

A point in time does not change. So whatever is sent of it may be sent again, by either SP and over any connection, and
what comes too late is told by the update's number.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import closing
from typing import Any

from millpond.array.engine.change_map import REGION, ChangeMap
from millpond.array.engine.file import LunFile
from millpond.array.exports import BLOCK
from millpond.array.hold import Hold
from millpond.array.link.client import LinkDown, Turned
from millpond.array.link.frames import Op
from millpond.array.link.links import Links
from millpond.array.mirroring.asking import LONGEST, Asking, as_it_is
from millpond.array.mirroring.resync import pieces
from millpond.array.model import mirrors, updates
from millpond.array.model.mirror_types import Mirror
from millpond.array.model.state import State
from millpond.array.processor import Processor
from millpond.array.store import files
from millpond.array.store.store import NotHeld, Store


class Updating:
    """Of one SP, on its event loop. ``owned`` says whether a mirror is this SP's to look after. Methods raise
    ``LinkDown``, ``Turned``, ``Refusal``, OSError."""

    def __init__(
        self, processor: Processor, store: Store, links: Links, owned: Callable[[Mirror], bool]
    ) -> None:
        self._processor, self._store, self._links = processor, store, links
        self._owned = owned
        self._loop = asyncio.get_running_loop()

    async def begin(self, mirror: Mirror, again: bool) -> None:
        """An update is wanted; ``again``: only the one that was interrupted. The other array takes it."""
        await self._prepared(mirror)
        far = mirrors.uids(self._store.state(), mirror)[1]

        def command(state: State, _: object) -> State:
            if again:
                return updates.resume(state, mirror.uid)
            return updates.ask(state, mirror.name, far)

        await self._change(command)

    async def tend(self, mirror: Mirror) -> None:
        """Update the image, if there is anything to do."""
        found = updates.of(mirror)
        if not (found.under_way or found.asked or 0 < found.due <= time.time()):
            return
        link = self._links.of(mirror.remote)
        if link.gone:
            await self._stop(mirror, link.why)
            return
        try:
            await self._update(mirror)
        except Turned as refused:
            if refused.said.get("key") == "snap.not_held":
                raise  # hosts of the other array were busy
            await self._stop(mirror, str(refused))
        except (LinkDown, NotHeld, FileNotFoundError):
            raise
        except OSError as error:  # of the disks here
            await self._stop(mirror, str(error))

    async def _update(self, mirror: Mirror) -> None:
        number = updates.next_number(mirror)
        said = await self._prepared(mirror)
        which = mirror.uid, mirror.epoch, number
        if not updates.of(mirror).under_way:
            await asyncio.to_thread(self._flush, mirror)
            hold = Hold(self._processor, self._loop)
            await self._change(lambda state, _: updates.begin(state, *which, said["boot"]), hold)
        now = self._wanted(*which)
        if now is None:
            return
        if not said["complete"]:
            if not await self._sent(now, said["boot"]):
                return
            begun = updates.of(now).begun
            call = {"uid": mirror.uid, "epoch": mirror.epoch, "number": number, "begun": begun}
            await self._links.of(mirror.remote).connection.call({"updated": call})
        await self._change(lambda state, _: updates.finish(state, *which))

    def _flush(self, mirror: Mirror) -> None:
        """Before hosts are held: a copy of the file is not made before what was written is on the disk."""
        lun = mirrors.lun_of(self._store.state(), mirror)
        with closing(LunFile(str(files.path_of(self._store.root, lun)))) as file:
            file.flush()

    async def _prepared(self, mirror: Mirror) -> dict[str, Any]:
        """The other array keeps its image as it is, and takes the update: in which ``boot`` it is, and whether the
        update is ``complete`` there."""
        connection = self._links.of(mirror.remote).connection
        said: dict[str, Any] = await connection.call({"update": updates.call(mirror)}, LONGEST)
        return said

    async def _sent(self, mirror: Mirror, boot: str) -> bool:
        """Whether all of it is on the other array's disk; False if it is not to be sent any more."""
        which = mirror.uid, mirror.epoch, updates.of(mirror).number
        lun = mirrors.lun_of(self._store.state(), mirror)
        size = lun.blocks * BLOCK
        changes = ChangeMap(files.delta_map(self._store.root, mirror))
        await asyncio.to_thread(changes.begin)
        if boot != mirror.boot:  # what was in its memory is gone, and nobody knows what that was
            changes.mark(0, size)
            await self._change(lambda state, _: updates.rebooted(state, mirror.uid, boot))
        ask = Asking(self._links.of(mirror.remote), mirror).ask
        kept = self._store.root / lun.directory / updates.of(mirror).kept
        with closing(LunFile(str(kept))) as file:
            async for at, length in pieces(changes, size, lambda: self._wanted(*which)):
                await as_it_is(file, at, length, ask)
                for region in range(at, at + length, REGION):
                    changes.clear(region)
        if self._wanted(*which) is None or changes.differs():
            return False
        await ask(Op.FLUSH, 0, 0, b"")
        return True

    def _wanted(self, uid: str, epoch: int, number: int) -> Mirror | None:
        """The mirror, while this SP is to send that update."""
        mirror = mirrors.of(self._store.state(), uid)
        if mirror is None or not (mirror.primary and mirror.active) or mirror.epoch != epoch:
            return None
        found = updates.of(mirror)
        under_way = found.under_way and found.number == number
        return mirror if under_way and self._owned(mirror) else None

    async def _stop(self, mirror: Mirror, why: str) -> None:
        await self._change(lambda state, _: mirrors.stop(state, mirror.uid, mirror.epoch, why))

    async def _change(
        self, command: Callable[[State, object], State], hold: Hold | None = None
    ) -> None:
        await asyncio.to_thread(self._store.change, command, time.time(), hold)
