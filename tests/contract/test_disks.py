"""``ports.disks`` with the real qemu-img."""

import asyncio
import errno
import hashlib
import os
import shutil
import struct
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from millpond.adapters.disks import QemuImgDisks, copying, tool
from millpond.adapters.disks.beneath import UNFINISHED
from millpond.adapters.images.sandbox import Limits
from millpond.adapters.tasks.runner import TaskRunner
from millpond.domain.errors import Failed, Refused
from millpond.domain.image import ImageFormat
from millpond.domain.job import TaskState, TaskStatus
from millpond.domain.vm import DiskFormat
from tests.contract.mounts import tmpfs, xfs

RAW, QCOW2 = DiskFormat.RAW, DiskFormat.QCOW2
MIB = 1 << 20

root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


class Place:
    """A repository with one VM's directory, and the disks of the server that serves it."""

    def __init__(self, where: Path) -> None:
        self.where = where
        self.runner = TaskRunner()
        self.disks = QemuImgDisks([str(where)], self.runner)
        self.directory = where / "running_pool" / "vm1"
        self.directory.mkdir(parents=True)
        self.seed = where / "seed_pool"
        self.seed.mkdir()

    def path(self, name: str) -> str:
        return str(self.directory / name)

    def names(self) -> list[str]:
        return sorted(p.name for p in self.directory.iterdir())

    async def ended(self, task: str) -> TaskState:
        while (state := await self.runner.state(task, 10)).status is TaskStatus.RUNNING:
            pass
        return state


@pytest.fixture
def place(tmp_path: Path) -> Place:
    where = tmp_path / "repository"
    where.mkdir()
    return Place(where)


def _raw(path: Path, data: int, size: int) -> Path:
    """A raw image: ``data`` MiB of noise, then a hole up to ``size`` MiB."""
    with path.open("wb") as stream:
        stream.write(os.urandom(data * MIB))
        stream.truncate(size * MIB)
    return path


def _qemu_img(*arguments: str | Path) -> str:
    return subprocess.run(
        ["qemu-img", *map(str, arguments)], check=True, capture_output=True, text=True
    ).stdout


def _qcow2(path: Path, data: int, size: int, *options: str) -> Path:
    raw = _raw(path.with_suffix(".tmp"), data, size)
    _qemu_img("convert", *options, "-f", "raw", "-O", "qcow2", raw, path)
    raw.unlink()
    return path


def _digest(path: Path | str) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def _same(one: Path, one_format: str, other: str, other_format: str) -> None:
    _qemu_img("compare", "-f", one_format, "-F", other_format, one, other)


@pytest.mark.parametrize("format_", [RAW, QCOW2])
async def test_an_empty_image_is_thin_and_has_its_size(place: Place, format_: DiskFormat) -> None:
    path = place.path("vdb.img")
    await place.disks.create(path, format_, 1 << 30)
    info = _qemu_img("info", "-f", format_.value, "--output=json", path)
    assert '"virtual-size": 1073741824' in info
    allocated = await place.disks.size(path)
    assert allocated is not None
    assert allocated < MIB
    assert place.names() == ["vdb.img"]
    inode = Path(path).stat().st_ino
    await place.disks.create(path, format_, 1 << 30)
    assert Path(path).stat().st_ino == inode, "repeating changes nothing"
    with pytest.raises(Refused) as refused:
        await place.disks.create(path, format_, 2 << 30)
    assert refused.value.code == "object.exists"


@pytest.mark.parametrize("format_", [RAW, QCOW2])
async def test_a_thick_image_has_all_its_blocks(place: Place, format_: DiskFormat) -> None:
    path = place.path("vdb.img")
    assert await place.disks.capacity(path, format_) is None
    await place.disks.create(path, format_, 16 * MIB, True)
    allocated = await place.disks.size(path)
    assert allocated is not None
    assert allocated >= 16 * MIB
    assert await place.disks.capacity(path, format_) == 16 * MIB
    with pytest.raises(Refused) as refused:
        await place.disks.capacity("/dev/null", RAW)
    assert refused.value.code == "request.invalid"
    assert await place.disks.capacity("/dev/mapper/nosuch", RAW) is None


