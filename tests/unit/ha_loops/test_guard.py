"""A guest that runs while its lease is somebody else's is ended; every other is left alone."""

import pytest

from millpond.adapters.fake.lockspace_store import Slot
from millpond.domain.layout import vm_directory, vm_lease
from millpond.sim.cluster import ROOT, id_of
from tests.unit.ha_loops.worlds import World, world

AT = 5.0
TWO_LOOKS = 2.5


def slot(w: World, vm: str) -> Slot:
    id_ = id_of("vm", vm)
    lease = vm_lease(vm_directory(ROOT, id_), w.pool_id, id_)
    return w.storage.leases.read(lease.path).slots[lease.offset]


@pytest.mark.parametrize(("host_id", "generation"), [(0, 0), (3, 1), (2, 0)])
def test_one_whose_lease_was_given_away_is_ended(host_id: int, generation: int) -> None:
    """To nobody, to another, or under an older generation, which anybody may take."""
    with world(armed=False, vms=("s2", "s3")) as w:
        w.run_until(AT)
        there = slot(w, "vm-s2")
        there.host_id, there.generation = host_id, generation
        w.run_until(AT + TWO_LOOKS)
        assert w.where("vm-s2") == []
        assert w.where("vm-s3") == ["s3"]
        assert there.host_id == (3 if host_id == 3 else 0)


def test_not_for_a_moment_of_confusion() -> None:
    with world() as w:
        w.run_until(AT)
        there = slot(w, "vm-s2")
        there.host_id = 3
        w.run_until(AT + 0.9)
        there.host_id = 2
        w.run_until(AT + 10)
        assert w.where("vm-s2") == ["s2"]


def test_one_whose_lease_cannot_be_read_runs_on() -> None:
    with world() as w:
        w.run_until(AT)
        w.do("damage vm-s2")
        w.run_until(AT + 20)
        assert w.where("vm-s2") == ["s2"]


def test_nor_does_it_need_sanlock_to_answer() -> None:
    with world() as w:
        w.run_until(AT)
        w.do("sanlock s2 freeze")
        slot(w, "vm-s2").host_id = 3
        w.run_until(AT + TWO_LOOKS)
        assert w.where("vm-s2") == []


def test_one_that_starts_moves_or_pauses_is_left_alone() -> None:
    with world() as w:
        w.run_until(AT)
        for n, line in enumerate(
            (
                "vm migrate vm-s2 s3",
                "vm pause vm-s2",
                "vm unpause vm-s2",
                "vm suspend vm-s2",
                "vm resume vm-s2",
                "vm stop vm-s2",
                "vm start vm-s2",
            ),
            start=1,
        ):
            w.do(line)
            w.run_until(AT + 15 * n)
        assert len(w.where("vm-s2")) == 1
        assert not any("ending a guest" in line for line in w.journal.lines)
