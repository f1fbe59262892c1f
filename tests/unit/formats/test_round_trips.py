"""What goes out in another product's format comes back, or its loss was announced."""

from hypothesis import given, settings

from millpond.adapters.formats import libvirt_writer, libvirt_xml, ovf, ovf_writer, xen
from millpond.domain.converting import from_config
from millpond.domain.foreign import ForeignDisk
from millpond.domain.image import ImageFormat
from millpond.domain.vm import VmConfig
from tests.unit.formats.samples import PLACE, configs, fields_of, lost_on_the_way


@given(configs())
@settings(deadline=None, max_examples=25)
def test_vm_cfg_says_all_but_what_it_announces(config: VmConfig) -> None:
    written = xen.write(from_config(config, PLACE), PLACE, xl=False)
    back = xen.read(written.text.encode(), "vm.cfg")
    assert back.unsaid == ()
    assert lost_on_the_way(config, back) == fields_of(written.lost)


@given(configs())
@settings(deadline=None, max_examples=25)
def test_xl_cfg_says_all_but_what_it_announces(config: VmConfig) -> None:
    written = xen.write(from_config(config, PLACE), PLACE, xl=True)
    back = xen.read(written.text.encode(), "xl.cfg")
    assert back.unsaid == ()
    assert lost_on_the_way(config, back) == fields_of(written.lost)


@given(configs())
@settings(deadline=None, max_examples=25)
def test_domain_xml_says_all_but_what_it_announces(config: VmConfig) -> None:
    written = libvirt_writer.write(from_config(config, PLACE), PLACE)
    back = libvirt_xml.read(written.text.encode(), "domain.xml")
    assert back.unsaid == ()
    assert lost_on_the_way(config, back) == fields_of(written.lost)


def _exported(disk: ForeignDisk) -> ImageFormat:
    """CDs as they are; disks as the two formats that packages hold."""
    packed = ImageFormat.QCOW2 if disk.format is ImageFormat.QCOW2 else ImageFormat.VMDK
    return ImageFormat.RAW if disk.cdrom else packed


@given(configs())
@settings(deadline=None, max_examples=25)
def test_ovf_says_all_but_what_it_announces(config: VmConfig) -> None:
    foreign = from_config(config, PLACE)
    images = tuple(
        ovf_writer.Image(f"web1-{n}.img", 65536, _exported(d)) for n, d in enumerate(foreign.disks)
    )
    written = ovf_writer.write(foreign, images)
    back = ovf.read(written.text.encode(), "web1.ovf").vm
    assert back.unsaid == ()
    assert [(d.file, d.format) for d in back.disks] == [(i.href, i.format) for i in images]
    assert lost_on_the_way(config, back) - {"disk formats"} == fields_of(written.lost)