@pytest.mark.parametrize("format_", [RAW, QCOW2])
async def test_growing_never_shrinks(place: Place, format_: DiskFormat) -> None:
    path = place.path("vda.img")
    await place.disks.create(path, format_, 64 * MIB)
    for asked, then in ((128, 128), (32, 128), (128, 128)):
        await place.disks.grow(path, format_, asked * MIB)
        info = _qemu_img("info", "-f", format_.value, "--output=json", path)
        assert f'"virtual-size": {then * MIB}' in info
    with pytest.raises(Refused) as refused:
        await place.disks.grow(place.path("absent"), format_, MIB)
    assert refused.value.code == "request.not_found"


@pytest.mark.parametrize("source_format", [RAW, QCOW2])
@pytest.mark.parametrize("format_", [RAW, QCOW2])
async def test_a_clone_has_the_same_contents(
    place: Place, source_format: DiskFormat, format_: DiskFormat
) -> None:
    make = _raw if source_format is RAW else _qcow2
    source = make(place.seed / "system.img", 8, 256)
    path = place.path("vda.img")
    before = _digest(source)
    await place.disks.clone("t", str(source), source_format, path, format_)
    state = await place.ended("t")
    assert state.status is TaskStatus.DONE, state.error
    assert state.progress.percent == 100
    _same(source, source_format.value, path, format_.value)
    allocated = await place.disks.size(path)
    assert allocated is not None
    assert allocated < 16 * MIB, "holes stay holes"
    assert _digest(source) == before
    assert place.names() == ["vda.img"]
    assert Path(path).stat().st_mode & 0o077 == 0, "nobody else reads a guest's disk"


async def test_a_clone_that_is_there_already_is_left_alone(place: Place) -> None:
    source = _raw(place.seed / "system.img", 1, 4)
    path = Path(place.path("vda.img"))
    inodes = []
    for task in ("one", "two"):
        await place.disks.clone(task, str(source), RAW, str(path), QCOW2)
        assert (await place.ended(task)).status is TaskStatus.DONE
        inodes.append(path.stat().st_ino)
    assert inodes[0] == inodes[1]


async def test_a_compressed_image_is_measured_unpacked(place: Place) -> None:
    """Its file is far smaller than what it holds."""
    raw = place.seed / "a.raw"
    raw.write_bytes(b"millpond" * (4 * MIB))
    source = place.seed / "a.qcow2"
    _qemu_img("convert", "-c", "-f", "raw", "-O", "qcow2", raw, source)
    assert source.stat().st_size < 4 * MIB
    with source.open("rb", buffering=0) as file:
        assert await tool.data_in([tool.Image(file, ImageFormat.QCOW2)], "a") == 32 * MIB


def _with_header(path: Path, offset: int, value: bytes) -> Path:
    with path.open("r+b") as stream:
        stream.seek(offset)
        stream.write(value)
    return path


def _backed(seed: Path) -> Path:
    base = _raw(seed / "base.raw", 1, 4)
    _qemu_img("create", "-f", "qcow2", "-F", "raw", "-b", base, seed / "bad")
    return seed / "bad"


def _data_file(seed: Path) -> Path:
    _qemu_img("create", "-f", "qcow2", "-o", f"data_file={seed}/data", seed / "bad", "4M")
    return seed / "bad"


def _unknown_feature(seed: Path) -> Path:
    return _with_header(_qcow2(seed / "bad", 1, 4), 0x48, struct.pack(">Q", 1 << 17))


def _polyglot(seed: Path) -> Path:
    """A qcow2 that is an ISO 9660 image as well."""
    return _with_header(_qcow2(seed / "bad", 1, 4), 0x8001, b"CD001")


