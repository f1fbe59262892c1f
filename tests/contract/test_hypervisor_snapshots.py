"""``ports.layers``: one suite for the fake and for libvirt with real guests."""

import json
import subprocess
from pathlib import Path

import pytest

from millpond.domain.job import TaskStatus
from millpond.domain.names import new_id
from millpond.domain.snapshots import layered, without_layer
from millpond.domain.vm import Disk, DiskFormat, GuestSpec, Power, pending
from tests.contract.hypervisors import DISK_SIZE, Pair, Site


def _two_disks(pair: Pair) -> GuestSpec:
    """A guest that boots, with a second disk."""
    spec = pair.spec(boots=True)
    second = pair.file(spec, "vdb.raw")[1]
    second.write_bytes(b"2" * DISK_SIZE)
    disks = (*spec.config.disks, Disk(target="vdb", source="file:vdb.raw", size=DISK_SIZE))
    return spec.model_copy(update={"config": spec.config.model_copy(update={"disks": disks})})


def _over(pair: Pair, spec: GuestSpec, tag: str) -> GuestSpec:
    """The guest with a layer more over each disk, which is made here."""
    for disk in layered(spec.config, tag).disks:
        below = disk.backing[0]
        asked = ["qemu-img", "create", "-q", "-u", "-f", "qcow2", "-F", below.format.value]
        made = pair.file(spec, disk.source.removeprefix("file:"))[1]
        named = ["-b", below.source.removeprefix("file:")]
        subprocess.run([*asked, *named, made, str(disk.size)], check=True)
    return spec.model_copy(update={"config": layered(spec.config, tag)})


async def _done(site: Site, task: str) -> None:
    state = await site.follow(task)
    assert state.status is TaskStatus.DONE, (state.error, state.refusal)


async def _snapshot(pair: Pair, spec: GuestSpec, tag: str, memory: str | None = None) -> GuestSpec:
    wanted = _over(pair, spec, tag)
    await pair.source.layers.snapshot(tag, wanted, memory, quiesce=False)
    await _done(pair.source, tag)
    return wanted


def _check(pair: Pair, spec: GuestSpec) -> None:
    """By qemu-img, where the servers are: libvirt writes whole paths into what it merges."""
    for disk in spec.config.disks:
        inside, outside = pair.file(spec, disk.source.removeprefix("file:"))
        asked = ["qemu-img", "check", "-U", "-q", "-f", disk.format.value]
        if disk.format is DiskFormat.RAW:
            continue
        if pair.lab is not None:
            assert pair.lab.exec("srv1", [*asked, inside]).returncode == 0
        else:
            subprocess.run([*asked, outside], check=True)


async def test_all_disks_get_their_layers_at_once(pair: Pair) -> None:
    spec, site = _two_disks(pair), pair.source
    vm = spec.config.id
    await site.hypervisor.start(spec)
    seen = await site.tick_after(vm, 3)
    wanted = await _snapshot(pair, spec, "a")
    guest = await site.must(vm)
    assert pending(wanted.config, guest.config) == {}
    assert guest.power is Power.RUNNING
    await site.tick_after(vm, seen)
    await site.layers.snapshot("again", wanted, None, quiesce=False)
    await _done(site, "again")
    wanted = await _snapshot(pair, wanted, "b")
    assert [len(d.backing) for d in (await site.must(vm)).config.disks] == [2, 2]
    _check(pair, wanted)


async def test_a_snapshot_of_another_run_is_refused(pair: Pair) -> None:
    spec = pair.spec()
    await pair.source.hypervisor.start(spec)
    other = _over(pair, spec, "a").model_copy(update={"run": new_id()})
    await pair.source.layers.snapshot("t", other, None, quiesce=False)
    state = await pair.source.follow("t")
    assert state.refusal is not None
    assert state.refusal.code == "vm.state"
    assert (await pair.source.must(spec.config.id)).config == spec.config


async def test_memory_is_of_the_same_moment_and_brings_the_guest_back(pair: Pair) -> None:
    spec, site = pair.spec(boots=True), pair.source
    vm, (path, _) = spec.config.id, pair.file(spec, "memory.img")
    await site.hypervisor.start(spec)
    await site.tick_after(vm, 3)
    wanted = await _snapshot(pair, spec, "a", path)
    guest = await site.must(vm)
    assert guest.power is Power.PAUSED
    assert guest.config == wanted.config
    then = (await site.ticks(vm))[-1]
    await site.hypervisor.unpause(vm)
    await site.tick_after(vm, then + 5)
    await site.hypervisor.destroy(vm)
    back = _over(pair, spec, "c").model_copy(update={"run": new_id()})
    memory, image = pair.file(spec, "memory.img")[1], pair.file(spec, "suspend.img")[1]
    image.hardlink_to(memory)
    guest = await pair.target.hypervisor.restore(back)
    assert memory.exists()
    assert not image.exists(), "the snapshot keeps its own"
    assert guest.config == back.config
    await pair.target.tick_after(vm, then)
    if pair.image is not None:  # fakes count from their start
        counted = await pair.target.ticks(vm)
        assert not [n for n in counted if n <= then], "it goes on exactly there"
    _check(pair, back)


@pytest.mark.parametrize("number", [0, 1])
async def test_a_layer_is_merged_into_the_one_beneath_it(pair: Pair, number: int) -> None:
    """The one that is written to, and one beneath it."""
    spec, site = _two_disks(pair), pair.source
    vm = spec.config.id
    await site.hypervisor.start(spec)
    seen = await site.tick_after(vm, 3)
    wanted = await _snapshot(pair, await _snapshot(pair, spec, "a"), "b")
    for name in ("vda", "vdb"):
        drop = f"file:{name}-{'ba'[number]}.qcow2"
        wanted = wanted.model_copy(update={"config": without_layer(wanted.config, drop)})
        for attempt in ("merge", "again"):
            await site.layers.merge(f"{name} {attempt}", wanted)
            await _done(site, f"{name} {attempt}")
        guest = await site.must(vm)
        assert guest.config == wanted.config
        assert guest.power is (Power.RUNNING if number else Power.PAUSED)
        await site.hypervisor.unpause(vm)
    await site.tick_after(vm, seen)
    assert pair.file(spec, "vda-a.qcow2")[1].exists()
    _check(pair, wanted)


async def test_what_a_merged_layer_held_is_in_the_one_beneath(pair: Pair) -> None:
    spec, site = _two_disks(pair), pair.source
    wanted = _over(pair, spec, "a")
    layer = pair.file(spec, "vdb-a.qcow2")[1]
    _write(layer, "L")
    await site.hypervisor.start(wanted)
    wanted = await _snapshot(pair, wanted, "b")
    wanted = wanted.model_copy(update={"config": without_layer(wanted.config, "file:vdb-a.qcow2")})
    await site.layers.merge("merge", wanted)
    await _done(site, "merge")
    await site.hypervisor.destroy(spec.config.id)
    assert pair.file(spec, "vdb.raw")[1].read_bytes() == b"L" * 65536 + b"2" * (DISK_SIZE - 65536)


def _write(layer: Path, letter: str) -> None:
    command = f"write -P {ord(letter)} 0 64k"
    asked = ["qemu-io", "-f", "qcow2", "-c", command, str(layer)]
    subprocess.run(asked, check=True, capture_output=True)
    info = subprocess.run(
        ["qemu-img", "info", "--output=json", str(layer)], check=True, capture_output=True
    )
    assert json.loads(info.stdout)["format"] == "qcow2"
