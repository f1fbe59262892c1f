"""All links of an SP, as many as the state has: one connection to each array, and what answers theirs."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from millpond.array.link import trust
from millpond.array.link.client import Link, LinkDown
from millpond.array.link.server import Answers, LinkServer
from millpond.array.model import faults
from millpond.array.model.mirror_types import Remote
from millpond.array.processor import Processor
from millpond.array.store.store import Store

log = logging.getLogger(__name__)
EVERY = 0.25
"""Seconds between two looks."""


class Links:
    """``where`` is the address at which the SP answers, ``own`` its certificate and key. ``news`` is what it tells an
    array with each sign of life, ``heard`` gets the answer."""

    def __init__(
        self,
        processor: Processor,
        store: Store,
        where: str,
        own: trust.Files,
        answers: Answers,
        news: Callable[[str], dict[str, Any]],
        heard: Callable[[str, Any], None],
    ) -> None:
        self._processor, self._store = processor, store
        self._where, self._own, self._news, self._heard = where, own, news, heard
        self.server = LinkServer(store, answers, processor.state.peer)
        self._links: dict[str, Link] = {}
        self._keeping: dict[str, asyncio.Task[None]] = {}
        self._known: Mapping[str, Remote] = {}
        self._listens = True

    def of(self, serial: str) -> Link:
        """Raises ``LinkDown``."""
        link = self._links.get(serial)
        if link is None:
            raise LinkDown("there is no link to it")
        return link

    def silent(self, serial: str) -> float:
        """Seconds since this SP has said anything to that array."""
        link = self._links.get(serial)
        return link.silent if link is not None else 0.0

    def up(self) -> dict[str, bool]:
        """By the other array's serial number."""
        return {serial: link.up for serial, link in self._links.items()}

    async def watch(self) -> None:
        """Until cancelled."""
        while True:
            try:
                self.adapt()
                if not self._listens:
                    await self.server.listen(self._processor.sp, self._where, self._own)
                    self._listens = True
                self.server.end_cut()
            except Exception:
                log.exception("links cannot be kept")
            await asyncio.sleep(EVERY)

    def stop(self) -> None:
        self.server.stop()
        for keeping in self._keeping.values():
            keeping.cancel()
        self._keeping.clear()
        self._links.clear()

    def adapt(self) -> None:
        """To what the array is linked to now; links that have not changed stay up. Raises OSError."""
        remotes = self._store.state().remotes
        if remotes == self._known:
            return
        for serial in [s for s, link in self._links.items() if link.remote != remotes.get(s)]:
            self._keeping.pop(serial).cancel()
            del self._links[serial]
        for serial, remote in remotes.items():
            if serial not in self._links:
                self._links[serial] = link = self._made(serial, remote)
                self._keeping[serial] = asyncio.ensure_future(link.keep())
        self._known, self._listens = remotes, False

    def _made(self, serial: str, remote: Remote) -> Link:
        return Link(
            self._processor.sp,
            remote,
            trust.for_client(self._store.root, self._processor.sp, remote, self._own),
            partial(self._cut, serial),
            partial(self._news, serial),
            partial(self._heard, serial),
        )

    def _cut(self, serial: str) -> bool:
        return faults.cut(self._store.state(), serial)
