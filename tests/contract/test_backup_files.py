"""Backups as files: of VMs that are off, damaged ones, and ones that somebody made to do harm."""

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from millpond.adapters.backups.backups import ServerBackups
from millpond.adapters.fake.engine import file_engine
from millpond.adapters.fake.live_copies import FakeLiveCopies
from millpond.adapters.tasks.runner import TaskRunner
from millpond.domain.backup import Backup, BackupOrder, backup_id
from millpond.domain.errors import Refused
from millpond.domain.job import TaskState, TaskStatus
from millpond.domain.names import new_id
from millpond.domain.vm import Disk, DiskFormat, Layer, VmConfig

MIB = 1 << 20


class Site:
    """A repository with one VM that is off, and a folder that is open for backups."""

    def __init__(self, where: Path) -> None:
        self.where = where
        self.repository, self.folder = where / "OVS", where / "backup"
        self.vm = new_id()
        self.directory = self.repository / "running_pool" / self.vm
        for made in (self.directory, self.folder):
            made.mkdir(parents=True)
        self.runner = TaskRunner()
        live = FakeLiveCopies(file_engine(where / "server"), where / "marks")
        self.backups = ServerBackups([str(self.repository)], [str(self.folder)], live, self.runner)
        self.place = f"{self.repository}/backups"
        self.numbers = count()
        self.disk = self.directory / "vda.qcow2"
        self.config = self.of(
            Disk(target="vda", source="file:vda.qcow2", format=DiskFormat.QCOW2, size=8 * MIB)
        )

    def of(self, *disks: Disk) -> VmConfig:
        return VmConfig(
            id=self.vm, name="web1", memory=64, max_memory=64, vcpus=1, max_vcpus=1, disks=disks
        )

    def image(self, path: Path, content: bytes, *more: str) -> None:
        raw = path.with_suffix(".tmp")
        raw.write_bytes(content)
        argv = ["qemu-img", "convert", "-f", "raw", "-O", "qcow2", *more, str(raw), str(path)]
        subprocess.run(argv, check=True)
        raw.unlink()

    def order(self) -> BackupOrder:
        taken = 1.8e9 + next(self.numbers)
        return BackupOrder(
            id=backup_id(taken, new_id()),
            pool="pool1",
            taken=taken,
            config=self.config,
            directory=str(self.directory),
            run=None,
            parent=None,
            room=1 << 40,
        )

    async def take(self, place: str | None = None) -> Backup:
        order, where = self.order(), place or self.place
        await self.backups.take(order.id, where, order)
        state = await self.ended(order.id)
        assert state.status is TaskStatus.DONE, state.error
        return (await self.backups.backups(where, self.vm))[-1]

    async def on(self, parent: Backup, content: bytes) -> Backup:
        """An incremental backup, as a live one would have made it."""
        order = self.order()
        path = self.path(order.id)
        path.parent.mkdir()
        backing = f"../{parent.id}/vda.qcow2"
        argv = ["qemu-img", "create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", backing, str(path)]
        subprocess.run(argv, check=True)
        (path.parent / "piece").write_bytes(content)
        write = f"write -s {path.parent}/piece 0 {len(content)}"
        subprocess.run(["qemu-io", "-f", "qcow2", "-c", write, str(path)], check=True)
        (path.parent / "piece").unlink()
        self.describe(order.id, parent, parent=parent.id)
        return (await self.backups.backups(self.place, self.vm))[-1]

    def path(self, backup: str, name: str = "vda.qcow2") -> Path:
        return self.repository / "backups" / self.vm / backup / name

    def describe(self, backup: str, like: Backup, **changes: Any) -> None:
        """A manifest that fits what lies there."""
        image = self.path(backup)
        disk = like.disks[0].model_dump() | {
            "incremental": changes.get("parent") is not None,
            "bytes": image.stat().st_size,
            "sha256": hashlib.sha256(image.read_bytes()).hexdigest(),
        }
        body = like.model_dump() | {"id": backup, "disks": [disk]} | changes
        self.path(backup, "manifest.json").write_text(json.dumps(body))

    async def ended(self, task: str) -> TaskState:
        while (state := await self.runner.state(task, 10)).status is TaskStatus.RUNNING:
            pass
        return state

    async def verify(self, backup: Backup) -> TaskState:
        task = f"verify {next(self.numbers)}"
        await self.backups.verify(task, self.place, self.vm, backup.id)
        return await self.ended(task)

    async def restore(self, backup: Backup, place: str | None = None) -> TaskState:
        task, to = f"restore {next(self.numbers)}", f"{self.directory}/restored.raw"
        await self.backups.restore(
            task, place or self.place, self.vm, backup.id, "vda", to, DiskFormat.RAW
        )
        return await self.ended(task)

    @property
    def restored(self) -> bytes:
        return (self.directory / "restored.raw").read_bytes()

    async def refusal(self, backup: Backup) -> str:
        """The code that both a verification and a restore are refused with; no file is left."""
        codes = set()
        for state in (await self.verify(backup), await self.restore(backup)):
            assert state.refusal is not None, state
            codes.add(state.refusal.code)
        assert not list(self.directory.glob("restored*"))
        assert len(codes) == 1
        return codes.pop()


