"""``ports.live_copies`` by QEMU's backup jobs (QEMU's docs/interop/bitmaps).

A mark is a dirty bitmap of the disk. In a qcow2 file it is persistent: QEMU stores it when the guest ends,
finds it again when that starts, and calls it inconsistent if it was cut off in between.
"""

import asyncio
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, suppress
from functools import partial
from hashlib import sha256
from io import FileIO
from typing import Any, NamedTuple

import libvirt
from lxml import etree

from millpond.adapters.disks import tool
from millpond.adapters.libvirt import qmp, view
from millpond.adapters.libvirt.connection import Connection
from millpond.adapters.libvirt.errors import translating
from millpond.adapters.libvirt.metadata import Metadata
from millpond.adapters.libvirt.quiescing import quiet, thaw
from millpond.domain.backup import Quiesce
from millpond.domain.errors import Failed
from millpond.domain.job import Progress
from millpond.domain.vm import VmConfig, device_name
from millpond.ports.live_copies import Copied, LiveCopy, check_room, not_here, not_plugged

_POLL = 0.5
_FDSETS = {"vd": 4000, "xvd": 4100, "sd": 4200, "hd": 4300}
"""Numbers for our files, by a disk's bus; libvirt numbers its own from 0."""

_PREFIX = "millpond-"
_RAW = "a raw disk does not remember what changed on it longer than its guest runs in one place"
_LOST = "what changed since then is not known: the guest was cut off, or the disk is another"


class _Source(NamedTuple):
    """One disk in QEMU: its top image and node, its size and what is allocated of it in bytes; the names of
    its marks that can be used with the bytes that changed since, and of all; and whether it keeps them."""

    path: str
    node: str
    size: int
    allocated: int
    usable: Mapping[str, int]
    marks: frozenset[str]
    persistent: bool
    writable: bool


class LibvirtLiveCopies:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def under_way(self, vm: str, mark: str) -> bool:
        with _about(vm):
            return await self._connection.read("look at backup", lambda c: bool(_jobs(c, vm, mark)))

    async def copy(
        self,
        vm: str,
        run: str,
        copies: Sequence[LiveCopy],
        mark: str,
        since: str | None,
        room: int,
        quiesce: Quiesce,
        report: Callable[[Progress], None],
    ) -> Copied:
        with _about(vm):
            try:
                copied = Copied({})
                if not await self.under_way(vm, mark):
                    copied = await self._begin(vm, run, copies, mark, since, room, quiesce)
                await self._until_concluded(vm, mark, report)
                await self._connection.call("end backup", lambda c: _conclude(c, vm, mark))
            except BaseException:
                if not self._connection.closed:  # else the agent ends, and QEMU goes on
                    await self.stop(vm, mark)
                    await self.forget(vm, [mark])
                raise
            return copied

    async def thaw(self, vm: str) -> None:
        def let_go(connection: libvirt.virConnect) -> None:
            domain = view.lookup(connection, vm)
            if domain is not None:
                thaw(domain)

        with _about(vm):
            await self._connection.call_long("thaw", let_go)

    async def stop(self, vm: str, mark: str) -> None:
        def cancel(connection: libvirt.virConnect) -> None:
            for domain, job in _jobs(connection, vm, mark):
                if job["status"] != "concluded":
                    with suppress(Failed):  # it has just ended
                        qmp.command(domain, "job-cancel", id=job["id"])

        with _about(vm):
            await self._connection.call("stop backup", cancel)
            with suppress(Failed):  # what became of it matters no more
                await self._until_concluded(vm, mark, patient=True)
                await self._connection.call("end backup", lambda c: _conclude(c, vm, mark))

    async def forget(self, vm: str, marks: Collection[str]) -> None:
        def drop(connection: libvirt.virConnect) -> None:
            domain, meta = _known(connection, vm)
            if domain is None or meta is None:
                return
            for source in _sources(domain, meta.config).values():
                for name in source.marks:
                    if not name.startswith(tuple(f"{_PREFIX}{m}-" for m in marks)):
                        continue
                    remove = "block-dirty-bitmap-remove"
                    qmp.command(domain, remove, node=source.node, name=name)

        with _about(vm):
            await self._connection.call("forget", drop)

    async def _begin(
        self,
        vm: str,
        run: str,
        copies: Sequence[LiveCopy],
        mark: str,
        since: str | None,
        room: int,
        quiesce: Quiesce,
    ) -> Copied:
        sources = await self._connection.read("look at disks", lambda c: _running(c, vm, run))
        wanted = {c.target: _plugged(vm, sources, c.target) for c in copies}
        changes = {
            target: source.node
            for target, source in wanted.items()
            if since is not None and _name(since, source.path) in source.usable
        }
        check_room(vm, [_much(s, since if t in changes else None) for t, s in wanted.items()], room)
        with ExitStack() as stack:
            files: dict[str, FileIO] = {}
            for each in copies:
                file = stack.enter_context(FileIO(each.path, "x+b"))
                files[each.target] = file
                await _make(file, each.path, wanted[each.target].size, each.target in changes)
            begin = partial(_start, vm=vm, run=run, mark=mark, since=since, files=files)
            begin = partial(begin, changes=frozenset(changes), quiesce=quiesce)
            beginning = asyncio.ensure_future(self._connection.call_long("begin backup", begin))
            try:
                why_not = await asyncio.shield(beginning)
            except asyncio.CancelledError:
                await asyncio.wait([beginning])
                raise
        whole = {
            target: _LOST if source.persistent else _RAW
            for target, source in wanted.items()
            if target not in changes
        }
        return Copied(whole, quiesce is not Quiesce.NO and not why_not, why_not)

    async def _until_concluded(
        self,
        vm: str,
        mark: str,
        report: Callable[[Progress], None] = lambda progress: None,
        *,
        patient: bool = False,
    ) -> None:
        """Raises ``Failed`` as soon as one job has failed, unless ``patient``."""
        while True:
            jobs = await self._connection.read("backup", lambda c: _jobs(c, vm, mark))
            if not jobs:
                raise Failed("backup", "the guest ended meanwhile")
            errors = [job["error"] for _, job in jobs if "error" in job]
            if errors and not patient:
                raise Failed("backup", errors[0])
            total = sum(job["total-progress"] for _, job in jobs)
            done = sum(job["current-progress"] for _, job in jobs)
            report(
                Progress(
                    percent=min(90.0, 90.0 * done / total) if total else None,
                    done=done,
                    total=total,
                    message="copying",
                )
            )
            if all(job["status"] == "concluded" for _, job in jobs):
                return
            await asyncio.sleep(_POLL)


