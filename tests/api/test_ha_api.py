"""High availability through the API, on three servers with fake guests."""

import json
import time
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from millpond.domain.layout import FAILOVERS
from millpond.domain.names import new_id
from millpond.domain.timing import Timing, timing_for
from millpond.manager.api.timing import MEANINGS
from tests.support.api import ApiError, Json
from tests.support.scenarios import SHORTEST_OUTAGE
from tests.support.system import System
from tests.support.zygote import alive

HALF = 40_000
"""MiB: more than half of what a server of ``System`` has for guests."""


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    with System(tmp_path_factory.mktemp("ha") / "run") as made:
        made.make_pool()
        yield made


@pytest.fixture
def pool(system: System) -> Iterator[System]:
    """With HA off, no rules and no VMs before and after."""
    yield system
    system.stage.clean()
    for vm in system.api.items("/vms?limit=1000"):
        if vm["power"] != "stopped":
            system.api.do("POST", f"/vms/{vm['name']}/kill")
        system.api.do("DELETE", f"/vms/{vm['name']}")
    for rule in system.api.items("/pools/pool1/rules"):
        system.api.do("DELETE", f"/pools/pool1/rules/{rule['name']}")
    ha = {"enabled": False, "tolerate": 0, "isolation": "keep"}
    system.api.do("PATCH", "/pools/pool1?force=true", {"ha": ha})
    system.api.do("POST", "/pools/pool1/arm")


def refused(system: System, method: str, path: str, body: Any = None) -> Json:
    """The refusal of a request that must be refused."""
    with pytest.raises(ApiError) as caught:
        system.api(method, path, body)
    return caught.value.error


def guard(system: System, **settings: Any) -> None:
    system.api.do("PATCH", "/pools/pool1", {"ha": {"enabled": True} | settings})


def make(system: System, name: str, memory: int = 64, **body: Any) -> Json:
    wanted = {"pool": "pool1", "name": name, "memory": memory, "ha": True} | body
    system.api.do("POST", "/vms", wanted)
    return system.api("GET", f"/vms/{name}")


def soon(condition: Any) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


# --- settings --------------------------------------------------------------------------------


def test_settings_change_one_at_a_time(pool: System) -> None:
    guard(pool, tolerate=1)
    pool.api.do("PATCH", "/pools/pool1", {"ha": {"isolation": "shutdown"}})
    shown = pool.api("GET", "/pools/pool1")["ha"]
    assert shown == {
        "enabled": True,
        "armed": True,
        "tolerate": 1,
        "isolation": "shutdown",
        "outage": SHORTEST_OUTAGE,
        "rules": [],
    }
    job = pool.api("GET", "/jobs?kind=pool.edit&limit=1")["items"][0]
    assert [s["name"] for s in job["steps"]][1:] == ["tell srv1", "tell srv2", "tell srv3"]


def test_the_outage_is_fixed_for_good(pool: System) -> None:
    for field in ("outage", "armed", "rules"):
        error = refused(pool, "PATCH", "/pools/pool1", {"ha": {field: 30}})
        assert error["code"] == "request.invalid"


def test_a_disarmed_pool_says_so_everywhere(pool: System) -> None:
    guard(pool)
    make(pool, "web1")
    assert pool.api("GET", "/vms/web1")["guarded"]
    pool.api.do("POST", "/pools/pool1/disarm")
    assert not pool.api("GET", "/vms/web1")["guarded"]
    assert not pool.api("GET", "/pools/pool1")["ha"]["armed"]
    soon(lambda: not pool.api("GET", "/pools/pool1/ha")["settings"]["armed"])
    pool.api.do("POST", "/pools/pool1/arm")
    assert pool.api("GET", "/vms/web1")["guarded"]
    pool.api.do("PATCH", "/vms/web1", {"ha": False})
    assert not pool.api("GET", "/vms/web1")["guarded"]


def test_a_vm_is_made_and_changed_with_its_priority(pool: System) -> None:
    config = make(pool, "web1", restart_priority=300, start=True)["config"]
    assert (config["ha"], config["restart_priority"]) == (True, 300)
    pool.api.do("PATCH", "/vms/web1", {"ha": False, "restart_priority": 7})
    shown = pool.api("GET", "/vms/web1")
    assert (shown["config"]["ha"], shown["config"]["restart_priority"]) == (False, 7)
    assert shown["pending"] == {}, "the guest never sees it: there is nothing to wait for"


# --- admission -------------------------------------------------------------------------------


