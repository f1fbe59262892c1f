"""Cloud-init data through the API of a real manager, on real agents with fake guests."""

import json
import sqlite3
from itertools import count
from pathlib import Path

import pytest
from pycdlib import PyCdlib

from tests.support.api import ApiError
from tests.support.system import System

_NUMBERS = count(1)
HASH = "$6$rounds=100000$saltsaltsalt$" + "h" * 86
USER_DATA = "#!/bin/sh\necho geheim\n"
TOLD = {
    "user": "anna",
    "password_hash": HASH,
    "networks": [{"addresses": ["192.0.2.10/24"], "gateway": "192.0.2.1"}],
    "user_data": USER_DATA,
}


def create(system: System, **more: object) -> str:
    name = f"told{next(_NUMBERS)}"
    body = {"pool": "pool1", "name": name, "template": "tiny", "vifs": [{"bridge": "xenbr0"}]}
    system.api.do("POST", "/vms", body | more)
    return name


def cd(system: System, vm: str) -> Path:
    return system.root / "running_pool" / system.api("GET", f"/vms/{vm}")["id"] / "cloud-init.iso"


def on_cd(system: System, vm: str, name: str) -> str:
    with cd(system, vm).open("rb") as file:
        iso = PyCdlib()
        iso.open_fp(file)
        with iso.open_file_from_iso(rr_path=f"/{name}") as found:
            return str(found.read().decode())


def test_a_vm_is_created_with_what_its_guest_is_told(system: System) -> None:
    vm = create(system, cloud_init={**TOLD, "user_data": None})
    shown = system.api("GET", f"/vms/{vm}")
    [_, disk] = shown["config"]["disks"]
    assert (disk["target"], disk["source"], disk["readonly"]) == (
        "sdg",
        "file:cloud-init.iso",
        True,
    )
    assert disk["size"] == cd(system, vm).stat().st_size
    assert HASH in on_cd(system, vm, "user-data")
    network = json.loads(on_cd(system, vm, "network-config"))["ethernets"]["nic0"]
    assert network["match"] == {"macaddress": shown["config"]["vifs"][0]["mac"]}
    told = system.api("GET", f"/vms/{vm}/cloud-init")
    assert (told["hostname"], told["instance"]) == (vm, shown["id"])
    assert told["user_data_kind"] == "cloud-config"


def test_secrets_are_on_the_cd_and_nowhere_else(system: System) -> None:
    """Not in the manager's database, in a job as it is shown, in a log, or in the VM's record."""
    vm = create(system, cloud_init={**TOLD, "user_data": None})
    job = system.api.do("PUT", f"/vms/{vm}/cloud-init", {"user_data": USER_DATA})
    assert on_cd(system, vm, "user-data") == USER_DATA
    assert job["spec"]["cloud_init"]["user_data"] == "***"
    database = next(system.directory.rglob("manager.db"))
    with sqlite3.connect(database) as connection:
        rows = connection.execute("select spec, plan, result, error from jobs").fetchall()
    everything = [text for row in rows for text in row if text]
    everything += [p.read_text() for p in system.directory.rglob("*.log")]
    everything += [p.read_text() for p in system.root.rglob("vm.json")]
    assert "saltsaltsalt" not in "".join(everything)
    assert "geheim" not in "".join(everything)
    assert "password_hash" in "".join(everything)


def test_a_refusal_says_what_is_wrong_and_not_with_what(system: System) -> None:
    vm = create(system)
    with pytest.raises(ApiError) as caught:
        system.api("PUT", f"/vms/{vm}/cloud-init", {"user_data": "geheim"})
    assert caught.value.code == "request.invalid"
    assert "#cloud-config" in caught.value.error["message"]
    assert "geheim" not in json.dumps(caught.value.error)


def test_new_data_make_it_a_new_instance_and_none_take_the_cd_out(system: System) -> None:
    vm = create(system, cloud_init=TOLD)
    before = system.api("GET", f"/vms/{vm}/cloud-init")["instance"]
    system.api.do("PUT", f"/vms/{vm}/cloud-init", {"hostname": "other"})
    after = system.api("GET", f"/vms/{vm}/cloud-init")
    assert after["hostname"] == "other"
    assert after["instance"] != before
    system.api.do("DELETE", f"/vms/{vm}/cloud-init")
    assert [d["target"] for d in system.api("GET", f"/vms/{vm}")["config"]["disks"]] == ["vda"]
    assert not cd(system, vm).exists()
    for method in ("GET", "DELETE"):
        with pytest.raises(ApiError) as caught:
            system.api(method, f"/vms/{vm}/cloud-init")
        assert caught.value.code == "request.not_found"


def test_a_guest_that_runs_keeps_its_cd(system: System) -> None:
    vm = create(system, cloud_init=TOLD, start=True)
    for method, body in (("PUT", {"hostname": "other"}), ("DELETE", None)):
        with pytest.raises(ApiError) as caught:
            system.api(method, f"/vms/{vm}/cloud-init", body)
        assert caught.value.code == "vm.state"
    system.api.do("POST", f"/vms/{vm}/kill")


@pytest.mark.parametrize(
    "more",
    [
        {"cloud_init": {"networks": [{}, {}]}},
        {
            "cloud_init": {"hostname": "web1"},
            "disks": [{"target": f"sd{c}", "size": 1 << 20} for c in "abcdefg"],
        },
    ],
)
def test_what_does_not_fit_the_vm_is_refused(system: System, more: dict[str, object]) -> None:
    with pytest.raises(ApiError) as caught:
        create(system, **more)
    assert caught.value.code == "vm.devices"


def test_a_request_again_is_the_same_request(system: System) -> None:
    """Sealing makes it look other each time, and does not count."""
    name = f"told{next(_NUMBERS)}"
    body: dict[str, object] = {"pool": "pool1", "name": name, "template": "tiny"}
    body |= {"cloud_init": {**TOLD, "networks": []}}
    first = system.api("POST", "/vms", body, **{"Idempotency-Key": name})
    again = system.api("POST", "/vms", body, **{"Idempotency-Key": name})
    assert first["id"] == again["id"]
    assert system.api.ended(first["id"])["state"] == "done"


def test_a_clone_is_told_its_own(system: System) -> None:
    """And without, it has no CD: the original's would make it the same guest."""
    vm = create(system, cloud_init=TOLD)
    for clone, told in ((f"{vm}-told", {"user": "berta"}), (f"{vm}-untold", None)):
        system.api.do("POST", f"/vms/{vm}/clone", {"name": clone, "cloud_init": told})
    found = system.api("GET", f"/vms/{vm}-told/cloud-init")
    assert (found["hostname"], found["user_data_kind"]) == (f"{vm}-told", "cloud-config")
    assert "berta" in on_cd(system, f"{vm}-told", "user-data")
    assert "anna" not in on_cd(system, f"{vm}-told", "user-data")
    assert not cd(system, f"{vm}-untold").exists()
    targets = [d["target"] for d in system.api("GET", f"/vms/{vm}-untold")["config"]["disks"]]
    assert targets == ["vda"]


def test_a_snapshot_keeps_the_cd_that_it_goes_back_to(system: System) -> None:
    vm = create(system, cloud_init=TOLD)
    system.api.do("POST", f"/vms/{vm}/snapshots", {"snapshot": "before"})
    with pytest.raises(ApiError) as caught:
        system.api("DELETE", f"/vms/{vm}/cloud-init")
    assert caught.value.code == "vm.state"
    system.api.do("DELETE", f"/vms/{vm}/snapshots/before")
    system.api.do("DELETE", f"/vms/{vm}/cloud-init")
    assert not cd(system, vm).exists()
