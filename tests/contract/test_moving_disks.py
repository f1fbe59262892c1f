"""``ports.hypervisor``: a disk moved to another file under its guest, on the fake and on libvirt."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from millpond.adapters.libvirt.metadata import NAMESPACE, PREFIX, parse_domain
from millpond.domain.errors import Failed
from millpond.domain.job import TaskStatus
from millpond.domain.layout import move_note
from millpond.domain.vm import Disk, GuestSpec, Power
from tests.contract.hypervisors import REAL, Pair

MIB = 1 << 20


def _other(pair: Pair, spec: GuestSpec, size: int) -> tuple[Disk, Path]:
    """The disk as it shall be, its empty file in another repository, and where that is for us."""
    name = f"other/running_pool/{spec.config.id}/moved.raw"
    here = pair.shared / name
    here.parent.mkdir(parents=True)
    with here.open("wb") as file:
        file.truncate(size)
    (old,) = spec.config.disks
    source = f"file:{pair.source.directory}/{name}"
    return Disk.model_validate(old.model_dump() | {"source": source}), here


def _stamped(path: Path) -> bytes:
    """Some data in the middle of a disk."""
    content = bytes(range(256)) * 4096
    with path.open("r+b") as file:
        file.truncate(32 * MIB)
        file.seek(8 * MIB)
        file.write(content)
    return content


def _sized(spec: GuestSpec, size: int) -> GuestSpec:
    (disk,) = spec.config.disks
    disks = (disk.model_copy(update={"size": size}),)
    return spec.model_copy(update={"config": spec.config.model_copy(update={"disks": disks})})


@pytest.fixture
def small(pair: Pair) -> Iterator[tuple[GuestSpec, Path, bytes]]:
    """A guest without a system, and its disk with some data."""
    spec = pair.spec()
    _, here = pair.file(spec, "system.img")
    content = _stamped(here)
    yield _sized(spec, 32 * MIB), here, content


async def test_a_disk_moves_and_the_old_file_is_it_no_more(
    pair: Pair, small: tuple[GuestSpec, Path, bytes]
) -> None:
    spec, old, content = small
    vm, site = spec.config.id, pair.source
    moved, new = _other(pair, spec, 32 * MIB)
    await site.hypervisor.start(spec)
    for _ in range(2):
        await site.hypervisor.move_disk("job/move", vm, moved, 0)
        assert (await site.follow("job/move")).status is TaskStatus.DONE
        guest = await site.must(vm)
        assert (guest.power, guest.config.disks) == (Power.RUNNING, (moved,))
    assert new.read_bytes()[8 * MIB : 9 * MIB] == content
    if pair.lab:
        xml = pair.lab.exec("srv1", ["virsh", "dumpxml", vm]).stdout
        assert moved.source.removeprefix("file:") in xml
        assert "<mirror" not in xml
        assert new.stat().st_blocks * 512 < 8 * MIB, "holes stay holes"
    note = Path(move_note(str(old)))
    assert note.exists()
    with pytest.raises(Failed):
        await site.hypervisor.keep_disk(vm, moved)

    await site.hypervisor.destroy(vm)
    guest = await site.hypervisor.start(spec)
    assert guest.config.disks == (moved,), "its record is older than the note"
    await site.hypervisor.destroy(vm)
    note.unlink()
    guest = await site.hypervisor.start(spec)
    assert guest.config.disks == spec.config.disks


async def test_a_cancelled_move_leaves_the_old_file(
    pair: Pair, small: tuple[GuestSpec, Path, bytes]
) -> None:
    spec, old, _ = small
    vm, site = spec.config.id, pair.source
    moved, _ = _other(pair, spec, 32 * MIB)
    await site.hypervisor.start(spec)
    with old.open("r+b") as file:
        file.write(b"x" * (16 * MIB))
    await site.hypervisor.move_disk("job/move", vm, moved, MIB)
    await asyncio.sleep(1)
    await site.tasks.cancel("job/move")
    assert (await site.follow("job/move")).status is TaskStatus.CANCELLED
    guest = await site.must(vm)
    assert (guest.power, guest.config.disks) == (Power.RUNNING, spec.config.disks)
    assert not Path(move_note(str(old))).exists()
    if pair.lab:
        assert "<mirror" not in pair.lab.exec("srv1", ["virsh", "dumpxml", vm]).stdout
    await site.hypervisor.keep_disk(vm, moved)
    await site.hypervisor.move_disk("job/again", vm, moved, 0)
    assert (await site.follow("job/again")).status is TaskStatus.DONE
    assert (await site.must(vm)).config.disks == (moved,)


async def test_a_paused_guest_stays_so(pair: Pair, small: tuple[GuestSpec, Path, bytes]) -> None:
    spec, _, _ = small
    vm, site = spec.config.id, pair.source
    moved, _ = _other(pair, spec, 32 * MIB)
    await site.hypervisor.start(spec)
    await site.hypervisor.pause(vm)
    await site.hypervisor.move_disk("job/move", vm, moved, 0)
    assert (await site.follow("job/move")).status is TaskStatus.DONE
    guest = await site.must(vm)
    assert (guest.power, guest.config.disks) == (Power.PAUSED, (moved,))
    await site.hypervisor.unpause(vm)


@pytest.mark.parametrize("pair", REAL, indirect=True)
async def test_a_note_that_was_left_by_a_save_lets_no_paused_guest_go_on(
    pair: Pair, small: tuple[GuestSpec, Path, bytes]
) -> None:
    """It is what an agent leaves that dies as it lets a guest run on which was to be saved."""
    spec, _, _ = small
    vm, site, lab = spec.config.id, pair.source, pair.lab
    assert lab is not None
    moved, _ = _other(pair, spec, 32 * MIB)
    await site.hypervisor.start(spec)
    meta = parse_domain(lab.exec("srv1", ["virsh", "dumpxml", vm]).stdout)
    assert meta is not None
    left = replace(meta, saving=True).bare_xml()
    argv = ["virsh", "metadata", vm, NAMESPACE, "--key", PREFIX, "--set", left]
    assert lab.exec("srv1", argv).returncode == 0
    await site.hypervisor.pause(vm)
    await site.hypervisor.move_disk("job/move", vm, moved, 0)
    assert (await site.follow("job/move")).status is TaskStatus.DONE
    assert (await site.must(vm)).power is Power.PAUSED
    await site.hypervisor.unpause(vm)


async def test_what_does_not_run_does_not_move(
    pair: Pair, small: tuple[GuestSpec, Path, bytes]
) -> None:
    spec, _, _ = small
    moved, _ = _other(pair, spec, 32 * MIB)
    await pair.source.hypervisor.move_disk("job/move", spec.config.id, moved, 0)
    assert (await pair.source.follow("job/move")).status is TaskStatus.FAILED
    await pair.source.hypervisor.keep_disk(spec.config.id, moved)
