"""One-time tickets for consoles, and the pump between a viewer and a guest."""

import asyncio
import re
import secrets
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from millpond.domain.errors import Refused
from millpond.ports.hypervisor import ByteStream

LIFETIME = 30.0
"""Seconds a ticket may wait to be used."""


@dataclass(frozen=True)
class Ticket:
    """The right to open one console of one VM once, given to whoever has the session or API token
    ``session`` (its secret). ``expires``: seconds since 1970."""

    vm: str
    kind: str
    session: str
    expires: float


class Tickets:
    """In memory: a ticket is good for this manager process alone, which is the one its URL goes
    to."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._open: dict[str, Ticket] = {}

    def issue(self, vm: str, kind: str, session: str) -> tuple[str, Ticket]:
        """A new ticket and its secret."""
        now = self._clock()
        self._open = {s: t for s, t in self._open.items() if t.expires > now}
        secret, ticket = secrets.token_urlsafe(32), Ticket(vm, kind, session, now + LIFETIME)
        self._open[secret] = ticket
        return secret, ticket

    def redeem(self, secret: str) -> Ticket:
        """Use it up. Raises ``Refused(console.ticket)``."""
        ticket = self._open.pop(secret, None)
        if ticket is None or ticket.expires <= self._clock():
            raise Refused(
                "console.ticket",
                "console",
                "the ticket is unknown, used or expired",
                "ask for a new one; it is good for 30 s and for one use",
            )
        return ticket


_RFB_INPUT = {4, 5, 6, 255}
"""KeyEvent, PointerEvent, ClientCutText (RFC 6143, 7.5.4 to 7.5.6), and QEMU's own, an extended key."""
_TERMINAL_SAYS = re.compile(rb"(\x1b\[[?>=]?[0-9;]*[cnR])+\Z")
"""What a terminal answers by itself when it is asked what it is or where its cursor stands (ECMA-48)."""


def is_input(kind: str, data: bytes) -> bool:
    """Whether somebody sits at the viewer: one of VNC also asks for pictures, a terminal answers a guest's
    questions, both by themselves."""
    if kind == "vnc":
        return data[0] in _RFB_INPUT
    return _TERMINAL_SAYS.match(data) is None


Receive = Callable[[], Awaitable[bytes]]
Send = Callable[[bytes], Awaitable[None]]


async def pump(
    stream: ByteStream, receive: Receive, send: Send, ended: Coroutine[Any, Any, None]
) -> None:
    """Copy both ways until either end is done, or ``ended``. ``receive`` returns ``b""`` when the viewer
    left. The stream is closed in the end, whatever happens."""

    async def to_guest() -> None:
        while data := await receive():
            await stream.write(data)

    async def to_viewer() -> None:
        while data := await stream.read():
            await send(data)

    tasks = [asyncio.create_task(work) for work in (to_guest(), to_viewer(), ended)]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await stream.close()
