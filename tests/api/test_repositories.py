"""Repositories besides the cluster root, over the API, on fake servers that pretend to mount."""

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.lab.pool import wait_until
from tests.support.api import ApiError, Json
from tests.support.system import System


@pytest.fixture
def data(system: System) -> Iterator[Json]:
    """An empty NFS export as repository ``data``."""
    yield create(system, "data")
    for vm in system.api.items("/vms"):
        if vm["power"] != "stopped":
            system.api.do("POST", f"/vms/{vm['name']}/kill")
        system.api.do("DELETE", f"/vms/{vm['name']}")


def create(system: System, name: str, **changes: object) -> Json:
    if name in {r["name"] for r in system.api.items("/pools/pool1/repositories")}:
        return show(system, name)
    body = {
        "name": name,
        "kind": "nfs",
        "source": f"filer:/vol/{name}",
        "mount": str(system.directory / f"mount-{name}"),
    }
    system.api.do("POST", "/pools/pool1/repositories", body | changes)
    return show(system, name)


def show(system: System, name: str) -> Json:
    return system.api("GET", f"/pools/pool1/repositories/{name}")


def contents(system: System, source: str) -> Path:
    """What the fake filer has."""
    return system.directory / "guests" / "storage" / quote(source, safe="")


def refused(system: System, body: Json, path: str = "/pools/pool1/repositories") -> str:
    with pytest.raises(ApiError) as caught:
        system.api("POST", path, body)
    return caught.value.code


def vm(system: System, name: str, **more: object) -> Json:
    body = {"pool": "pool1", "name": name, "template": "tiny", "repository": "data"}
    system.api.do("POST", "/vms", body | more)
    return system.api("GET", f"/vms/{name}")


def test_the_cluster_root_is_the_first(system: System) -> None:
    root = show(system, "root")
    assert root["cluster_root"]
    assert root["mount"] == str(system.root)
    assert root["servers"] == ["srv1", "srv2", "srv3"]
    assert 0 < root["free"] <= root["total"]


def test_a_new_one_describes_itself_and_is_on_every_server(system: System, data: Json) -> None:
    assert data["servers"] == ["srv1", "srv2", "srv3"]
    assert data["problems"] == {}
    there = contents(system, "filer:/vol/data")
    said = json.loads((there / ".millpond" / "repository.json").read_text())
    assert (said["id"], said["name"], said["pool_name"]) == (data["id"], "data", "pool1")
    folders = {"iso_pool", "publish_pool", "seed_pool", "sharedDisk", "running_pool"}
    assert folders <= {p.name for p in there.iterdir()}


def test_what_is_refused(system: System, data: Json) -> None:
    body = {"name": "other", "kind": "nfs", "source": "filer:/vol/data", "mount": "/nowhere/other"}
    assert refused(system, body) == "object.exists"  # another repository's storage
    assert refused(system, body | {"name": "data", "source": "filer:/vol/x"}) == "object.exists"
    assert refused(system, body | {"name": "root", "source": "filer:/vol/x"}) == "object.exists"
    assert refused(system, body | {"source": "filer;/vol"}) == "request.invalid"
    assert refused(system, body | {"source": "filer:/a/../b"}) == "request.invalid"
    assert refused(system, body | {"kind": "ocfs2", "source": "/etc/passwd"}) == "request.invalid"
    inside = {"kind": "local", "source": f"{system.root}/inside", "mount": None}
    assert refused(system, body | inside) == "request.invalid"
    root = {"kind": "local", "source": str(system.root), "mount": None}
    assert refused(system, body | root) == "object.exists"
    local = {"kind": "local", "source": str(system.directory / "nowhere"), "mount": None}
    assert refused(system, body | local) == "storage.unavailable"


def test_a_directory_with_something_in_it_is_left_alone(system: System) -> None:
    used = system.directory / "used"
    used.mkdir()
    (used / "precious").write_text("mine")
    body = {"name": "used", "kind": "local", "source": str(used)}
    job = system.api.ended(system.api("POST", "/pools/pool1/repositories", body)["id"])
    assert (job["state"], job["error"]["code"]) == ("failed", "object.exists")
    assert [p.name for p in used.iterdir()] == ["precious"]
    assert "used" not in {r["name"] for r in system.api.items("/pools/pool1/repositories")}


