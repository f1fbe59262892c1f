"""A mirror's secondary image in one SP: what the primary's array asks for."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from millpond.adapters.host.kernel import boot_id
from millpond.array.engine.change_map import ChangeMap
from millpond.array.engine.file import LunFile
from millpond.array.exports import BLOCK
from millpond.array.hold import Hold
from millpond.array.link.frames import Op, Request
from millpond.array.link.server import Guest
from millpond.array.model import mirrors, updates
from millpond.array.model.mirror_types import ImageState, Mirror, Period, Remote, Updates
from millpond.array.model.refusals import Refusal
from millpond.array.model.state import State
from millpond.array.processor import Processor
from millpond.array.store import files
from millpond.array.store.files import NoReflinks
from millpond.array.store.store import NotHeld, Store

CONTACT = 3.0
"""Seconds after which an image that the primary's array says nothing of may lack what was acknowledged."""

SAID = (
    "name",
    "uid",
    "epoch",
    "lun",
    "far_lun",
    "description",
    "intent_log",
    "automatic",
    "rate",
)
"""Fields of a mirror that the primary's array gives its image."""

AT_ONCE = 8
"""Calls that are carried out; others wait."""

Calls = dict[str, Callable[[Remote, Any], Any]]


class Secondary:
    """``millpond.array.link.server.Answers``."""

    def __init__(self, processor: Processor, store: Store) -> None:
        self._processor, self._store = processor, store
        self._loop = asyncio.get_running_loop()
        self._files: dict[str, tuple[str, LunFile]] = {}
        self._heard: dict[str, float] = {}
        self._boot = boot_id()
        self._threads = ThreadPoolExecutor(AT_ONCE, "links")  # hosts' I/O needs the others
        self.end: Callable[[str], Awaitable[None]] = _nobody
        """Ends what an SP of another array has connected (``Guest.key``)."""
        self._calls: Calls = {
            "attach": self._attach,
            "detach": self._detach,
            "told": self._told,
            "step down": self._step_down,
            "update": self._update,
            "updated": self._updated,
        }

    def heard(self, uid: str) -> bool:
        """Whether the primary's array has said through this SP, a moment ago, that the image has all."""
        return time.monotonic() - self._heard.get(uid, -CONTACT) < CONTACT

    def forget(self, secondary: set[str]) -> None:
        """All images but those: what is removed takes space for as long as it is open."""
        for uid in self._files.keys() - secondary:
            self._files.pop(uid)[1].close()
        self._heard = {uid: at for uid, at in self._heard.items() if uid in secondary}

    def stop(self) -> None:
        self._threads.shutdown(wait=False)

    # -- what changes images: on the event loop, and at once

    async def carry(self, guest: Guest, asked: Request, data: bytes) -> None:
        """Whether it may be done is looked at in the same instant in which it is: an image that is promoted is
        written to no more as soon as that is known. Whoever promotes it holds writes in both SPs."""
        while self._processor.held:
            await self._processor.free()
        if guest.ended:
            raise ConnectionError("the other array has another connection by now")
        mirror = mirrors.check_secondary(
            self._store.state(), guest.remote.serial, asked.uid.hex(), asked.epoch
        )
        lost = mirror.boot != self._boot or mirror.turn != asked.turn
        if not mirror.taking or lost:
            raise Refusal("mirror.superseded", uid=mirror.uid)
        file = self._file(mirror)
        if asked.op == Op.FLUSH:
            await asyncio.to_thread(file.flush)
        elif (
            asked.offset + asked.length > mirrors.lun_of(self._store.state(), mirror).blocks * BLOCK
        ):
            raise Refusal("mirror.superseded", uid=mirror.uid)
        elif asked.op == Op.WRITE:
            file.write(data, asked.offset)
        else:
            file.punch(asked.offset, asked.length)

    def _file(self, mirror: Mirror) -> LunFile:
        lun = mirrors.lun_of(self._store.state(), mirror)
        path = str(files.path_of(self._store.root, lun))
        known = self._files.get(mirror.uid)
        if known is None or known[0] != path:
            if known is not None:
                known[1].close()
            known = self._files[mirror.uid] = path, LunFile(path)
        return known[1]

    # -- what changes mirrors: in a thread, for it may wait for hosts

    async def call(self, remote: Remote, asked: dict[str, Any]) -> Any:
        word, what = next(iter(asked.items()))
        if word == "news":
            return self._news(remote, what)
        if word == "end":
            return await self.end(f"{remote.serial} {what}")
        if word not in self._calls:
            raise ValueError(f"nobody here knows how to {word}")
        return await self._loop.run_in_executor(self._threads, self._calls[word], remote, what)

    def _news(self, remote: Remote, said: dict[str, Any]) -> dict[str, Any]:
        """Which images have all. Those that are not here, or not secondary ones, are told back."""
        strange = []
        for uid, epoch in said["whole"]:
            try:
                state = self._store.state()
                mirror = mirrors.check_secondary(state, remote.serial, uid, epoch)
                if mirror.boot != self._boot:
                    raise Refusal("mirror.superseded", uid=uid)
                self._heard[uid] = time.monotonic()
            except Refusal:
                strange.append(uid)
        return {"strange": strange}

    def _attach(self, remote: Remote, said: dict[str, Any]) -> dict[str, Any]:
        """Of what it says only that is taken which it has a say in: other fields name files here."""
        boot, its = self._boot, said["mirror"]
        mirror = Mirror(
            **{name: its[name] for name in SAID},
            primary=False,
            remote=remote.serial,
            state=ImageState.SYNCHRONIZING,
            boot=boot,
            updates=Updates() if said.get("asynchronous") else None,
        )
        state = self._held(lambda state, _: mirrors.attach(state, mirror, said["blocks"]))
        return {"lun": mirrors.lun_of(state, mirror).wwn, "boot": boot}

    def _detach(self, remote: Remote, said: dict[str, Any]) -> dict[str, Any]:
        self._change(lambda state, _: mirrors.detach(state, remote.serial, said["uid"]))
        return {}

    def _told(self, remote: Remote, said: dict[str, Any]) -> dict[str, Any]:
        image = ImageState(said["state"])
        which = remote.serial, said["uid"], said["epoch"], said["fractures"]
        self._change(lambda state, _: mirrors.told(state, *which, image, self._boot))
        return {"boot": self._boot}

    def _step_down(self, remote: Remote, said: dict[str, Any]) -> dict[str, Any]:
        which = remote.serial, said["uid"], said["epoch"], self._boot
        self._held(
            lambda state, _: mirrors.step_down(state, *which),
            lambda: self._check_alike(said["uid"]),
        )
        return {"boot": self._boot}

    def _check_alike(self, uid: str) -> None:
        """While hosts do not write. Raises ``Refusal`` if the images differ (where an SP that died wrote, or what was
        written after the last point in time), or nobody knows where."""
        state = self._store.state()
        if (mirror := mirrors.of(state, uid)) is not None:
            changes = ChangeMap(files.mirror_map(self._store.root, mirror))
            if changes.differs() or not changes.current:
                if mirror.asynchronous:
                    raise Refusal("mirror.behind")
                raise Refusal("mirror.unlike")

    def _update(self, remote: Remote, said: dict[str, Any]) -> dict[str, Any]:
        """The image is kept as it is; in which boot, and whether nothing is missing any more."""
        which = remote.serial, said["uid"], said["epoch"], int(said["number"])
        when = updates.schedule(Period(said["period"]), int(said["minutes"]))
        state = self._held(lambda state, _: updates.prepare(state, *which, self._boot, when))
        mirror = mirrors.check_secondary(state, *which[:3])
        return {"boot": self._boot, "complete": not mirror.taking}

    def _updated(self, remote: Remote, said: dict[str, Any]) -> dict[str, Any]:
        which = remote.serial, said["uid"], said["epoch"], int(said["number"])
        begun = float(said["begun"])
        self._change(lambda state, _: updates.complete(state, *which, begun, state.array.moment))
        return {}

    def _change(self, command: Callable[[State, object], State]) -> State:
        return self._store.change(command, time.time())

    def _held(
        self, command: Callable[[State, object], State], check: Callable[[], None] = lambda: None
    ) -> State:
        """While hosts do not write; ``check`` as well."""
        hold = CheckedHold(self._processor, self._loop, check)
        try:
            return self._store.change(command, time.time(), hold)
        except NoReflinks as error:
            raise Refusal("snap.reflinks") from error
        except NotHeld as error:
            raise Refusal("snap.not_held", why=error) from error


class CheckedHold(Hold):
    """``check`` raises what keeps the change from being made."""

    def __init__(
        self, processor: Processor, loop: asyncio.AbstractEventLoop, check: Callable[[], None]
    ) -> None:
        super().__init__(processor, loop)
        self._check = check

    def verify(self) -> None:
        self._check()
        super().verify()


async def _nobody(_key: str) -> None:
    pass
