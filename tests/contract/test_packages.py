"""``ports.packages`` with the real qemu-img: packages of every kind in, and out again."""

import gzip
import hashlib
import io
import os
import subprocess
import tarfile
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

from millpond.adapters.formats import manifest
from millpond.adapters.packages.packages import ServerPackages
from millpond.adapters.tasks.runner import TaskRunner
from millpond.domain.errors import Refused
from millpond.domain.foreign import Bus, ForeignDisk, ForeignNic, ForeignVm
from millpond.domain.image import ImageFormat
from millpond.domain.job import TaskState, TaskStatus
from millpond.domain.package import ExportFormat, PackedImage
from millpond.domain.vm import DiskFormat

MIB = 1 << 20


class Site:
    """A repository with one VM's directory, and a folder to import from."""

    def __init__(self, where: Path) -> None:
        self.repository, self.folder = where / "OVS", where / "import"
        self.directory = self.repository / "running_pool" / "vm1"
        self.publish = self.repository / "publish_pool"
        for made in (self.directory, self.publish, self.folder):
            made.mkdir(parents=True)
        self.runner = TaskRunner()
        self.numbers = count()
        self.packages = ServerPackages([str(self.repository)], [str(self.folder)], self.runner)

    async def bring(
        self, path: Path, disk: ForeignDisk, to: DiskFormat = DiskFormat.QCOW2, size: int = 0
    ) -> Path:
        """The image made of it. Raises ``AssertionError`` with the task's error."""
        made = self.directory / f"vda.{to.value}"
        wanted = size or disk.capacity or 0
        task = f"bring {next(self.numbers)}"
        await self.packages.bring(task, str(path), disk, str(made), to, wanted)
        state = await self.ended(task)
        assert state.status is TaskStatus.DONE, state.error
        return made

    async def refusal(self, path: Path, disk: ForeignDisk, size: int = 0) -> str:
        """The code it is refused with; nothing of it is left."""
        made = self.directory / "vda.qcow2"
        await self.packages.bring(
            "t", str(path), disk, str(made), DiskFormat.QCOW2, size or disk.capacity or 0
        )
        state = await self.ended("t")
        assert state.status is TaskStatus.FAILED
        assert list(self.directory.iterdir()) == []
        assert state.refusal is not None, state.error
        return state.refusal.code

    async def ended(self, task: str) -> TaskState:
        while (state := await self.runner.state(task, 10)).status is TaskStatus.RUNNING:
            pass
        return state


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def qemu_img(*arguments: str | Path) -> None:
    subprocess.run(["qemu-img", *map(str, arguments)], check=True, capture_output=True)


def raw(path: Path, size: int = 8) -> Path:
    """A raw image: noise, a hole, and noise at its end; ``size`` in MiB."""
    with path.open("wb") as stream:
        stream.write(os.urandom(MIB))
        stream.seek(size * MIB - 4096)
        stream.write(os.urandom(4096))
    return path


def converted(source: Path, to: Path, *options: str) -> Path:
    qemu_img("convert", "-f", "raw", "-O", *options, source, to)
    return to


def same(one: Path, other: Path, one_format: str = "raw", other_format: str = "qcow2") -> None:
    qemu_img("compare", "-f", one_format, "-F", other_format, one, other)


VMDK = ("vmdk", "-o", "subformat=streamOptimized")


def ovf(file: str, capacity: int = 8, compression: str = "") -> bytes:
    packed = f' ovf:compression="{compression}"' if compression else ""
    space = "http://schemas.dmtf.org/ovf/envelope/1"
    rasd = "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData"

    def item(number: int, kind: int, **values: str) -> str:
        values |= {"InstanceID": str(number), "ResourceType": str(kind)}
        return f"<Item>{''.join(f'<r:{k}>{v}</r:{k}>' for k, v in values.items())}</Item>"

    return f"""<Envelope xmlns="{space}" xmlns:ovf="{space}" xmlns:r="{rasd}">
      <References><File ovf:id="f" ovf:href="{file}"{packed}/></References>
      <DiskSection><Info/><Disk ovf:diskId="d" ovf:fileRef="f" ovf:capacity="{capacity}"
        ovf:capacityAllocationUnits="byte * 2^20" ovf:format="x/vmdk.html#streamOptimized"/></DiskSection>
      <VirtualSystem ovf:id="web"><Info/><VirtualHardwareSection><Info/>
        {item(1, 3, VirtualQuantity="1")}{item(2, 4, VirtualQuantity="64")}{item(3, 6)}
        {item(4, 17, HostResource="ovf:/disk/d", Parent="3")}
      </VirtualHardwareSection></VirtualSystem></Envelope>""".encode()