def test_a_vm_lies_and_runs_in_its_repository(system: System, data: Json) -> None:
    made = vm(system, "there", start=True, on="srv1")
    assert made["repository"] == {"id": data["id"], "name": "data"}
    directory = contents(system, "filer:/vol/data") / "running_pool" / made["id"]
    assert {"vm.json", "lease", "vda.raw"} <= {p.name for p in directory.iterdir()}
    assert not (system.root / "running_pool" / made["id"]).exists()
    system.api.do("POST", "/vms/there/migrate", {"to": "srv2"})
    system.api.do("PATCH", "/vms/there", {"description": "moved"})
    system.api.do("POST", "/vms/there/suspend")
    assert (directory / "suspend.img").exists()
    system.api.do("POST", "/vms/there/resume")
    shown = system.api("GET", "/vms/there")
    assert (shown["power"], shown["config"]["description"]) == ("running", "moved")
    assert show(system, "data")["vms"] == 1
    assert show(system, "data")["virtual"] == sum(d["size"] for d in shown["config"]["disks"])
    system.api.do("POST", "/vms/there/kill")
    system.api.do("DELETE", "/vms/there")
    assert not directory.exists()


def test_a_name_is_taken_in_every_repository(system: System, data: Json) -> None:
    vm(system, "single")
    body = {"pool": "pool1", "name": "single", "template": "tiny"}
    assert refused(system, body, "/vms") == "object.exists"


def test_a_new_manager_finds_its_vms(system: System, data: Json) -> None:
    before = vm(system, "found")
    system.manager.kill()
    system.manager.start()
    system.manager.wait_ready()
    assert system.api("GET", "/vms/found")["repository"] == before["repository"]
    system.api.do("PATCH", "/vms/found", {"description": "again"})


def test_an_agent_mounts_it_again_after_its_server_booted(system: System, data: Json) -> None:
    agent = system.agents["srv3"]
    agent.kill()
    (system.directory / "guests" / "storage" / f"mounts of {agent.address}.json").unlink()
    agent.start()
    agent.wait_ready()
    wait_until(lambda: "srv3" in show(system, "data")["servers"], 90, "srv3 has it again")


def test_a_server_without_it_is_not_chosen(system: System, data: Json) -> None:
    """And the others go on."""
    made = vm(system, "elsewhere")
    agent = system.agents["srv2"]
    table = system.directory / "guests" / "storage" / f"mounts of {agent.address}.json"
    gone = contents(system, "filer:/vol/data")
    gone = gone.with_name(f"{gone.name}.gone")
    gone.touch()  # who has it keeps it, but nobody can mount it now
    table.unlink()
    try:
        wait_until(lambda: "srv2" in show(system, "data")["problems"], 90, "srv2 lacks it")
        with pytest.raises(ApiError) as caught:
            system.api("POST", "/vms/elsewhere/start", {"on": "srv2"})
        assert caught.value.code == "placement.none"
        assert "srv2: it does not have the VM's repository" in caught.value.error["message"]
        system.api.do("POST", "/vms/elsewhere/start")
        assert system.api("GET", "/vms/elsewhere")["server"]["name"] != "srv2"
    finally:
        gone.unlink()
    wait_until(lambda: "srv2" in show(system, "data")["servers"], 90, "srv2 mounts it again")
    assert made["problem"] == ""


def alarmed(system: System) -> bool:
    status = system.api("GET", "/pools/pool1/ha")
    return any("cannot read repository data" in a for a in status["alarms"])


def test_a_repository_that_vanished_marks_its_vms_and_harms_nobody(
    system: System, data: Json
) -> None:
    vm(system, "lost", start=True)
    there = contents(system, "filer:/vol/data")
    away = there.rename(there.with_name("away"))
    try:
        wait_until(lambda: system.api("GET", "/vms/lost")["problem"], 90, "the VM says why")
        assert "data is not there" in system.api("GET", "/vms/lost")["problem"]
        wait_until(lambda: alarmed(system), 90, "the pool says so")
        with pytest.raises(ApiError) as caught:
            system.api("PATCH", "/vms/lost", {"description": "no"})
        assert caught.value.code == "storage.unavailable"
        vm(system, "unharmed", repository=None, start=True)
        assert {v["name"] for v in system.api.items("/vms")} == {"lost", "unharmed"}
        body = {"pool": "pool1", "name": "lost", "template": "tiny"}
        assert refused(system, body, "/vms") == "object.exists"
        wait_until(lambda: not show(system, "data")["servers"], 90, "no server has it")
    finally:
        away.rename(there)
    wait_until(lambda: not system.api("GET", "/vms/lost")["problem"], 90, "it is back")
    system.api.do("POST", "/vms/lost/kill")


