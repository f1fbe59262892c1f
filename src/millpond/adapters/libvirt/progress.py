"""Following a domain's job (save, migration) to its end, with progress and cancellation."""

import asyncio
from typing import Any, TypeVar

import libvirt

from millpond.adapters.libvirt import view
from millpond.adapters.libvirt.connection import Connection
from millpond.adapters.tasks.runner import Report
from millpond.domain.errors import Unknown
from millpond.domain.job import Progress

T = TypeVar("T")
POLL = 0.5


async def follow_job(
    connection: Connection, vm: str, work: "asyncio.Future[T]", report: Report
) -> T:
    """The result of ``work``, the call in whose course libvirt runs the job.

    If this is cancelled the job is aborted; work that ended well nonetheless counts as done.
    """
    while not work.done():
        try:
            await asyncio.wait({work}, timeout=POLL)
            if not work.done():
                await _report(connection, vm, report)
        except asyncio.CancelledError:
            if connection.closed:  # the agent ends; what it began goes on without it
                raise
            await _abort(connection, vm)
            await asyncio.wait({work})
            if work.exception() is not None:
                raise
    return work.result()


async def _report(connection: Connection, vm: str, report: Report) -> None:
    def look(link: libvirt.virConnect) -> dict[str, Any]:
        domain = view.lookup(link, vm)
        return domain.jobStats() if domain is not None else {}

    try:
        progress = from_stats(await connection.call("job statistics", look))
    except (libvirt.libvirtError, Unknown):
        return  # the job ends, or libvirtd went: whoever awaits ``work`` hears of it
    if progress is not None:
        report(progress)


async def _abort(connection: Connection, vm: str) -> None:
    def abort(link: libvirt.virConnect) -> None:
        domain = view.lookup(link, vm)
        if domain is not None:
            domain.abortJob()

    try:
        await connection.call("abort", abort)
    except (libvirt.libvirtError, Unknown):
        return  # too late, or no job: again the end of ``work`` tells


def from_stats(stats: dict[str, Any]) -> Progress | None:
    """libvirt's job statistics (virDomainGetJobStats); None if there are none yet."""
    total, left = int(stats.get("data_total", 0)), int(stats.get("data_remaining", 0))
    done = int(stats.get("data_processed", 0))
    if not total:
        return None
    rate = float(stats.get("memory_bps", 0)) or None
    iteration = int(stats.get("memory_iteration", 0))
    return Progress(
        percent=max(0.0, min(99.0, 100.0 * (1 - left / total))),
        done=done,
        total=total,
        rate=rate,
        seconds_left=left / rate if rate else None,
        message=f"memory, pass {iteration}" if iteration else "memory",
    )
