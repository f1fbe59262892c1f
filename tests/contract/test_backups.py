"""``ports.backups`` on guests that run: fakes in this process, and real ones, which write by themselves.

What came of it is asked of the files, by qemu-img and by hand.
"""

import asyncio
import json
import os
import subprocess
import time
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from millpond.adapters.fake.layers import MUTE
from millpond.domain.backup import Backup, BackupOrder, Quiesce, backup_id
from millpond.domain.job import TaskState, TaskStatus
from millpond.domain.names import new_id
from millpond.domain.vm import Disk, DiskFormat, GuestSpec, Layer
from millpond.lab.chaos import stamps
from millpond.lab.lab import Lab
from tests.contract.hypervisors import REAL, LabChild, Pair, Site

BOTH = ["fake", *REAL]
MIB = 1 << 20
DATA = 4 * MIB
"""Bytes on the stamp disk that never change."""

_times = count()


@dataclass
class Guest:
    """One with a raw disk it boots from, and a qcow2 disk ``vdb`` that it stamps all the time: a fake
    writes when it is told to."""

    pair: Pair
    spec: GuestSpec
    written: int = 0

    @property
    def site(self) -> Site:
        return self.pair.source

    @property
    def place(self) -> str:
        return f"{self.site.directory}/backups"

    def file(self, name: str) -> Path:
        return self.pair.shared / "running_pool" / self.spec.config.id / name

    def folder(self, backup: str) -> Path:
        return self.pair.shared / "backups" / self.spec.config.id / backup

    async def start(self) -> None:
        self.spec = self.spec.model_copy(update={"run": new_id()})
        await self.site.hypervisor.start(self.spec)
        await self.writes()

    async def writes(self) -> None:
        """More than it had before. A real one counts before it has found its disk."""
        if self.pair.lab is not None:
            since = time.time()
            async with asyncio.timeout(150):
                while self.file("vdb.qcow2").stat().st_mtime <= since:
                    await asyncio.sleep(0.1)
            await self.site.tick_after(self.spec.config.id, await self._ticks() + 5)
            return
        self.written += 1
        stamp = f"{self.spec.run} {self.written}".ljust(511) + "\n"
        _write(self.file("vdb.qcow2"), 512, stamp.encode())

    async def _ticks(self) -> int:
        return ([0, *await self.site.ticks(self.spec.config.id)])[-1]

    def order(self, known: tuple[Backup, ...] = (), **changes: Any) -> BackupOrder:
        when = 1.8e9 + 60 * next(_times)
        values: dict[str, Any] = {
            "id": backup_id(when, new_id()),
            "pool": "pool1",
            "taken": when,
            "config": self.spec.config,
            "directory": self.spec.directory,
            "run": self.spec.run,
            "parent": known[-1].id if known else None,
            "why_full": "" if known else "it is the first",
            "known": tuple(b.id for b in known),
            "room": 1 << 40,
        }
        return BackupOrder(**values | changes)

    async def ended(self, task: str) -> TaskState:
        return await self.site.follow(task)

    async def backup(self, *known: Backup, **changes: Any) -> Backup:
        order = self.order(known, **changes)
        await self.site.backups.take(order.id, self.place, order)
        state = await self.ended(order.id)
        assert state.status is TaskStatus.DONE, state.error
        found = await self.site.backups.backups(self.place, self.spec.config.id)
        assert found[-1].id == order.id
        return found[-1]

    async def verify(self, backup: Backup) -> TaskState:
        task = f"verify {new_id()}"
        await self.site.backups.verify(task, self.place, backup.vm, backup.id)
        return await self.ended(task)

    async def restored(self, backup: Backup, disk: str = "vdb") -> Path:
        """The disk as a raw file."""
        name = f"restored-{new_id()[:8]}.raw"
        to = f"{self.spec.directory}/{name}"
        await self.site.backups.restore(
            name, self.place, backup.vm, backup.id, disk, to, DiskFormat.RAW
        )
        state = await self.ended(name)
        assert state.status is TaskStatus.DONE, state.error
        return self.file(name)