def test_detached_with_its_vms_and_attached_again(system: System) -> None:
    """As another pool would have it: nobody's, and everything still in it."""
    first = create(system, "moving")
    made = vm(system, "traveller", repository="moving", start=True)
    where = "/pools/pool1/repositories"
    assert refused(system, {}, f"{where}/moving/detach") == "repository.in_use"
    with pytest.raises(ApiError) as caught:
        system.api("DELETE", f"{where}/moving")
    assert caught.value.code == "repository.in_use"
    system.api.do("POST", "/vms/traveller/kill")
    system.api.do("POST", f"{where}/moving/detach", {})
    assert all(v["name"] != "traveller" for v in system.api.items("/vms"))
    there = contents(system, first["source"])
    assert json.loads((there / ".millpond/repository.json").read_text())["pool"] is None
    assert (there / "running_pool" / made["id"] / "vda.raw").exists()
    assert not Path(first["mount"]).is_symlink()

    body = {"name": "arrived", "kind": "nfs", "source": first["source"], "mount": first["mount"]}
    assert refused(system, body) == "object.exists"
    system.api.do("POST", f"{where}/attach", body)
    assert show(system, "arrived")["id"] == first["id"]
    again = system.api("GET", "/vms/traveller")
    assert (again["id"], again["power"], again["wanted"]) == (made["id"], "stopped", "off")
    system.api.do("POST", "/vms/traveller/start")
    system.api.do("POST", "/vms/traveller/kill")
    system.api.do("DELETE", "/vms/traveller")
    system.api.do("DELETE", f"{where}/arrived?contents=true")
    assert list(there.iterdir()) == []


def test_what_is_another_pools_is_taken_only_by_force(system: System) -> None:
    there = contents(system, "filer:/vol/theirs")
    create(system, "theirs")
    where = "/pools/pool1/repositories"
    system.api.do("POST", f"{where}/theirs/detach", {})
    record = there / ".millpond" / "repository.json"
    said = json.loads(record.read_text())
    stranger = {"pool": "11111111-0000-4000-8000-000000000001", "pool_name": "other"}
    record.write_text(json.dumps(said | stranger))
    body = {"name": "ours", "kind": "nfs", "source": "filer:/vol/theirs"}
    body["mount"] = str(system.directory / "mount-ours")
    assert refused(system, body, f"{where}/attach") == "repository.foreign"
    assert json.loads(record.read_text()) == said | stranger
    system.api.do("POST", f"{where}/attach", body | {"force": True})
    assert json.loads(record.read_text())["pool_name"] == "pool1"
    empty = body | {"source": "filer:/vol/empty", "name": "empty", "mount": f"{body['mount']}-2"}
    assert refused(system, empty, f"{where}/attach") == "request.not_found"
    system.api.do("DELETE", f"{where}/ours")
    assert (there / "running_pool").is_dir()


def test_a_pool_with_repositories_is_not_deleted(system: System, data: Json) -> None:
    with pytest.raises(ApiError) as caught:
        system.api("DELETE", "/pools/pool1")
    assert caught.value.code == "pool.not_empty"
    assert "data" in caught.value.error["message"]


def test_a_server_that_joins_later_gets_it(system: System, data: Json) -> None:
    system.api.do("DELETE", "/pools/pool1/servers/srv3")
    table = (
        system.directory / "guests" / "storage" / f"mounts of {system.agents['srv3'].address}.json"
    )
    assert json.loads(table.read_text()) == {}
    system.api.do("POST", "/pools/pool1/servers", {"server": "srv3", "roles": ["vm"]})
    wait_until(lambda: "srv3" in show(system, "data")["servers"], 90, "srv3 has it")
    assert data["mount"] in json.loads(table.read_text())
