"""What becomes of another product's VM here: names, drives within their limits, networks, addresses."""

import pytest

from millpond.domain.converting import Wishes, from_config, to_config
from millpond.domain.errors import Refused
from millpond.domain.foreign import Bus, Firmware, ForeignDisk, ForeignNic, ForeignVm
from millpond.domain.vm import DiskFormat, VifModel

ID = "7d8d2f0c-4f6e-4c87-9a34-0d9d1c3f5a10"
BRIDGES = frozenset({"xenbr0", "xenbr1"})


def disk(file: str, **fields: object) -> ForeignDisk:
    return ForeignDisk.model_validate({"file": file, "capacity": 1 << 20, **fields})


def vm(*disks: ForeignDisk, **fields: object) -> ForeignVm:
    said = {"name": "a", "memory": 64, "vcpus": 1, "disks": disks, **fields}
    return ForeignVm.model_validate(said)


def targets(*disks: ForeignDisk) -> list[str]:
    return [d.target for d in to_config(vm(*disks), ID, Wishes(), BRIDGES).config.disks]


def test_four_ide_drives_with_the_cd_among_them_and_seven_on_scsi() -> None:
    ide = [disk(f"i{n}", bus=Bus.IDE) for n in range(4)]
    cd = disk("cd.iso", bus=Bus.SATA, cdrom=True)
    scsi = [disk(f"s{n}", bus=Bus.SCSI) for n in range(9)]
    made = to_config(vm(cd, *ide, *scsi), ID, Wishes(), BRIDGES)
    assert [d.target for d in made.config.disks] == [
        *("hda", "hdb", "hdc", "hdd", "vda"),
        *("sda", "sdb", "sdc", "sdd", "sde", "sdf", "sdg", "vdb", "vdc"),
    ]
    assert sum("at most" in note for note in made.notes) == 3


def test_names_that_drives_have_are_kept_as_far_as_they_go() -> None:
    said = disk("b", bus=Bus.VIRTIO, target="vda")
    assert targets(disk("a"), said, disk("c", target="vda"), disk("d", target="xvdc")) == [
        *("vdb", "vda", "vdd", "xvdc")
    ]
    beyond = [disk(f"h{c}", bus=Bus.IDE, target=f"hd{c}") for c in "zyxwv"]
    assert targets(*beyond) == ["hda", "hdb", "hdc", "hdd", "vda"]


def test_files_get_names_of_our_own_and_the_format_wished() -> None:
    escaping = disk("../../etc/shadow", bus=Bus.SCSI)
    device = disk("/dev/mapper/lun1", block=True, target="xvda")
    cd = disk("x.iso", cdrom=True)
    config = to_config(vm(escaping, device, cd), ID, Wishes(format=DiskFormat.RAW), BRIDGES).config
    assert [(d.source, d.format, d.readonly) for d in config.disks] == [
        ("file:sda.raw", DiskFormat.RAW, False),
        ("phy:/dev/mapper/lun1", DiskFormat.RAW, False),
        ("file:hda.raw", DiskFormat.RAW, True),
    ]


def test_a_guest_that_gets_drivers_has_virtio_devices() -> None:
    """The description stays as it was: what its guest calls its disks now is needed to rename them."""
    drives = (
        disk("a", bus=Bus.SCSI, target="sda"),
        disk("b", bus=Bus.NVME),
        disk("c", bus=Bus.VIRTIO, target="xvdc"),
        disk("cd.iso", bus=Bus.IDE, cdrom=True, target="hdc"),
    )
    described = vm(*drives, nics=(ForeignNic(network="xenbr0", model="vmxnet3"),))
    made = to_config(described, ID, Wishes(virtio=True), BRIDGES)
    assert [d.target for d in made.config.disks] == ["vda", "vdb", "xvdc", "hdc"]
    assert [v.model for v in made.config.vifs] == [VifModel.VIRTIO]
    assert [d.foreign for d in made.disks] == list(drives)
    assert made.notes == ()


def test_a_drive_without_a_medium_is_left_out_and_one_without_a_file_is_made() -> None:
    made = to_config(
        vm(ForeignDisk(bus=Bus.IDE, cdrom=True), disk("", bus=Bus.SCSI)), ID, Wishes(), BRIDGES
    )
    assert [d.target for d in made.config.disks] == ["sda"]
    assert made.notes[0] == "disks: an empty CD-ROM drive is left out"