def _write(disk: Path, offset: int, data: bytes) -> None:
    """Into a qcow2 image, as a guest would."""
    piece = disk.with_name("piece")
    piece.write_bytes(data)
    command = f"write -s {piece} {offset} {len(data)}"
    subprocess.run(["qemu-io", "-f", "qcow2", "-c", command, disk], check=True, capture_output=True)
    piece.unlink()


def _info(image: Path) -> dict[str, Any]:
    argv = ["qemu-img", "info", "--output=json", str(image)]
    found: dict[str, Any] = json.loads(subprocess.run(argv, check=True, capture_output=True).stdout)
    return found


@pytest.fixture
async def guest(pair: Pair) -> Guest:
    disks = (
        Disk(target="vda", source="file:system.img", size=32 * MIB),
        Disk(target="vdb", source="file:vdb.qcow2", format=DiskFormat.QCOW2, size=32 * MIB),
    )
    made = Guest(pair, pair.spec(boots=True, disks=disks))
    _stampable(made.file("vdb.qcow2"))
    await made.start()
    return made


def _stampable(image: Path) -> None:
    """A qcow2 disk with data, which asks its guest to stamp it."""
    raw = image.with_suffix(".raw")
    raw.write_bytes(b"\0" * MIB + os.urandom(DATA))
    os.truncate(raw, 32 * MIB)
    stamps.ask(raw)
    argv = ["qemu-img", "convert", "-f", "raw", "-O", "qcow2", str(raw), str(image)]
    subprocess.run(argv, check=True)
    raw.unlink()


@pytest.fixture
async def linked(pair: Pair) -> Guest:
    """Its disks hold what is other than in the template's, which lie beneath them."""
    template = pair.shared / "seed_pool" / f"linked-{new_id()[:8]}"
    template.mkdir(parents=True)
    made = Guest(pair, pair.spec(boots=True))
    made.file("system.img").rename(template / "system.img")
    _stampable(template / "data.qcow2")
    disks = []
    for target, beneath, form in (("vda", "system.img", "raw"), ("vdb", "data.qcow2", "qcow2")):
        layer = Layer(source=f"seed:{template.name}/{beneath}", format=DiskFormat(form))
        size = _info(template / beneath)["virtual-size"]
        source = f"file:{target}.qcow2"
        disks.append(
            Disk(
                target=target,
                source=source,
                format=DiskFormat.QCOW2,
                size=size,
                backing=(layer,),
            )
        )
        way = f"../../seed_pool/{layer.source.removeprefix('seed:')}"
        argv = ["qemu-img", "create", "-q", "-f", "qcow2", "-F", form, "-b", way]
        subprocess.run([*argv, str(made.file(f"{target}.qcow2"))], check=True)
    config = made.spec.config.model_copy(update={"disks": tuple(disks)})
    made.spec = made.spec.model_copy(update={"config": config})
    await made.start()
    return made


def _stamp(raw: Path) -> tuple[str, int]:
    found = stamps.read(raw)
    assert found is not None
    return found.boot, found.number


@pytest.mark.parametrize("pair", BOTH, indirect=True)
async def test_each_backup_of_a_chain_is_the_disk_of_its_instant(guest: Guest) -> None:
    first = await guest.backup()
    await guest.writes()
    second = await guest.backup(first)
    await guest.writes()
    third = await guest.backup(first, second)

    assert [b.parent for b in (first, second, third)] == [None, first.id, second.id]
    for backup in (first, second, third):
        system, stamped = backup.disks
        assert system.incremental == stamped.incremental == (backup is not first)
    assert first.disks[1].why_full == "it is the first"
    assert first.disks[1].bytes > DATA
    assert second.disks[1].bytes < MIB
    assert third.disks[1].bytes < MIB

    info = _info(guest.folder(third.id) / "vdb.qcow2")
    assert info["backing-filename"] == f"../{second.id}/vdb.qcow2"
    assert info["backing-filename-format"] == "qcow2"
    assert info["full-backing-filename"].endswith(f"/{second.id}/vdb.qcow2")

    found = [_stamp(await guest.restored(b)) for b in (first, second, third)]
    assert len({boot for boot, _ in found}) == 1
    numbers = [number for _, number in found]
    assert numbers == sorted(set(numbers))
    by_hand = guest.file("by-hand.raw")
    argv = ["qemu-img", "convert", "-f", "qcow2", "-O", "raw"]
    subprocess.run([*argv, str(guest.folder(third.id) / "vdb.qcow2"), str(by_hand)], check=True)
    assert by_hand.read_bytes() == (await guest.restored(third)).read_bytes()
    for backup in (first, second, third):
        state = await guest.verify(backup)
        assert state.status is TaskStatus.DONE, state.error


