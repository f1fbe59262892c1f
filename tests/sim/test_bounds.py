"""The promised bounds are kept, for pools of any patience."""

import pytest

from millpond.domain.timing import timing_for
from millpond.sim.cluster import ClusterSpec, ServerSpec, VmSpec
from millpond.sim.scenario import At, Timeline, play

CRASH = 20.0


def _restarted(outage: int, *, fence: bool, server: str) -> float:
    """Seconds from a server's loss of power to its guest running elsewhere."""
    cluster = ClusterSpec(
        server=tuple(ServerSpec(name=f"srv{n}", fence=fence) for n in (1, 2, 3)),
        vm=(VmSpec(name="web1", on=server),),
        outage=outage,
        duration=timing_for(outage).bound_by_leases + 60,
    )
    timeline = Timeline(at=(At(t=CRASH, do=(f"power {server} off",)),))
    outcome = play(cluster, timeline)
    assert outcome.problem is None
    return next(
        float(line.split()[0].removeprefix("t=")) - CRASH
        for line in outcome.lines
        if line.endswith("/libvirt: web1 runs")
    )


@pytest.mark.parametrize("outage", [5, 10, 20, 45])
@pytest.mark.parametrize("server", ["srv1", "srv2"], ids=["master", "member"])
def test_with_a_fence_device(outage: int, server: str) -> None:
    assert _restarted(outage, fence=True, server=server) <= timing_for(outage).bound_fenced


@pytest.mark.parametrize("outage", [5, 10, 20, 45])
@pytest.mark.parametrize("server", ["srv1", "srv2"], ids=["master", "member"])
def test_by_leases(outage: int, server: str) -> None:
    timing = timing_for(outage)
    seconds = _restarted(outage, fence=False, server=server)
    assert timing.host_dead - timing.renewal <= seconds <= timing.bound_by_leases
