"""What may lie beneath a disk, by the rules of its record."""

import pytest
from pydantic import ValidationError

from millpond.domain.vm import Disk, DiskFormat, Layer, VmConfig

RAW, QCOW2 = DiskFormat.RAW, DiskFormat.QCOW2


def layered(*backing: tuple[str, DiskFormat], **changes: object) -> Disk:
    fields: dict[str, object] = {
        "target": "vda",
        "source": "file:top.qcow2",
        "format": QCOW2,
        "size": 512,
        "backing": [Layer(source=s, format=f) for s, f in backing],
    }
    return Disk.model_validate(fields | changes)


def test_an_own_file_lies_over_own_files_and_a_template() -> None:
    disk = layered(("file:a", QCOW2), ("seed:tiny/system.img", RAW))
    assert disk.owned == ("file:top.qcow2", "file:a")


@pytest.mark.parametrize(
    ("backing", "changes"),
    [
        ([("file:a", RAW)], {"format": RAW}),
        ([("file:a", RAW), ("file:b", QCOW2)], {}),
        ([("file:a", QCOW2), ("file:a", QCOW2)], {}),
        ([("file:top.qcow2", QCOW2)], {}),
        ([("file:a", RAW)], {"source": "phy:/dev/sdb"}),
        ([("file:../a", RAW)], {}),
        ([("seed:tiny/../../a", RAW)], {}),
        ([("seed:../a", RAW)], {}),
        ([("phy:/dev/sdb", RAW)], {}),
    ],
)
def test_what_can_be_no_chain_is_refused(
    backing: list[tuple[str, DiskFormat]], changes: dict[str, object]
) -> None:
    with pytest.raises(ValidationError):
        layered(*backing, **changes)


def test_no_two_disks_of_a_vm_share_a_layer_that_is_its_own() -> None:
    def vm(below: str) -> VmConfig:
        disks = [
            layered((below, RAW)),
            layered((below, RAW), target="vdb", source="file:other.qcow2"),
        ]
        return VmConfig.model_validate(
            {
                "id": "7d8d2f0c-4f6e-4c87-9a34-0d9d1c3f5a10",
                "name": "web1",
                "memory": 512,
                "max_memory": 512,
                "vcpus": 1,
                "max_vcpus": 1,
                "disks": disks,
            }
        )

    assert vm("seed:tiny/system.img").disks[1].backing
    with pytest.raises(ValidationError, match="disk source must be different"):
        vm("file:base")
