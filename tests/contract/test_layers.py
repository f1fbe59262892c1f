"""``ports.disks`` on images that lie over others, with the real qemu-img."""

import json
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest

from millpond.adapters.disks import QemuImgDisks
from millpond.adapters.packages.packages import ServerPackages
from millpond.adapters.tasks.runner import TaskRunner
from millpond.domain.chain import ImageFile, chain
from millpond.domain.converting import from_config
from millpond.domain.errors import Refused
from millpond.domain.job import TaskStatus
from millpond.domain.package import ExportFormat, PackedImage
from millpond.domain.vm import Disk, DiskFormat, Layer, VmConfig

RAW, QCOW2 = DiskFormat.RAW, DiskFormat.QCOW2
MIB = 1 << 20
SIZE = 16 * MIB

DISK = Disk(
    target="vda",
    source="file:top.qcow2",
    format=QCOW2,
    size=SIZE,
    backing=(
        Layer(source="file:middle.qcow2", format=QCOW2),
        Layer(source="seed:tiny/system.img", format=RAW),
    ),
)
CONFIG = VmConfig(
    id="7d8d2f0c-4f6e-4c87-9a34-0d9d1c3f5a10",
    name="web1",
    memory=64,
    max_memory=64,
    vcpus=1,
    max_vcpus=1,
    disks=(DISK,),
)


def _qemu_io(path: Path, *commands: str) -> None:
    asked = [argument for command in commands for argument in ("-c", command)]
    subprocess.run(["qemu-io", "-f", "qcow2", *asked, path], check=True, capture_output=True)


def _info(path: Path) -> dict[str, Any]:
    asked = ["qemu-img", "info", "-U", "--output=json", "-f", "qcow2", path]
    found: dict[str, Any] = json.loads(
        subprocess.run(asked, check=True, capture_output=True).stdout
    )
    return found


class Chained:
    """A template's raw disk, and over it two layers of a VM, each with a stamp of its own."""

    def __init__(self, where: Path) -> None:
        self.where = where
        self.directory = where / "running_pool" / "vm1"
        self.directory.mkdir(parents=True)
        seed = where / "seed_pool" / "tiny"
        seed.mkdir(parents=True)
        self.seed = seed / "system.img"
        self.seed.write_bytes(b"S" * SIZE)
        self.middle, self.top = (self.directory / f"{n}.qcow2" for n in ("middle", "top"))
        self.runner = TaskRunner()
        self.disks = QemuImgDisks([str(where)], self.runner)
        self.backing = chain(str(self.directory), DISK).backing

    async def make(self) -> None:
        """The seed's last MiB but one is the middle layer's, and the last one the top's."""
        await self.disks.overlay(str(self.middle), self.backing[1], SIZE)
        _qemu_io(self.middle, "write -P 0x4d 14M 1M")
        await self.disks.overlay(str(self.top), self.backing[0], SIZE)
        _qemu_io(self.top, "write -P 0x54 15M 1M")

    @property
    def contents(self) -> bytes:
        return b"S" * (14 * MIB) + b"M" * MIB + b"T" * MIB


@pytest.fixture
async def chained(tmp_path: Path) -> Chained:
    made = Chained(tmp_path / "repository")
    await made.make()
    return made


async def test_a_layer_names_what_is_beneath_it_by_its_way_there(chained: Chained) -> None:
    """A repository that is mounted elsewhere, or copied, still has whole chains."""
    assert _info(chained.middle)["backing-filename"] == "../../seed_pool/tiny/system.img"
    assert _info(chained.middle)["backing-filename-format"] == "raw"
    assert _info(chained.top)["backing-filename"] == "middle.qcow2"
    assert _info(chained.top)["virtual-size"] == SIZE
    moved = chained.where.rename(chained.where.with_name("moved"))
    flat = moved / "flat"
    top = moved / "running_pool" / "vm1" / "top.qcow2"
    subprocess.run(["qemu-img", "convert", "-f", "qcow2", "-O", "raw", top, flat], check=True)
    assert flat.read_bytes() == chained.contents


async def test_a_layer_is_made_once(chained: Chained) -> None:
    before = chained.top.stat().st_ino
    await chained.disks.overlay(str(chained.top), chained.backing[0], SIZE)
    assert chained.top.stat().st_ino == before
    with pytest.raises(Refused) as other:
        await chained.disks.overlay(str(chained.top), chained.backing[1], SIZE)
    assert other.value.code == "object.exists"
    absent = ImageFile(path=str(chained.directory / "absent"), format=RAW)
    with pytest.raises(Refused) as refused:
        await chained.disks.overlay(str(chained.directory / "new"), absent, SIZE)
    assert refused.value.code == "request.not_found"
    assert sorted(p.name for p in chained.directory.iterdir()) == ["middle.qcow2", "top.qcow2"]