@pytest.mark.parametrize("pair", BOTH, indirect=True)
async def test_of_a_linked_clone_the_template_is_saved_too_and_then_what_changes(
    linked: Guest,
) -> None:
    """A backup needs no template, and no template is written to."""
    layers = [layer for d in linked.spec.config.disks for layer in d.backing]
    seeds = [linked.pair.shared / "seed_pool" / e.source.removeprefix("seed:") for e in layers]
    before = [seed.read_bytes() for seed in seeds]
    first = await linked.backup()
    assert (first.parent, first.disks[1].bytes > DATA) == (None, True)
    await linked.writes()
    second = await linked.backup(first)
    assert [d.incremental for d in second.disks] == [True, True]
    assert second.disks[1].bytes < MIB
    await linked.site.hypervisor.destroy(linked.spec.config.id)
    await linked.start()
    third = await linked.backup(first, second)
    assert [d.incremental for d in third.disks] == [True, True], "qcow2 remembers over a stop"

    assert [seed.read_bytes() for seed in seeds] == before
    for seed in seeds:
        seed.rename(seed.with_name("gone"))
    for backup in (first, second, third):
        state = await linked.verify(backup)
        assert state.status is TaskStatus.DONE, state.error
    restored = [await linked.restored(b) for b in (first, second, third)]
    one, two, three = [_stamp(raw) for raw in restored]
    assert (one[0], one[1] < two[1]) == (two[0], True)
    assert three[0] != two[0], "the second boot wrote"
    assert len({raw.read_bytes()[MIB:][:DATA] for raw in restored}) == 1
    system = await linked.restored(third, "vda")
    assert system.stat().st_size == linked.spec.config.disks[0].size


@pytest.mark.parametrize("pair", BOTH, indirect=True)
async def test_two_chains_in_one_place_do_not_know_of_each_other(guest: Guest) -> None:
    nightly = await guest.backup(schedule="nightly")
    by_hand = await guest.backup()
    await guest.writes()
    third = await guest.backup(nightly, schedule="nightly")
    await guest.writes()
    fourth = await guest.backup(by_hand)
    assert [b.schedule for b in (nightly, by_hand, third, fourth)] == ["nightly", None] * 2
    assert [b.parent for b in (third, fourth)] == [nightly.id, by_hand.id]
    assert third.disks[1].incremental
    assert fourth.disks[1].incremental
    for backup in (fourth, by_hand):
        await guest.site.backups.remove(guest.place, backup.vm, backup.id)
    assert (await guest.verify(third)).status is TaskStatus.DONE
    one, two = [_stamp(await guest.restored(b)) for b in (nightly, third)]
    assert one[0] == two[0]
    assert one[1] < two[1]


@pytest.mark.parametrize("pair", BOTH, indirect=True)
async def test_a_quiet_guest_is_said_to_have_been_quiet(guest: Guest) -> None:
    """A real one's agent begins to answer a while after it is started."""
    taken = [await guest.backup(quiesce=Quiesce.TRY)]
    async with asyncio.timeout(150):
        while not taken[-1].quiesced:
            await asyncio.sleep(1)
            taken.append(await guest.backup(*taken, quiesce=Quiesce.TRY))
    taken.append(await guest.backup(*taken, quiesce=Quiesce.REQUIRE))
    assert (taken[-1].quiesced, taken[-1].why_not_quiesced) == (True, "")
    await guest.writes()
    assert not (await guest.backup(*taken)).quiesced


