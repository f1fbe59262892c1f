"""Bring a VM back from a backup: as a new one, or with the disks of the one it was made of."""

from dataclasses import replace
from typing import Self

from pydantic import Field, model_validator

from millpond.domain.backup import Backup
from millpond.domain.errors import Refused
from millpond.domain.image import ImageKind, ImageState
from millpond.domain.job import Lock, Observation
from millpond.domain.layout import disk_path
from millpond.domain.names import Name, new_id, new_mac
from millpond.domain.permissions import Permission
from millpond.domain.pool import PoolDocument
from millpond.domain.vm import Disk, VmConfig, VmDocument
from millpond.operations.backups import BackupPlan, BackupSpec, FoundBackup, find_backup
from millpond.operations.base import Context, Step, seen
from millpond.operations.create_vm import Fill, born_step, disk_step, with_lease
from millpond.operations.devices import build_config, check_unclaimed, claim_locks, claims
from millpond.operations.records import readable
from millpond.operations.room import room
from millpond.operations.vms import Vm, VmOperation, VmPlan, check_free_name, find_for
from millpond.ports.agent import Agent
from millpond.ports.world import World

_FRESH = ".restored"
"""What the file of a restored disk ends in until it takes the place of the VM's."""


class BackupRestoreSpec(BackupSpec):
    name: Name | None = Field(default=None, description="What the new VM shall be called; its own")
    to: Name | None = Field(
        default=None, description="Repository of the new VM; left out, the cluster root"
    )
    same_macs: bool = Field(
        default=False, description="The MAC addresses of then, instead of fresh ones"
    )
    over: bool = Field(
        default=False, description="No new VM: replace the disks of the one that was backed up"
    )

    @model_validator(mode="after")
    def _new_or_over(self) -> Self:
        if self.over and (self.name or self.to or self.same_macs):
            raise ValueError("name, to and same_macs are of a new VM")
        return self


class BackupRestorePlan(VmPlan):
    """``before`` is the record of the VM whose disks are replaced, or that the new VM is born with.
    ``notes`` say what is other than it was."""

    found: BackupPlan
    config: VmConfig
    notes: tuple[str, ...] = ()


class RestoreBackup(VmOperation[BackupRestoreSpec, BackupRestorePlan]):
    kind = "backup.restore"
    summary = "Bring a VM back from a backup, as a new one or in its place"
    permission = Permission.VM_MANAGE
    spec_type = BackupRestoreSpec
    plan_type = BackupRestorePlan

    async def plan(self, world: World, spec: BackupRestoreSpec) -> BackupRestorePlan:
        found = await find_backup(world, spec)
        if spec.over:
            return await _plan_over(world, found)
        return await _plan_new(world, found, spec)

    def locks(self, spec: BackupRestoreSpec, plan: BackupRestorePlan) -> list[Lock]:
        locks = [*super().locks(spec, plan), Lock(object=f"backups:{plan.found.backup.vm}")]
        if spec.over:
            return locks
        name = Lock(object=f"vm-name:{plan.pool}/{plan.config.name}")
        return [*locks, name, *claim_locks(plan.pool, claims(plan.config))]

    def steps(self, world: World, spec: BackupRestoreSpec, plan: BackupRestorePlan) -> list[Step]:
        vm = plan.at_work(world)
        return _steps_over(vm, plan) if spec.over else _steps_new(vm, plan)


async def _plan_new(world: World, found: FoundBackup, spec: BackupRestoreSpec) -> BackupRestorePlan:
    pool, backup = found.pool, found.plan.backup
    repository = pool.repository(spec.to) if spec.to else None
    if repository is not None:
        readable(pool, repository)
    root = pool.root_of(repository.id if repository else None)
    config, notes = await _new_config(world, pool, backup, spec, root)
    others = await world.vms(pool)
    check_free_name(pool, others, config.name)
    check_unclaimed(claims(config), [d.config for d in others])
    born = VmDocument(
        config=config,
        generation=1,
        creating=True,
        repository=repository.id if repository else None,
    )
    await _check_room(world, found, born)
    return BackupRestorePlan(
        pool=pool.id,
        before=born,
        servers=(found.plan.server,),
        found=found.plan,
        config=config,
        notes=tuple(notes),
    )


async def _check_room(world: World, found: FoundBackup, document: VmDocument) -> None:
    """What the images hold of a disk, but no more than it has."""
    needed = 0
    for disk in found.plan.backup.disks:
        images = [d for b in found.chain if (d := b.disk(disk.target)) is not None]
        needed += min(disk.size, sum(image.bytes for image in images))
    left = await room(world, found.pool, document.repository)
    left.check(f"vm {document.config.name}", needed)