def test_room_is_kept_for_the_failures_tolerated(pool: System) -> None:
    guard(pool, tolerate=1)
    make(pool, "big1", HALF, start=True, on="srv1")
    make(pool, "big2", HALF, start=True, on="srv2")
    make(pool, "big3", HALF)
    error = refused(pool, "POST", "/vms/big3/start", {"on": "srv3"})
    assert error["code"] == "ha.admission"
    assert "--force" in error["fix"]
    assert error["details"]["stranded"]
    pool.api.do("POST", "/vms/big3/start", {"on": "srv3", "force": True})
    pool.api.do("POST", "/vms/big3/kill")
    pool.api.do("PATCH", "/pools/pool1", {"ha": {"tolerate": 0}})
    pool.api.do("POST", "/vms/big3/start", {"on": "srv3"})
    error = refused(pool, "PATCH", "/pools/pool1", {"ha": {"tolerate": 1}})
    assert error["code"] == "ha.admission"


def test_a_vm_that_ha_does_not_guard_may_fill_what_it_likes(pool: System) -> None:
    guard(pool, tolerate=1)
    for n in (1, 2, 3):
        make(pool, f"big{n}", HALF, ha=False, start=True, on=f"srv{n}")
    error = refused(pool, "PATCH", "/vms/big1", {"ha": True})
    assert error["code"] == "ha.admission"
    pool.api.do("PATCH", "/vms/big1?force=true", {"ha": True})
    assert pool.api("GET", "/vms/big1")["config"]["ha"]


def test_more_memory_is_not_given_out_of_the_reserve(pool: System) -> None:
    guard(pool, tolerate=1)
    make(pool, "big1", HALF, start=True, on="srv1")
    make(pool, "big2", HALF, start=True, on="srv2")
    make(pool, "grows", 1024, start=True, on="srv3")
    error = refused(pool, "PATCH", "/vms/grows", {"max_memory": HALF})
    assert error["code"] == "ha.admission"


def test_a_server_is_not_emptied_out_of_the_reserve(pool: System) -> None:
    guard(pool, tolerate=1)
    make(pool, "big1", HALF, start=True, on="srv1")
    make(pool, "big2", HALF, start=True, on="srv2")
    for verb in ("maintenance", "reboot", "shutdown"):
        error = refused(pool, "POST", f"/servers/srv3/{verb}")
        assert error["code"] == "ha.admission", verb
    pool.api.do("POST", "/servers/srv3/maintenance", {"force": True})


def test_a_move_that_would_strand_a_vm_is_refused(pool: System) -> None:
    """Only srv2, while it is empty, could take what runs on srv3."""
    guard(pool, tolerate=1)
    make(pool, "moves", 20_000, start=True, on="srv1")
    make(pool, "fills", 40_000, ha=False, start=True, on="srv1")
    make(pool, "large", 50_000, start=True, on="srv3")
    error = refused(pool, "POST", "/vms/moves/migrate", {"to": "srv2"})
    assert error["code"] == "ha.admission"
    assert error["details"] == {"failing": ["srv3"], "stranded": ["large"]}
    pool.api.do("POST", "/vms/moves/migrate", {"to": "srv2", "force": True})


# --- rules -----------------------------------------------------------------------------------


def rule(
    system: System, name: str, kind: str, vms: list[str], servers: Any = (), **more: Any
) -> None:
    body = {"name": name, "kind": kind, "vms": vms, "servers": list(servers)} | more
    system.api.do("POST", "/pools/pool1/rules", body)


def test_rules_hold_for_starts_and_moves(pool: System) -> None:
    for name in ("a", "b", "tied"):
        make(pool, name)
    rule(pool, "apart", "apart", ["a", "b"])
    rule(pool, "tied", "on", ["tied"], ["srv3"])
    pool.api.do("POST", "/vms/a/start", {"on": "srv1"})
    error = refused(pool, "POST", "/vms/b/start", {"on": "srv1"})
    assert error["code"] == "placement.none"
    assert "rule apart" in error["message"]
    pool.api.do("POST", "/vms/b/start", {"on": "srv2"})
    assert "rule apart" in refused(pool, "POST", "/vms/b/migrate", {"to": "srv1"})["message"]
    pool.api.do("POST", "/vms/tied/start")
    assert pool.api("GET", "/vms/tied")["server"]["name"] == "srv3"


def test_a_soft_rule_gives_way(pool: System) -> None:
    for name in ("a", "b"):
        make(pool, name)
    rule(pool, "apart", "apart", ["a", "b"], strict=False)
    pool.api.do("POST", "/vms/a/start", {"on": "srv1"})
    pool.api.do("POST", "/vms/b/start", {"on": "srv1"})


