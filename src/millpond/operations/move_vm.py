"""Move a VM to another repository: its disks while it runs, and all that it owns while it is off.

Only one that is off takes its record and its lease along, and with them its snapshots: then nobody runs it, and
nobody starts it. See decision 0017.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import PurePath

from pydantic import Field

from millpond.domain.chain import ImageFile, chain
from millpond.domain.errors import Failed, Refused
from millpond.domain.job import Lock, Observation
from millpond.domain.layout import LEASE, RETIRED_RECORD, vm_directory
from millpond.domain.names import AbsolutePath, Id, Name
from millpond.domain.permissions import Permission
from millpond.domain.pool import PoolDocument
from millpond.domain.repository import Repository
from millpond.domain.snapshots import files as owned_files
from millpond.domain.vm import Disk, DiskFormat, Model, VmConfig, VmDocument
from millpond.operations.base import Context, Step, seen
from millpond.operations.catalogue import destination
from millpond.operations.devices import claim_locks, claims
from millpond.operations.disk_list import is_own_file
from millpond.operations.move_disk import (
    RATE,
    DiskMovePlan,
    check_still,
    directory_step,
    move_steps,
    numbered,
    plan_moves,
    there_already,
    worker_for,
)
from millpond.operations.room import data_in, room
from millpond.operations.vms import Found, Vm, VmOperation, VmPlan, VmSpec, find, follow
from millpond.ports.agent import Agent
from millpond.ports.disks import Disks
from millpond.ports.world import World


class VmMoveSpec(VmSpec):
    repository: Name = Field(description="Where to; `root` is the cluster root", examples=["data1"])
    rate: int = RATE


class Moved(Model):
    """A file of the VM: from where, to the new home. ``below`` lies beneath it there already; or, with
    ``flat``, here, and its data come along."""

    source: AbsolutePath
    to: AbsolutePath
    format: DiskFormat
    below: tuple[ImageFile, ...] = ()
    flat: bool = True


class Home(Model):
    """Where the VM goes as a whole, and what ``after`` it is."""

    worker: Id
    directory: AbsolutePath
    files: tuple[Moved, ...]
    after: VmDocument


class VmMovePlan(VmPlan):
    """``disks`` of one that runs, or whose disks come home; else its ``home``."""

    disks: DiskMovePlan | None = None
    home: Home | None = None


class MoveVm(VmOperation[VmMoveSpec, VmMovePlan]):
    kind = "vm.move"
    summary = "Move a VM to another repository: its disks while it runs, all of it while it is off"
    permission = Permission.VM_MANAGE
    spec_type = VmMoveSpec
    plan_type = VmMovePlan

    async def plan(self, world: World, spec: VmMoveSpec) -> VmMovePlan:
        found = await find(world, spec.vm)
        document, target = found.document, destination(found.pool, spec.repository)
        check_still(found)
        there = target.id if target else None
        own = [d for d in document.config.disks if is_own_file(d)]
        away = [d for d in own if document.repository_of(d) != there]
        stays = found.guest is not None or document.repository == there
        if stays and not away:
            raise there_already(f"vm {document.config.name}", spec.repository)
        if stays:
            disks = await plan_moves(world, found, away, target)
            return VmMovePlan(pool=disks.pool, before=document, servers=disks.servers, disks=disks)
        home = await _home(world, found, target)
        servers = (home.worker,)
        return VmMovePlan(pool=found.pool.id, before=document, servers=servers, home=home)

    def locks(self, spec: VmMoveSpec, plan: VmMovePlan) -> list[Lock]:
        """In between nobody has its name, its addresses and its devices by the records."""
        config = plan.before.config
        kept = [Lock(object=f"vm-name:{plan.pool}/{config.name}")]
        kept += claim_locks(plan.pool, claims(config))
        return [*super().locks(spec, plan), *(kept if plan.home else [])]

    def steps(self, world: World, spec: VmMoveSpec, plan: VmMovePlan) -> list[Step]:
        if plan.disks is not None:
            return move_steps(world, plan.disks, spec.rate)
        assert plan.home is not None, "it has one of the two"
        return _Relocation(plan.at_work(world), plan.before, plan.home).steps()


async def _home(world: World, found: Found, target: Repository | None) -> Home:
    pool, before = found.pool, found.document
    _check_alone(before)
    keys = {before.repository, *(before.repository_of(d) for d in before.config.disks)}
    needed = [target, *(pool.repository(k) if k else None for k in keys)]
    worker = worker_for(pool, needed, None)
    root = target.mount if target else pool.cluster_root
    directory = vm_directory(root, before.config.id)
    files, disks = _files(pool, before, directory)
    config = VmConfig.model_validate(before.config.model_dump() | {"disks": disks})
    sizes = world.agent(pool, worker).disks
    await _check_free(sizes, files)
    paths = {path for f in files for path in (f.source, *(b.path for b in f.below if f.flat))}
    left = await room(world, pool, target.id if target else None)
    left.check(f"vm {config.name}", await data_in(sizes, paths))
    after = before.model_copy(
        update={"config": config, "generation": 1, "repository": target.id if target else None}
    )
    return Home(worker=worker, directory=directory, files=tuple(files), after=after)


async def _check_free(disks: Disks, files: list[Moved]) -> None:
    """Raises ``Refused(object.exists)`` if a file is there that one of the VM's would be taken for."""
    for moved in files:
        if await disks.size(moved.to) is not None:
            raise Refused(
                "object.exists",
                f"file {moved.to}",
                "it is there already, and is not the one that would be copied there",
                "rename it, or move the disk that it is of back to the VM first: "
                "millpond vm disk move VM DISK REPOSITORY",
            )


