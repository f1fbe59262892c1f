"""``ports.warm_disks``: copies of disks that change while they are copied."""

import asyncio
import os
import random
from itertools import count
from pathlib import Path
from uuid import uuid4

import pytest

from millpond.adapters.tasks.runner import TaskRunner
from millpond.adapters.warm import disks as warm
from millpond.adapters.warm.changes import BLOCK
from millpond.adapters.warm.disks import FileWarmDisks
from millpond.domain.job import TaskState, TaskStatus

BLOCKS = 150


class Site:
    """A disk in a folder of somebody else's, and a repository for its copy."""

    def __init__(self, where: Path) -> None:
        self.folder, self.directory = where / "import" / "vm1", where / "OVS/running_pool/vm1"
        self.folder.mkdir(parents=True)
        self.directory.mkdir(parents=True)
        self.random = random.Random(1)
        self.disk, self.copy = self.folder / "System.img", self.directory / "xvda.raw"
        self.disk.write_bytes(self.random.randbytes(BLOCKS * BLOCK))
        self.runner = TaskRunner()
        roots, folders = [str(where / "OVS")], [str(where / "import")]
        self.disks = FileWarmDisks(roots, folders, self.runner)
        self.names = (f"t{n}" for n in count())

    def write(self, block: int, data: bytes = b"new!") -> None:
        with self.disk.open("rb+") as file:
            file.seek(block * BLOCK)
            file.write(data)

    async def begin(self, *, final: bool = False) -> tuple[str, str]:
        """The task, and the round."""
        task, round_ = next(self.names), str(uuid4())
        await self.disks.pull(task, str(self.folder), self.disk.name, str(self.copy), round_, final)
        return task, round_

    async def pull(self, *, final: bool = False) -> TaskState:
        task, _ = await self.begin(final=final)
        return await self.ended(task)

    async def ended(self, task: str) -> TaskState:
        while (state := await self.runner.state(task, 10)).status is TaskStatus.RUNNING:
            pass
        return state

    def same(self) -> bool:
        return self.copy.read_bytes() == self.disk.read_bytes()


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


async def test_first_all_of_it_then_what_has_changed(site: Site) -> None:
    assert await site.disks.pulled(str(site.copy)) is None
    assert (await site.pull()).result["changed"] == BLOCKS * BLOCK
    assert site.same()
    site.write(3)
    site.write(BLOCKS - 1)
    task, round_ = await site.begin()
    assert (await site.ended(task)).result["changed"] == 2 * BLOCK
    assert site.same()
    assert await site.disks.pulled(str(site.copy)) == round_
    assert (await site.pull()).result["changed"] == 0
    await site.disks.settle(str(site.copy))
    await site.disks.settle(str(site.copy))
    assert await site.disks.pulled(str(site.copy)) is None
    assert [p.name for p in site.directory.iterdir()] == ["xvda.raw"]


async def test_an_end_that_is_no_whole_block(site: Site) -> None:
    os.truncate(site.disk, BLOCK + 512)
    await site.pull()
    site.write(1, b"end")
    assert (await site.pull()).result["changed"] == 512
    assert site.same()


async def test_what_becomes_zeroes_becomes_zeroes(site: Site) -> None:
    await site.pull()
    site.write(5, bytes(BLOCK))
    await site.pull()
    assert site.same()


async def test_what_is_a_hole_takes_no_room(site: Site) -> None:
    site.disk.write_bytes(b"")
    os.truncate(site.disk, BLOCKS * BLOCK)
    site.write(7, b"data")
    await site.pull()
    assert site.same()
    assert site.copy.stat().st_blocks * 512 < 4 * BLOCK


async def test_a_copy_that_broke_off_goes_on_where_it_was(site: Site) -> None:
    """A round that is cut in its middle, as by a power cut: what was noted is not copied again, and what
    was changed behind its back is."""
    task, _ = await site.begin()
    while ((await site.runner.state(task, 0)).progress.done or 0) < 70 * BLOCK:
        await asyncio.sleep(0.001)
    await site.runner.cancel(task)
    assert (await site.ended(task)).status in (TaskStatus.CANCELLED, TaskStatus.DONE)
    site.write(2, bytes(BLOCK))
    again = await site.pull()
    assert again.status is TaskStatus.DONE
    assert again.result["changed"] <= (BLOCKS - 64 + 1) * BLOCK
    assert site.same()


async def test_checksums_never_say_more_than_the_copy_has(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Power goes between the data and the checksums: those blocks are copied again."""

    def power_cut(*_: object) -> None:
        raise OSError(5, "power cut")

    with monkeypatch.context() as cut:
        cut.setattr(warm.BlockMap, "note", power_cut)
        assert (await site.pull()).status is TaskStatus.FAILED
    assert await site.disks.pulled(str(site.copy)) is None
    assert not site.copy.exists()
    assert (await site.pull()).result["changed"] == BLOCKS * BLOCK
    assert site.same()


@pytest.mark.parametrize("late", [b"late", b""])
async def test_the_last_round_wants_a_disk_at_rest(
    site: Site, monkeypatch: pytest.MonkeyPatch, late: bytes
) -> None:
    """Whoever writes, even what is there already, has the disk in use."""
    monkeypatch.setattr(warm, "_REST", 2.0)  # long beside what comes between
    await site.pull()
    before = await site.disks.pulled(str(site.copy))
    task, _ = await site.begin(final=True)
    await asyncio.sleep(0.1)
    site.write(9, late or site.disk.read_bytes()[9 * BLOCK : 9 * BLOCK + 4])
    state = await site.ended(task)
    assert state.refusal is not None
    assert state.refusal.code == "import.changing"
    assert await site.disks.pulled(str(site.copy)) == before
    assert (await site.pull(final=True)).status is TaskStatus.DONE
    assert site.same()


async def test_a_disk_that_has_grown_is_refused(site: Site) -> None:
    await site.pull()
    os.truncate(site.disk, (BLOCKS + 1) * BLOCK)
    state = await site.pull()
    assert state.refusal is not None
    assert state.refusal.code == "import.invalid"


async def test_an_image_of_another_format_is_refused(site: Site) -> None:
    site.write(0, b"QFI\xfb\x00\x00\x00\x03" + bytes(96))
    state = await site.pull()
    assert state.refusal is not None
    assert state.refusal.code == "image.format"
    assert list(site.directory.iterdir()) == []


@pytest.mark.parametrize("file", ["../other", "link.img", "missing.img"])
async def test_nothing_outside_the_package_is_read(site: Site, file: str) -> None:
    (site.folder / "link.img").symlink_to("/etc/passwd")
    await site.disks.pull("t", str(site.folder), file, str(site.copy), str(uuid4()), False)
    assert (await site.ended("t")).refusal is not None
    assert list(site.directory.iterdir()) == []