def test_vms_that_belong_together_leave_a_server_together(pool: System) -> None:
    for name in ("a", "b"):
        make(pool, name, start=True, on="srv2")
    rule(pool, "pair", "together", ["a", "b"])
    pool.api.do("POST", "/servers/srv2/maintenance")
    where = {pool.api("GET", f"/vms/{name}")["server"]["name"] for name in ("a", "b")}
    assert len(where) == 1
    assert where != {"srv2"}


def test_a_rule_follows_a_vm_that_is_renamed(pool: System) -> None:
    make(pool, "a")
    rule(pool, "off3", "not-on", ["a"], ["srv3"])
    pool.api.do("PATCH", "/vms/a", {"name": "z"})
    assert pool.api.items("/pools/pool1/rules")[0]["vms"] == ["z"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"kind": "apart", "vms": ["a"]}, "request.invalid"),
        ({"kind": "together", "vms": ["a", "a"]}, "request.invalid"),
        ({"kind": "apart", "vms": ["a", "b"], "servers": ["srv1"]}, "request.invalid"),
        ({"kind": "on", "vms": ["a"]}, "request.invalid"),
        ({"kind": "on", "vms": ["a"], "servers": ["srv9"]}, "request.invalid"),
        ({"kind": "on", "vms": ["nobody"], "servers": ["srv1"]}, "request.not_found"),
        ({"kind": "beside", "vms": ["a"]}, "request.invalid"),
    ],
)
def test_a_rule_that_says_nothing_is_refused(pool: System, changes: Json, code: str) -> None:
    for name in ("a", "b"):
        make(pool, name)
    error = refused(pool, "POST", "/pools/pool1/rules", {"name": "r"} | changes)
    assert error["code"] == code


def test_a_rule_has_a_name_of_its_own(pool: System) -> None:
    make(pool, "a")
    rule(pool, "r", "on", ["a"], ["srv1"])
    rule(pool, "r", "on", ["a"], ["srv1"])
    body = {"name": "r", "kind": "on", "vms": ["a"], "servers": ["srv2"]}
    assert refused(pool, "POST", "/pools/pool1/rules", body)["code"] == "object.exists"
    assert refused(pool, "DELETE", "/pools/pool1/rules/x")["code"] == "request.not_found"
    assert len(pool.api.items("/pools/pool1/rules")) == 1


# --- status, failovers, timing ---------------------------------------------------------------


def test_the_master_tells_how_all_servers_are(pool: System) -> None:
    soon(lambda: all(h["state"] == "online" for h in pool.api("GET", "/pools/pool1/ha")["hosts"]))
    shown = pool.api("GET", "/pools/pool1/ha")
    assert [h["name"] for h in shown["hosts"]] == ["srv1", "srv2", "srv3"]
    assert shown["master"]["name"] == "srv1"
    assert shown["term"] == pool.api("GET", "/pools/pool1")["term"]
    timing = timing_for(SHORTEST_OUTAGE)
    assert shown["promised_fenced"] == timing.bound_fenced
    assert shown["promised_by_leases"] == timing.bound_by_leases
    assert shown["sentence"]

    def told() -> bool:
        found = pool.api.items("/events/log?kind=ha&limit=1000")
        return any("srv1 is pool master" in e["data"]["what"] for e in found)

    soon(told)
    assert 'millpond_ha_alarms{pool="pool1"}' in metrics(pool)


def metrics(system: System) -> str:
    return system.api.request("GET", "/metrics").text


def failover(n: int) -> Json:
    """As a pool master writes it."""
    at = 1_700_000_000.0 + n
    vm = {"vm": new_id(), "name": "web1", "server": "srv3", "started": at + 9.5, "outcome": "runs"}
    return {
        "id": new_id(),
        "server": new_id(),
        "server_name": "srv2",
        "term": 1,
        "silent": at,
        "detected": at + 6,
        "promised": 14.0,
        "vms": [vm],
        "ended": at + 12,
    }


def test_failovers_are_read_from_the_cluster_root(pool: System) -> None:
    folder: Path = pool.root / FAILOVERS
    folder.mkdir(exist_ok=True)
    written = [failover(n) for n in range(3)]
    for story in written:
        (folder / f"{story['id']}.json").write_text(json.dumps(story))
    page = pool.api("GET", "/pools/pool1/failovers?limit=2")
    rest = pool.api("GET", f"/pools/pool1/failovers?limit=2&after={page['next']}")
    assert [f["id"] for f in page["items"] + rest["items"]] == [f["id"] for f in written[::-1]]
    assert rest["next"] is None
    shown = pool.api("GET", f"/pools/pool1/failovers/{written[0]['id']}")
    assert (shown["measured"], shown["kept"]) == (9.5, True)
    assert shown["server"] == {"id": written[0]["server"], "name": "srv2"}
    assert shown["fenced"] is None
    missing = refused(pool, "GET", f"/pools/pool1/failovers/{new_id()}")
    assert missing["code"] == "request.not_found"


