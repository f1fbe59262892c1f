"""Whose lease may be taken, and who ended a guest."""

from pathlib import Path

import pytest

from millpond.adapters.libvirt import events
from millpond.domain.leases import HostState, LeaseHost, LeaseOwner, in_the_way

OWNER = LeaseOwner(host_id=1, generation=3)


def host(host_id: int, generation: int, state: HostState) -> LeaseHost:
    return LeaseHost(
        host_id=host_id, generation=generation, timestamp=100, io_timeout=2, state=state
    )


@pytest.mark.parametrize("state", list(HostState))
def test_an_owner_is_in_the_way_until_it_is_known_to_be_gone(state: HostState) -> None:
    owner, other = host(1, 3, state), host(2, 3, HostState.LIVE)
    found = in_the_way(OWNER, (other, owner))
    assert found == (None if state in (HostState.FREE, HostState.DEAD) else owner)


def test_nobody_is_in_the_way_of_a_lease_that_is_nobody_s() -> None:
    live = host(1, 4, HostState.LIVE)
    assert in_the_way(None, (live,)) is None
    assert in_the_way(OWNER, (live,)) is None, "it has joined anew, and lost what it held before"
    assert in_the_way(OWNER, ()) is None


@pytest.mark.parametrize(
    ("log", "killer"),
    [
        ("2026-11-24T21:36:42Z qemu: terminating on signal 15 from pid 4 (sanlock)\n", "sanlock"),
        ("qemu: terminating on signal 15 from pid 4 (/usr/sbin/sanlock)", "sanlock"),
        ("qemu: terminating on signal 15 from pid 4 (kill)\nmore\n", "kill"),
        ("nothing of the kind\n", ""),
    ],
)
def test_qemu_says_who_ended_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, log: str, killer: str
) -> None:
    monkeypatch.setattr(events, "_LOGS", tmp_path)
    assert events.killed_by("web1") == ""
    before = "qemu: terminating on signal 15 from pid 4 (sanlock)\n"
    begin = "2026-11-24 21:36:30.1+0000: starting up libvirt version: 9.0.0\n"
    (tmp_path / "web1.log").write_text(before + begin + log)
    assert events.killed_by("web1") == killer
