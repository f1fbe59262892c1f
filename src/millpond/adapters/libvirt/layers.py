"""``ports.layers`` by libvirt's external snapshots and block commit (virDomainBlockCommit).

libvirt keeps no list of snapshots: the domains are transient, and the VM's record has it.
"""

import asyncio
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import libvirt
from lxml import etree

from millpond.adapters.guest_agent_errors import no_agent
from millpond.adapters.libvirt import view
from millpond.adapters.libvirt.connection import Connection
from millpond.adapters.libvirt.errors import translating, words
from millpond.adapters.libvirt.metadata import Metadata
from millpond.adapters.libvirt.quiescing import NO_AGENT
from millpond.adapters.libvirt.xml import E, text
from millpond.adapters.tasks.runner import Report, TaskRunner
from millpond.domain.chain import chain
from millpond.domain.errors import Failed, Refused
from millpond.domain.job import Progress
from millpond.domain.vm import Disk, GuestSpec
from millpond.ports.hypervisor import Hypervisor

POLL = 0.5
_SNAPSHOT = (
    libvirt.VIR_DOMAIN_SNAPSHOT_CREATE_ATOMIC
    | libvirt.VIR_DOMAIN_SNAPSHOT_CREATE_NO_METADATA
    | libvirt.VIR_DOMAIN_SNAPSHOT_CREATE_REUSE_EXT
)


class LibvirtLayers:
    """``hypervisor`` is the same server's: it pauses guests, so that they keep their leases."""

    def __init__(self, connection: Connection, tasks: TaskRunner, hypervisor: Hypervisor) -> None:
        self._connection = connection
        self._tasks = tasks
        self._hypervisor = hypervisor

    async def snapshot(self, task: str, spec: GuestSpec, memory: str | None, quiesce: bool) -> None:
        async def work(report: Report) -> None:
            with translating("snapshot", _subject(spec)):
                await self._snapshot(spec, memory, quiesce)

        self._tasks.start(task, work)

    async def merge(self, task: str, spec: GuestSpec) -> None:
        async def work(report: Report) -> None:
            with translating("merge", _subject(spec)):
                for disk in spec.config.disks:
                    await self._merge(spec, disk, report)
                await self._connection.call("merge", lambda link: _remember(link, spec))

        self._tasks.start(task, work)

    async def _snapshot(self, spec: GuestSpec, memory: str | None, quiesce: bool) -> None:
        fresh = await self._connection.read("snapshot", lambda link: _fresh(link, spec))
        if fresh:
            if memory is not None:
                await self._hypervisor.pause(spec.config.id)
                await asyncio.to_thread(Path(memory).unlink, missing_ok=True)
            take = asyncio.ensure_future(
                self._connection.call_long(
                    "snapshot", lambda link: _take(link, spec, fresh, memory, quiesce)
                )
            )
            try:
                await asyncio.shield(take)
            except asyncio.CancelledError:
                if self._connection.closed:
                    raise
                await asyncio.wait([take])
                if take.exception() is not None:
                    raise
        if memory is not None:
            await asyncio.to_thread(_make_durable, memory)
        await self._connection.call("snapshot", lambda link: _remember(link, spec))

    async def _merge(self, spec: GuestSpec, disk: Disk, report: Report) -> None:
        """Begin the commit, or join the one that an earlier agent began, and follow it to its end."""

        def look(link: libvirt.virConnect) -> "_Commit | None":
            return _commit(link, spec, disk)

        commit = await self._connection.read("merge", look)
        if commit is None:
            return
        await self._connection.call("merge", lambda link: _begin(link, spec, commit))
        idle = 0
        try:
            while (now := await self._connection.read("merge", look)) is not None:
                idle = 0 if now.at_work else idle + 1  # it may end between two questions
                if idle > 1:
                    raise Failed("merge", f"the commit of {commit.top} ended without a result")
                if now.ready:
                    await self._hypervisor.pause(spec.config.id)
                    await self._connection.call_long(
                        "merge", lambda link: _end(link, spec, commit, pivot=True)
                    )
                report(now.progress)
                await asyncio.sleep(POLL)
        except asyncio.CancelledError:
            if self._connection.closed:
                raise
            await self._connection.call("merge", lambda link: _end(link, spec, commit, pivot=False))
            if await self._connection.read("merge", look) is not None:
                raise


class _Drive(NamedTuple):
    """A live disk: libvirt's name for it, the files of its chain, whether a commit is ready to end."""

    name: str
    paths: tuple[str, ...]
    ready: bool


class _Commit(NamedTuple):
    """A file to be merged into the next one, and how far that has come."""

    name: str
    top: str
    base: str
    active: bool
    ready: bool
    at_work: bool
    progress: Progress


def _subject(spec: GuestSpec) -> str:
    return f"vm {spec.config.name}"


def _domain(link: libvirt.virConnect, spec: GuestSpec) -> tuple[libvirt.virDomain, Metadata]:
    domain = view.lookup(link, spec.config.id)
    meta = view.metadata(domain) if domain is not None else None
    if domain is None or meta is None or meta.run != spec.run:
        raise Refused(
            "vm.state",
            _subject(spec),
            "this run of it is not on this server",
            "see where it is: millpond vm list",
        )
    return domain, meta