def _vmdk(seed: Path) -> Path:
    _qemu_img("create", "-f", "vmdk", seed / "bad", "4M")
    return seed / "bad"


@pytest.mark.parametrize(
    ("make", "declared", "code"),
    [
        (_backed, QCOW2, "image.backing_file"),
        (_data_file, QCOW2, "image.data_file"),
        (_unknown_feature, QCOW2, "image.features"),
        (_polyglot, QCOW2, "image.format"),
        (_vmdk, QCOW2, "image.format"),
        (_vmdk, RAW, "image.format"),
        (lambda seed: _qcow2(seed / "bad", 1, 4), RAW, "image.format"),
        (lambda seed: _raw(seed / "bad", 1, 4), QCOW2, "image.format"),
    ],
)
@pytest.mark.parametrize("to", [RAW, QCOW2])
async def test_images_that_lie_are_refused(
    place: Place, make: Callable[[Path], Path], declared: DiskFormat, code: str, to: DiskFormat
) -> None:
    source = make(place.seed)
    with pytest.raises(Refused) as refused:
        await place.disks.clone("t", str(source), declared, place.path("vda"), to)
    assert refused.value.code == code
    assert place.names() == []
    assert (await place.runner.state("t", 0)).status is TaskStatus.ABSENT


@pytest.mark.parametrize("offset", [0x1FE, 0x8001])
async def test_partition_tables_and_cds_are_raw(place: Place, offset: int) -> None:
    what = b"\x55\xaa" if offset == 0x1FE else b"CD001"
    source = _with_header(_raw(place.seed / "a", 0, 4), offset, what)
    await place.disks.clone("t", str(source), RAW, place.path("vda"), RAW)
    assert (await place.ended("t")).status is TaskStatus.DONE
    assert _digest(source) == _digest(place.path("vda"))


async def test_what_a_guest_writes_into_a_raw_disk_is_never_probed(place: Place) -> None:
    """The guest forges a qcow2 header that names a file of the server as its backing file."""
    path = place.path("vda.raw")
    shutil.copyfile(_backed(place.seed), path)
    size = Path(path).stat().st_size
    await place.disks.grow(path, RAW, size + MIB)
    assert Path(path).stat().st_size == size + MIB
    await place.disks.create(path, RAW, size + MIB)


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd",
        "{where}/../outside",
        "{where}",
        "{where}/running_pool/vm1/../../../outside",
        "{where}2/running_pool/vm1/vda",
        "relative",
        "{where}/running_pool/link/vda",
        "{where}/running_pool/vm1/-f",
    ],
)
async def test_nothing_outside_the_repositories_is_touched(place: Place, path: str) -> None:
    outside = place.where.parent / "outside"
    outside.mkdir()
    (outside / "vda").write_bytes(b"precious")
    (place.where / "running_pool" / "link").symlink_to(outside)
    path = path.format(where=place.where)
    source = str(_raw(place.seed / "a", 1, 4))
    for attempt in (
        place.disks.create(path, RAW, MIB),
        place.disks.clone("t", source, RAW, path, RAW),
        place.disks.clone("t", path, RAW, place.path("vda"), RAW),
        place.disks.grow(path, RAW, MIB),
        place.disks.size(path),
        place.disks.remove(path),
    ):
        with pytest.raises(Refused) as refused:
            await attempt
        assert refused.value.code == "request.invalid"
    assert (outside / "vda").read_bytes() == b"precious"
    assert place.names() == []


