"""``ports.hypervisor``: disks and CDs changed under a running guest, on the fake and on libvirt."""

import asyncio
import re

import pytest
from lxml import etree

from millpond.domain.vm import Disk, GuestSpec, pending
from tests.contract.hypervisors import Pair, Site

MIB = 1 << 20


def _made(pair: Pair, spec: GuestSpec, name: str, size: int = 4 * MIB) -> str:
    """The source of a new raw file in the VM's directory."""
    _, here = pair.file(spec, name)
    with here.open("wb") as file:
        file.truncate(size)
    return f"file:{name}"


def _with(spec: GuestSpec, *disks: Disk) -> GuestSpec:
    config = spec.config.model_copy(update={"disks": disks})
    return spec.model_copy(update={"config": config})


def _live(pair: Pair, spec: GuestSpec) -> dict[str, etree._Element]:
    """What libvirt says, by its names; nothing where there is no libvirt."""
    if pair.lab is None:
        return {}
    xml = pair.lab.exec("srv1", ["virsh", "dumpxml", spec.config.id]).stdout
    found = etree.fromstring(xml).iterfind("devices/disk")
    return {str(d.xpath("string(target/@dev)")): d for d in found}


async def _applied(site: Site, spec: GuestSpec) -> None:
    """Again and again, until the guest has it: an emulated one takes its time."""
    async with asyncio.timeout(90):
        while True:
            guest = await site.hypervisor.apply(spec)
            if not pending(spec.config, guest.config):
                return


async def test_disks_come_grow_and_go_while_the_guest_runs(pair: Pair) -> None:
    spec, site = pair.spec(boots=True), pair.source
    vm, (root,) = spec.config.id, spec.config.disks
    await site.hypervisor.start(spec)
    await site.tick_after(vm, 10)  # its drivers are loaded
    fresh = [
        Disk(target=t, source=_made(pair, spec, f"{t}.raw"), size=4 * MIB)
        for t in ("vdb", "xvdc", "sda")
    ]
    wanted = _with(spec, root, *fresh)
    await _applied(site, wanted)
    if pair.lab:
        assert set(_live(pair, spec)) == {"vda", "vdb", "vdc", "sda"}
    grown = fresh[0].model_copy(update={"size": 8 * MIB, "iops_limit": 100, "rate_limit": 1024})
    wanted = _with(spec, root, grown, *fresh[1:])
    await _applied(site, wanted)
    if pair.lab:
        assert pair.file(spec, "vdb.raw")[1].stat().st_size == 8 * MIB
        tune = _live(pair, spec)["vdb"].find("iotune")
        assert tune is not None
        assert tune.findtext("total_iops_sec") == "100"
        assert tune.findtext("total_bytes_sec") == str(MIB)
        seen = pair.lab.exec("srv1", ["virsh", "domblkinfo", vm, "vdb"]).stdout
        assert re.search(rf"Capacity:\s+{8 * MIB}\n", seen)
    await _applied(site, _with(spec, root, grown.model_copy(update={"iops_limit": None})))
    if pair.lab:
        assert set(_live(pair, spec)) == {"vda", "vdb"}
        tune = _live(pair, spec)["vdb"].find("iotune")
        assert tune is not None
        assert tune.findtext("total_iops_sec") is None
    assert (await site.must(vm)).run == spec.run
    await site.tick_after(vm, (await site.ticks(vm))[-1])


async def test_what_is_part_of_the_machine_stays(pair: Pair) -> None:
    """IDE drives; and a disk whose file changed hands without the guest's knowing."""
    spec, site = pair.spec(boots=True), pair.source
    (root,) = spec.config.disks
    ide = Disk(target="hda", source=_made(pair, spec, "hda.raw"), size=4 * MIB)
    started = _with(spec, root, ide)
    await site.hypervisor.start(started)
    late = Disk(target="hdb", source=_made(pair, spec, "hdb.raw"), size=4 * MIB)
    guest = await site.hypervisor.apply(_with(spec, root, late))
    assert guest.config.disks == started.config.disks
    smaller = ide.model_copy(update={"size": 2 * MIB})
    guest = await site.hypervisor.apply(_with(spec, root, smaller))
    assert guest.config.disks == started.config.disks


async def test_cds_are_changed_in_their_drive(pair: Pair) -> None:
    spec, site = pair.spec(boots=True), pair.source
    root, pool = spec.config.disks, pair.shared / "iso_pool"
    pool.mkdir(exist_ok=True)
    for name in ("one", "two"):
        (pool / f"{name}.iso").write_bytes(name.encode() * 65536)
    size = 3 * 65536

    def drive(cd: str) -> Disk:
        return Disk(target="hdc", source=f"iso:{cd}", size=size if cd else 0, readonly=True)

    await site.hypervisor.start(_with(spec, *root, drive("")))
    for cd in ("one", "two", "", "one"):
        wanted = _with(spec, *root, drive(cd))
        guest = await site.hypervisor.apply(wanted)
        assert guest.config.disks == wanted.config.disks
        if pair.lab:
            found = _live(pair, spec)["hdc"].xpath("string(source/@file)")
            assert found == (f"{pair.source.directory}/iso_pool/{cd}.iso" if cd else "")


async def test_a_guest_that_does_not_let_go_keeps_its_disk(pair: Pair) -> None:
    if pair.image is None:
        pytest.skip("a fake guest always agrees")
    spec, site = pair.spec(), pair.source  # an empty disk: nobody answers the unplug request
    (root,) = spec.config.disks
    more = Disk(target="vdb", source=_made(pair, spec, "vdb.raw"), size=4 * MIB)
    await site.hypervisor.start(_with(spec, root, more))
    guest = await site.hypervisor.apply(spec)
    assert guest.config.disks == (root, more)
