"""Files in the styles of other products, each field of them checked against what we say they say."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from millpond.adapters.formats import libvirt_xml, ovf, vmx, xen
from millpond.domain.errors import Refused
from millpond.domain.foreign import ForeignVm
from tests.unit.formats.samples import DATA, data

READERS: dict[str, Callable[[bytes, str], ForeignVm]] = {
    "xen": xen.read,
    "libvirt": libvirt_xml.read,
    "vmx": vmx.read,
    "ovf": lambda data, what: ovf.read(data, what).vm,
}
FILES = sorted(p for kind in READERS for p in (DATA / kind).iterdir() if p.suffix != ".json")


@pytest.mark.parametrize("path", FILES, ids=lambda p: f"{p.parent.name}/{p.name}")
def test_every_field_is_what_the_file_says(path: Path) -> None:
    expected = json.loads(path.with_name(f"{path.name}.json").read_text())
    read = READERS[path.parent.name](path.read_bytes(), path.name)
    found = json.loads(read.model_dump_json(exclude_defaults=True))
    for field in sorted(expected.keys() | found.keys()):
        assert found.get(field) == expected.get(field), field


def test_a_deployment_option_picks_its_items_and_values() -> None:
    descriptor = data("ovf/cisco.ovf")
    default = ovf.read(descriptor, "cisco.ovf")
    assert [(o.id, o.label) for o in default.options] == [
        ("1CPU-4GB", "Small"),
        ("2CPU-4GB", "Medium"),
        ("4CPU-8GB", "Large"),
    ]
    sizes = {}
    for option in ("", *(o.id for o in default.options)):
        read = ovf.read(descriptor, "cisco.ovf", option)
        vm = read.vm
        sizes[option] = (read.option, vm.vcpus, vm.memory, (vm.disks[0].capacity or 0) >> 30)
    assert sizes == {
        "": ("2CPU-4GB", 2, 4096, 8),
        "1CPU-4GB": ("1CPU-4GB", 1, 4096, 8),
        "2CPU-4GB": ("2CPU-4GB", 2, 4096, 8),
        "4CPU-8GB": ("4CPU-8GB", 4, 8192, 16),
    }
    with pytest.raises(Refused) as refused:
        ovf.read(descriptor, "cisco.ovf", "8CPU")
    assert refused.value.code == "import.choice"
    assert "4CPU-8GB (Large)" in refused.value.message


def test_of_several_virtual_systems_one_is_named() -> None:
    one = data("ovf/version2.ovf").decode()
    system = one[one.index("<o:VirtualSystem ") : one.index("</o:Envelope>")]
    second = system.replace('o:id="app"', 'o:id="other"').replace(">3<", ">1<")
    both = one.replace(
        system,
        f'<o:VirtualSystemCollection o:id="all">{system}{second}</o:VirtualSystemCollection>',
    ).encode()
    with pytest.raises(Refused) as refused:
        ovf.read(both, "both.ovf")
    assert refused.value.code == "import.choice" and "app, other" in refused.value.message
    assert ovf.read(both, "both.ovf", system="other").vm.vcpus == 1
    assert ovf.read(both, "both.ovf", system="app").vm.vcpus == 3
