"""All that an SP has to do with other arrays: its links, the mirrors that have their primary image here, and what its
peer asks about them."""

import asyncio
import logging
import time
from pathlib import Path
from typing import Any

from millpond.array.copying import owner
from millpond.array.link.client import OPENED, LinkDown, Turned
from millpond.array.link.links import Links
from millpond.array.link.trust import Files
from millpond.array.mirroring.replica import Replica
from millpond.array.mirroring.resync import Resync
from millpond.array.mirroring.secondary import CONTACT, Secondary
from millpond.array.mirroring.updating import Updating
from millpond.array.model import mirrors
from millpond.array.model.mirror_types import Fractured, ImageState, Mirror
from millpond.array.model.refusals import Refusal
from millpond.array.model.state import State
from millpond.array.processor import Processor
from millpond.array.state.peer import other
from millpond.array.store import files
from millpond.array.store.store import NotHeld, Store

log = logging.getLogger(__name__)
EVERY = 0.25
"""Seconds between two looks at what there is to do."""
SWEPT = 5.0
"""Seconds between two looks for what an SP that died had under way."""
AGAIN = 5.0
"""Seconds until an image that was left behind is synchronized by itself, and between two attempts."""


class Replication:
    """Of one SP, on its event loop."""

    def __init__(self, processor: Processor, store: Store, where: str, own: Files) -> None:
        self.processor, self.store = processor, store
        self.secondary = Secondary(processor, store)
        self.links = Links(processor, store, where, own, self.secondary, self._news, self._strange)
        self.secondary.end = self.links.server.end_everywhere
        self._updating = Updating(processor, store, self.links, self._owned)
        self._replicas: dict[str, tuple[str, Replica]] = {}
        self._tasks: dict[str, asyncio.Future[None]] = {}
        self._after: dict[str, float] = {}
        self._swept: dict[str, float] = {}
        self._peer_lived = time.monotonic()
        self._fencing = asyncio.Lock()
        self._fenced: dict[str, tuple[int, bool]] = {}
        """By array: the last of the peer's lives whose connection was ended there."""
        processor.replicas = self._replica_of
        processor.helpers |= {
            "unlink": self._unlink,
            "links": self._up,
            "heard": self._heard,
            "left behind": self._tell_left_behind,
        }

    def stop(self) -> None:
        self.links.stop()
        self.secondary.stop()

    async def watch(self) -> None:
        """Until cancelled."""
        keeping = asyncio.ensure_future(self.links.watch())
        try:
            while True:
                await asyncio.sleep(EVERY)
                try:
                    self._look()
                except Exception:
                    log.exception("mirrors cannot be looked after")
        finally:
            keeping.cancel()

    # -- primary images

    def _replica_of(self, mirror: tuple[str, str]) -> Replica | None:
        try:
            return self._replica(*mirror)
        except FileNotFoundError:  # the image has been removed since
            return None

    def _replica(self, uid: str, path: str) -> Replica:
        """Hosts' writes and the copying of the same mirror have the same one."""
        known = self._replicas.get(uid)
        if known is None or known[0] != path:
            made = Replica(
                self.store, uid, Path(path), self.links.of, self._left_behind, self._fence
            )
            known = self._replicas[uid] = path, made
        return known[1]

    def _look(self) -> None:
        now = time.monotonic()
        if self.processor.state.peer.alive():
            self._peer_lived = now
        self._tasks = {uid: task for uid, task in self._tasks.items() if not task.done()}
        found = self.store.state().mirrors.values()
        self.secondary.forget({mirror.uid for mirror in found if not mirror.primary})
        for uid in self._replicas.keys() - {mirror.uid for mirror in found if mirror.changes}:
            del self._replicas[uid]
        for mirror in found:
            if not (mirror.primary and mirror.remote) or mirror.uid in self._tasks:
                continue
            if self._owned(mirror) and now >= self._after.get(mirror.uid, 0.0):
                self._tasks[mirror.uid] = asyncio.ensure_future(self._tend(mirror))

    def _owned(self, mirror: Mirror) -> bool:
        lun = mirrors.lun_of(self.store.state(), mirror)
        return owner(self.processor, lun) == self.processor.sp

    def _due(self, uid: str, seconds: float) -> None:
        self._after[uid] = time.monotonic() + seconds

    async def _tend(self, mirror: Mirror) -> None:
        try:
            if mirror.fractured:
                await self._recover(mirror)
            elif mirror.asynchronous:
                await self._updating.tend(mirror)
            else:
                await self._keep(mirror)
        except (LinkDown, Turned, Refusal, FileNotFoundError, NotHeld) as error:
            log.info("mirror %s: %s", mirror.name, error)
            self._due(mirror.uid, AGAIN)
        except Exception:
            log.exception("mirror %s cannot be looked after", mirror.name)
            self._due(mirror.uid, AGAIN)

    async def _keep(self, mirror: Mirror) -> None:
        """A synchronous image as its primary is."""
        link = self.links.of(mirror.remote)
        replica = self._replica(mirror.uid, str(files.mirror_map(self.store.root, mirror)))
        if link.gone:
            await replica.stop(mirror, link.why)
        elif not replica.flight.changes.current:
            await replica.stop(mirror, "the array has lost power")
        elif mirror.state is ImageState.SYNCHRONIZING:
            await self._synchronize(mirror, replica)
        elif time.monotonic() >= self._swept.get(mirror.uid, 0.0) + SWEPT:
            self._swept[mirror.uid] = time.monotonic()
            await self._resync(mirror, replica).run()

    async def _recover(self, mirror: Mirror) -> None:
        """When both SPs reach the other array: what only one could write would fracture it again."""
        if mirror.fractured is not Fractured.SYSTEM or not mirror.automatic:
            return
        peers = await self.processor.state.peer.told({"links": True})
        up = [self.links.up(), *([peers] if peers is not None else [])]
        if all(links.get(mirror.remote) for links in up):
            await self.begin(mirror, again=True)
            self._due(mirror.uid, AGAIN)

    async def begin(self, mirror: Mirror, again: bool = False) -> None:
        """Synchronize an image that was left behind, or update it. Raises ``LinkDown``, ``Turned``, ``Refusal``,
        OSError."""
        if mirror.asynchronous:
            await self._updating.begin(mirror, again)
        else:
            await self._begin(mirror, again)

    async def _begin(self, mirror: Mirror, again: bool) -> None:
        """The other array has it on record first that the image is no image of any moment."""
        boot = await self.tell(mirror, ImageState.SYNCHRONIZING)
        replica = self._replica(mirror.uid, str(files.mirror_map(self.store.root, mirror)))
        await asyncio.to_thread(replica.flight.changes.begin)
        if boot != mirror.boot:  # what was in its memory is gone, and nobody knows what that was
            size = mirrors.lun_of(self.store.state(), mirror).blocks * 512
            replica.flight.changes.mark(0, size)
        far = mirrors.uids(self.store.state(), mirror)[1]

        def command(state: State, _: object) -> State:
            now = mirrors.of(state, mirror.uid)
            if now is None or now.fractures != mirror.fractures:
                raise Refusal("mirror.superseded", uid=mirror.uid)  # the other array was told so
            return mirrors.begin(state, mirror.name, far, boot, again)

        await asyncio.to_thread(self.store.change, command, time.time())

    async def _synchronize(self, mirror: Mirror, replica: Replica) -> None:
        if await self._resync(mirror, replica).run():
            try:
                await self.tell(mirror, ImageState.SYNCHRONIZED)
            except Turned as refused:
                await replica.stop(mirror, str(refused))
                return

            def command(state: State, _: object) -> State:
                return mirrors.finish(state, mirror.uid, mirror.epoch)

            await asyncio.to_thread(self.store.change, command, time.time())

    def _resync(self, mirror: Mirror, replica: Replica) -> Resync:
        def wanted() -> Mirror | None:
            now = replica.mirror()
            return now if now and now.epoch == mirror.epoch and self._owned(now) else None

        lun = mirrors.lun_of(self.store.state(), mirror)
        return Resync(replica, files.path_of(self.store.root, lun), lun, wanted)

    async def tell(self, mirror: Mirror, image: ImageState) -> str:
        """The other array has it on record when this returns; in which boot it is. Raises ``LinkDown``,
        ``Turned``."""
        said = {
            "uid": mirror.uid,
            "epoch": mirror.epoch,
            "fractures": mirror.fractures,
            "state": image,
        }
        found = await self.links.of(mirror.remote).connection.call({"told": said})
        return str(found["boot"])

    async def _fence(self, mirror: Mirror) -> None:
        """What the peer sent to the other array before it died is not carried out there after this. Raises
        ``LinkDown``, ``Turned``."""
        async with self._fencing:
            life = self.processor.state.peer.life()
            if self._fenced.get(mirror.remote) == life:
                return
            asked = {"end": other(self.processor.sp)}
            await self.links.of(mirror.remote).connection.call(asked, OPENED)
            self._fenced[mirror.remote] = life

    async def _left_behind(self, mirror: Mirror) -> None:
        """Return when the other array cannot take its image for one that has all: it was told, or it has heard
        nothing for so long that it does not claim that any more."""
        quiet = await self._tell_left_behind(mirror.uid)
        if quiet:
            peers = await self.processor.state.peer.told({"left behind": mirror.uid})
            if peers is None:  # it may have said just before it died that the image has all
                peers = time.monotonic() - self._peer_lived
            quiet = min(quiet, peers)
        if quiet:
            await asyncio.sleep(max(0.0, CONTACT - quiet))

    async def _tell_left_behind(self, uid: str) -> float:
        """0 if the other array was told; else for how many seconds it has heard nothing of this SP."""
        mirror = mirrors.of(self.store.state(), uid)
        if mirror is None or mirror.active or not mirror.remote:
            return 0.0
        try:
            await self.tell(mirror, mirror.state)
        except Turned as turned:  # it does not even know the image any more, or cannot record that
            return 0.0 if turned.said.get("key") == "mirror.superseded" else 0.001
        except LinkDown:
            return max(self.links.silent(mirror.remote), 0.001)
        return 0.0

    # -- signs of life

    def _news(self, serial: str) -> dict[str, Any]:
        whole = [
            [mirror.uid, mirror.epoch]
            for mirror in self.store.state().mirrors.values()
            if mirror.primary and mirror.active and mirror.remote == serial
            if mirror.state is ImageState.SYNCHRONIZED
        ]
        return {"whole": whole}

    def _strange(self, _serial: str, said: dict[str, Any]) -> None:
        """Images that are not there any more, or have been promoted."""
        for uid in said["strange"]:
            mirror = mirrors.of(self.store.state(), uid)
            if mirror is None or not mirror.active or uid in self._tasks:
                continue
            path = str(files.mirror_map(self.store.root, mirror))
            if (replica := self._replica_of((uid, path))) is not None:
                stopping = replica.stop(mirror, "its image is no secondary one")
                self._tasks[uid] = asyncio.ensure_future(stopping)

    # -- for the peer

    async def _unlink(self, key: str) -> None:
        self.links.server.end(lambda guest: guest.key == key)

    async def _up(self, _: Any) -> dict[str, bool]:
        return self.links.up()

    async def _heard(self, uid: str) -> bool:
        return self.secondary.heard(uid)
