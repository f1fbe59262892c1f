"""A VM's configuration as libvirt's domain XML."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree

from millpond.adapters.iscsi.attached import Attached, AttachedLuns, target_name
from millpond.adapters.libvirt.domain_xml import (
    SPARE_PORTS,
    Cgroup,
    Host,
    cpu_shares,
    domain_xml,
    update_saved,
    vcpu_quota,
)
from millpond.adapters.libvirt.metadata import Metadata, parse, parse_domain
from millpond.domain.array import ArrayPort, qemu_initiator
from millpond.domain.pool_lun import PoolLun
from millpond.domain.server import Acceleration
from millpond.domain.vm import BootDevice, Disk, DiskFormat, Layer, Vif, VmConfig

VM = "7d8d2f0c-4f6e-4c87-9a34-0d9d1c3f5a10"
POOL = "3bd3f6ff-5c67-4f3b-b1f0-8b9c2f8a7d01"
OTHER = "3bd3f6ff-5c67-4f3b-b1f0-8b9c2f8a7d02"
RUN = "0a3a4a8e-6a56-4b3f-8d42-d5c1a6f7e001"
NASTY = """]]> <boom attr="'&"> \t\n é \U0001f600"""


def config(**changes: object) -> VmConfig:
    fields: dict[str, object] = {
        "id": VM,
        "name": "web1",
        "memory": 512,
        "max_memory": 1024,
        "vcpus": 1,
        "max_vcpus": 4,
        "disks": (Disk(target="vda", source="file:system.img", size=1 << 20),),
        "vifs": (Vif(mac="00:16:3e:00:00:01", bridge="xenbr0"),),
    }
    return VmConfig.model_validate(fields | changes)


def meta(**changes: object) -> Metadata:
    directory = "/OVS/running_pool/vm"
    return Metadata(config(**changes), directory, POOL, RUN, 1000.0, "mark", "host2", 7, True)


def host(
    acceleration: Acceleration = Acceleration.TCG,
    cgroup: Cgroup = Cgroup.V1,
    *,
    direct: bool = True,
    hypervisor: int = 7_002_022,
) -> Host:
    return Host(acceleration, cgroup, lambda _path: direct, hypervisor)


def tree(metadata: Metadata, on: Host | None = None) -> etree._Element:
    return etree.fromstring(domain_xml(metadata, on or host()))


def test_metadata_survives_every_character() -> None:
    before = meta(description=NASTY)
    assert parse_domain(domain_xml(before, host())) == before
    assert parse(before.bare_xml()) == before


def test_a_guest_of_before_there_were_leases_is_known() -> None:
    old = etree.fromstring(meta().bare_xml())
    body = json.loads(old.text or "")
    for newer in ("lockspace", "version", "saving"):
        del body[newer]
    old.text = json.dumps(body)
    assert parse(old) == replace(meta(), lockspace="", version=0, saving=False)


def leases(domain: etree._Element) -> list[tuple[str, ...]]:
    paths = ("lockspace", "key", "target/@path", "target/@offset")
    return [
        tuple(str(lease.xpath(f"string({path})")) for path in paths)
        for lease in domain.iterfind("devices/lease")
    ]


def test_every_guest_names_its_lease() -> None:
    assert leases(tree(meta())) == [(POOL, VM, "/OVS/running_pool/vm/lease", "0")]


def test_foreign_domains_are_not_ours() -> None:
    assert parse_domain("<domain><metadata><other/></metadata></domain>") is None


def test_only_local_sockets_are_opened() -> None:
    """No TCP port for the screen: the manager's proxy is the only way to it."""
    listen = tree(meta()).findall("devices/graphics/listen")
    assert [dict(x.attrib) for x in listen] == [{"type": "socket"}]
    graphics = tree(meta()).find("devices/graphics")
    assert graphics is not None
    assert not {"port", "autoport", "listen"} & set(graphics.attrib)


@pytest.mark.parametrize(
    ("acceleration", "kind", "cpu"),
    [(Acceleration.TCG, "qemu", "custom"), (Acceleration.KVM, "kvm", "host-model")],
)
def test_acceleration_decides_type_and_cpu(acceleration: Acceleration, kind: str, cpu: str) -> None:
    domain = tree(meta(), host(acceleration))
    assert domain.get("type") == kind
    assert domain.xpath("string(cpu/@mode)") == cpu


