"""Placement: the best server, every refusal with its reason, never beyond capacity."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millpond.domain.errors import Refused
from millpond.domain.names import new_id, new_mac
from millpond.domain.placement import RESERVE, Candidate, place
from millpond.domain.vm import Vif, VmConfig


def config(
    memory: int = 1024, bridge: str | None = None, preferred: tuple[str, ...] = ()
) -> VmConfig:
    return VmConfig(
        id=new_id(),
        name="vm1",
        memory=memory,
        max_memory=memory,
        vcpus=1,
        max_vcpus=1,
        vifs=(Vif(mac=new_mac(), bridge=bridge),) if bridge else (),
        preferred_servers=preferred,
    )


def server(name: str, memory: int = 8192, committed: int = 0, **changes: object) -> Candidate:
    fields: dict[str, object] = {
        "id": new_id(),
        "name": name,
        "reachable": True,
        "joined": True,
        "maintenance": False,
        "vm_role": True,
        "memory": memory,
        "committed": committed,
        "bridges": frozenset({"xenbr0"}),
    }
    return Candidate.model_validate(fields | changes)


def test_most_free_memory_wins_and_ties_go_by_name() -> None:
    assert place(config(), [server("b", committed=100), server("a")]).server_name == "a"
    assert place(config(), [server("b"), server("a")]).server_name == "a"


def test_preferred_server_beats_a_freer_one() -> None:
    chosen = place(config(preferred=("b",)), [server("a"), server("b", committed=4000)])
    assert chosen.server_name == "b"


def test_named_server_is_the_only_one_considered() -> None:
    chosen = place(config(), [server("a"), server("b", committed=4000)], on="b")
    assert chosen.server_name == "b"
    assert [v.suitable for v in chosen.verdicts] == [False, True]


@pytest.mark.parametrize(
    ("candidate", "reason"),
    [
        (server("a", maintenance=True), "maintenance"),
        (server("a", reachable=False), "does not answer"),
        (server("a", joined=False), "has not joined"),
        (server("a", vm_role=False), "role vm"),
        (server("a", committed=8000), "MiB are needed"),
        (server("a", bridges=frozenset()), "no bridge xenbr0"),
    ],
)
def test_each_objection_is_named(candidate: Candidate, reason: str) -> None:
    with pytest.raises(Refused) as refused:
        place(config(bridge="xenbr0"), [candidate])
    assert refused.value.code == "placement.none"
    assert reason in refused.value.details["verdicts"][0]["reason"]


@given(
    st.lists(st.tuples(st.integers(0, 65536), st.integers(0, 65536)), max_size=8),
    st.integers(32, 65536),
)
def test_never_beyond_capacity(servers: list[tuple[int, int]], need: int) -> None:
    candidates = [server(f"s{n}", memory, used) for n, (memory, used) in enumerate(servers)]
    try:
        chosen = place(config(need), candidates)
    except Refused:
        assert all(m - RESERVE - used < need for m, used in servers)
    else:
        best = next(c for c in candidates if c.id == chosen.server)
        assert best.committed + need + RESERVE <= best.memory
