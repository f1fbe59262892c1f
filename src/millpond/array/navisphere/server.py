"""An SP's management server: takes commands over TLS, and answers them."""

import asyncio
import logging
import ssl
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from millpond.adapters.pki.contexts import server_context
from millpond.array.exports import SpName
from millpond.array.model.types import User
from millpond.array.navisphere import certificate, passwords, wire
from millpond.array.navisphere.audit import Audit
from millpond.array.navisphere.context import Context, FarArrays, Owners
from millpond.array.navisphere.execute import Answer, execute, failure
from millpond.array.state.peer import Peer
from millpond.array.store.store import Store

log = logging.getLogger(__name__)
PATIENCE = 30.0
"""Seconds that a client may take to send its request."""
AT_ONCE = 64
"""Connections; more are turned away."""

T = TypeVar("T")


class ManagementServer:
    """Of one SP. Methods raise OSError."""

    def __init__(
        self,
        store: Store,
        sp: SpName,
        address: str,
        owners: Owners | None = None,
        far: FarArrays | None = None,
    ) -> None:
        self._store, self._sp = store, sp
        self._address, self._owners, self._far = address, owners, far
        self._audit = Audit(store.root, sp)
        self._connections = 0
        self._hashing = asyncio.Semaphore(2)
        # Commands may wait for a minute: not in the threads that hosts' I/O needs.
        self._threads = ThreadPoolExecutor(AT_ONCE, "management")
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        serial = self._store.state().array.serial
        files = certificate.ensure(self._store.root, self._sp, serial, self._address)
        self._server = await asyncio.start_server(
            self._serve,
            self._address,
            wire.PORT,
            ssl=server_context(*files),
            ssl_handshake_timeout=10,
        )

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
        self._audit.close()
        self._threads.shutdown(wait=False)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections += 1
        try:
            if self._connections <= AT_ONCE:
                async with asyncio.timeout(PATIENCE):
                    request = await _receive(reader)
                answer = await self._answer(request, writer.get_extra_info("peername")[0])
                message = {"text": answer.text, "status": answer.status, "ask": answer.ask}
                writer.write(wire.pack(message))
                await writer.drain()
        except (wire.BadMessage, asyncio.IncompleteReadError, TimeoutError, OSError, ssl.SSLError):
            log.info("a client sent no request that could be read", exc_info=True)
        finally:
            self._connections -= 1
            writer.close()

    async def _answer(self, request: dict[str, Any], address: str) -> Answer:
        xml, argv, name = bool(request["xml"]), list(request["argv"]), str(request["user"])
        user = await self._verified(name, str(request["password"]))
        if user is None:
            self._audit.note(name, address, argv, 255)
            return failure(
                f"Error returned from the Management Server on {self._address}\n"
                "Authentication failed. Possible reasons for failure are invalid security file, "
                "invalid username, password and/or scope.",
                xml=xml,
            )
        context = Context(self._store, self._sp, user, self._alive, self._owners, far=self._far)
        try:
            answer = await self._in_thread(execute, context, argv, xml)
        except OSError as error:
            log.exception("the store failed")
            answer = failure(f"The array's state cannot be read or written: {error}", xml=xml)
        if not answer.ask:
            self._audit.note(name, address, argv, answer.status)
        return answer

    def _alive(self, sp: SpName) -> bool:
        return Peer(self._store.root, sp).alive()

    async def _verified(self, name: str, password: str) -> User | None:
        user = self._store.state().users.get(name)
        async with self._hashing:
            stored = user.password if user else None
            right = await self._in_thread(passwords.matches, stored, password)
        return user if right else None

    async def _in_thread(self, work: Callable[..., T], *arguments: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)


async def _receive(reader: asyncio.StreamReader) -> dict[str, Any]:
    """A request of this version. Raises ``BadMessage``, IncompleteReadError."""
    size = wire.length(await reader.readexactly(wire.HEADER.size))
    request = wire.unpack(await reader.readexactly(size))
    known = {"user": str, "password": str, "argv": list, "xml": bool}
    if request.get("version") != wire.VERSION:
        raise wire.BadMessage(f"version {request.get('version')}")
    if any(not isinstance(request.get(key), kind) for key, kind in known.items()):
        raise wire.BadMessage("not a request")
    if not all(isinstance(word, str) for word in request["argv"]):
        raise wire.BadMessage("a command is made of words")
    return request