def test_small_emulated_guests_get_a_small_translation_cache() -> None:
    path = "string(features/tcg/tb-cache)"
    assert tree(meta(memory=96, max_memory=96)).xpath(path) == "32"
    assert tree(meta()).xpath(path) == ""
    small = meta(memory=96, max_memory=96)
    assert tree(small, host(Acceleration.KVM)).xpath(path) == ""


def test_emulated_memory_is_no_multiple_of_64_pages_where_qemu_loses_writes() -> None:
    arguments = [a.get("value") for a in tree(meta())[-1]]
    assert arguments[-2:] == ["-m", "1048568k"]
    assert 1048568 % (64 * 4) != 0
    assert f"size={1048568 * 1024}" in str(arguments[1])
    for fine in (host(hypervisor=9_000_000), host(Acceleration.KVM)):
        assert tree(meta(), fine)[-1].tag == "devices"


def test_xvd_disks_are_virtio_disks() -> None:
    disks = tuple(Disk(target=t, source=f"file:{t}", size=512) for t in ("xvdb", "vda"))
    found = {
        str(d.xpath("string(source/@file)")).rpartition("/")[2]: d.xpath("string(target/@dev)")
        for d in tree(meta(disks=disks)).iterfind("devices/disk")
    }
    assert found == {"xvdb": "vdb", "vda": "vda"}
    with pytest.raises(ValueError, match="every disk target must be different"):
        config(disks=(*disks, Disk(target="xvda", source="file:other", size=512)))


@pytest.mark.parametrize("target", ["hde", "sdh"])
def test_a_guest_has_as_many_drives_as_its_hardware(target: str) -> None:
    last = Disk(target=target[:2] + chr(ord(target[2]) - 1), source="file:a", size=512)
    assert config(disks=(last,)).disks == (last,)
    with pytest.raises(ValueError, match=r"a guest has [47] .. drives"):
        config(disks=(Disk(target=target, source="file:a", size=512),))


def test_an_empty_cd_drive() -> None:
    drive = Disk(target="hdc", source="iso:", size=0, readonly=True)
    (made,) = tree(meta(disks=(drive,))).iterfind("devices/disk")
    assert (made.get("device"), made.find("source")) == ("cdrom", None)


def test_bus_and_device_follow_the_target() -> None:
    disks = (
        Disk(target="sda", source="phy:/dev/mapper/lun1", size=512),
        Disk(target="hda", source="file:a", size=512, format="qcow2"),
        Disk(target="hdc", source="file:c.iso", size=512, readonly=True),
    )
    rows = [
        (
            d.get("type"),
            d.get("device"),
            d.xpath("string(target/@bus)"),
            d.xpath("string(driver/@type)"),
            d.find("readonly") is not None,
        )
        for d in tree(meta(disks=disks)).iterfind("devices/disk")
    ]
    assert rows == [
        ("block", "disk", "scsi", "raw", False),
        ("file", "disk", "sata", "qcow2", False),
        ("file", "cdrom", "sata", "raw", True),
    ]


def test_a_cd_of_the_repository_lies_beside_the_folder_of_vms() -> None:
    cd = Disk(target="hdc", source="iso:debian-12", size=512, readonly=True)
    described = meta(disks=(cd,))
    root = described.directory.partition("/running_pool/")[0]
    found = tree(described).xpath("string(devices/disk/source/@file)")
    assert found == f"{root}/iso_pool/debian-12.iso"
    with pytest.raises(ValueError, match="read-only"):
        Disk(target="vda", source="iso:debian-12", size=512)


@pytest.mark.parametrize(
    ("direct", "cache", "io"), [(True, "none", "native"), (False, "writeback", "")]
)
def test_cache_mode(direct: bool, cache: str, io: str) -> None:
    driver = tree(meta(), host(direct=direct)).find("devices/disk/driver")
    assert driver is not None
    assert (driver.get("cache"), driver.get("io", "")) == (cache, io)