async def _new_config(
    world: World, pool: PoolDocument, backup: Backup, spec: BackupRestoreSpec, root: str
) -> tuple[VmConfig, list[str]]:
    """Of a VM like the one that was backed up, in the repository ``root``, and what is other."""
    old, notes = backup.config, []
    isos = {
        i.name
        for i in await world.master(pool).image_records.images(root)
        if i.kind is ImageKind.ISO and i.state is ImageState.APPROVED
    }
    disks = []
    for disk in old.disks:
        saved = backup.disk(disk.target)
        if saved is not None:
            source = disk.source
            if not source.startswith("file:") or "/" in source:
                source = f"file:{disk.target}.{disk.format.value}"
                notes.append(
                    f"disk {disk.target}: it was {disk.source}, and is the VM's own file now"
                )
            whole = {"size": saved.size, "source": source, "backing": ()}
            whole |= {"repository": None, "sharable": False}
            disks.append(disk.model_copy(update=whole))
        elif disk.source.removeprefix("iso:") in isos:
            disks.append(disk)
        else:
            notes.append(f"disk {disk.target}: {disk.source} is no VM's own, and is left out")
    bridges = {b.name for b in pool.bridges}
    notes += [
        f"VIF {v.mac}: the pool has no bridge {v.bridge}"
        for v in old.vifs
        if v.bridge not in bridges
    ]
    macs = [v.mac if spec.same_macs else new_mac() for v in old.vifs]
    fields: dict[str, object] = {name: getattr(old, name) for name in VmConfig.model_fields}
    fields |= {
        "id": new_id(),
        "name": spec.name or old.name,
        "disks": disks,
        "vifs": [v.model_copy(update={"mac": mac}) for v, mac in zip(old.vifs, macs, strict=True)],
    }
    return build_config(f"vm {spec.name or old.name}", fields), notes


async def _plan_over(world: World, found: FoundBackup) -> BackupRestorePlan:
    backup = found.plan.backup
    there = await find_for(world, backup.vm, RestoreBackup.kind)
    config = there.document.config
    then = {d.target: (d.source, d.format) for d in backup.config.disks if backup.disk(d.target)}
    now = {d.target: (d.source, d.format) for d in config.disks if not d.backing}
    other = [t for t, what in then.items() if now.get(t) != what or what[0].startswith("phy:")]
    if other:
        raise Refused(
            "vm.devices",
            f"vm {config.name}",
            f"disk {other[0]} is another than it was, no file, or has snapshots",
            "restore the backup as a new VM, with --name NAME",
        )
    await _check_room(world, found, there.document)
    sizes = {d.target: d.size for d in backup.disks}
    disks = tuple(d.model_copy(update={"size": sizes.get(d.target, d.size)}) for d in config.disks)
    return BackupRestorePlan(
        pool=there.pool.id,
        before=there.document,
        servers=(found.plan.server,),
        found=found.plan,
        config=config.model_copy(update={"disks": disks}),
    )


def _steps_new(vm: Vm, plan: BackupRestorePlan) -> list[Step]:
    disks = [
        disk_step(vm, plan.found.server, disk, "restore", _restoring(plan, disk))
        for disk in plan.config.disks
        if disk.source.startswith("file:")
    ]
    finish = vm.record_step("finish", plan.before, creating=False)

    async def act(ctx: Context) -> Observation | None:
        await ctx.result({"notes": list(plan.notes)})
        return await finish.act(ctx)

    last = replace(finish, act=act, point_of_no_return=True)
    first, *others = (*disks, last)
    return [born_step(vm, plan), with_lease(vm, first), *others]


def _restoring(plan: BackupRestorePlan, disk: Disk) -> Fill:
    found = plan.found

    async def restore(agent: Agent, task: str, path: str) -> None:
        await agent.backups.restore(
            task,
            found.place.path,
            found.backup.vm,
            found.backup.id,
            disk.target,
            path,
            disk.format,
        )

    return restore


def _steps_over(vm: Vm, plan: BackupRestorePlan) -> list[Step]:
    """All images first, beside those of the VM; then they take their places."""
    saved = [d for d in plan.config.disks if plan.found.backup.disk(d.target) is not None]
    server = plan.found.server
    fresh = [d.model_copy(update={"source": d.source + _FRESH}) for d in saved]
    return [
        *(disk_step(vm, server, d, "restore", _restoring(plan, d)) for d in fresh),
        *(_replace_step(vm, server, d, by) for d, by in zip(saved, fresh, strict=True)),
        replace(vm.record_step("record", plan.before, config=plan.config), point_of_no_return=True),
    ]


def _replace_step(vm: Vm, server: str, disk: Disk, by: Disk) -> Step:
    async def observe() -> Observation:
        agent = await vm.agent(server)
        return seen(await agent.disks.size(disk_path(await vm.directory(), by.source)) is None)

    async def act(_: Context) -> None:
        agent, directory = await vm.agent(server), await vm.directory()
        await agent.backups.replace(
            disk_path(directory, disk.source), disk_path(directory, by.source)
        )

    return Step(f"replace {disk.target}", observe, act, point_of_no_return=True)
