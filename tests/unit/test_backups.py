"""Which backups need each other, and which may go."""

from hypothesis import given
from hypothesis import strategies as st

from millpond.domain.backup import Backup, SavedDisk, chain, dependants, surplus
from millpond.domain.vm import Disk, DiskFormat, VmConfig

VM = "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11"
DISK = Disk(target="vda", source="file:vda.qcow2", format=DiskFormat.QCOW2, size=1 << 20)
CONFIG = VmConfig(id=VM, name="web1", memory=64, max_memory=64, vcpus=1, max_vcpus=1, disks=(DISK,))


def backups(kinds: str) -> list[Backup]:
    """``F`` is a full one, ``i`` builds on the one before."""
    made: list[Backup] = []
    for number, kind in enumerate(kinds):
        saved = SavedDisk(
            target="vda", incremental=kind == "i", size=1 << 20, bytes=1, sha256="0" * 64
        )
        made.append(
            Backup(
                id=f"20260101T{number:09}Z-0f0e6a52",
                vm=VM,
                pool="pool1",
                taken=number,
                live=True,
                parent=made[-1].id if kind == "i" else None,
                config=CONFIG,
                disks=(saved,),
            )
        )
    return made


def test_a_chain_begins_with_a_full_one() -> None:
    made = backups("FFiiFi")
    assert chain(made, made[3]) == made[1:4]
    assert chain(made, made[4]) == made[4:5]
    assert chain(made[2:], made[3]) == made[2:4], "it ends where one is missing"
    assert dependants(made, made[1]) == [made[2]]
    assert dependants(made, made[3]) == []


def test_the_oldest_go_and_take_nothing_away_from_those_that_stay() -> None:
    made = backups("FiFii")
    assert surplus(made, 3) == [made[1], made[0]]
    assert surplus(made, 2) == [made[1], made[0]], "the full one is needed"
    assert surplus(made, 4) == []
    assert surplus(made, 9) == []


@given(st.text("Fi", max_size=12).map(lambda rest: f"F{rest}"), st.integers(1, 12))
def test_what_stays_can_be_restored_and_what_goes_goes_in_order(kinds: str, keep: int) -> None:
    made = backups(kinds)
    left = list(made)
    for each in surplus(made, keep):
        assert not dependants(left, each)
        left.remove(each)
    assert made[-keep:] == left[-min(keep, len(made)) :]
    assert all(chain(left, b)[0].parent is None for b in left)
