"""Servers, masters and daemons die; what became of the guests is asked of each server's virsh."""

import os
import re
import signal
import time
from collections.abc import Iterator

import pytest

from millpond.domain.timing import AGENT_RESTART, AGENT_WATCHDOG
from tests.lab.pool import PoolLab, pool_lab, wait_until
from tests.support.api import ApiError, Json
from tests.support.truth import runs_on

pytestmark = [pytest.mark.lab, pytest.mark.slow, pytest.mark.whole]

SERVERS = ("srv1", "srv2", "srv3")
STAGES = ("silent", "detected", "decided", "fenced", "leases_cleared")
BOOT_SECONDS = 180.0


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PoolLab]:
    """Three servers with BMCs, and one HA guest on each."""
    with pool_lab(tmp_path_factory.mktemp("ha")) as made:
        for server in SERVERS:
            body = {
                "pool": "pool1",
                "name": f"on-{server}",
                "template": "tiny",
                "ha": True,
                "start": True,
                "on": server,
            }
            made.api.do("POST", "/vms", body)
        yield made


@pytest.fixture(autouse=True)
def all_well(pool: PoolLab) -> None:
    """Every server is in the lockspace, answers its master, and runs a guest."""
    pool.lab.manager_up()

    deadline = time.monotonic() + BOOT_SECONDS
    while unwell := what_is_wrong(pool):
        assert time.monotonic() < deadline, unwell
        time.sleep(0.5)
    for server in SERVERS:
        if not guests_of(pool, server):
            crowded = max(SERVERS, key=lambda s: len(guests_of(pool, s)))
            pool.api.do("POST", f"/vms/{guests_of(pool, crowded)[0]}/migrate", {"to": server})


def what_is_wrong(pool: PoolLab) -> str:
    """Empty if nothing is."""
    try:
        status = pool.api("GET", "/pools/pool1/ha")
    except ApiError as error:
        return str(error)
    if status["sentence"] != "nothing to do":
        return str(status["sentence"])
    states = {h["name"]: h["state"] for h in status["hosts"] if h["state"] != "online"}
    return str(states) if states else ""


def guests(pool: PoolLab) -> list[str]:
    return [f"on-{s}" for s in SERVERS]


def guests_of(pool: PoolLab, server: str) -> list[str]:
    return [g for g in guests(pool) if server in runs_on(pool.lab, g)]


def master(pool: PoolLab) -> str:
    return str(pool.api("GET", "/pools/pool1/ha")["master"]["name"])


def a_member(pool: PoolLab) -> str:
    return next(s for s in SERVERS if s != master(pool))


def run_of(pool: PoolLab, server: str, vm: str) -> str | None:
    """The name of the run that libvirt has with the guest; None if it has none there."""
    xml = pool.lab.exec(server, ["virsh", "-c", "qemu:///system", "dumpxml", vm]).stdout
    found = re.search(r'<millpond:vm [^>]*\brun=[\'"]([0-9a-f-]+)', xml)
    return found[1] if found else None


def elsewhere(pool: PoolLab, lost: list[str], server: str, seconds: float) -> None:
    """Wait until each runs on exactly one other server, and never see two of one."""
    began = time.monotonic()
    left = set(lost)
    while left:
        assert time.monotonic() - began < seconds, f"not back within {seconds:.0f} s: {left}"
        for vm in sorted(left):
            places = runs_on(pool.lab, vm)
            assert len(places) <= 1, f"{vm} runs on {places}"
            if places and places != [server]:
                print(f"{vm} runs on {places[0]} after {time.monotonic() - began:.1f} s")
                left.discard(vm)


def last_failover(pool: PoolLab) -> Json:
    found: Json = pool.api("GET", "/pools/pool1/failovers?limit=1")["items"][0]
    return found


def over(pool: PoolLab, server: str) -> bool:
    """Whether the last failover was that server's, and its guests answer."""
    story = last_failover(pool)
    return bool(story["server"]["name"] == server and story["ended"])


def events_of(pool: PoolLab, server: str) -> list[Json]:
    """Whether the manager reaches it, newest first."""
    subject = f"server:{pool.api('GET', f'/servers/{server}')['id']}"
    found: list[Json] = pool.api("GET", f"/events/log?kind=server&subject={subject}")["items"]
    return [e for e in found if "reachable" in e["data"]]


def tell(story: Json) -> None:
    """The timeline, in seconds from silence."""
    at = {s: f"{story[s] - story['silent']:.1f}" for s in STAGES if story[s] is not None}
    print(f"{story['server']['name']}: {at}, by {story['how']}")
    for vm in story["vms"]:
        started, answered = (
            None if vm[what] is None else round(vm[what] - story["silent"], 1)
            for what in ("started", "answered")
        )
        print(f"  {vm['name']} on {vm['server']}: started {started}, answered {answered}")