def _drives(domain: libvirt.virDomain) -> list[_Drive]:
    found = []
    for drive in etree.fromstring(domain.XMLDesc()).iterfind("devices/disk"):
        ready = drive.find("mirror[@ready='yes']") is not None
        found.append(_Drive(str(drive.xpath("string(target/@dev)")), tuple(_paths(drive)), ready))
    return found


def _paths(drive: etree._Element) -> Iterator[str]:
    """The files of its chain, from the top."""
    image: etree._Element | None = drive
    while image is not None:
        source = image.find("source")
        if source is not None and source.get("file"):
            yield source.get("file", "")
        image = image.find("backingStore")


def _fresh(link: libvirt.virConnect, spec: GuestSpec) -> dict[str, str]:
    """The new top of each live disk that has not got it yet, by libvirt's names."""
    domain, _ = _domain(link, spec)
    names = {d.paths[0]: d.name for d in _drives(domain) if d.paths}
    wanted = [chain(spec.directory, d).paths for d in spec.config.disks if d.backing]
    return {names[p[1]]: p[0] for p in wanted if p[1] in names and p[0] not in names}


def _take(
    link: libvirt.virConnect,
    spec: GuestSpec,
    fresh: dict[str, str],
    memory: str | None,
    quiesce: bool,
) -> None:
    domain, _ = _domain(link, spec)
    disks = E.disks()
    for drive in _drives(domain):
        path = fresh.get(drive.name)
        if path is None:
            disks.append(E.disk(name=drive.name, snapshot="no"))
            continue
        disks.append(
            E.disk(
                E.driver(type="qcow2"),
                E.source(file=path),
                name=drive.name,
                snapshot="external",
                type="file",
            )
        )
    kept = E.memory(snapshot="external", file=memory) if memory else E.memory(snapshot="no")
    flags = _SNAPSHOT | (0 if memory else libvirt.VIR_DOMAIN_SNAPSHOT_CREATE_DISK_ONLY)
    if quiesce:
        flags |= libvirt.VIR_DOMAIN_SNAPSHOT_CREATE_QUIESCE
    try:
        domain.snapshotCreateXML(text(E.domainsnapshot(kept, disks)), flags)
    except libvirt.libvirtError as error:
        if quiesce and error.get_error_code() in NO_AGENT:
            raise no_agent(_subject(spec), "leave out --quiesce", words(error)) from error
        raise


def _make_durable(path: str) -> None:
    with Path(path).open("rb") as file:
        os.fsync(file.fileno())


def _remember(link: libvirt.virConnect, spec: GuestSpec) -> None:
    """The guest has the disks of ``spec`` now, where it has their files."""
    domain, meta = _domain(link, spec)
    live = {d.paths for d in _drives(domain)}
    wanted = {d.target: d for d in spec.config.disks if chain(spec.directory, d).paths in live}
    disks = tuple(
        d.model_copy(
            update={f: getattr(wanted[d.target], f) for f in ("source", "format", "backing")}
        )
        if d.target in wanted
        else d
        for d in meta.config.disks
    )
    if disks != meta.config.disks:
        config = meta.config.model_copy(update={"disks": disks})
        view.set_metadata(domain, replace(meta, config=config))


def _commit(link: libvirt.virConnect, spec: GuestSpec, disk: Disk) -> _Commit | None:
    """What is left to be done to the disk; None if it has the chain of ``spec``."""
    domain, _ = _domain(link, spec)
    wanted = chain(spec.directory, disk).paths
    for drive in _drives(domain):
        surplus = [n for n, path in enumerate(drive.paths) if path not in wanted]
        if not surplus or not set(drive.paths) & set(wanted):
            continue
        number = surplus[0]
        if len(surplus) > 1 or number + 1 == len(drive.paths):
            raise Failed("merge", f"disk {disk.target} has other images than its record says")
        job = domain.blockJobInfo(drive.name) or {}
        return _Commit(
            drive.name,
            drive.paths[number],
            drive.paths[number + 1],
            number == 0,
            drive.ready,
            bool(job),
            _progress(job),
        )
    return None


def _begin(link: libvirt.virConnect, spec: GuestSpec, commit: _Commit) -> None:
    if not commit.at_work:
        flags = libvirt.VIR_DOMAIN_BLOCK_COMMIT_ACTIVE if commit.active else 0
        _domain(link, spec)[0].blockCommit(commit.name, commit.base, commit.top, 0, flags)


def _end(link: libvirt.virConnect, spec: GuestSpec, commit: _Commit, *, pivot: bool) -> None:
    """``pivot``: the guest goes on on the image that it was merged into; else there is no merge."""
    domain, _ = _domain(link, spec)
    if domain.blockJobInfo(commit.name):
        flags = libvirt.VIR_DOMAIN_BLOCK_JOB_ABORT_PIVOT if pivot else 0
        domain.blockJobAbort(commit.name, flags)
        _remember(link, spec)


def _progress(job: dict[str, int]) -> Progress:
    done, total = int(job.get("cur", 0)), int(job.get("end", 0))
    percent = min(99.0, 100 * done / total) if total else None
    return Progress(percent=percent, done=done, total=total or None, message="merging")