@pytest.fixture
def site(tmp_path: Path) -> Site:
    made = Site(tmp_path)
    made.image(made.disk, os.urandom(4 * MIB) + bytes(4 * MIB))
    return made


def raw(image: Path) -> bytes:
    to = image.with_suffix(".check")
    argv = ["qemu-img", "convert", "-f", "qcow2", "-O", "raw", str(image), str(to)]
    subprocess.run(argv, check=True)
    found = to.read_bytes()
    to.unlink()
    return found


async def test_in_a_repository_and_in_a_folder(site: Site) -> None:
    for place in (site.place, str(site.folder), f"{site.folder}/nas1"):
        backup = await site.take(place)
        state = await site.restore(backup, place)
        assert state.status is TaskStatus.DONE, state.error
        assert site.restored == raw(site.disk)
        (site.directory / "restored.raw").unlink()
        assert await site.backups.room(place) > 0
        lying = Path(place) / site.vm / backup.id
        assert sorted(p.name for p in lying.iterdir()) == ["manifest.json", "vda.qcow2"]
        assert (lying.stat().st_mode | lying.parent.stat().st_mode) & 0o077 == 0
        assert (lying / "vda.qcow2").stat().st_mode & 0o007 == 0
        await site.backups.remove(place, site.vm, backup.id)
        await site.backups.remove(place, site.vm, backup.id)
        assert list(Path(place).iterdir()) == []


@pytest.mark.parametrize("place", ["/etc", "{0}", "{0}/OVS", "{0}/OVS/running_pool", "{0}/backup2"])
async def test_other_places_are_closed(site: Site, place: str) -> None:
    where = place.format(site.where)
    with pytest.raises(Refused) as refused:
        await site.backups.backups(where, None)
    assert refused.value.code == "request.invalid"


async def test_a_folder_that_leads_elsewhere_is_not_followed(site: Site) -> None:
    outside = site.where / "outside"
    outside.mkdir()
    (site.folder / site.vm).symlink_to(outside)
    order = site.order()
    await site.backups.take("t", str(site.folder), order)
    state = await site.ended("t")
    assert state.status is TaskStatus.FAILED
    assert list(outside.iterdir()) == []


async def test_layers_of_a_disk_become_one_image(site: Site) -> None:
    top = site.directory / "top.qcow2"
    argv = ["qemu-img", "create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", "vda.qcow2", str(top)]
    subprocess.run(argv, check=True)
    subprocess.run(["qemu-io", "-f", "qcow2", "-c", "write -P 7 1M 64k", str(top)], check=True)
    layer = Layer(source="file:vda.qcow2", format=DiskFormat.QCOW2)
    site.config = site.of(
        Disk(
            target="vda",
            source="file:top.qcow2",
            format=DiskFormat.QCOW2,
            size=8 * MIB,
            backing=(layer,),
        )
    )
    backup = await site.take()
    assert (await site.restore(backup)).status is TaskStatus.DONE
    assert site.restored == raw(top)


async def test_a_chain_is_read_and_taken_apart_from_its_end(site: Site) -> None:
    first = await site.take()
    second = await site.on(first, b"2" * 65536)
    third = await site.on(second, b"3" * 4096)
    assert (await site.verify(third)).result["files"] == 3
    state = await site.restore(third)
    assert state.status is TaskStatus.DONE, state.error
    before = raw(site.disk)
    assert site.restored == b"3" * 4096 + b"2" * (65536 - 4096) + before[65536:]
    for each in (first, second):
        with pytest.raises(Refused) as refused:
            await site.backups.remove(site.place, site.vm, each.id)
        assert refused.value.code == "backup.needed"
    for each in (third, second, first):
        await site.backups.remove(site.place, site.vm, each.id)
    assert await site.backups.backups(site.place, None) == []


Harm = Callable[[Site, Backup, Backup], None]