def test_boot_order_is_per_device() -> None:
    disks = (
        Disk(target="vda", source="file:a", size=512),
        Disk(target="hda", source="file:b.iso", size=512, readonly=True),
    )
    boot = (BootDevice.NETWORK, BootDevice.CDROM, BootDevice.DISK)
    domain = tree(meta(disks=disks, boot=boot))
    orders = [boot.get("order") for boot in domain.iterfind("devices/disk/boot")]
    assert orders == ["3", "2"]
    assert domain.xpath("string(devices/interface/boot/@order)") == "1"
    assert domain.find("devices/interface/rom") is None
    plain = tree(meta())
    assert plain.xpath("string(devices/interface/rom/@enabled)") == "no"


def test_all_vcpus_but_the_first_can_be_unplugged() -> None:
    rows = [
        (v.get("enabled"), v.get("hotpluggable"))
        for v in tree(meta(vcpus=2)).iterfind("vcpus/vcpu")
    ]
    assert rows == [("yes", "no"), ("yes", "yes"), ("no", "yes"), ("no", "yes")]


def test_ports_are_left_to_plug_vifs_into() -> None:
    vifs = tuple(Vif(mac=f"00:16:3e:00:00:0{n}", bridge="xenbr0") for n in range(3))
    domain = tree(meta(vifs=vifs))
    ports = len(domain.findall("devices/controller[@model='pcie-root-port']"))
    devices = len(vifs) + 1 + 3  # a disk; serial channel, balloon, random numbers
    assert ports - devices == SPARE_PORTS


@pytest.mark.parametrize(
    ("weight", "cgroup", "shares"),
    [
        (100, Cgroup.V1, 1024),
        (1, Cgroup.V1, 10),
        (100, Cgroup.V2, 100),
        (10_000, Cgroup.V2, 10_000),
    ],
)
def test_weight(weight: int, cgroup: Cgroup, shares: int) -> None:
    assert cpu_shares(weight, cgroup) == shares
    found = tree(meta(cpu_weight=weight), host(cgroup=cgroup)).findtext("cputune/shares")
    assert found == str(shares)


def test_weight_of_disk_time_where_it_can_be_set() -> None:
    able = replace(host(), weighs_io=True)
    assert tree(meta(io_weight=300), able).findtext("blkiotune/weight") == "300"
    assert tree(meta(io_weight=300)).find("blkiotune") is None
    assert tree(meta(), able).find("blkiotune") is None, "the kernel's own"


def test_cap_is_shared_by_the_vcpus() -> None:
    assert vcpu_quota(config(cpu_cap=0)) == -1
    assert vcpu_quota(config(cpu_cap=150, vcpus=2)) == 75_000
    assert vcpu_quota(config(cpu_cap=1, vcpus=4)) == 1000  # the kernel's least
    assert tree(meta()).find("cputune/quota") is None
    assert tree(meta(cpu_cap=50), host(cgroup=Cgroup.NONE)).find("cputune") is None


def test_a_restored_guest_gets_its_new_paths_and_bridges() -> None:
    disks = (
        Disk(target="xvda", source="file:system.img", size=512),
        Disk(target="sda", source="phy:/dev/mapper/old", size=512),
    )
    saved = domain_xml(meta(disks=disks), host())
    moved = (disks[0], disks[1].model_copy(update={"source": "phy:/dev/mapper/new"}))
    vif = Vif(mac="00:16:3e:00:00:01", bridge="xenbr1")
    now = replace(
        meta(disks=moved, vifs=(vif,)), directory="/OVS/elsewhere", lockspace=OTHER, run="new"
    )
    domain = etree.fromstring(update_saved(saved, now))
    assert domain.xpath("string(devices/disk/source/@file)") == "/OVS/elsewhere/system.img"
    assert domain.xpath("string(devices/disk/source/@dev)") == "/dev/mapper/new"
    assert domain.xpath("string(devices/interface/source/@bridge)") == "xenbr1"
    assert leases(domain) == [(OTHER, VM, "/OVS/elsewhere/lease", "0")]
    assert parse_domain(etree.tostring(domain, encoding="unicode")) == now
    with pytest.raises(ValueError, match="not of a Millpond VM"):
        update_saved("<domain/>", now)


def test_a_guest_saved_before_there_were_leases_gets_one() -> None:
    saved = tree(meta())
    etree.strip_elements(saved, "lease")
    domain = etree.fromstring(update_saved(etree.tostring(saved, encoding="unicode"), meta()))
    assert len(leases(domain)) == 1