def ova(path: Path, **members: bytes) -> Path:
    with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as archive:
        for name, data in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return path


def listed(**files: bytes) -> bytes:
    return "".join(
        f"SHA256({name})= {hashlib.sha256(data).hexdigest()}\n" for name, data in files.items()
    ).encode()


async def test_a_disk_in_an_ova_is_unpacked_checked_and_converted(site: Site) -> None:
    source = raw(site.folder / "source")
    image = converted(source, site.folder / "disk.vmdk", *VMDK).read_bytes()
    files = {"web.ovf": ovf("disk.vmdk"), "disk.vmdk": image}
    path = ova(site.folder / "web.ova", **files, **{"web.mf": listed(**files)})
    package = await site.packages.look(str(path), "", "")
    (disk,) = package.vm.disks
    assert (package.vm.name, disk.file, disk.capacity) == ("web", "disk.vmdk", 8 * MIB)
    assert package.remarks == ()
    same(source, await site.bring(path, disk))
    assert [p.name for p in site.directory.iterdir()] == ["vda.qcow2"]
    assert (await site.bring(path, disk, DiskFormat.RAW)).read_bytes() == source.read_bytes()


async def test_what_the_manifest_does_not_say_is_refused(site: Site) -> None:
    image = converted(raw(site.folder / "s"), site.folder / "disk.vmdk", *VMDK).read_bytes()
    wrong = listed(**{"web.ovf": ovf("disk.vmdk"), "disk.vmdk": image + b"x"})
    path = ova(
        site.folder / "web.ova",
        **{"web.ovf": ovf("disk.vmdk"), "web.mf": wrong, "disk.vmdk": image},
    )
    (disk,) = (await site.packages.look(str(path), "", "")).vm.disks
    assert await site.refusal(path, disk) == "import.digest"
    for changed in ({"web.ovf": ovf("disk.vmdk", 9)}, {"web.mf": wrong + b"SHA1(x)= " + b"0" * 40}):
        files = {"web.ovf": ovf("disk.vmdk"), "web.mf": wrong, "disk.vmdk": image} | changed
        with pytest.raises(Refused) as refused:
            await site.packages.look(str(ova(site.folder / "bad.ova", **files)), "", "")
        assert refused.value.code in ("import.digest", "import.reference")


async def test_a_folder_with_an_ovf_and_packed_disks(site: Site) -> None:
    source = raw(site.folder / "source.bin")
    image = converted(source, site.folder / "disk.vmdk", *VMDK).read_bytes()
    (site.folder / "disk.vmdk").unlink()
    (site.folder / "disk.vmdk.gz").write_bytes(gzip.compress(image))
    (site.folder / "web.ovf").write_bytes(ovf("disk.vmdk.gz", compression="gzip"))
    for path in (site.folder / "web.ovf", site.folder):
        package = await site.packages.look(str(path), "", "")
        assert "no manifest" in package.remarks[0]
        (disk,) = package.vm.disks
        assert disk.gzip
    same(source, await site.bring(site.folder, disk))


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda: gzip.compress(bytes(200 * MIB), 1), "image.size"),
        (lambda: b"no gzip at all", "image.damaged"),
        (lambda: gzip.compress(os.urandom(MIB))[:-9], "image.damaged"),
        (lambda: gzip.compress(b"x" * 4096), "image.format"),
    ],
    ids=["bomb", "no gzip", "cut off", "no image"],
)
async def test_a_packed_disk_that_is_a_bomb_or_damaged(
    site: Site, make: Callable[[], bytes], code: str
) -> None:
    (site.folder / "disk.vmdk.gz").write_bytes(make())
    (site.folder / "web.ovf").write_bytes(ovf("disk.vmdk.gz", compression="gzip"))
    (disk,) = (await site.packages.look(str(site.folder), "", "")).vm.disks
    assert await site.refusal(site.folder, disk) == code


async def test_an_image_larger_than_is_said_is_refused_and_a_smaller_one_grows(site: Site) -> None:
    source = raw(site.folder / "source")
    image = converted(source, site.folder / "disk.vmdk", *VMDK).read_bytes()
    small = ova(site.folder / "a.ova", **{"a.ovf": ovf("disk.vmdk", 4), "disk.vmdk": image})
    (disk,) = (await site.packages.look(str(small), "", "")).vm.disks
    assert await site.refusal(small, disk) == "import.invalid"
    large = ova(site.folder / "b.ova", **{"b.ovf": ovf("disk.vmdk", 12), "disk.vmdk": image})
    (disk,) = (await site.packages.look(str(large), "", "")).vm.disks
    made = await site.bring(large, disk, DiskFormat.RAW)
    assert made.read_bytes() == source.read_bytes() + bytes(4 * MIB)