def test_timing_is_that_of_the_pools_outage(pool: System) -> None:
    shown = pool.api("GET", "/pools/pool1/timing")
    assert shown == pool.api("GET", f"/timing?outage={SHORTEST_OUTAGE}")
    settings = {s["setting"]: s["value"] for s in shown["settings"]}
    assert settings["io_timeout"] == timing_for(SHORTEST_OUTAGE).io_timeout
    assert all(link["holds"] for link in shown["chain"])
    assert refused(pool, "GET", "/timing?outage=4")["code"] == "request.invalid"


def test_timing_counts_the_fence_devices_that_there_are(pool: System) -> None:
    for name, level, timeout in (("ipmi1", 1, 45), ("ipmi2", 2, 30)):
        body = DEVICE | {"level": level, "timeout": timeout}
        pool.api("PUT", f"/servers/srv2/fencing/{name}", body)
    shown = pool.api("GET", "/pools/pool1/timing")
    timing = timing_for(SHORTEST_OUTAGE)
    promised = timing.detection + 45 + 30 + timing.start
    assert shown["promised_fenced"] == promised
    assert {s["setting"]: s["value"] for s in shown["settings"]}["fence"] == 75
    soon(lambda: pool.api("GET", "/pools/pool1/ha")["promised_fenced"] == promised)
    for name in ("ipmi1", "ipmi2"):
        pool.api("DELETE", f"/servers/srv2/fencing/{name}")


def test_every_patience_is_explained() -> None:
    assert MEANINGS.keys() == {f.name for f in fields(Timing)} - {"outage"}


# --- fencing ---------------------------------------------------------------------------------

SECRET = "swordfish-9241"
DEVICE: Json = {
    "agent": "fence_ipmilan",
    "arguments": {"ip": "192.0.2.21", "username": "admin"},
    "secrets": {"password": SECRET},
}


def holds_secret(file: Path) -> bool:
    """One that is gone by now was what somebody else was writing, and holds what its successor does."""
    try:
        return SECRET.encode() in file.read_bytes()
    except FileNotFoundError:
        return False


def test_a_secret_goes_in_and_never_comes_out(pool: System) -> None:
    api = pool.api
    set_ = api("PUT", "/servers/srv2/fencing/ipmi1", DEVICE)
    shown = api("GET", "/servers/srv2/fencing")
    listed = api.items("/pools/pool1/fencing")
    assert shown == set_
    assert shown["devices"][0]["secrets"] == {"password": "***"}
    assert [len(f["devices"]) for f in listed] == [0, 1, 0]
    kept = DEVICE | {"secrets": {"password": "***"}, "timeout": 9}
    api("PUT", "/servers/srv2/fencing/ipmi1", kept)
    records = [p for p in (pool.root / ".millpond").rglob("*") if p.is_file()]
    holding = [p for p in records if holds_secret(p)]
    assert [p.name for p in holding] == ["fencing.json"]
    assert holding[0].stat().st_mode & 0o077 == 0
    for where in (pool.directory / "manager", pool.directory):
        for file in (p for p in where.glob("*") if p.is_file()):
            assert not holds_secret(file), file
    assert SECRET not in json.dumps(api.items("/events/log?limit=1000"))
    api("DELETE", "/servers/srv2/fencing/ipmi1")
    assert api("GET", "/servers/srv2/fencing")["devices"] == []


def test_what_does_not_fit_is_refused(pool: System) -> None:
    where = "/servers/srv2/fencing/ipmi1"
    unknown = DEVICE | {"arguments": {"ip": "192.0.2.21", "colour": "red"}}
    assert refused(pool, "PUT", where, unknown)["code"] == "fence.invalid"
    nothing_to_keep = DEVICE | {"secrets": {"password": "***"}}
    assert refused(pool, "PUT", where, nothing_to_keep)["code"] == "fence.invalid"
    error = refused(pool, "PUT", where, DEVICE | {"agent": "rm -rf"})
    assert error["code"] == "request.invalid"
    assert SECRET not in json.dumps(error)
    assert refused(pool, "DELETE", where)["code"] == "request.not_found"