def _about(vm: str) -> AbstractContextManager[None]:
    return translating("backup", f"vm {vm}")


def _name(mark: str, path: str) -> str:
    """Of the bitmap in the image ``path``. When a disk gets a new top image (a snapshot), libvirt copies
    the names of its bitmaps there: such a one has seen only half of what has changed."""
    return f"{_PREFIX}{mark}-{sha256(path.encode()).hexdigest()[:16]}"


def _job(mark: str, target: str) -> str:
    """Of the job and of the node it writes to, which may have 31 characters."""
    return f"{_PREFIX}{mark[-8:]}-{target}"


def _fdset(target: str) -> int:
    return _FDSETS[target[:-1]] + ord(target[-1])


def _known(
    connection: libvirt.virConnect, vm: str
) -> tuple[libvirt.virDomain | None, Metadata | None]:
    domain = view.lookup(connection, vm)
    return domain, view.metadata(domain) if domain is not None else None


def _jobs(connection: libvirt.virConnect, vm: str, mark: str) -> list[tuple[Any, dict[str, Any]]]:
    """The jobs of a mark, each with its domain; none if the guest is not here."""
    domain, meta = _known(connection, vm)
    if domain is None or meta is None:
        return []
    try:
        found = qmp.command(domain, "query-jobs")
    except libvirt.libvirtError as error:
        if view.ended(error):
            return []
        raise
    return [(domain, job) for job in found if job["id"].startswith(_job(mark, ""))]


def _running(connection: libvirt.virConnect, vm: str, run: str) -> dict[str, _Source]:
    """The disks of that run."""
    domain, meta = _known(connection, vm)
    if domain is None or meta is None or meta.run != run:
        raise not_here(vm)
    return _sources(domain, meta.config)


def _sources(domain: libvirt.virDomain, config: VmConfig) -> dict[str, _Source]:
    """By target. libvirt's alias of a device is part of QEMU's name for it."""
    targets = {device_name(d.target): d.target for d in config.disks}
    devices = list(_devices(domain))
    found = {}
    for block in qmp.command(domain, "query-block"):
        parts, inserted = block.get("qdev", "").split("/"), block.get("inserted")
        device = next((d for d in devices if d.alias in parts), None)
        if device is not None and device.name in targets and inserted is not None:
            found[targets[device.name]] = _source(inserted, device.path)
    return found


class _Device(NamedTuple):
    """A disk in the domain's XML."""

    name: str
    alias: str
    path: str


