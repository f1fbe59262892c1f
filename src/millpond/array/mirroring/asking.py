"""Sending what is in a primary image, or in a point in time of it, to the secondary one."""

import asyncio
from collections.abc import Awaitable, Callable

from millpond.array.engine.copy import PIECE
from millpond.array.engine.file import Buffer, LunFile
from millpond.array.link.client import Link
from millpond.array.link.frames import PATIENCE, Op
from millpond.array.model.mirror_types import Mirror

LONGEST = 20.0
"""Seconds that one write is tried for, while links come and go, and that the other array's disk may take."""


class Asking:
    """For changes of the mirror's secondary image, over one connection. Raises ``LinkDown``, ``Turned``."""

    def __init__(self, link: Link, mirror: Mirror) -> None:
        self._connection = link.connection
        self._image = bytes.fromhex(mirror.uid), mirror.epoch, mirror.turn

    async def ask(self, op: Op, offset: int, length: int, data: Buffer) -> None:
        patience = LONGEST if op is Op.FLUSH else PATIENCE
        await self._connection.ask(op, *self._image, offset, length, data, patience)


Ask = Callable[[Op, int, int, Buffer], Awaitable[None]]


async def in_pieces(data: memoryview, offset: int, ask: Ask) -> None:
    for begun in range(0, len(data), PIECE):
        await ask(Op.WRITE, offset + begun, 0, data[begun : begun + PIECE])


async def as_it_is(file: LunFile, offset: int, length: int, ask: Ask) -> None:
    """What is there now, holes as such."""
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