def test_networks_become_bridges_of_the_pool() -> None:
    nics = (
        ForeignNic(network="VM Network", mac="00:50:56:00:00:01", model="VmxNet3"),
        ForeignNic(network="xenbr1", model="E1000"),
        ForeignNic(network="VM Network", mac="00:50:56:00:00:02", model="VMXNET3 virtio"),
    )
    wishes = Wishes(bridges={"VM Network": "xenbr0"})
    made = to_config(vm(nics=nics), ID, wishes, BRIDGES)
    vifs = made.config.vifs
    assert [(v.bridge, v.model) for v in vifs] == [
        ("xenbr0", VifModel.E1000),
        ("xenbr1", VifModel.E1000),
        ("xenbr0", VifModel.VIRTIO),
    ]
    assert (vifs[0].mac, vifs[2].mac) == ("00:50:56:00:00:01", "00:50:56:00:00:02")
    assert vifs[1].mac.startswith("00:16:3e")
    assert made.notes == (
        "vif 00:50:56:00:00:01: there is no network card 'VmxNet3' here, so it becomes an e1000",
    )
    fresh = to_config(vm(nics=nics), ID, wishes.model_copy(update={"new_macs": True}), BRIDGES)
    assert all(v.mac.startswith("00:16:3e") for v in fresh.config.vifs)
    with pytest.raises(Refused) as refused:
        to_config(vm(nics=nics), ID, Wishes(), BRIDGES)
    assert refused.value.code == "import.network"
    assert "'VM Network'" in refused.value.subject and "xenbr0, xenbr1" in refused.value.message


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("web 1 (old)", "web-1-old"),
        ("../../x", "x"),
        ("Büro", "B-ro"),
        ("", "imported"),
        ("a", "a"),
    ],
)
def test_a_name_that_is_none_here_is_changed_and_that_is_said(said: str, name: str) -> None:
    made = to_config(vm(name=said), ID, Wishes(), BRIDGES)
    assert made.config.name == name
    assert bool(made.notes) == (said != name)
    assert to_config(vm(name=said), ID, Wishes(name="mine"), BRIDGES).config.name == "mine"


def test_what_will_not_work_is_said() -> None:
    odd = vm(
        disk("n", bus=Bus.NVME, shared=True),
        disk("s", bus=Bus.SCSI),
        firmware=Firmware.UEFI,
        cpu_weight=27500,
        description="a\x00b",
        unsaid=("line 3: x: why",),
    )
    made = to_config(odd, ID, Wishes(), BRIDGES)
    assert made.config.cpu_weight == 10_000 and made.config.description == "ab"
    text = "\n".join(made.notes)
    for word in ("line 3: x: why", "UEFI", "other VMs write", "NVMe", "virtio-scsi", "27500"):
        assert word in text


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"memory": 8}, "memory"),
        ({"vcpus": 4096}, "vcpus"),
        ({"disks": (ForeignDisk(file="a.vmdk"),)}, "how large"),
        ({"disks": (disk("/etc/passwd", block=True),)}, "source"),
        ({"disks": tuple(disk(f"{n}") for n in range(30))}, "letters"),
    ],
)
def test_what_no_vm_can_be_is_refused(fields: dict[str, object], word: str) -> None:
    with pytest.raises(Refused) as refused:
        to_config(vm(**fields), ID, Wishes(), BRIDGES)
    assert refused.value.code == "import.invalid"
    assert word in refused.value.subject + refused.value.message


def test_an_iso_of_the_repository_is_named_by_where_it_lies() -> None:
    config = to_config(vm(disk("x.iso", cdrom=True)), ID, Wishes(), BRIDGES).config
    drive = config.disks[0].model_copy(update={"source": "iso:debian-12"})
    config = config.model_copy(update={"disks": (drive,)})
    (said,) = from_config(config, "/OVS/running_pool/7d8d2f0c").disks
    assert said.path("/OVS/running_pool/7d8d2f0c") == "/OVS/iso_pool/debian-12.iso"
    assert said.cdrom and not said.block