@pytest.mark.parametrize("format_", [RAW, QCOW2])
async def test_a_copy_of_a_chain_stands_by_itself(chained: Chained, format_: DiskFormat) -> None:
    path = chained.directory / "copy"
    await chained.disks.clone(
        "t", str(chained.top), QCOW2, str(path), format_, backing=chained.backing
    )
    state = await chained.runner.state("t", 10)
    assert state.status is TaskStatus.DONE, state.error
    flat = chained.directory / "flat"
    asked = ["qemu-img", "convert", "-f", format_.value, "-O", "raw", path, flat]
    subprocess.run(asked, check=True)
    assert flat.read_bytes() == chained.contents
    if format_ is QCOW2:
        assert "backing-filename" not in _info(path)


async def test_a_chain_without_its_layers_is_not_copied(chained: Chained) -> None:
    """Whoever does not say what lies beneath gets no half of a disk."""
    with pytest.raises(Refused) as refused:
        await chained.disks.clone(
            "t", str(chained.top), QCOW2, str(chained.directory / "copy"), RAW
        )
    assert refused.value.code == "image.backing_file"


async def test_what_a_layer_says_of_the_one_beneath_it_counts_for_nothing(
    chained: Chained, tmp_path: Path
) -> None:
    """A guest's server may be taken over, and what lies in a repository be forged there."""
    canary = tmp_path / "canary"
    canary.write_bytes(b"C" * SIZE)
    asked = ["qemu-img", "rebase", "-u", "-f", "qcow2", "-F", "raw", "-b", canary, chained.middle]
    subprocess.run(asked, check=True)
    path = chained.directory / "copy"
    await chained.disks.clone("t", str(chained.top), QCOW2, str(path), RAW, backing=chained.backing)
    assert (await chained.runner.state("t", 10)).status is TaskStatus.DONE
    assert path.read_bytes() == chained.contents


async def test_the_top_of_a_chain_grows(chained: Chained) -> None:
    await chained.disks.grow(str(chained.top), QCOW2, 2 * SIZE, backing=chained.backing)
    assert _info(chained.top)["virtual-size"] == 2 * SIZE
    assert _info(chained.middle)["virtual-size"] == SIZE
    assert chained.seed.stat().st_size == SIZE


async def test_an_exported_vm_has_each_disk_in_one_file(chained: Chained) -> None:
    publish = chained.where / "publish_pool"
    publish.mkdir()
    packages = ServerPackages([str(chained.where)], [], chained.runner)
    vm = from_config(CONFIG, str(chained.directory))
    to = str(publish / "web1.ova")
    await packages.export("e", vm, str(chained.directory), to, ExportFormat.OVA, PackedImage.QCOW2)
    state = await chained.runner.state("e", 10)
    assert state.status is TaskStatus.DONE, state.error
    with tarfile.open(to) as archive:
        archive.extract("web1-vda.qcow2", publish)
    packed, flat = publish / "web1-vda.qcow2", publish / "flat"
    assert "backing-filename" not in _info(packed)
    asked = ["qemu-img", "convert", "-f", "qcow2", "-O", "raw", packed, flat]
    subprocess.run(asked, check=True)
    assert flat.read_bytes() == chained.contents


async def test_a_copy_as_it_is_lies_over_the_same_images(chained: Chained) -> None:
    """What was written to the one is not in the other, and what lies beneath is not copied."""
    over = chained.where / "running_pool" / "vm1" / "over.qcow2"
    await chained.disks.overlay(str(over), chained.backing[1], SIZE)
    _qemu_io(over, "write -P 0x54 15M 1M")
    there = chained.where / "running_pool" / "vm2"
    there.mkdir()
    to = there / "vda.qcow2"
    below = (chained.backing[1],)
    await chained.disks.clone("copy", str(over), QCOW2, str(to), QCOW2, below, False)
    assert (await chained.runner.state("copy", 10)).status is TaskStatus.DONE
    assert _info(to)["backing-filename"] == "../../seed_pool/tiny/system.img"
    assert to.stat().st_blocks * 512 < 4 * MIB
    _qemu_io(over, "write -P 0x58 15M 1M")
    _qemu_io(to, "read -P 0x54 15M 1M", "read -P 0x53 0 15M")


async def test_no_copy_as_it_is_where_it_would_lie_over_others(chained: Chained) -> None:
    await chained.make()
    to = chained.where / "running_pool" / "vm2"
    to.mkdir()
    attempt = chained.disks.clone(
        "copy", str(chained.top), QCOW2, str(to / "vda.qcow2"), QCOW2, chained.backing, False
    )
    with pytest.raises(Refused):
        await attempt
    assert list(to.iterdir()) == []
