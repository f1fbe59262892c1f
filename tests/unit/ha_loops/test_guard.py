"""A guest that runs while its lease is somebody else's is ended; every other is left alone."""

from collections.abc import Collection

import pytest

from millpond.adapters.fake.lockspace_store import Slot
from millpond.adapters.lease_errors import lost
from millpond.domain.layout import vm_directory, vm_lease
from millpond.domain.leases import LeaseHost, LeaseOwner, Lockspace, Resource
from millpond.operations.migrate_vm import VmMigrateSpec
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


def test_nor_one_that_came_while_this_servers_generation_is_not_known() -> None:
    """It joined again, cannot read yet as what, and gets a guest."""
    with world() as w:
        w.run_until(AT)
        w.do("sanlock s2 kill")
        w.run_until(30)
        w.do("sanlock s2 mend")
        lockspaces = w.programs["s2"].lockspaces
        hosts, unreadable = lockspaces.hosts, True

        async def failing(lockspace: Lockspace) -> tuple[LeaseHost, ...]:
            if unreadable and w.said("s2", "joined the lockspace"):
                raise lost(lockspace.path)
            return await hosts(lockspace)

        lockspaces.hosts = failing  # type: ignore[method-assign]
        while not w.said("s2", "joined the lockspace"):
            w.run_until(w.now() + 0.5)
        assert w.where("vm-s2") == ["s1"]
        w.manager.ask("vm.migrate", VmMigrateSpec(vm="vm-s2", to="s2"))
        w.run_until(w.now() + 15)
        assert w.where("vm-s2") == ["s2"]
        unreadable = False
        w.run_until(w.now() + 15)
        assert w.where("vm-s2") == ["s2"]


def test_nor_one_that_has_its_lease_again_when_it_is_to_be_ended() -> None:
    with world() as w:
        w.run_until(AT)
        there = slot(w, "vm-s2")
        there.host_id = 3
        lockspaces = w.programs["s2"].lockspaces
        owners, looks = lockspaces.owners, 0

        async def counted(
            resources: Collection[Resource],
        ) -> dict[Resource, LeaseOwner | None]:
            nonlocal looks
            found = await owners(resources)
            looks += 1
            if looks == 2:
                there.host_id = 2
            return found

        lockspaces.owners = counted  # type: ignore[method-assign]
        w.run_until(AT + 10)
        assert looks > 2
        assert w.where("vm-s2") == ["s2"]


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