@pytest.mark.parametrize("pair", BOTH, indirect=True)
async def test_a_guest_without_an_agent(guest: Guest) -> None:
    await guest.site.hypervisor.destroy(guest.spec.config.id)
    if guest.pair.lab is None:
        config = guest.spec.config.model_copy(update={"tags": (MUTE,)})
        guest.spec = guest.spec.model_copy(update={"config": config})
    guest.spec = guest.spec.model_copy(update={"run": new_id()})
    await guest.site.hypervisor.start(guest.spec)  # a real one has not booted yet
    order = guest.order(quiesce=Quiesce.REQUIRE)
    await guest.site.backups.take(order.id, guest.place, order)
    state = await guest.ended(order.id)
    assert state.refusal is not None
    assert state.refusal.code == "snapshot.agent"
    assert not guest.folder("").exists()
    tried = await guest.backup(quiesce=Quiesce.TRY)
    assert (tried.quiesced, tried.live) == (False, True)
    assert "agent" in tried.why_not_quiesced


@pytest.mark.parametrize("pair", BOTH, indirect=True)
async def test_changes_are_known_across_a_stop_and_a_start(guest: Guest) -> None:
    first = await guest.backup()
    await guest.site.hypervisor.destroy(guest.spec.config.id)
    await guest.start()
    second = await guest.backup(first)
    assert [d.incremental for d in second.disks] == [False, True], "the raw disk forgets"
    assert second.disks[1].bytes < MIB
    one, two = [_stamp(await guest.restored(b)) for b in (first, second)]
    assert one[0] != two[0], "the second boot wrote"


@pytest.mark.parametrize("pair", BOTH, indirect=True)
async def test_it_is_off(guest: Guest) -> None:
    first = await guest.backup()
    await guest.site.hypervisor.destroy(guest.spec.config.id)
    second = await guest.backup(first, run=None)
    assert (second.live, second.parent) == (False, None)
    assert all("off" in d.why_full for d in second.disks)
    argv = ["qemu-img", "compare", "-f", "raw", "-F", "qcow2", str(await guest.restored(second))]
    subprocess.run([*argv, str(guest.file("vdb.qcow2"))], check=True)


@pytest.mark.parametrize("pair", BOTH, indirect=True)
async def test_one_that_is_not_the_last_is_no_base(guest: Guest) -> None:
    """The marks of those before are gone with the one after."""
    first = await guest.backup()
    second = await guest.backup(first)
    third = await guest.backup(first, second, parent=first.id)
    assert third.parent is None
    assert "not known" in third.disks[1].why_full


@pytest.mark.parametrize("pair", BOTH, indirect=True)
async def test_cancelled_it_leaves_nothing_and_the_last_stays_a_base(guest: Guest) -> None:
    first = await guest.backup()
    order = guest.order((first,))
    await guest.site.backups.take(order.id, guest.place, order)
    await guest.site.tasks.cancel(order.id)
    state = await guest.ended(order.id)
    assert state.status is TaskStatus.CANCELLED
    assert [p.name for p in guest.folder("").iterdir()] == [first.id]
    await guest.writes()
    second = await guest.backup(first)
    assert second.disks[1].incremental
    await guest.site.backups.discard(order.id, guest.place, order)
    assert len(await guest.site.backups.backups(guest.place, order.config.id)) == 2


@pytest.mark.parametrize("pair", BOTH, indirect=True)
async def test_another_run_is_refused(guest: Guest) -> None:
    order = guest.order(run=new_id())
    await guest.site.backups.take("t", guest.place, order)
    state = await guest.ended("t")
    assert state.refusal is not None
    assert state.refusal.code == "vm.state"
    assert not guest.folder("").exists()


