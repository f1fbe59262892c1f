"""Suspend to a file and back."""

import asyncio
import os
from dataclasses import replace
from pathlib import Path

import libvirt

from millpond.adapters import durable
from millpond.adapters.libvirt import view
from millpond.adapters.libvirt.connection import Connection
from millpond.adapters.libvirt.domain_xml import update_saved
from millpond.adapters.libvirt.leases import GuestLeases
from millpond.adapters.libvirt.metadata import Metadata, parse_domain
from millpond.adapters.libvirt.progress import follow_job
from millpond.adapters.tasks.runner import Report
from millpond.domain.errors import Failed
from millpond.domain.vm import awakened

_COMPLETE = b"LibvirtQemudSave"
"""How a finished save image begins; until then libvirt has LibvirtQemudPart there."""


async def save(
    connection: Connection, leases: GuestLeases, vm: str, path: str, report: Report
) -> dict[str, float]:
    """Write the guest's memory beside ``path``, then give the file its name.

    The guest is paused first, so that it holds its lease for as long as that takes; libvirt would
    let go of it. If nothing comes of it, it goes on as it was.
    Takes up what an earlier agent left: a save still going on, or a finished one not yet renamed.
    """
    partial = Path(f"{path}.partial")

    def work(link: libvirt.virConnect) -> None:
        domain = view.lookup(link, vm)
        if domain is None:
            return
        if view.job(domain) == libvirt.VIR_DOMAIN_JOB_OPERATION_SAVE:
            view.wait_for_job(domain)
        else:
            partial.unlink(missing_ok=True)
            domain.saveFlags(str(partial), None, 0)

    await connection.call("save", lambda link: stop(link, vm))
    try:
        await leases.keep(vm)
        saving = asyncio.ensure_future(connection.call_long("save", work))
        await follow_job(connection, vm, saving, report)
    finally:
        if not connection.closed and await connection.read("save", lambda c: is_stopped(c, vm)):
            await leases.wake(vm)
    await asyncio.to_thread(_finish, partial, Path(path), vm)
    return {}


def stop(connection: libvirt.virConnect, vm: str) -> None:
    """Pause the guest if it runs, noting that it did."""
    domain = view.lookup(connection, vm)
    meta = view.metadata(domain) if domain is not None else None
    if domain is None or meta is None or view.job(domain):
        return
    view.set_metadata(domain, replace(meta, saving=not view.is_paused(domain) or meta.saving))
    if not view.is_paused(domain):
        domain.suspend()


def stays_paused(domain: libvirt.virDomain) -> None:
    """A guest that somebody is about to pause does not go on once it has been saved or moved. It may say
    otherwise if an agent or libvirtd died between pausing it, or letting it run on, and noting so."""
    meta = view.metadata(domain)
    if meta is not None and meta.saving:
        view.set_metadata(domain, replace(meta, saving=False))


def is_stopped(connection: libvirt.virConnect, vm: str) -> bool:
    domain = view.lookup(connection, vm)
    meta = view.metadata(domain) if domain is not None else None
    return meta is not None and meta.saving


def _finish(partial: Path, path: Path, vm: str) -> None:
    """Durably give the complete file its name. The guest is gone by now."""
    if path.exists() and not partial.exists():
        return
    try:
        with partial.open("rb") as file:
            if file.read(len(_COMPLETE)) != _COMPLETE:
                raise Failed("save", f"the guest's memory was not completely written to {partial}")
            os.fsync(file.fileno())
    except FileNotFoundError:
        raise Failed("save", f"guest {vm} does not run here and left no saved memory") from None
    partial.rename(path)
    durable.sync_directory(path.parent)


def restore(connection: libvirt.virConnect, meta: Metadata, path: str) -> None:
    """Blocking. The guest stands still when this returns, with the devices its memory knows: ``meta``
    says where its files are and which bridges its VIFs go to now."""
    saved = connection.saveImageGetXMLDesc(path)
    old = parse_domain(saved)
    if old is None:
        raise Failed("restore", f"{path} is not the saved memory of a Millpond VM")
    now = replace(meta, config=awakened(old.config, meta.config), saving=True)
    connection.restoreFlags(path, update_saved(saved, now), libvirt.VIR_DOMAIN_SAVE_PAUSED)
