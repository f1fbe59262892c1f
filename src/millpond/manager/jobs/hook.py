"""Rehearsal of crashes: a command that is run at every boundary of every step."""

import asyncio
import shlex
from collections.abc import Awaitable, Callable

from millpond.manager.store.jobs import JobRow

Hook = Callable[[JobRow, str, str], Awaitable[None]]
"""Awaited with the job, the step (``-`` for none) and the phase: ``before`` it looks or acts,
``after`` it is recorded as done, ``end`` when the job has ended. A step that is taken back is
named ``undo:STEP``."""


async def no_hook(_job: JobRow, _step: str, _phase: str) -> None:
    """What runs outside of rehearsals."""


def command_hook(command: str) -> Hook:
    """Runs ``command`` (split as by a shell, run without one) with the operation's kind, the step,
    the phase and the job's id as further arguments, and waits for it; its exit status means
    nothing."""

    async def hook(job: JobRow, step: str, phase: str) -> None:
        process = await asyncio.create_subprocess_exec(
            *shlex.split(command), job.kind, step, phase, job.id
        )
        await process.wait()

    return hook