def _check_alone(document: VmDocument) -> None:
    """Raises ``Refused(vm.devices)`` for what the VM cannot take along."""
    name = document.config.name
    configs = (document.config, *(s.config for s in document.snapshots))
    for disk in (d for c in configs for d in c.disks):
        if disk.source.startswith(("iso:", "shared:")) and not disk.empty:
            eject = f"millpond vm cdrom eject {name}"
            detach = f"millpond vm disk detach {name} {disk.target}"
            raise Refused(
                "vm.devices",
                f"vm {name}",
                f"{disk.source} is of the repository that it lies in now",
                f"take it out first: {eject if disk.cdrom else detach}; "
                "and delete the snapshots that have it",
            )
    sources = [b.source for c in configs for d in c.disks for b in d.backing]
    if document.snapshots and any(s.startswith("seed:") for s in sources):
        raise Refused(
            "vm.devices",
            f"vm {name}",
            "its snapshots lie over a template, which stays where it is",
            f"delete the snapshots first: millpond vm snapshot list {name}",
        )


def _files(
    pool: PoolDocument, before: VmDocument, directory: str
) -> tuple[list[Moved], list[Disk]]:
    """Those to be copied, each after what lies beneath it, and the VM's disks there."""
    old = pool.directory_of(before)
    files: dict[str, Moved] = {}
    own = frozenset(s[5:] for s in owned_files(before) if not s.startswith("file:/"))
    disks = [_moved(old, disk, directory, files, own) for disk in before.config.disks]
    for snapshot in before.snapshots:
        for disk in snapshot.config.disks:
            _moved(old, disk, directory, files, own)
        if (memory := snapshot.memory) is not None:
            where = (f"{old}/{memory}", f"{directory}/{memory}")
            files[memory] = Moved(source=where[0], to=where[1], format=DiskFormat.RAW)
    return [f for f in files.values() if f.source != f.to], disks


def _moved(
    old: str, disk: Disk, directory: str, files: dict[str, Moved], own: frozenset[str]
) -> Disk:
    """The disk there; its files are added to ``files``, by name. ``own`` are the names in the VM's directory
    as it is."""
    if not disk.source.startswith("file:"):
        return disk
    images = chain(old, disk)
    elsewhere = disk.source.startswith("file:/")
    name = _free_name(images.top, {*files, *own}) if elsewhere else disk.source[5:]
    if any(layer.source.startswith("seed:") for layer in disk.backing):
        top = {"source": images.top, "to": f"{directory}/{name}", "format": disk.format}
        files[name] = Moved.model_validate(top | {"below": images.backing})
        return disk.model_copy(update={"backing": ()})
    line = [ImageFile(path=images.top, format=disk.format), *images.backing]
    there = [i.model_copy(update={"path": f"{directory}/{PurePath(i.path).name}"}) for i in line]
    there[0] = there[0].model_copy(update={"path": f"{directory}/{name}"})
    for n in reversed(range(len(line))):
        below = tuple(there[n + 1 :])
        key, image = PurePath(there[n].path).name, line[n]
        files[key] = Moved(
            source=image.path, to=there[n].path, format=image.format, below=below, flat=not below
        )
    return disk.model_copy(update={"source": f"file:{name}", "repository": None})


def _free_name(path: str, taken: Iterable[str]) -> str:
    """One that came from elsewhere may be called like another of the VM's."""
    return next(name for name in numbered(PurePath(path).name) if name not in taken)