async def test_planted_links_and_fifos_are_refused(place: Place) -> None:
    secret = place.where.parent / "secret"
    secret.write_bytes(b"precious" * 512)
    (place.directory / "link").symlink_to(secret)
    (place.directory / "vda.partial").symlink_to(secret)
    os.mkfifo(place.directory / "fifo")
    for name in ("link", "fifo"):
        for attempt in (
            place.disks.grow(place.path(name), RAW, MIB),
            place.disks.clone("t", place.path(name), RAW, place.path("vdb"), RAW),
        ):
            with pytest.raises(Refused) as refused:
                await attempt
            assert refused.value.code == "request.invalid"
    await place.disks.create(place.path("vda"), RAW, MIB)
    await place.disks.remove(place.path("link"))
    assert secret.read_bytes() == b"precious" * 512
    assert place.names() == ["fifo", "vda"]


async def test_removing_takes_the_unfinished_sibling_along(place: Place) -> None:
    await place.disks.create(place.path("vda"), RAW, MIB)
    Path(place.path("vda.partial")).write_bytes(b"x")
    await place.disks.remove(place.path("vda"))
    await place.disks.remove(place.path("vda"))
    assert place.names() == []
    assert await place.disks.size(place.path("vda")) is None
    gone = str(place.where / "running_pool" / "vm2" / "vda")
    assert await place.disks.size(gone) is None
    await place.disks.remove(gone)


async def test_a_repository_that_is_not_mounted_is_unavailable(place: Place) -> None:
    path = str(place.where / "absent_pool" / "vm" / "vda")
    source = str(_raw(place.seed / "a", 1, 4))
    for attempt in (
        place.disks.create(path, RAW, MIB),
        place.disks.clone("t", source, RAW, path, RAW),
        place.disks.size(path),
        place.disks.remove(path),
    ):
        with pytest.raises(Refused) as refused:
            await attempt
        assert refused.value.code == "storage.unavailable"


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Place]:
    if os.geteuid() != 0:
        pytest.skip("needs root")
    with tmpfs(tmp_path / "small", "24M") as where:
        yield Place(where)


async def test_a_copy_that_cannot_fit_is_refused_before_it_begins(small: Place) -> None:
    source = _raw(small.seed / "a", 13, 64)
    for to in (RAW, QCOW2):
        with pytest.raises(Refused) as refused:
            await small.disks.clone("t", str(source), RAW, small.path("vda"), to)
        assert refused.value.code == "storage.full"
        assert small.names() == []


async def test_what_a_power_cut_left_of_a_copy_gives_its_room_to_the_next(small: Place) -> None:
    source = _raw(small.seed / "a", 10, 16)
    left = small.directory / f"vda{UNFINISHED}"
    left.write_bytes(source.read_bytes()[: 9 * MIB])
    await small.disks.clone("t", str(source), RAW, small.path("vda"), QCOW2)
    assert (await small.ended("t")).status is TaskStatus.DONE
    assert small.names() == ["vda"]


@pytest.mark.parametrize("to", [RAW, QCOW2])
async def test_a_repository_that_fills_up_during_the_copy_leaves_nothing(
    small: Place, monkeypatch: pytest.MonkeyPatch, to: DiskFormat
) -> None:
    async def enough(*_: object) -> None:
        """As if the space were still there when it was looked at."""

    monkeypatch.setattr("millpond.adapters.disks.qemu_img.check_space", enough)
    source = _raw(small.seed / "a", 13, 64)
    await small.disks.clone("t", str(source), RAW, small.path("vda"), to)
    state = await small.ended("t")
    assert state.status is TaskStatus.FAILED
    assert "no space" in state.error.lower()
    assert small.names() == []