def _other_byte(site: Site, first: Backup, second: Backup) -> None:
    image = site.path(first.id)
    with image.open("r+b") as file:
        file.seek(image.stat().st_size // 2)
        byte = file.read(1)
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte[0] ^ 1]))


def _cut_short(site: Site, first: Backup, second: Backup) -> None:
    os.truncate(site.path(second.id), second.disks[0].bytes - 65536)


def _link(site: Site, first: Backup, second: Backup) -> None:
    image = site.path(second.id)
    elsewhere = site.where / "elsewhere"
    image.rename(elsewhere)
    image.symlink_to(elsewhere)


def _other_size(site: Site, first: Backup, second: Backup) -> None:
    image = site.path(second.id)
    subprocess.run(["qemu-img", "resize", "-q", "-f", "qcow2", str(image), "9M"], check=True)
    site.describe(second.id, first, parent=first.id)


def _broken_inside(site: Site, first: Backup, second: Backup) -> None:
    """The reference counts are wrong, and the manifest fits."""
    with site.path(second.id).open("r+b") as file:
        file.seek(48)
        table = int.from_bytes(file.read(8), "big")
        file.seek(table)
        block = int.from_bytes(file.read(8), "big")
        file.seek(block)
        file.write(bytes(512))
    site.describe(second.id, first, parent=first.id)


def _parent_gone(site: Site, first: Backup, second: Backup) -> None:
    shutil.rmtree(site.path(first.id).parent)


def _points_at(site: Site, second: Backup, first: Backup, backing: str) -> None:
    argv = ["qemu-img", "rebase", "-u", "-f", "qcow2", "-F", "raw", "-b", backing]
    subprocess.run([*argv, str(site.path(second.id))], check=True)
    site.describe(second.id, first, parent=first.id)


def _foreign_backing(site: Site, first: Backup, second: Backup) -> None:
    _points_at(site, second, first, "/etc/shadow")


def _hidden_backing(site: Site, first: Backup, second: Backup) -> None:
    """What is said to be full is not."""
    _points_at(site, second, first, "/etc/shadow")
    site.describe(second.id, first)


def _own_data_elsewhere(site: Site, first: Backup, second: Backup) -> None:
    image = site.path(second.id)
    image.unlink()
    more = f"data_file={site.where}/secret,data_file_raw=on"
    argv = ["qemu-img", "create", "-q", "-f", "qcow2", "-o", more, str(image), "8M"]
    subprocess.run(argv, check=True)
    site.describe(second.id, first)


@pytest.mark.parametrize(
    ("harm", "code"),
    [
        (_other_byte, "backup.damaged"),
        (_cut_short, "backup.damaged"),
        (_link, "backup.damaged"),
        (_other_size, "backup.damaged"),
        (_parent_gone, "backup.damaged"),
        (_foreign_backing, "image.backing_file"),
        (_hidden_backing, "image.backing_file"),
        (_own_data_elsewhere, "image.data_file"),
    ],
)
async def test_what_is_damaged_or_hostile_is_refused(site: Site, harm: Harm, code: str) -> None:
    first = await site.take()
    second = await site.on(first, b"2" * 65536)
    harm(site, first, second)
    assert await site.refusal(second) == code


async def test_an_image_that_contradicts_itself_does_not_verify(site: Site) -> None:
    first = await site.take()
    second = await site.on(first, b"2" * 65536)
    _broken_inside(site, first, second)
    state = await site.verify(second)
    assert state.refusal is not None
    assert state.refusal.code == "backup.damaged"


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "20200101T000000000Z-0f0e6a52"},
        {"vm": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11"},
        {"parent": "../../../etc"},
        {"parent": "29990101T000000000Z-0f0e6a52"},
        {"disks": []},
        {"more": 1},
    ],
)
async def test_a_manifest_that_lies_is_no_backup(site: Site, changes: dict[str, Any]) -> None:
    backup = await site.take()
    record = site.path(backup.id, "manifest.json")
    record.write_text(json.dumps(json.loads(record.read_text()) | changes))
    assert await site.backups.backups(site.place, None) == []


async def test_what_is_half_done_is_no_backup(site: Site) -> None:
    first = await site.take()
    half = site.order()
    folder = site.path(half.id + ".partial").parent
    folder.mkdir()
    (folder / "vda.qcow2").write_bytes(b"half")
    assert [b.id for b in await site.backups.backups(site.place, None)] == [first.id]
    await site.backups.discard("t", site.place, half)
    assert not folder.exists()