@dataclass(frozen=True)
class _Relocation:
    """The steps. At no time two records are there of the VM; for an instant there is none."""

    vm: Vm
    before: VmDocument
    home: Home

    def steps(self) -> list[Step]:
        copies = [self._copy_step(moved) for moved in self.home.files]
        make = directory_step(self.vm, self.home.worker, self.home.directory)
        return [make, *copies, self._lease_step(), self._record_step(), self._remove_step()]

    async def _worker(self) -> Agent:
        return await self.vm.agent(self.home.worker)

    def _copy_step(self, moved: Moved) -> Step:
        async def observe() -> Observation:
            return seen(await (await self._worker()).disks.size(moved.to) is not None)

        async def act(ctx: Context) -> None:
            agent = await self._worker()
            if not moved.flat:  # libvirt writes whole paths into what it has merged
                beneath = moved.below[0]
                beside = f"{PurePath(moved.source).parent}/{PurePath(beneath.path).name}"
                here = beneath.model_copy(update={"path": beside})
                await agent.disks.rebase(moved.source, here)
            task = f"{ctx.job}/move {PurePath(moved.to).name}"
            ends = (moved.source, moved.format, moved.to, moved.format)
            clone = partial(agent.disks.clone, task, *ends, moved.below, moved.flat)
            await follow(agent, task, clone, ctx)

        async def undo() -> None:
            await (await self._worker()).disks.remove(moved.to)

        return Step(f"copy {PurePath(moved.to).name}", observe, act, undo)

    def _lease_step(self) -> Step:
        path = f"{self.home.directory}/{LEASE}"

        async def observe() -> Observation:
            return seen(await (await self._worker()).disks.size(path) is not None)

        async def act(_: Context) -> None:
            pool = await self.vm.pool()
            root = pool.root_of(self.home.after.repository)
            await self.vm.world.master(pool).leases.create(root, pool.id, self.vm.id)

        async def undo() -> None:
            await (await self._worker()).disks.remove(path)

        return Step("lease", observe, act, undo)

    async def _records(self) -> tuple[VmDocument | None, VmDocument | None]:
        """The one where it was, and the one where it goes."""
        pool = await self.vm.pool()
        records = self.vm.world.master(pool).records
        old = await records.vm(pool.root_of(self.before.repository), self.vm.id)
        return old, await records.vm(pool.root_of(self.home.after.repository), self.vm.id)

    def _record_step(self) -> Step:
        async def observe() -> Observation:
            old, new = await self._records()
            return seen(new is not None and old is None)

        async def act(_: Context) -> None:
            pool = await self.vm.pool()
            master, old = self.vm.world.master(pool), pool.root_of(self.before.repository)
            owner = await master.leases.owner(old, pool.id, self.vm.id)
            now, _there = await self._records()
            if owner is not None or (now is not None and now.run != self.before.run):
                raise Failed("record", "the VM has been started meanwhile")
            await master.records.delete_vm(old, self.vm.id, False)
            await self._write(self.home.after)

        async def undo() -> None:
            if await self._records() == (None, None):
                await self._write(self.before.model_copy(update={"generation": 1}))
            retired = f"{await self._old()}/{RETIRED_RECORD}"
            await (await self._worker()).disks.remove(retired)

        return Step("record", observe, act, undo, point_of_no_return=True)

    async def _old(self) -> str:
        return (await self.vm.pool()).directory_of(self.before)

    async def _write(self, document: VmDocument) -> None:
        """Its count begins anew. It ends at another one than it had, by which everybody sees that it is
        not what it was."""
        pool = await self.vm.pool()
        records = self.vm.world.master(pool).records
        for generation in (1, 2) if self.before.generation == 1 else (1,):
            document = document.model_copy(update={"generation": generation})
            await records.put_vm(pool.root_of(document.repository), document)
        await self.vm.world.touch(pool, self.vm.id, document)

    def _remove_step(self) -> Step:
        """What the VM has left behind, and the directories if nothing else is in them: what was detached
        from it stays."""

        async def left() -> list[str]:
            directory = await self._old()
            own = [f"{directory}/{name}" for name in (LEASE, RETIRED_RECORD)]
            return [*(moved.source for moved in self.home.files), *own]

        async def observe() -> Observation:
            disks = (await self._worker()).disks
            return seen(all([await disks.size(path) is None for path in await left()]))

        async def act(_: Context) -> None:
            disks, paths = (await self._worker()).disks, await left()
            for path in paths:
                await disks.remove(path)
            for directory in sorted({str(PurePath(path).parent) for path in paths}):
                if directory != self.home.directory:
                    await disks.remove_directory(directory)

        return Step("remove", observe, act, point_of_no_return=True)