@pytest.fixture
async def long_copy(place: Place, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Place]:
    """A copy that would take a minute is under way: 1 MiB/s by qemu-img's own rate limit."""
    source = _raw(place.seed / "a", 64, 64)
    real = tool.run

    async def slow(path: str, arguments: list[str], *rest: object, **more: object) -> bytes:
        if arguments[0] == "convert":
            arguments = ["convert", "-r", str(MIB), *arguments[1:]]
        return await real(path, arguments, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(tool, "run", slow)
    await place.disks.clone("t", str(source), RAW, place.path("vda"), QCOW2)
    while (await place.runner.state("t", 0)).progress.percent is None:
        await asyncio.sleep(0.05)
    yield place
    await place.runner.cancel("t")
    await place.ended("t")


def _copiers() -> list[str]:
    """Every qemu-img among our descendants."""
    parents: dict[int, int] = {}
    names: dict[int, str] = {}
    for process in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            name, rest = process.read_text().split("(", 1)[1].rsplit(")", 1)
            number = int(process.parent.name)
            parents[number], names[number] = int(rest.split()[1]), name

    def ours(number: int) -> bool:
        return number == os.getpid() or (number in parents and ours(parents[number]))

    return [str(n) for n, name in names.items() if name == "qemu-img" and ours(n)]


async def test_a_copy_shows_progress_and_can_be_cancelled(long_copy: Place) -> None:
    state = await long_copy.runner.state("t", 0)
    assert state.status is TaskStatus.RUNNING
    assert state.progress.total == 64 * MIB
    assert 0 <= (state.progress.percent or 0) < 50
    assert long_copy.names() == ["vda.partial"], "not under its name until it is complete"
    assert len(_copiers()) == 1
    await long_copy.runner.cancel("t")
    assert (await long_copy.ended("t")).status is TaskStatus.CANCELLED
    assert _copiers() == []
    assert long_copy.names() == []


async def test_a_second_clone_under_the_same_name_joins_the_first(long_copy: Place) -> None:
    inode = Path(long_copy.path("vda.partial")).stat().st_ino
    source = str(long_copy.seed / "a")
    await long_copy.disks.clone("t", source, RAW, long_copy.path("vda"), QCOW2)
    assert Path(long_copy.path("vda.partial")).stat().st_ino == inode
    assert len(_copiers()) == 1


async def test_a_tool_that_fails_says_why(place: Place) -> None:
    source = _raw(place.seed / "a", 1, 4)
    with source.open("rb", buffering=0) as file, pytest.raises(Failed) as failed:
        await tool.run(
            "a", ["convert", "-f", "qcow2", "-O", "raw", tool.name_of(file), "/x"], [file]
        )
    assert "qcow2" in failed.value.cause


async def test_a_greedy_reader_is_stopped(place: Place) -> None:
    """The limits are in force: QEMU's own address space does not fit into so little."""
    source = _qcow2(place.seed / "a", 1, 4)
    assert Limits(memory=1 << 30, cpu=2) == tool.METADATA
    with source.open("rb", buffering=0) as file:
        arguments = ["map", "-f", "qcow2", tool.name_of(file)]
        assert await tool.run("a", arguments, [file])
        with pytest.raises(Failed):
            await tool.run("a", arguments, [file], Limits(memory=32 << 20))


@root
@pytest.mark.skipif(shutil.which("mkfs.xfs") is None, reason="needs xfsprogs")
@pytest.mark.parametrize("format_", [RAW, QCOW2])
async def test_a_clone_is_a_reflink_where_the_file_system_has_them(
    tmp_path: Path, format_: DiskFormat, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three clones share the blocks of their source, and qemu-img is not even called."""
    with xfs(tmp_path / "xfs", tmp_path / "image") as where:
        place = Place(where)
        source = (_raw if format_ is RAW else _qcow2)(place.seed / "a", 80, 128)
        free = os.statvfs(where).f_bavail
        monkeypatch.setattr(tool, "run", _never)
        for number in range(3):
            path = place.path(f"vd{number}")
            await place.disks.clone(f"t{number}", str(source), format_, path, format_)
            assert (await place.ended(f"t{number}")).status is TaskStatus.DONE
            assert _digest(path) == _digest(source)
        used = (free - os.statvfs(where).f_bavail) * os.statvfs(where).f_frsize
        assert used < 8 * MIB, "the blocks are shared"
        with Path(place.path("vd0")).open("r+b") as stream:
            stream.write(b"changed")
        assert _digest(place.path("vd1")) == _digest(source)


async def _never(*_: object, **__: object) -> bytes:
    raise AssertionError("qemu-img was called")


@pytest.mark.parametrize("format_", [RAW, QCOW2])
async def test_a_copy_in_the_same_format_is_the_kernels_work(
    place: Place, format_: DiskFormat, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = (_raw if format_ is RAW else _qcow2)(place.seed / "a", 8, 256)
    monkeypatch.setattr(tool, "run", _never)
    await place.disks.clone("t", str(source), format_, place.path("vda"), format_)
    assert (await place.ended("t")).status is TaskStatus.DONE
    assert _digest(place.path("vda")) == _digest(source)
    assert (await place.disks.size(place.path("vda")) or 0) < 16 * MIB, "holes stay holes"


async def test_what_the_kernel_cannot_copy_is_converted(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as from one file system to another."""

    def cannot(*_: object) -> int:
        raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))

    monkeypatch.setattr(os, "copy_file_range", cannot)
    source = _raw(place.seed / "a", 8, 64)
    await place.disks.clone("t", str(source), RAW, place.path("vda"), RAW)
    assert (await place.ended("t")).status is TaskStatus.DONE
    assert _digest(place.path("vda")) == _digest(source)


