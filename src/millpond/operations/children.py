"""Work of which each part is a job of its own."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable

from millpond.operations.base import Cancelled, Context


async def in_turn(
    parts: Iterable[str], work: Callable[[str], Awaitable[None]], at_once: int, ctx: Context
) -> None:
    """``work`` for each, ``at_once`` at the same time. None begins once another has failed, or the job
    was cancelled; those under way are waited for. Raises what the first that failed raised."""
    slots = asyncio.Semaphore(at_once)
    trouble: list[Exception] = []

    async def one(part: str) -> None:
        async with slots:
            if trouble:
                return
            try:
                if ctx.cancelled:
                    raise Cancelled
                await work(part)
            except Exception as error:
                trouble.append(error)

    await asyncio.gather(*(one(part) for part in parts))
    if trouble:
        raise trouble[0]