def test_a_crashed_servers_guest_runs_elsewhere_and_the_timeline_is_told(pool: PoolLab) -> None:
    server = a_member(pool)
    lost = guests_of(pool, server)
    promised = pool.api("GET", "/pools/pool1/ha")["promised_fenced"]
    pool.lab.crash(server)
    elsewhere(pool, lost, server, promised)
    wait_until(lambda: over(pool, server), 180, "its guest answers")
    story = last_failover(pool)
    tell(story)
    assert "read back: off" in story["how"]
    times = [story[s] for s in STAGES]
    times += [story["vms"][0]["started"], story["vms"][0]["answered"], story["ended"]]
    assert times == sorted(times)
    assert story["measured"] <= story["promised"]
    # The manager heeds the master, and does not wait until it misses the server itself.
    missed = [e["time"] for e in events_of(pool, server) if not e["data"]["reachable"]]
    down = min(at for at in missed if at > story["silent"])
    print(f"called down {down - story['silent']:.1f} s after it fell silent")
    assert story["decided"] <= down <= story["ended"]


def test_a_crashed_master_is_replaced_and_its_guests_are_back(pool: PoolLab) -> None:
    old = master(pool)
    term = pool.api("GET", "/pools/pool1/ha")["term"]
    lost = guests_of(pool, old)
    pool.lab.crash(old)
    elsewhere(pool, lost, old, 2 * pool.api.patience)
    # The manager finds the new master by itself: the next request is answered.
    status = pool.api("GET", "/pools/pool1/ha")
    assert status["term"] == term + 1
    assert status["master"]["name"] != old
    tell(last_failover(pool))


@pytest.mark.thorough
def test_the_pool_helps_itself_while_the_manager_is_off(pool: PoolLab) -> None:
    server = a_member(pool)
    lost = guests_of(pool, server)
    promised = pool.api("GET", "/pools/pool1/ha")["promised_fenced"]
    pool.lab.manager_kill()
    pool.lab.crash(server)
    elsewhere(pool, lost, server, promised)
    pool.lab.manager_up()
    tell(last_failover(pool))


@pytest.mark.thorough
def test_a_server_that_only_lost_its_network_keeps_its_guests(pool: PoolLab) -> None:
    server = a_member(pool)
    kept = guests_of(pool, server)
    pool.lab.unplug(server)
    try:

        def isolated() -> bool:
            hosts = pool.api("GET", "/pools/pool1/ha")["hosts"]
            return any(h["name"] == server and h["state"] == "isolated" for h in hosts)

        wait_until(isolated, 60, f"{server} is called isolated")
        time.sleep(15)  # as long as it would have taken to fence it
        assert guests_of(pool, server) == kept
        assert all(runs_on(pool.lab, vm) == [server] for vm in kept)
    finally:
        pool.lab.plug(server)


@pytest.mark.thorough
def test_a_master_whose_agent_hangs_is_back_and_no_guest_notices(pool: PoolLab) -> None:
    """Nobody else may act while its lease is renewed: its own supervisor does."""
    server = master(pool)
    term = pool.api("GET", "/pools/pool1/ha")["term"]
    before = {vm: (runs_on(pool.lab, vm), _run(pool, vm)) for vm in guests(pool)}
    hung = pool.lab.daemon_pid(server, "agent")
    assert hung is not None
    began = time.monotonic()
    os.kill(hung, signal.SIGSTOP)

    def replaced() -> bool:
        return pool.lab.daemon_pid(server, "agent") not in (None, hung)

    wait_until(replaced, 2 * (AGENT_WATCHDOG + AGENT_RESTART), "the agent is replaced")
    print(f"replaced after {time.monotonic() - began:.1f} s")
    assert time.monotonic() - began > AGENT_WATCHDOG / 2, "its watchdog was waited for"
    wait_until(lambda: not what_is_wrong(pool), 150, "the pool has a master that acts")
    after = {vm: (runs_on(pool.lab, vm), _run(pool, vm)) for vm in guests(pool)}
    assert after == before
    assert pool.api("GET", "/pools/pool1/ha")["term"] <= term + 1


def _run(pool: PoolLab, vm: str) -> str | None:
    (server,) = runs_on(pool.lab, vm)
    return run_of(pool, server, vm)


@pytest.mark.thorough
def test_guests_of_a_server_whose_sanlock_died_run_under_new_leases(pool: PoolLab) -> None:
    server = a_member(pool)
    lost = guests_of(pool, server)
    before = {vm: run_of(pool, server, vm) for vm in lost}
    assert None not in before.values()
    pid = pool.lab.daemon_pid(server, "sanlock")
    assert pid is not None
    os.kill(pid, signal.SIGKILL)

    def again() -> bool:
        found = {vm: runs_on(pool.lab, vm) for vm in lost}
        assert all(len(places) <= 1 for places in found.values()), found
        runs = {vm: run_of(pool, p[0], vm) for vm, p in found.items() if p}
        return all(runs.get(vm) not in (None, before[vm]) for vm in lost)

    wait_until(again, 150, f"the guests of {server} are started anew")
