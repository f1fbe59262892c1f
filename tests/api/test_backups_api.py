"""Backups over the API, of VMs on fake servers whose disks are files."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.api import ApiError, Json
from tests.support.system import System

WHERE = {"repository": "root"}
LIST = "/pools/pool1/backups"


@pytest.fixture
def vm(system: System) -> Iterator[str]:
    """A VM that runs; at the end no VM and no backup is left."""
    system.api.do("POST", "/vms", {"pool": "pool1", "name": "web1", "template": "tiny"})
    system.api.do("POST", "/vms/web1/start", {"on": "srv2"})
    yield "web1"
    for found in system.api.items("/vms"):
        if found["power"] != "stopped":
            system.api.do("POST", f"/vms/{found['name']}/kill")
        system.api.do("DELETE", f"/vms/{found['name']}")
    for backup in reversed(listed(system)):
        system.api.do("DELETE", f"{LIST}/{backup['vm']}/{backup['id']}?repository=root")


def listed(system: System, query: str = "") -> list[Json]:
    return system.api.items(f"{LIST}?repository=root{query}")


def create(system: System, vm: str, **more: object) -> Json:
    job = system.api.do("POST", f"/vms/{vm}/backups", WHERE | more)
    found: Json = system.api("GET", f"{LIST}/{vm}/{job['result']['backup']}?repository=root")
    return found


def disk(system: System, name: str) -> Path:
    shown = system.api("GET", f"/vms/{name}")
    source = shown["config"]["disks"][0]["source"].removeprefix("file:")
    return system.root / "running_pool" / str(shown["id"]) / str(source)


def write(path: Path, offset: int, data: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(data)


def refused(system: System, method: str, path: str, body: Json | None = None) -> str:
    with pytest.raises(ApiError) as caught:
        system.api(method, path, body)
    return caught.value.code


def test_a_chain_is_listed_shown_and_taken_apart(system: System, vm: str) -> None:
    first = create(system, vm)
    write(disk(system, vm), 1 << 20, b"changed")
    second = create(system, vm)
    assert [b["id"] for b in listed(system)] == [first["id"], second["id"]]
    page = system.api("GET", f"{LIST}?repository=root&limit=1")
    assert [b["id"] for b in page["items"]] == [first["id"]]
    after = system.api("GET", f"{LIST}?repository=root&limit=1&after={page['next']}")
    assert [b["id"] for b in after["items"]] == [second["id"]]
    assert listed(system, "&vm=other") == []
    assert (first["parent"], second["parent"]) == (None, first["id"])
    assert second["disks"][0]["bytes"] < first["disks"][0]["bytes"]
    shown = system.api("GET", f"{LIST}/{first['vm']}/latest?repository=root")
    assert shown == second
    assert shown["config"]["name"] == vm
    one = f"{LIST}/{vm}/{first['id']}"
    assert refused(system, "DELETE", f"{one}?repository=root") == "backup.needed"
    assert refused(system, "GET", f"{LIST}/{vm}/none?repository=root") == "request.not_found"
    assert refused(system, "GET", f"{LIST}/other/latest?repository=root") == "request.not_found"
    assert system.api.do("POST", f"{one}/verify", WHERE)["result"]["files"] == 1


def test_a_full_one_when_asked_for_and_the_old_go(system: System, vm: str) -> None:
    create(system, vm)
    create(system, vm)
    third = create(system, vm, full=True, keep=1)
    assert third["disks"][0]["why_full"] == "that was asked for"
    assert [b["id"] for b in listed(system)] == [third["id"]]
    fourth = create(system, vm, keep=2)
    fifth = create(system, vm, keep=2)
    assert (fourth["parent"], fifth["parent"]) == (third["id"], None), "two in a chain at most"
    assert "2 are kept" in fifth["disks"][0]["why_full"]
    assert [b["id"] for b in listed(system)] == [third["id"], fourth["id"], fifth["id"]]
    sixth = create(system, vm, keep=2)
    assert [b["id"] for b in listed(system)] == [fifth["id"], sixth["id"]]


def test_it_says_whether_the_guest_was_quiet(system: System, vm: str) -> None:
    loud = create(system, vm)
    quiet = create(system, vm, quiesce="require")
    assert [(b["quiesced"], b["why_not_quiesced"]) for b in (loud, quiet)] == [
        (False, ""),
        (True, ""),
    ]
    assert [b["quiesced"] for b in listed(system)] == [False, True]
    system.api.do("POST", f"/vms/{vm}/pause")
    body = WHERE | {"quiesce": "require"}
    assert refused(system, "POST", f"/vms/{vm}/backups", body) == "vm.state"
    system.api.do("POST", f"/vms/{vm}/kill")
    assert not create(system, vm, quiesce="require")["quiesced"], "it is off"


def test_without_an_agent_it_is_refused_or_noted(system: System, vm: str) -> None:
    system.api.do("POST", f"/vms/{vm}/kill")
    system.api.do("PATCH", f"/vms/{vm}", {"tags": ["fake:mute"]})
    system.api.do("POST", f"/vms/{vm}/start", {"on": "srv2"})
    job = system.api("POST", f"/vms/{vm}/backups", WHERE | {"quiesce": "require"})
    assert system.api.ended(job["id"])["error"]["code"] == "snapshot.agent"
    assert listed(system) == []
    ended = system.api.do("POST", f"/vms/{vm}/backups", WHERE | {"quiesce": "try"})
    assert ended["result"]["notes"][-1] == "not quiesced: its guest agent does not answer"
    backup = listed(system)[0]
    assert not backup["quiesced"]
    shown = system.api("GET", f"{LIST}/{vm}/{backup['id']}?repository=root")
    assert shown["why_not_quiesced"] == "its guest agent does not answer"


def test_a_new_vm_is_made_of_one(system: System, vm: str) -> None:
    create(system, vm)
    write(disk(system, vm), 1 << 20, b"then")
    backup = create(system, vm)
    before = disk(system, vm).read_bytes()
    write(disk(system, vm), 1 << 20, b"late")
    one = f"{LIST}/{vm}/{backup['id']}/restore"
    assert refused(system, "POST", one, WHERE) == "object.exists"
    system.api.do("POST", one, WHERE | {"name": "web2"})
    assert disk(system, "web2").read_bytes() == before
    old, new = system.api("GET", "/vms/web1"), system.api("GET", "/vms/web2")
    assert old["id"] != new["id"]
    assert new["power"] == "stopped"
    assert old["config"]["memory"] == new["config"]["memory"]
    assert system.api.do("POST", "/vms/web2/start")["state"] == "done"


def test_mac_addresses_are_kept_only_where_nobody_has_them(system: System, vm: str) -> None:
    system.api.do("POST", f"/vms/{vm}/vifs", {"bridge": "xenbr0"})
    mac = system.api("GET", f"/vms/{vm}")["config"]["vifs"][0]["mac"]
    backup = create(system, vm)
    one = f"{LIST}/{backup['vm']}/{backup['id']}/restore"
    body = WHERE | {"name": "web2", "same_macs": True}
    assert refused(system, "POST", one, body) == "object.exists"
    system.api.do("POST", one, WHERE | {"name": "web2"})
    assert system.api("GET", "/vms/web2")["config"]["vifs"][0]["mac"] != mac
    system.api.do("POST", f"/vms/{vm}/kill")
    system.api.do("DELETE", f"/vms/{vm}")
    system.api.do("POST", one, WHERE | {"same_macs": True})
    again = system.api("GET", f"/vms/{vm}")
    assert again["config"]["vifs"][0]["mac"] == mac
    assert again["id"] != backup["vm"]


def test_a_vm_is_put_back_to_what_it_was(system: System, vm: str) -> None:
    backup = create(system, vm)
    before = disk(system, vm).read_bytes()
    one = f"{LIST}/{vm}/{backup['id']}/restore"
    assert refused(system, "POST", one, WHERE | {"over": True}) == "vm.state"
    assert refused(system, "POST", one, WHERE | {"over": True, "name": "x"}) == "request.invalid"
    system.api.do("POST", f"/vms/{vm}/kill")
    write(disk(system, vm), 1 << 20, b"ruined")
    system.api.do("POST", one, WHERE | {"over": True})
    assert disk(system, vm).read_bytes() == before
    assert sorted(p.name for p in disk(system, vm).parent.iterdir() if "vda" in p.name) == [
        disk(system, vm).name
    ]
    system.api.do("POST", f"/vms/{vm}/start")
    after = create(system, vm)
    assert after["parent"] is None, "what changed by that is not known"


def test_places_that_are_none(system: System, vm: str) -> None:
    where = f"/vms/{vm}/backups"
    assert refused(system, "POST", where, {}) == "request.invalid"
    assert refused(system, "POST", where, {"repository": "none"}) == "request.not_found"
    inside = {"directory": f"{system.root}/running_pool"}
    assert refused(system, "POST", where, inside) == "request.invalid"
    assert refused(system, "POST", where, {"directory": "/etc"}) == "request.invalid"
    other = {"directory": "/var/lib/millpond/backup", "server": "srv3"}
    assert refused(system, "POST", where, other) == "request.invalid"
    assert refused(system, "GET", LIST) == "request.invalid"
    assert refused(system, "GET", f"{LIST}?repository=root&directory=/etc") == "request.invalid"
