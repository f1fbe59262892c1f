"""Live migration: libvirt's peer-to-peer protocol over TLS, QEMU's stream over TLS beside it.

The source's libvirtd drives the whole migration, so it goes on when the agent dies; what is found
half-way afterwards is taken up (``migrate``) or settled (``settling``).
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import libvirt

from millpond.adapters.libvirt import view
from millpond.adapters.libvirt.connection import Connection
from millpond.adapters.libvirt.errors import is_gone, words
from millpond.adapters.libvirt.progress import follow_job
from millpond.adapters.tasks.runner import Report
from millpond.domain.errors import Failed, Refused, Unknown
from millpond.domain.migration import MigrationOptions

_log = logging.getLogger(__name__)
_OUT = libvirt.VIR_DOMAIN_JOB_OPERATION_MIGRATION_OUT


def control_uri(address: str) -> str:
    """The target's libvirtd (https://libvirt.org/remote.html): certificates on both sides."""
    return f"qemu+tls://{_bracketed(address)}/system"


def _bracketed(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def flags_and_parameters(address: str, options: MigrationOptions) -> tuple[int, dict[str, Any]]:
    """For virDomainMigrateToURI3.

    UNSAFE is needed because libvirt only knows some cluster file systems by name; that the target
    sees the same files was proven when the pool was made, and disks are opened past the page cache.
    ABORT_ON_ERROR stops when a disk error pauses the guest, rather than move it half-broken.
    """
    flags = (
        libvirt.VIR_MIGRATE_LIVE
        | libvirt.VIR_MIGRATE_PEER2PEER
        | libvirt.VIR_MIGRATE_TLS
        | libvirt.VIR_MIGRATE_UNSAFE
        | libvirt.VIR_MIGRATE_ABORT_ON_ERROR
    )
    parameters: dict[str, Any] = {
        libvirt.VIR_MIGRATE_PARAM_URI: f"tcp://{_bracketed(address)}",
    }
    if options.bandwidth:
        parameters[libvirt.VIR_MIGRATE_PARAM_BANDWIDTH] = options.bandwidth
    if options.auto_converge:
        flags |= libvirt.VIR_MIGRATE_AUTO_CONVERGE
    if options.post_copy:
        flags |= libvirt.VIR_MIGRATE_POSTCOPY
    if options.parallel:
        flags |= libvirt.VIR_MIGRATE_PARALLEL
        parameters[libvirt.VIR_MIGRATE_PARAM_PARALLEL_CONNECTIONS] = options.parallel
    return flags, parameters


async def migrate(
    connection: Connection,
    vm: str,
    address: str,
    options: MigrationOptions,
    report: Report,
    bell: asyncio.Event,
    version: int,
    completed: Callable[[], dict[str, Any]],
) -> dict[str, float]:
    """Move the guest, or take up a migration of it that an earlier agent began.

    ``version`` is that of the lease a paused guest holds, by which the target may take it.
    ``completed`` gives libvirt's figures of the job, once it has told them.
    Returns ``downtime_ms`` and ``total_ms``. Raises ``Failed`` when the guest stayed here, and
    ``CancelledError`` when it stayed because the migration was cancelled.
    """
    flags, parameters = flags_and_parameters(address, options)

    def work(link: libvirt.virConnect) -> None:
        domain = view.lookup(link, vm)
        meta = view.metadata(domain) if domain is not None else None
        if domain is None or meta is None:
            return  # gone already: what the target says decides
        if view.job(domain) == _OUT:
            view.wait_for_job(domain)
            return
        view.set_metadata(domain, replace(meta, target=address, version=version))
        if options.max_downtime is not None:
            domain.migrateSetMaxDowntime(options.max_downtime)
        domain.migrateToURI3(control_uri(address), parameters, flags)

    moving = asyncio.ensure_future(connection.call_long("migrate", work))
    switching = None
    if options.post_copy:
        switching = asyncio.create_task(_switch_to_post_copy(connection, vm, bell))
    try:
        await follow_job(connection, vm, moving, report)
    except libvirt.libvirtError as error:
        raise Failed("migrate", words(error)) from error
    finally:
        if switching is not None:
            switching.cancel()
    there = await _confirm(connection, vm, address)
    return _figures(completed()) | there


async def _switch_to_post_copy(connection: Connection, vm: str, bell: asyncio.Event) -> None:
    """Once all memory has been sent once: the rest is fetched by the target as it is needed."""

    def switch(link: libvirt.virConnect) -> bool:
        domain = view.lookup(link, vm)
        if domain is None:
            return True
        if int(domain.jobStats().get("memory_iteration", 0)) < 2:
            return False
        domain.migrateStartPostCopy()
        return True

    while True:
        await bell.wait()
        bell.clear()
        try:
            if await connection.call("post-copy", switch):
                return
        except (libvirt.libvirtError, Unknown) as error:
            _log.info("no post-copy for %s yet: %s", vm, error)


async def _confirm(connection: Connection, vm: str, address: str) -> dict[str, float]:
    """The guest must be gone here and be there; the target keeps the completed job's figures."""
    if await connection.read("confirm migration", lambda c: view.guest(c, vm)) is not None:
        raise Failed("migrate", "the migration ended and the guest is still on its source")
    arrived = await asyncio.to_thread(ask_target, address, vm)
    if arrived is None:
        raise Refused(
            "vm.state",
            f"vm {vm}",
            f"it runs neither on this server nor on {address}",
            "see where it is: millpond vm list",
        )
    return arrived


class TargetSilent(Unknown):
    """The target cannot be asked."""


def ask_target(address: str, vm: str) -> dict[str, float] | None:
    """Blocking. None if the target has no trace of the guest, so that it will never run there.
    Raises ``Unknown`` if it may still come to run there, ``TargetSilent``."""
    try:
        link = libvirt.open(control_uri(address))
        try:
            domain = view.lookup(link, vm)
            if domain is None:
                return None
            if view.describe(domain) is None:
                raise Unknown("confirm migration", f"the guest is still arriving on {address}")
            stats = domain.jobStats(
                libvirt.VIR_DOMAIN_JOB_STATS_COMPLETED | libvirt.VIR_DOMAIN_JOB_STATS_KEEP_COMPLETED
            )
        finally:
            link.close()
    except libvirt.libvirtError as error:
        if is_gone(error):
            return None
        raise TargetSilent("confirm migration", f"{address}: {words(error)}") from error
    return _figures(stats)


def _figures(stats: dict[str, Any]) -> dict[str, float]:
    """A migration's result from libvirt's statistics of the completed job. The target has the
    better ones, but none after post-copy; the source tells its own as the job ends."""
    named = {
        "downtime_ms": stats.get("downtime"),
        "total_ms": stats.get("time_elapsed"),
        "bytes": stats.get("data_processed"),
    }
    return {name: float(value) for name, value in named.items() if value is not None}