LAYERED = Disk(
    target="vda",
    source="file:top.qcow2",
    format=DiskFormat.QCOW2,
    size=1 << 20,
    backing=(
        Layer(source="file:middle.qcow2", format=DiskFormat.QCOW2),
        Layer(source="seed:tiny/system.img", format=DiskFormat.RAW),
    ),
)


def layers(domain: etree._Element) -> list[tuple[str, str]]:
    """Each backing store from the top on: its file and its format, both empty for the end."""
    stores = domain.xpath("devices/disk//backingStore")
    return [(s.xpath("string(source/@file)"), s.xpath("string(format/@type)")) for s in stores]


BENEATH = [
    ("/OVS/running_pool/vm/middle.qcow2", "qcow2"),
    ("/OVS/seed_pool/tiny/system.img", "raw"),
    ("", ""),
]


def test_all_that_lies_beneath_a_disk_is_said_with_its_format() -> None:
    domain = tree(meta(disks=(LAYERED,)))
    assert layers(domain) == BENEATH
    assert domain.xpath("string(devices/disk/driver/@type)") == "qcow2"


def test_nothing_beneath_a_disk_is_said_too() -> None:
    assert layers(tree(meta())) == [("", "")], "else libvirt would look into the image"


def test_a_saved_guest_gets_the_layers_of_its_record() -> None:
    saved = etree.tostring(tree(meta()), encoding="unicode")
    domain = etree.fromstring(update_saved(saved, meta(disks=(LAYERED,))))
    assert domain.xpath("string(devices/disk/source/@file)") == "/OVS/running_pool/vm/top.qcow2"
    assert domain.xpath("string(devices/disk/driver/@type)") == "qcow2"
    assert layers(domain) == BENEATH


def test_what_cloud_init_reads_is_a_scsi_cd() -> None:
    """Kernels of cloud images have no driver for ATA drives."""
    seed = Disk(target="sdg", source="file:cloud-init.iso", size=1 << 20, readonly=True)
    data = Disk(target="sda", source="file:data.raw", size=1 << 20, readonly=True)
    made = tree(meta(disks=(seed, data)))
    [cd, disk] = made.findall("devices/disk")
    assert (cd.get("device"), disk.get("device")) == ("cdrom", "disk")
    assert cd.find("target").attrib == {"dev": "sdg", "bus": "scsi"}
    assert cd.find("readonly") is not None
    assert made.find("devices/controller[@type='scsi']").get("model") == "virtio-scsi"


def attached(**changes: object) -> Attached:
    fields: dict[str, object] = {
        "name": "data1",
        "array": OTHER,
        "number": 7,
        "uid": "6006016012603d00956338879d69e511",
        "size": 1 << 30,
        "thin": True,
        "group": "millpond-pool1",
        "hlu": 3,
        "ports": (
            ArrayPort(sp="A", number=0, iqn="iqn.1992-04.com.emc:cx.a0", address="192.0.2.1"),
        ),
    }
    return Attached(lun=PoolLun.model_validate(fields | changes), initiator=qemu_initiator(VM))


def test_a_lun_of_the_pool_is_reached_through_the_relay(tmp_path: Path) -> None:
    """By what no server has of its own, for the guest takes it along when it migrates; and without a cache, for two
    servers have it open then. A device that is no such LUN stays one."""
    luns = AttachedLuns(tmp_path / "luns")
    luns.keep(attached())
    disks = (
        Disk(target="vda", source="phy:/dev/mapper/data1", size=1 << 30),
        Disk(target="vdb", source="phy:/dev/mapper/other", size=1 << 30),
    )
    domain = tree(meta(disks=disks), replace(host(), lun=luns.lun_at))
    first, second = domain.iterfind("devices/disk")
    source, driver = first.find("source"), first.find("driver")
    assert source is not None
    assert driver is not None
    assert (first.get("type"), source.get("protocol")) == ("network", "iscsi")
    assert source.get("name") == f"{target_name(attached().lun.uid)}/3"
    assert [dict(found.attrib) for found in source.iterfind("host")] == [
        {"name": "127.0.0.1", "port": "3261"}
    ]
    assert qemu_initiator(VM).encode() not in etree.tostring(domain)
    assert (driver.get("cache"), driver.get("type"), driver.get("io")) == ("none", "raw", None)
    other = second.find("source")
    assert (second.get("type"), other.get("dev") if other is not None else None) == (
        "block",
        "/dev/mapper/other",
    )
