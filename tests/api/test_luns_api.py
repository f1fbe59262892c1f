"""Storage by intent: one request gives a pool a LUN on all of its servers, another takes it away in order."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.api import ApiError, Json
from tests.support.lun_scenarios import (
    ARRAY,
    FAKE_ARRAYS,
    SIZE,
    create_request,
    delete_request,
    luns_of,
    on_array,
    with_array,
)
from tests.support.system import System

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    directory = tmp_path_factory.mktemp("system") / "run"
    with System(directory, manager_env=FAKE_ARRAYS) as found:
        found.make_pool()
        yield found


@pytest.fixture
def lun(system: System) -> Iterator[Json]:
    """One that the pool has."""
    name = with_array(system.stage)
    system.stage.api.do(*create_request(system.stage, name))
    yield luns_of(system.stage)[name]
    if name in luns_of(system.stage):
        system.stage.api.do(*delete_request(system.stage, name))


def attached(system: System, lun: Json) -> dict[str, Any]:
    """What each server keeps of it, by the server's name."""
    found = {}
    for name in system.agents:
        for path in (system.directory / name).rglob(f"luns/{lun['uid']}.json"):
            found[name] = json.loads(path.read_text())
    return found


def refused(system: System, *request: Any) -> str:
    with pytest.raises(ApiError) as error:
        system.stage.api.do(*request)
    return str(error.value.code)


def test_a_pool_gets_a_lun_on_all_of_its_servers(system: System, lun: Json) -> None:
    made = on_array(system.stage)[f"pool1-{lun['name']}"]
    assert (lun["size"], lun["thin"], lun["array"]) == (SIZE, True, ARRAY)
    assert (lun["uid"], lun["number"]) == (made["uid"], made["number"])
    assert lun["device"] == f"/dev/mapper/{lun['name']}"
    assert {port["sp"] for port in lun["ports"]} == {"A", "B"}
    there = attached(system, lun)
    assert there.keys() == system.agents.keys()
    assert len({each["initiator"] for each in there.values()}) == len(there), "each has its own"
    assert refused(system, *create_request(system.stage, lun["name"])) == "object.exists"


def test_a_vm_gets_it_as_a_disk_and_then_nobody_can_delete_it(system: System, lun: Json) -> None:
    stage = system.stage
    vm = stage.vm(start=True)
    source = f"phy:{lun['device']}"
    stage.api.do("POST", f"/vms/{vm}/disks/attach", {"source": source, "target": "vdb"})
    disks = {disk["target"]: disk for disk in stage.show(vm)["config"]["disks"]}
    assert (disks["vdb"]["source"], disks["vdb"]["size"]) == (source, SIZE)
    assert luns_of(stage)[lun["name"]]["vms"] == [vm]
    assert refused(system, *delete_request(stage, lun["name"])) == "lun.in_use"
    stage.api.do("POST", f"/vms/{vm}/disks/vdb/detach")
    stage.api.do(*delete_request(stage, lun["name"]))
    assert attached(system, lun) == {}
    assert f"pool1-{lun['name']}" not in on_array(stage)
    stage.clean()


def test_a_server_that_leaves_has_it_no_more_and_one_that_joins_has_it(
    system: System, lun: Json
) -> None:
    stage = system.stage
    stage.api.do("DELETE", "/pools/pool1/servers/srv3")
    assert attached(system, lun).keys() == {"srv1", "srv2"}
    stage.api.do("POST", "/pools/pool1/servers", {"server": "srv3", "roles": ["vm"]})
    assert attached(system, lun).keys() == {"srv1", "srv2", "srv3"}


def test_a_server_that_leaves_keeps_none_that_the_pool_has_no_more(
    system: System, lun: Json
) -> None:
    """Deleted while it was taken for dead: another of that name could never be given to it."""
    stage = system.stage
    (file,) = (system.directory / "srv3").rglob(f"luns/{lun['uid']}.json")
    left = file.read_bytes()
    stage.api.do(*delete_request(stage, lun["name"]))
    file.write_bytes(left)
    stage.api.do("DELETE", "/pools/pool1/servers/srv3")
    assert attached(system, lun) == {}
    stage.api.do("POST", "/pools/pool1/servers", {"server": "srv3", "roles": ["vm"]})
    stage.api.do(*create_request(stage, lun["name"]))
    assert attached(system, luns_of(stage)[lun["name"]]).keys() == system.agents.keys()


def test_a_storage_group_of_others_is_not_used(system: System) -> None:
    name = with_array(system.stage)
    (id_,) = (a["id"] for a in system.stage.api.items("/arrays") if a["name"] == ARRAY)
    file = system.directory / "manager" / "arrays" / id_ / "array.json"
    before = json.loads(file.read_text()) if file.exists() else None
    empty = {"issued": 0, "luns": {}, "groups": {}, "snaps": {}}
    theirs = {"luns": {}, "paths": [["iqn.2026-01.example:other", "A", 0]], "hosts": {}}
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps((before or empty) | {"groups": {"millpond-pool1": theirs}}))
    assert refused(system, *create_request(system.stage, name)) == "object.exists"
    file.write_text(json.dumps(before or empty))


def test_what_an_array_cannot_give_is_refused_at_once(system: System) -> None:
    name = with_array(system.stage)
    method, where, body = create_request(system.stage, name)
    assert refused(system, method, where, body | {"array_pool": "none"}) == "request.not_found"
    assert refused(system, method, where, body | {"array": "none"}) == "request.not_found"
    huge = body | {"size": 1 << 50, "thin": False}
    assert refused(system, method, where, huge) == "storage.full"
    assert on_array(system.stage) == {}


def test_a_lun_that_a_server_does_not_see_becomes_nobodys(system: System) -> None:
    """Everything is undone: the array has no LUN more, nor any server, nor the pool."""
    with_array(system.stage)
    method, where, body = create_request(system.stage, "lun-elsewhere")
    job = system.stage.api(method, where, body)
    ended = system.stage.api.ended(job["id"])
    assert (ended["state"], ended["error"]["code"]) == ("failed", "lun.differs")
    assert luns_of(system.stage) == {}
    assert on_array(system.stage) == {}
    assert [
        p for name in system.agents for p in (system.directory / name).rglob("luns/*.json")
    ] == []