async def test_esxi_keeps_a_disk_in_two_files(site: Site) -> None:
    flat = raw(site.folder / "web 1-flat.vmdk")
    (site.folder / "web 1.vmdk").write_text(
        '# Disk DescriptorFile\nversion=1\nCID=fffffffe\nparentCID=ffffffff\ncreateType="vmfs"\n\n'
        f'# Extent description\nRW {8 * MIB // 512} VMFS "web 1-flat.vmdk"\n'
    )
    (site.folder / "web.vmx").write_text(
        'config.version = "8"\nmemsize = "64"\ndisplayName = "web 1"\nscsi0:0.present = "TRUE"\n'
        'scsi0:0.fileName = "/vmfs/volumes/ds/web 1/web 1.vmdk"\n'
    )
    (disk,) = (await site.packages.look(str(site.folder), "", "")).vm.disks
    assert (disk.file, disk.format, disk.capacity) == ("web 1-flat.vmdk", ImageFormat.RAW, 8 * MIB)
    same(flat, await site.bring(site.folder, disk))


@pytest.mark.parametrize("extent", ["../../etc/shadow", "/etc/shadow", "web.vmx\\x"])
async def test_such_a_disk_names_no_file_elsewhere(site: Site, extent: str) -> None:
    (site.folder / "web.vmdk").write_text(
        f'# Disk DescriptorFile\ncreateType="vmfs"\nRW 16384 VMFS "{extent}"\n'
    )
    (site.folder / "web.vmx").write_text(
        'config.version = "8"\nscsi0:0.present = "TRUE"\nscsi0:0.fileName = "web.vmdk"\n'
    )
    with pytest.raises(Refused) as refused:
        await site.packages.look(str(site.folder), "", "")
    assert refused.value.code in ("image.extents", "image.format", "import.reference")


async def test_a_vm_cfg_with_its_disks_beside_it(site: Site) -> None:
    source = raw(site.folder / "System.img")
    (site.folder / "vm.cfg").write_text(
        "name = 'mail'\nmemory = 64\n"
        "disk = ['file:/OVS/running_pool/12_mail/System.img,xvda,w',"
        " 'file:/OVS/iso_pool/away.iso,hdc:cdrom,r']\n"
    )
    package = await site.packages.look(str(site.folder / "vm.cfg"), "", "")
    (disk,) = package.vm.disks
    assert (disk.file, disk.capacity) == ("System.img", 8 * MIB)
    assert package.vm.unsaid == ("disks: the CD away.iso is not in the package and is left out",)
    same(source, await site.bring(site.folder, disk))


async def test_files_are_not_reached_by_links_or_outside_the_folders(site: Site) -> None:
    secret = raw(site.repository / "secret.img")
    (site.folder / "vm.cfg").write_text("name = 'x'\nmemory = 64\ndisk = ['file:a.img,xvda,w']\n")
    cases = [(site.folder, "request.invalid"), (site.repository, "request.invalid")]
    (site.folder / "a.img").symlink_to(secret)
    for path, code in cases:
        with pytest.raises(Refused) as refused:
            await site.packages.look(str(path), "", "")
        assert refused.value.code == code
    (site.folder / "a.img").unlink()
    os.mkfifo(site.folder / "a.img")
    with pytest.raises(Refused):
        await site.packages.look(str(site.folder), "", "")
    (site.folder / "a.img").unlink()
    for path, code in (
        (site.folder, "import.reference"),
        (site.folder / "no", "request.not_found"),
    ):
        with pytest.raises(Refused) as refused:
            await site.packages.look(str(path), "", "")
        assert refused.value.code == code
    qemu_img("create", "-f", "qcow2", "-b", secret, "-F", "raw", site.folder / "a.img")
    with pytest.raises(Refused) as refused:
        await site.packages.look(str(site.folder), "", "")
    assert refused.value.code.startswith("image.")


async def test_a_folder_with_several_descriptions_asks_which(site: Site) -> None:
    for name in ("a.cfg", "b.cfg"):
        (site.folder / name).write_text("name = 'x'\nmemory = 64\n")
    with pytest.raises(Refused) as refused:
        await site.packages.look(str(site.folder), "", "")
    assert refused.value.code == "import.choice"
    assert (await site.packages.look(str(site.folder / "b.cfg"), "", "")).vm.name == "x"