@pytest.mark.parametrize("pair", BOTH, indirect=True)
async def test_what_does_not_fit_is_refused_before_it_is_copied(guest: Guest) -> None:
    order = guest.order(room=DATA)
    await guest.site.backups.take("t", guest.place, order)
    state = await guest.ended("t")
    assert state.refusal is not None
    assert state.refusal.code == "storage.full"
    assert not guest.folder("").exists()
    first = await guest.backup()
    await guest.writes()
    second = await guest.backup(first, room=DATA)
    assert second.parent == first.id, "changes are less than all"


@pytest.mark.parametrize("pair", REAL, indirect=True)
async def test_a_guest_that_was_cut_off_is_backed_up_in_full(guest: Guest) -> None:
    first = await guest.backup()
    lab = guest.pair.lab
    assert lab is not None
    pid = f"/run/libvirt/qemu/{guest.spec.config.name}.pid"
    assert lab.exec("srv1", ["sh", "-c", f"kill -9 $(cat {pid})"]).returncode == 0
    while await guest.site.hypervisor.guest(guest.spec.config.id) is not None:
        await asyncio.sleep(0.1)
    await guest.start()
    second = await guest.backup(first)
    assert second.parent is None
    assert "not known" in second.disks[1].why_full
    third = await guest.backup(first, second)
    assert third.disks[1].incremental


@pytest.mark.parametrize("pair", REAL, indirect=True)
async def test_changes_are_known_after_a_live_migration(guest: Guest) -> None:
    """Or they are not, and it is said; never is an incremental one wrong."""
    from millpond.domain.migration import MigrationOptions

    first = await guest.backup()
    pair, vm = guest.pair, guest.spec.config.id
    await guest.site.hypervisor.migrate("m", vm, pair.target.address, MigrationOptions())
    state = await guest.site.follow("m")
    assert state.status is TaskStatus.DONE, state.error
    pair.source, pair.target = pair.target, pair.source
    await guest.writes()
    second = await guest.backup(first)
    print(second.disks)
    assert (await guest.verify(second)).status is TaskStatus.DONE
    await guest.site.hypervisor.destroy(vm)
    one, two = [_stamp(await guest.restored(b)) for b in (first, second)]
    assert one[0] == two[0]
    assert one[1] < two[1]


@pytest.mark.parametrize("pair", REAL, indirect=True)
async def test_one_that_is_taken_over_was_quiet_if_it_had_to_be(
    guest: Guest, lab: tuple[Lab, Path]
) -> None:
    """The agent dies while QEMU copies. Had the guest not been frozen there would be nothing to copy."""
    known = [await guest.backup(quiesce=Quiesce.TRY)]
    async with asyncio.timeout(150):
        while not known[-1].quiesced:
            await asyncio.sleep(1)
            known.append(await guest.backup(*known, quiesce=Quiesce.TRY))
    for _ in range(4):  # QEMU may be done before we see that it has begun
        found = await _taken_over(guest, lab[0])
        if "restarted" in found.disks[0].why_full:
            break
    assert "restarted" in found.disks[0].why_full, "it was taken over"
    assert (found.quiesced, found.why_not_quiesced) == (True, "")
    await guest.writes()


async def _taken_over(guest: Guest, lab: Lab) -> Backup:
    """A backup whose agent dies as soon as something is copied."""
    order = guest.order(quiesce=Quiesce.REQUIRE)
    agent = await LabChild.start(lab, "srv1")
    await agent.site(1).backups.take(order.id, guest.place, order)
    image = guest.folder(f"{order.id}.partial") / "vda.qcow2"
    async with asyncio.timeout(150):
        while _size(image) < MIB and not guest.folder(order.id).exists():
            await asyncio.sleep(0.005)
    await agent.kill()
    await guest.site.backups.take(order.id, guest.place, order)
    state = await guest.ended(order.id)
    assert state.status is TaskStatus.DONE, state.error
    found = (await guest.site.backups.backups(guest.place, guest.spec.config.id))[-1]
    assert found.id == order.id
    return found


def _size(file: Path) -> int:
    try:
        return file.stat().st_blocks * 512
    except FileNotFoundError:
        return 0
