"""Names of many clones, and what a clone has of its VM."""

import pytest
from pydantic import TypeAdapter, ValidationError

from millpond.domain.cloning import Pattern, numbered
from millpond.domain.errors import Refused
from millpond.domain.vm import Disk, DiskFormat, Layer, Vif, VmConfig
from millpond.operations.clone_vm import VmCloneSpec, clone_config

PATTERN: TypeAdapter[str] = TypeAdapter(Pattern)
QCOW2, RAW = DiskFormat.QCOW2, DiskFormat.RAW
SEED = Layer(source="seed:tiny/system.img", format=RAW)


@pytest.mark.parametrize(
    ("pattern", "first", "names"),
    [
        ("web-{:02}", 9, ["web-09", "web-10"]),
        ("{}", 0, ["0", "1"]),
        ("a{:03}.b", 999, ["a999.b", "a1000.b"]),
    ],
)
def test_patterns(pattern: str, first: int, names: list[str]) -> None:
    assert numbered(PATTERN.validate_python(pattern), 2, first) == names


@pytest.mark.parametrize(
    "pattern", ["web", "{}{}", "{0}", "{:99999999}", "{:2}", "{x}", "a/{}", "{:00}", "{.__class__}"]
)
def test_no_patterns(pattern: str) -> None:
    with pytest.raises(ValidationError):
        PATTERN.validate_python(pattern)


def _config(*disks: Disk) -> VmConfig:
    return VmConfig(
        id="7d8d2f0c-4f6e-4c87-9a34-0d9d1c3f5a10",
        name="web1",
        memory=64,
        max_memory=128,
        vcpus=1,
        max_vcpus=2,
        disks=disks,
        vifs=(Vif(mac="00:16:3e:00:00:01", bridge="xenbr0", rate_limit=7),),
        tags=("prod",),
        ha=True,
        restart_priority=7,
        preferred_servers=("srv1",),
        description="the web",
    )


def _clone(config: VmConfig, same: bool = True, **changes: object) -> VmConfig:
    spec = VmCloneSpec.model_validate({"vm": "web1", "name": "web2", **changes})
    return clone_config(config, spec, "0" * 8 + config.id[8:], same=same)


def test_a_clone_has_all_but_what_one_vm_alone_can_have() -> None:
    origin = _config(Disk(target="vda", source="file:system.img", size=1 << 20))
    made = _clone(origin)
    assert (made.name, made.vifs[0].bridge, made.vifs[0].rate_limit) == ("web2", "xenbr0", 7)
    assert made.id != origin.id
    assert made.vifs[0].mac != origin.vifs[0].mac
    assert made.disks[0].source == "file:vda.raw"
    alike = {"id", "name", "vifs", "disks"}
    assert made.model_dump(exclude=alike) == origin.model_dump(exclude=alike)


def test_layers_of_a_template_are_kept_and_those_of_snapshots_not() -> None:
    over = Disk(target="vda", source="file:vda.qcow2", format=QCOW2, size=1 << 20, backing=(SEED,))
    assert _clone(_config(over)).disks[0].backing == (SEED,)
    assert _clone(_config(over), cloning="full").disks[0].backing == ()
    assert _clone(_config(over), same=False).disks[0].backing == ()
    middle = Layer(source="file:vda.qcow2", format=QCOW2)
    top = over.model_copy(update={"source": "file:vda-1.qcow2", "backing": (middle, SEED)})
    assert _clone(_config(top)).disks == (over.model_copy(update={"backing": ()}),)


def test_drives_and_block_devices() -> None:
    cd = Disk(target="hdc", source="iso:debian", size=1 << 20, readonly=True)
    assert _clone(_config(cd)).disks == (cd,)
    assert _clone(_config(cd), same=False).disks == ()
    with pytest.raises(Refused) as refused:
        _clone(_config(Disk(target="vdb", source="phy:/dev/sdb", size=1 << 20)))
    assert refused.value.code == "vm.devices"