@pytest.mark.parametrize("image", PackedImage)
async def test_what_goes_out_as_an_ova_comes_back(site: Site, image: PackedImage) -> None:
    first = raw(site.directory / "vda.raw")
    second = converted(raw(site.folder / "s", 4), site.directory / "sda.qcow2", "qcow2")
    cd = raw(site.directory / "hda.raw", 2)
    vm = ForeignVm(
        name="web1",
        memory=64,
        vcpus=2,
        disks=(
            ForeignDisk(file="vda.raw", format=ImageFormat.RAW, capacity=8 * MIB, target="vda"),
            ForeignDisk(
                file="sda.qcow2", format=ImageFormat.QCOW2, capacity=4 * MIB, target="sda",
                bus=Bus.SCSI,
            ),
            ForeignDisk(
                file="hda.raw", format=ImageFormat.RAW, capacity=2 * MIB, target="hda", bus=Bus.IDE,
                cdrom=True, readonly=True,
            ),
        ),
        nics=(ForeignNic(mac="00:16:3e:00:00:01", network="xenbr0", model="virtio"),),
    )  # fmt: skip
    to = site.publish / "web1.ova"
    await site.packages.export("e", vm, str(site.directory), str(to), ExportFormat.OVA, image)
    state = await site.ended("e")
    assert state.status is TaskStatus.DONE, state.error
    assert [p.name for p in site.publish.iterdir()] == ["web1.ova"]
    with tarfile.open(to) as archive:
        names = archive.getnames()
        text = archive.extractfile("web1.mf")
        assert text is not None
        digests = manifest.read(text.read(), "web1.mf")
    assert names[:2] == ["web1.ovf", "web1.mf"]
    assert set(digests) == set(names) - {"web1.mf"}
    to.rename(site.folder / "web1.ova")
    back = await site.packages.look(str(site.folder / "web1.ova"), "", "")
    assert back.remarks == () and back.vm.unsaid == ()
    assert (back.vm.name, back.vm.memory, back.vm.vcpus) == ("web1", 64, 2)
    assert back.vm.nics == vm.nics
    originals = [(first, "raw"), (second, "qcow2"), (cd, "raw")]
    for disk, wanted, (original, format_) in zip(back.vm.disks, vm.disks, originals, strict=True):
        assert (disk.target, disk.capacity, disk.cdrom) == (
            wanted.target, wanted.capacity, wanted.cdrom,
        )  # fmt: skip
        made = await site.bring(site.folder / "web1.ova", disk)
        same(original, made, format_)
        made.unlink()


@pytest.mark.parametrize("kind", [k for k in ExportFormat if k is not ExportFormat.OVA])
async def test_a_description_says_where_the_disks_are(site: Site, kind: ExportFormat) -> None:
    vm = ForeignVm(
        name="web1", memory=64, vcpus=1, ha=True,
        disks=(ForeignDisk(file="vda.raw", format=ImageFormat.RAW, target="vda"),),
    )  # fmt: skip
    to = site.publish / f"web1.{kind.value}"
    await site.packages.export("e", vm, str(site.directory), str(to), kind, PackedImage.VMDK)
    assert (await site.ended("e")).status is TaskStatus.DONE
    assert f"{site.directory}/vda.raw" in to.read_text()
    lost = await site.packages.losses(vm, str(site.directory), kind)
    assert [sentence.partition(":")[0] for sentence in lost] == (
        [] if kind is ExportFormat.VM_CFG else ["ha"]
    )


async def test_a_cancelled_export_leaves_nothing(site: Site) -> None:
    with (site.directory / "vda.raw").open("wb") as stream:
        stream.write(os.urandom(MIB) * 128)
    vm = ForeignVm(
        name="web1", memory=64, vcpus=1,
        disks=(ForeignDisk(file="vda.raw", format=ImageFormat.RAW, capacity=128 * MIB, target="vda"),),
    )  # fmt: skip
    to = site.publish / "web1.ova"
    await site.packages.export(
        "e", vm, str(site.directory), str(to), ExportFormat.OVA, PackedImage.VMDK
    )
    while not list(site.publish.iterdir()):
        state = await site.runner.state("e", 0.01)
        assert state.status is TaskStatus.RUNNING, state.error
    await site.runner.cancel("e")
    assert (await site.ended("e")).status is TaskStatus.CANCELLED
    assert list(site.publish.iterdir()) == []