def _devices(domain: libvirt.virDomain) -> Iterator[_Device]:
    for disk in etree.fromstring(domain.XMLDesc()).iterfind("devices/disk"):
        target, alias, source = disk.find("target"), disk.find("alias"), disk.find("source")
        if target is not None and alias is not None and source is not None:
            path = source.get("file") or source.get("dev") or ""
            yield _Device(target.get("dev", ""), alias.get("name", ""), path)


def _source(inserted: Mapping[str, Any], path: str) -> _Source:
    marks = inserted.get("dirty-bitmaps", [])
    usable = [m for m in marks if m["recording"] and not m.get("inconsistent") and not m["busy"]]
    return _Source(
        path=path,
        node=inserted["node-name"],
        size=inserted["image"]["virtual-size"],
        allocated=_allocated(inserted["image"], path),
        usable={m["name"]: m["count"] for m in usable if "name" in m},
        marks=frozenset(m["name"] for m in marks if "name" in m),
        persistent=_remembers(inserted),
        writable=not inserted["ro"],
    )


def _allocated(image: Mapping[str, Any], path: str) -> int:
    """Bytes in the image and those beneath it; of a block device, all that it has."""
    if path.startswith("/dev/"):
        return int(image["virtual-size"])
    below = image.get("backing-image")
    return int(image.get("actual-size", 0)) + (_allocated(below, "") if below else 0)


def _remembers(inserted: Mapping[str, Any]) -> bool:
    """Whether its format has room for marks: qcow2 has, but for its first version."""
    specific = inserted["image"].get("format-specific", {}).get("data", {})
    return bool(inserted["drv"] == "qcow2" and specific.get("compat") != "0.10")


def _plugged(vm: str, sources: Mapping[str, _Source], target: str) -> _Source:
    if target not in sources:
        raise not_plugged(vm, target)
    return sources[target]


def _much(source: _Source, since: str | None) -> int:
    """Bytes to copy."""
    return source.allocated if since is None else source.usable[_name(since, source.path)]


async def _make(file: FileIO, path: str, size: int, changes: bool) -> None:
    """An empty image. One of changes has a backing file by name: QEMU is told not to open it."""
    arguments = ["create", "-q", "-u", "-f", "qcow2"]
    arguments += ["-b", "before", "-F", "qcow2"] if changes else []
    await tool.run(path, [*arguments, tool.name_of(file), str(size)], [file])


def _start(
    connection: libvirt.virConnect,
    vm: str,
    run: str,
    mark: str,
    since: str | None,
    files: Mapping[str, FileIO],
    changes: frozenset[str],
    quiesce: Quiesce,
) -> str:
    """All disks at one instant (a transaction), and none if one cannot be. Why the guest's file systems did
    not stand still, if they should have."""
    sources = _running(connection, vm, run)
    domain = connection.lookupByUUIDString(vm)
    actions = []
    for target, file in files.items():
        source, name, fdset = sources[target], _job(mark, target), _fdset(target)
        with suppress(Failed):  # what a broken try left
            qmp.command(domain, "remove-fd", fdset_id=fdset)
        qmp.give(domain, file.fileno(), fdset)
        below = {"driver": "file", "filename": f"/dev/fdset/{fdset}", "locking": "off"}
        node = {"driver": "qcow2", "node_name": name, "file": below, "backing": None}
        qmp.command(domain, "blockdev-add", **node)
        if source.writable:
            asked: dict[str, Any] = {"node": source.node, "persistent": source.persistent}
            asked["name"] = _name(mark, source.path)
            actions.append({"type": "block-dirty-bitmap-add", "data": asked})
        backup = {"job-id": name, "device": source.node, "target": name, "auto-dismiss": False}
        if target in changes:
            backup |= {
                "sync": "bitmap",
                "bitmap": _name(str(since), source.path),
                "bitmap-mode": "never",
            }
        else:
            backup |= {"sync": "full"}
        actions.append({"type": "blockdev-backup", "data": backup})
    with quiet(domain, f"vm {vm}", quiesce) as why_not:
        qmp.command(domain, "transaction", actions=actions)
    return why_not


def _conclude(connection: libvirt.virConnect, vm: str, mark: str) -> None:
    """Let QEMU close the images. Raises ``Failed`` with what went wrong."""
    domain, meta = _known(connection, vm)
    if domain is None or meta is None:
        return
    errors = []
    for _, job in _jobs(connection, vm, mark):
        errors += [job["error"]] if "error" in job else []
        qmp.command(domain, "job-dismiss", id=job["id"])
    for disk in meta.config.disks:
        with suppress(Failed):  # there is none of that name
            qmp.command(domain, "blockdev-del", node_name=_job(mark, disk.target))
            qmp.command(domain, "remove-fd", fdset_id=_fdset(disk.target))
    if errors:
        raise Failed("backup", errors[0])