async def test_a_copy_by_the_kernel_can_be_cancelled(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.copy_file_range

    def slow(*arguments: int) -> int:
        time.sleep(0.05)
        return real(*arguments)

    monkeypatch.setattr(os, "copy_file_range", slow)
    monkeypatch.setattr(copying, "PIECE", 1 << 16)
    source = _raw(place.seed / "a", 64, 64)
    await place.disks.clone("t", str(source), RAW, place.path("vda"), RAW)
    while (await place.runner.state("t", 0)).progress.percent is None:
        await asyncio.sleep(0.02)
    assert place.names() == ["vda.partial"]
    await place.runner.cancel("t")
    assert (await place.ended("t")).status is TaskStatus.CANCELLED
    assert place.names() == []


async def test_no_reflink_leaves_nothing_behind(small: Place) -> None:
    """tmpfs has none."""
    source = _raw(small.seed / "a", 1, 4)
    beneath = small.disks._beneath
    with source.open("rb", buffering=0) as file, beneath.place(small.path("vda")) as place:
        assert copying.reflink(file, place) is False
    assert small.names() == []


DYING = """
import asyncio, os, signal, sys
from millpond.adapters.disks import tool

async def main():
    with open(sys.argv[1], "rb", buffering=0) as source, open(sys.argv[2], "wb+", buffering=0) as to:
        ends = [tool.name_of(source), tool.name_of(to)]
        arguments = ["convert", "-p", "-r", "1M", "-f", "raw", "-O", "qcow2", *ends]
        die = lambda percent: os.kill(os.getpid(), signal.SIGKILL)
        await tool.run("a", arguments, [source, to], on_percent=die)

asyncio.run(main())
"""


async def test_the_copy_dies_with_the_agent(place: Place) -> None:
    """kill -9 in the middle: nobody would follow the copy, so it must not go on."""
    source, target = _raw(place.seed / "a", 64, 64), place.directory / "vda.partial"
    dead = subprocess.run([sys.executable, "-c", DYING, source, target], check=False)
    assert dead.returncode == -9
    deadline = time.monotonic() + 60
    while _writers(target) and time.monotonic() < deadline:
        await asyncio.sleep(0.05)
    assert _writers(target) == []
    await place.disks.clone("t", str(source), RAW, place.path("vda"), QCOW2)
    assert (await place.ended("t")).status is TaskStatus.DONE
    assert place.names() == ["vda"], "the next try begins anew"


def _writers(path: Path) -> list[str]:
    """Processes that have the file open."""
    found = []
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        with suppress(OSError):
            if link.readlink() == path:
                found.append(str(link))
    return found
