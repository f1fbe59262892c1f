"""Other arrays, for the threads that carry out commands."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from millpond.array.exports import SpName
from millpond.array.link.client import OPENED, LinkDown, Turned
from millpond.array.link.frames import PATIENCE
from millpond.array.mirroring.replication import Replication
from millpond.array.model.mirror_types import ImageState, Mirror
from millpond.array.model.refusals import REASONS, Refusal
from millpond.array.state.peer import other

ASKED = OPENED + 30.0
"""Seconds that a command waits for another array: what it asks for may have to hold hosts' writes there."""

T = TypeVar("T")


class Far:
    """Methods wait. Those that ask another array raise ``Refusal``, in its words or because it does not answer."""

    def __init__(self, replication: Replication) -> None:
        self._replication = replication
        self._loop = asyncio.get_running_loop()

    def call(self, serial: str, request: dict[str, Any]) -> Any:
        async def called() -> Any:
            link = self._replication.links.of(serial)
            await link.restored()
            return await link.connection.call(request, ASKED)

        return self._done(serial, called())

    def begin(self, mirror: Mirror) -> None:
        """Synchronize the image."""
        self._done(mirror.remote, self._replication.begin(mirror))

    def tell(self, mirror: Mirror, image: ImageState) -> None:
        """What the image there is from now on."""
        self._done(mirror.remote, self._replication.tell(mirror, image))

    def links(self) -> dict[SpName, dict[str, bool]]:
        """Which are up, of each SP that runs."""
        sp = self._replication.processor.sp
        found, told = {sp: self._replication.links.up()}, self._peer({"links": True})
        return found if told is None else {**found, other(sp): told}

    def heard(self, uid: str) -> bool:
        """Whether the primary's array says that the image here has all."""
        return self._replication.secondary.heard(uid) or bool(self._peer({"heard": uid}))

    def _peer(self, request: dict[str, Any]) -> Any:
        return self._wait(self._replication.processor.state.peer.told(request), 2 * PATIENCE)

    def _done(self, serial: str, work: Coroutine[Any, Any, T]) -> T:
        try:
            return self._wait(work, 2 * ASKED)
        except LinkDown as error:
            raise Refusal("link.down", serial=serial, why=error) from error
        except Turned as turned:
            key, text = str(turned.said["key"]), str(turned.said["text"])
            if key in REASONS:
                raise Refused(key, text) from turned
            raise Refusal("link.refused", why=text) from turned

    def _wait(self, work: Coroutine[Any, Any, T], seconds: float) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(seconds)


class Refused(Refusal):
    """By another array, in its words."""

    def __init__(self, key: str, text: str) -> None:
        Exception.__init__(self, text)
        self.key, self.reason, self.text = key, REASONS[key], text
