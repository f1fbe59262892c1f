"""``ports.drivers`` with the real virt-v2v, where it is installed: its appliance boots, emulated, and looks into
the disks."""

import shutil
import subprocess
from itertools import count
from pathlib import Path

import pytest
from lxml import etree

from millpond.adapters.drivers import ServerDrivers
from millpond.adapters.drivers.virt_v2v import description, shut_in
from millpond.adapters.tasks.runner import TaskRunner
from millpond.domain.drivers import LOG
from millpond.domain.errors import Refused
from millpond.domain.foreign import Bus, ForeignDisk
from millpond.domain.image import ImageFormat
from millpond.domain.job import TaskState, TaskStatus
from tests.support.foreign_guest import called, make_guest

MIB = 1 << 20
needs_virt_v2v = pytest.mark.skipif(
    shutil.which("virt-v2v") is None, reason="the Debian package virt-v2v is not installed"
)


class Site:
    """A VM's directory with a raw and a qcow2 disk, without a system."""

    def __init__(self, where: Path) -> None:
        self.directory = where / "running_pool" / "vm1"
        self.directory.mkdir(parents=True)
        self.runner = TaskRunner()
        self.numbers = count()
        self.task = ""
        self.work = where / "work"
        self.drivers = ServerDrivers([str(where)], self.runner, self.work)
        self.raw, self.qcow2 = self.directory / "vda.raw", self.directory / "vdb.qcow2"
        self.raw.write_bytes(b"raw!" * (MIB // 4))
        argv = ["qemu-img", "convert", "-f", "raw", "-O", "qcow2", str(self.raw)]
        subprocess.run([*argv, str(self.qcow2)], check=True)
        self.disks = (
            ForeignDisk(file=str(self.raw), format=ImageFormat.RAW, bus=Bus.SCSI),
            ForeignDisk(file=str(self.qcow2), format=ImageFormat.QCOW2, bus=Bus.IDE),
        )

    async def install(self) -> TaskState:
        await self.begin()
        return await self.ended()

    async def begin(self) -> None:
        self.task = f"install {next(self.numbers)}"
        await self.drivers.install(self.task, str(self.directory), self.disks)

    async def ended(self) -> TaskState:
        while (state := await self.runner.state(self.task, 10)).status is TaskStatus.RUNNING:
            pass
        return state

    def layer(self, image: Path, form: str) -> Path:
        """One that virt-v2v has completed, with other data than its disk in the first 64 KiB."""
        made = image.with_name(f"{image.name}.drivers")
        argv = ["qemu-img", "create", "-q", "-f", "qcow2", "-F", form, "-b", str(image), str(made)]
        subprocess.run(argv, check=True)
        write = ["qemu-io", "-f", "qcow2", "-c", "write -P 7 0 64k", str(made)]
        subprocess.run(write, check=True, capture_output=True)
        return made

    def names(self) -> set[str]:
        return {p.name for p in self.directory.iterdir()}

    def data(self) -> list[bytes]:
        """What is on the disks."""
        read = self.directory.parent / "read.raw"
        argv = ["qemu-img", "convert", "-f", "qcow2", "-O", "raw", str(self.qcow2), str(read)]
        subprocess.run(argv, check=True)
        return [self.raw.read_bytes(), read.read_bytes()]


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@needs_virt_v2v
@pytest.mark.slow
@pytest.mark.thorough
@pytest.mark.timeout(1200)
async def test_disks_without_a_guest_stay_as_they_are(site: Site) -> None:
    before = site.data()
    state = await site.install()
    assert state.status is TaskStatus.FAILED
    assert "could not detect the source guest" in state.error
    assert not await site.drivers.installed(str(site.directory))
    assert site.names() == {"vda.raw", "vdb.qcow2"}
    assert site.data() == before


@needs_virt_v2v
@pytest.mark.slow
@pytest.mark.thorough
@pytest.mark.timeout(1200)
async def test_a_guest_is_made_ready_for_virtio(site: Site) -> None:
    """By its own programs, which write down that they were called; nothing else is left of the work."""
    guest = make_guest(site.directory / "hda.raw")
    site.disks = (ForeignDisk(file=str(guest), format=ImageFormat.RAW, bus=Bus.IDE),)
    assert called(guest) == ""
    state = await site.install()
    assert state.status is TaskStatus.DONE, state.error
    assert "update-initramfs" in called(guest)
    assert await site.drivers.installed(str(site.directory))
    assert site.names() == {"vda.raw", "vdb.qcow2", "hda.raw", LOG}
    assert list(site.work.iterdir()) == []


@needs_virt_v2v
def test_what_libosinfo_reads_is_in_the_sandbox(tmp_path: Path) -> None:
    """It does not go on without these lists, one of which Debian keeps outside of /usr."""
    lists = ["/usr/share/misc/pci.ids", "/usr/share/misc/usb.ids"]
    argv = shut_in(["cat", *lists], tmp_path, [])
    done = subprocess.run(argv, check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


@needs_virt_v2v
async def test_cancelled_it_leaves_nothing(site: Site) -> None:
    before = site.data()
    await site.begin()
    while not (await site.runner.state(site.task, 0)).progress.message:
        assert (await site.runner.state(site.task, 0.1)).status is TaskStatus.RUNNING
    await site.runner.cancel(site.task)
    assert (await site.ended()).status is TaskStatus.CANCELLED
    assert site.names() == {"vda.raw", "vdb.qcow2"}
    assert site.data() == before


@needs_virt_v2v
async def test_what_is_complete_is_merged_by_whoever_comes_next(site: Site) -> None:
    """As often as need be; and what was done is not done again."""
    site.layer(site.raw, "raw")
    site.layer(site.qcow2, "qcow2")
    assert (await site.install()).status is TaskStatus.DONE
    assert await site.drivers.installed(str(site.directory))
    assert site.names() == {"vda.raw", "vdb.qcow2", LOG}
    merged = site.data()
    assert all(d[: 64 << 10] == b"\7" * (64 << 10) for d in merged)
    assert all(d[64 << 10 :] == (b"raw!" * MIB)[: MIB - (64 << 10)] for d in merged)
    site.layer(site.raw, "raw")
    assert (await site.install()).status is TaskStatus.DONE
    assert site.names() == {"vda.raw", "vdb.qcow2", LOG}
    assert site.data() == merged


async def test_without_the_program_it_is_refused_with_the_package(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(site.directory))
    with pytest.raises(Refused) as refused:
        await site.drivers.tool()
    assert refused.value.code == "import.drivers"
    assert "apt install virt-v2v nbdkit" in refused.value.fix
    state = await site.install()
    assert state.refusal is not None
    assert state.refusal.code == "import.drivers"
    assert site.names() == {"vda.raw", "vdb.qcow2"}


def test_the_guest_is_described_as_it_knows_itself(site: Site) -> None:
    """By the bus of each disk: virt-v2v writes the new names of disks over those that its guest knows."""
    domain = etree.fromstring(description(site.disks))
    found = []
    for disk in domain.iterfind("devices/disk"):
        source, target, driver = (disk.find(tag) for tag in ("source", "target", "driver"))
        assert source is not None
        assert target is not None
        assert driver is not None
        found.append((source.get("file"), target.get("bus"), target.get("dev"), driver.get("type")))
    assert found == [
        ("/disks/top0", "scsi", "sda", "qcow2"),
        ("/disks/top1", "sata", "sdb", "qcow2"),
    ]
