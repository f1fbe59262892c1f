"""Room for failures where several changes are planned at the same moment, each on the same room."""

from typing import Any

import pytest

from millpond.domain.ha.admission import shortage
from millpond.domain.placement import Candidate
from millpond.domain.server import Role
from millpond.operations.registry import OPERATIONS
from millpond.sim.cluster import ROOT, ServerSpec, VmSpec
from tests.unit.ha_loops.worlds import World, world

MEMORY = 4096
SERVERS = tuple(ServerSpec(name=f"s{n}", memory=MEMORY) for n in (1, 2, 3))


def vms(small: int) -> tuple[VmSpec, ...]:
    """``big`` just fits beside 512 MiB."""
    return (
        VmSpec(name="big", on="s1", memory=3072),
        VmSpec(name="a", on="s2", memory=small),
        VmSpec(name="b", on="s3", memory=small),
        VmSpec(name="c", memory=2048),
    )


POOL = "pool1"

Request = tuple[str, dict[str, Any]]
MORE_A: Request = ("vm.edit", {"vm": "a", "changes": {"max_memory": 2048}})
MORE_B: Request = ("vm.edit", {"vm": "b", "changes": {"max_memory": 2048}})
START_C: Request = ("vm.start", {"vm": "c", "on": "s2"})
MOVE_A: Request = ("vm.migrate", {"vm": "a", "to": "s3"})
TOLERATE: Request = ("pool.edit", {"pool": POOL, "changes": {"ha": {"tolerate": 1}}})
EMPTY_2: Request = ("server.maintenance", {"server": "s2"})
EMPTY_3: Request = ("server.maintenance", {"server": "s3"})


def ask(w: World, *requests: Request, force: bool = False, apart: float = 0) -> list[str]:
    """All at once, or so many seconds apart, as users would; how each job ended."""
    for kind, spec in requests:
        w.manager.ask(kind, OPERATIONS[kind].spec_type.model_validate(spec | {"force": force}))
        w.run_until(w.now() + apart)
    w.run_until(60)
    jobs = w.manager.database.table.jobs.values()
    return sorted(job.state.value for job in jobs if job.parent is None)


def short(w: World) -> bool:
    """Whether the pool could not restart some HA VM after a failure that it tolerates, by the
    records that there are."""
    servers = [
        Candidate(
            id=m.id,
            name=m.name,
            reachable=True,
            joined=True,
            maintenance=m.maintenance,
            vm_role=Role.VM in m.roles,
            memory=MEMORY,
            committed=0,
            bridges=frozenset({"xenbr0"}),
        )
        for m in w.pool().members
    ]
    vms = w.storage.records.roots[ROOT].vms.values()
    return shortage(servers, vms, w.pool().ha) is not None


@pytest.mark.parametrize(
    ("requests", "tolerate", "small", "apart"),
    [
        ((MORE_A, MORE_B), 1, 256, 0),
        ((MORE_B, START_C), 1, 256, 0),
        ((MOVE_A, START_C), 1, 300, 0.005),
        ((TOLERATE, MORE_A, MORE_B), 0, 256, 0),
        ((EMPTY_2, EMPTY_3), 1, 256, 0),
    ],
)
def test_of_changes_that_do_not_fit_together_never_all_stay(
    requests: tuple[Request, ...], tolerate: int, small: int, apart: float
) -> None:
    with world(server=SERVERS, vm=vms(small), tolerate=tolerate) as w:
        ended = ask(w, *requests, apart=apart)
        assert len(ended) == len(requests), "all were accepted: each alone leaves room"
        assert "failed" in ended
        assert not short(w)


def test_force_takes_the_room_all_the_same() -> None:
    with world(server=SERVERS, vm=vms(256), tolerate=1) as w:
        assert ask(w, START_C, MORE_B, force=True) == ["done", "done"]
        assert short(w)
