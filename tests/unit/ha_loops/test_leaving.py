"""A server that leaves its pool gives its host id back for good."""

import pytest

from millpond.domain.errors import Refused
from millpond.domain.layout import lockspace_path
from millpond.sim.cluster import ROOT
from tests.unit.ha_loops.worlds import World, world


@pytest.mark.parametrize("begins", [5.0, 5.2, 5.4, 5.6, 5.8])
def test_a_server_that_takes_its_time_to_leave_does_not_join_again_meanwhile(
    begins: float,
) -> None:
    with world() as w:
        w.run_until(begins)
        w.do("storage s3 slow 1.5")
        w.programs["s3"].process.spawn(_leave(w, "s3"))
        w.run_until(begins + 0.1)
        w.do("storage s3 on")
        w.run_until(60)
        assert w.machines["s3"].membership is None
        host_id = w.machines["s3"].hardware.host_id
        assert w.storage.leases.read(lockspace_path(ROOT)).hosts[host_id].free


def test_a_server_that_may_not_leave_goes_on_in_its_pool() -> None:
    with world() as w:
        w.run_until(5)
        refused: list[Refused] = []
        w.programs["s2"].process.spawn(_leave(w, "s2", refused))
        w.run_until(20)
        assert [r.code for r in refused] == ["lease.held"]
        w.do("sanlock s2 kill")
        w.run_until(20 + w.timing.host_dead)
        assert "s2" not in w.where("vm-s2"), "nobody watched over its guests any more"


async def _leave(w: World, name: str, refused: list[Refused] | None = None) -> None:
    """As ``adapters.host.server`` does it."""
    program = w.programs[name]
    try:
        await program.ha.leave(w.pool_id)
    except Refused as error:
        if refused is None:
            raise
        refused.append(error)
        return
    await program.server.leave(w.pool_id)