def test_a_device_that_changed_meanwhile_is_not_overwritten(pool: System) -> None:
    seen = pool.api("GET", "/servers/srv2/fencing")["generation"]
    pool.api("PUT", "/servers/srv1/fencing/ipmi1", DEVICE)
    with pytest.raises(ApiError) as caught:
        pool.api("PUT", "/servers/srv2/fencing/ipmi1", DEVICE, If_Match=f'"{seen}"')
    assert caught.value.code == "request.etag"
    pool.api("DELETE", "/servers/srv1/fencing/ipmi1")


def test_agents_and_their_arguments(pool: System) -> None:
    names = [a["name"] for a in pool.api.items("/pools/pool1/fence-agents")]
    assert "fence_ipmilan" in names
    agent = pool.api("GET", "/pools/pool1/fence-agents/fence_ipmilan")
    secret = {p["name"]: p["secret"] for p in agent["parameters"]}
    assert (secret["ip"], secret["password"]) == (False, True)
    unknown = refused(pool, "GET", "/pools/pool1/fence-agents/fence_nothing")
    assert unknown["code"] == "request.not_found"


def test_a_device_that_does_not_answer_is_named(pool: System) -> None:
    assert pool.api("POST", "/servers/srv2/fencing/check")["answers"] == []
    nobody = DEVICE | {"arguments": {"ip": "127.0.0.1"}, "timeout": 2}
    pool.api("PUT", "/servers/srv2/fencing/ipmi1", nobody)
    error = refused(pool, "POST", "/servers/srv2/fencing/check")
    assert error["kind"] == "failed"
    assert "ipmi1" in error["subject"] + error["message"]
    assert SECRET not in json.dumps(error)
    pool.api("DELETE", "/servers/srv2/fencing/ipmi1")


# --- power -----------------------------------------------------------------------------------


def test_the_master_is_not_switched_off(pool: System) -> None:
    for verb in ("shutdown", "reboot"):
        error = refused(pool, "POST", f"/servers/srv1/{verb}")
        assert error["code"] == "pool.master"
        assert "millpond pool roles" in error["fix"]
    assert not pool.stage.members()["srv1"]["maintenance"]


def job_of(system: System, path: str, body: Json, *, starts: str = "") -> Json:
    """A job that switches server ``starts`` off, which is then switched on."""
    job = system.api("POST", path, body)
    if starts:
        soon(lambda: not alive(system.agents[starts].pid))
        system.agents[starts].start()
        system.agents[starts].wait_ready()
    return system.api.ended(job["id"])


def switch_on(pool: System, server: str) -> None:
    """Returns when it is back in its pool's lockspace: before that no guest can start there."""
    pool.agents[server].start()
    pool.agents[server].wait_ready()
    shown = f"/servers/{server}/inventory"
    soon(lambda: pool.api("GET", shown)["joined"])


@pytest.mark.thorough
def test_a_server_is_switched_off_once_it_is_empty(pool: System) -> None:
    guard(pool)
    make(pool, "web1", start=True, on="srv3")
    before = len(pool.api.items("/pools/pool1/failovers"))
    job = job_of(pool, "/servers/srv3/shutdown", {})
    assert job["state"] == "done", job
    assert [s["name"] for s in job["steps"]] == ["block", "evacuate", "power off"]
    soon(lambda: not alive(pool.agents["srv3"].pid))  # its silence is noticed a moment earlier
    shown = pool.api("GET", "/vms/web1")
    assert (shown["power"], shown["server"]["name"] != "srv3") == ("running", True)
    assert pool.stage.members()["srv3"]["maintenance"]
    time.sleep(timing_for(SHORTEST_OUTAGE).detection + 2)
    state = {h["name"]: h["state"] for h in pool.api("GET", "/pools/pool1/ha")["hosts"]}
    assert state["srv3"] == "left", "it gave its host id back"
    assert len(pool.api.items("/pools/pool1/failovers")) == before, "it was told to be silent"
    switch_on(pool, "srv3")


@pytest.mark.thorough
def test_a_rebooted_server_returns(pool: System) -> None:
    make(pool, "web1", start=True, on="srv3")
    job = job_of(pool, "/servers/srv3/reboot", {"activate": True}, starts="srv3")
    assert job["state"] == "done", job
    assert [s["name"] for s in job["steps"]][2:] == ["reboot", "come back", "unblock"]
    assert not pool.stage.members()["srv3"]["maintenance"]


@pytest.mark.thorough
def test_a_server_that_does_not_return_stays_blocked(pool: System) -> None:
    job = job_of(pool, "/servers/srv3/reboot", {"activate": True, "timeout": 10})
    assert job["state"] == "failed", job
    assert job["error"]["step"] == "come back"
    assert pool.stage.members()["srv3"]["maintenance"]
    switch_on(pool, "srv3")
