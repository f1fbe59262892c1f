"""What an SP answers to the SPs of other arrays."""

import asyncio
import json
import logging
import ssl
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Protocol

from millpond.adapters.host.kernel import boot_id
from millpond.array.exports import SpName
from millpond.array.link import trust
from millpond.array.link.frames import ANSWER, HEADER, PORT, BadFrame, Op, Request, request
from millpond.array.model import faults
from millpond.array.model.mirror_types import Remote
from millpond.array.model.refusals import Refusal
from millpond.array.model.types import SPS
from millpond.array.state.peer import Peer
from millpond.array.store.store import Store

log = logging.getLogger(__name__)
OPENED = 10.0
"""Seconds in which whoever connects has to say who it is."""


class Answers(Protocol):
    """What is done with requests. Both raise ``Refusal``, OSError."""

    async def carry(self, guest: "Guest", asked: Request, data: bytes) -> None:
        """Carry out everything but calls."""
        ...

    async def call(self, remote: Remote, asked: dict[str, Any]) -> Any: ...


class Guest:
    """A connection of SP ``sp`` of array ``remote``."""

    def __init__(self, remote: Remote, writer: asyncio.StreamWriter, answers: Answers) -> None:
        self.remote, self._writer, self._answers = remote, writer, answers
        self.sp = ""
        self.ended = False
        """Nothing more of it is carried out, though it may have come already."""
        self._calls: set[asyncio.Future[None]] = set()

    @property
    def key(self) -> str:
        return f"{self.remote.serial} {self.sp}"

    def close(self) -> None:
        self.ended = True
        self._writer.transport.abort()

    async def serve(self, reader: asyncio.StreamReader) -> None:
        """Raises OSError, EOFError, ``BadFrame``."""
        while True:
            asked = request(await reader.readexactly(HEADER.size))
            data = await reader.readexactly(asked.follows) if asked.follows else b""
            if self.ended:
                return
            if asked.op == Op.CALL:
                self._begin(self._answer(asked.tag, self._call(data)))
            elif asked.op == Op.FLUSH:
                self._begin(self._answer(asked.tag, self._carry(asked, data)))
            else:
                await self._answer(asked.tag, self._carry(asked, data))

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Writes do not wait for it."""
        call = asyncio.ensure_future(work)
        self._calls.add(call)
        call.add_done_callback(self._calls.discard)

    async def _carry(self, asked: Request, data: bytes) -> bytes:
        await self._answers.carry(self, asked, data)
        return b""

    async def _call(self, data: bytes) -> bytes:
        said = await self._answers.call(self.remote, json.loads(data))
        return json.dumps(said).encode()

    async def _answer(self, tag: int, doing: Awaitable[bytes]) -> None:
        refused, said = False, b""
        try:
            said = await doing
        except Refusal as refusal:
            refused, said = True, _refused(refusal.key, refusal.text)
        except Exception as error:
            log.exception("what another array asked for failed")
            refused, said = True, _refused("", str(error))
        self._writer.write(ANSWER.pack(tag, refused, len(said)) + said)


def _refused(key: str, text: str) -> bytes:
    return json.dumps({"key": key, "text": text}).encode()


class LinkServer:
    """Of one SP."""

    def __init__(self, store: Store, answers: Answers, peer: Peer) -> None:
        self._store, self._answers, self._peer = store, answers, peer
        self._guests: set[Guest] = set()
        self._server: asyncio.Server | None = None

    async def listen(self, sp: SpName, where: str, own: trust.Files) -> None:
        """From now on, to all that the array is linked to now. Raises OSError."""
        self.stop()
        remotes = self._store.state().remotes.values()
        if remotes:
            context = trust.for_server(self._store.root, sp, remotes, own)
            self._server = await asyncio.start_server(
                self._connected, where, PORT, ssl=context, ssl_handshake_timeout=OPENED
            )

    def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for guest in self._guests:
            guest.close()

    def end(self, chosen: Callable[[Guest], bool]) -> None:
        for guest in self._guests:
            if chosen(guest):
                guest.close()

    async def end_everywhere(self, key: str) -> None:
        """Of that SP, in both SPs here: nothing that it has sent over connections until now is done any more."""
        self.end(lambda guest: guest.key == key)
        await self._peer.ask({"unlink": key})

    def end_cut(self) -> None:
        state = self._store.state()
        self.end(lambda guest: faults.cut(state, guest.remote.serial))

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        shown = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        state = self._store.state()
        remote = trust.whose(state.remotes.values(), shown)
        guest = None
        try:
            if remote is not None and not faults.cut(state, remote.serial):
                guest = Guest(remote, writer, self._answers)
                async with asyncio.timeout(OPENED):
                    await self._welcome(guest, reader, writer)
                await guest.serve(reader)
        except (OSError, EOFError, ssl.SSLError, BadFrame, ValueError, KeyError) as error:
            log.info("a link to this SP ended: %s", error)
        finally:
            if guest is not None:
                self._guests.discard(guest)
            writer.transport.abort()

    async def _welcome(
        self, guest: Guest, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Nothing that the other SP sent before is done after this: neither here nor by the peer, which is reset
        if it does not say so."""
        asked = request(await reader.readexactly(HEADER.size))
        guest.sp = json.loads(await reader.readexactly(asked.follows))["hello"]
        if guest.sp not in SPS:  # an SP has one connection
            raise BadFrame(f"there is no SP {guest.sp}")
        await self.end_everywhere(guest.key)
        self._guests.add(guest)
        said = json.dumps({"boot": boot_id()}).encode()
        writer.write(ANSWER.pack(asked.tag, False, len(said)) + said)
