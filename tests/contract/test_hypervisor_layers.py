"""``ports.hypervisor`` and disks that lie over others: one suite for the fake and for libvirt."""

import subprocess

import pytest

from millpond.domain.errors import Refused
from millpond.domain.job import TaskStatus
from millpond.domain.migration import MigrationOptions
from millpond.domain.names import new_id
from millpond.domain.vm import Disk, DiskFormat, GuestSpec, Layer
from tests.contract.hypervisors import Pair

TOP, MIDDLE, BASE = "vda-2.qcow2", "vda-1.qcow2", "system.img"


def layered(pair: Pair, *, boots: bool = False) -> GuestSpec:
    """A new guest whose disk is its usual one under two layers."""
    spec = pair.spec(boots=boots)
    size = spec.config.disks[0].size
    for name, below, format_ in ((MIDDLE, BASE, "raw"), (TOP, MIDDLE, "qcow2")):
        made = pair.file(spec, name)[1]
        asked = ["qemu-img", "create", "-q", "-u", "-f", "qcow2", "-b", below, "-F", format_]
        subprocess.run([*asked, made, str(size)], check=True)
    disk = Disk(
        target="vda",
        source=f"file:{TOP}",
        format=DiskFormat.QCOW2,
        size=size,
        backing=(
            Layer(source=f"file:{MIDDLE}", format=DiskFormat.QCOW2),
            Layer(source=f"file:{BASE}", format=DiskFormat.RAW),
        ),
    )
    return spec.model_copy(update={"config": spec.config.model_copy(update={"disks": (disk,)})})


async def test_a_guest_runs_moves_and_sleeps_on_layers(pair: Pair) -> None:
    spec = layered(pair, boots=True)
    vm, source, target = spec.config.id, pair.source, pair.target
    guest = await source.hypervisor.start(spec)
    assert guest.config == spec.config
    seen = await source.tick_after(vm, 3)
    await target.hypervisor.accept_migration(spec)
    await source.hypervisor.migrate("move", vm, target.address, MigrationOptions())
    state = await source.follow("move")
    assert state.status is TaskStatus.DONE, state.error
    assert (await target.must(vm)).config == spec.config
    await target.tick_after(vm, seen)
    path, _ = pair.file(spec, "suspend.img")
    await target.hypervisor.save("save", vm, path)
    assert (await target.follow("save")).status is TaskStatus.DONE
    awake = spec.model_copy(update={"run": new_id()})
    guest = await source.hypervisor.restore(awake)
    assert guest.config == spec.config
    await source.tick_after(vm, seen)


async def test_without_one_of_its_layers_a_guest_is_refused(pair: Pair) -> None:
    spec = layered(pair)
    pair.file(spec, MIDDLE)[1].unlink()
    with pytest.raises(Refused) as start:
        await pair.source.hypervisor.start(spec)
    assert start.value.code == "hypervisor.refused"
    with pytest.raises(Refused) as arrival:
        await pair.target.hypervisor.accept_migration(spec)
    assert arrival.value.code == "migration.disk"
    assert await pair.source.hypervisor.guest(spec.config.id) is None
