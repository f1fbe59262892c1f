"""Clones and templates through the API, on real agents (their guests alone are fakes)."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.test_repositories import contents, create
from tests.support.api import ApiError, Json
from tests.support.system import System

TEMPLATES = "/pools/pool1/templates"


@pytest.fixture(autouse=True)
def nothing_left(system: System) -> Iterator[None]:
    yield
    for vm in system.api.items("/vms"):
        if vm["power"] != "stopped":
            system.api.do("POST", f"/vms/{vm['name']}/kill")
        system.api.do("DELETE", f"/vms/{vm['name']}")
    for template in system.api.items(TEMPLATES):
        if template["name"] != "tiny":
            system.api.do("DELETE", f"{TEMPLATES}/{template['name']}")
    assert [p.name for p in (system.root / "seed_pool").iterdir()] == ["tiny"]


def make(system: System, name: str, **more: object) -> Json:
    body = {"pool": "pool1", "name": name, "template": "tiny", "memory": 64, "tags": ["prod"]}
    system.api.do("POST", "/vms", body | {"vifs": [{"bridge": "xenbr0"}]} | more)
    return system.api("GET", f"/vms/{name}")


def clone(system: System, vm: str, name: str, **more: object) -> Json:
    system.api.do("POST", f"/vms/{vm}/clone", {"name": name, **more})
    return system.api("GET", f"/vms/{name}")


def refusal(system: System, method: str, where: str, body: object = None) -> ApiError:
    with pytest.raises(ApiError) as caught:
        system.api(method, where, body)
    return caught.value


def path(system: System, vm: Json) -> Path:
    file = vm["config"]["disks"][0]["source"].removeprefix("file:")
    return system.root / "running_pool" / vm["id"] / file


def stamp(image: Path, mark: str) -> None:
    subprocess.run(["qemu-io", "-f", "qcow2", "-c", f"write -P {mark} 1M 64k", image], check=True)


def has_stamp(image: Path, mark: str, format_: str = "qcow2") -> bool:
    asked = ["qemu-io", "-f", format_, "-c", f"read -P {mark} 1M 64k", image]
    said = subprocess.run(asked, check=False, capture_output=True, text=True)
    return said.returncode == 0 and "Pattern verification failed" not in said.stdout


def test_a_linked_disk_lies_over_the_template_which_then_stays(system: System) -> None:
    origin = make(system, "origin", cloning="full")
    assert origin["config"]["disks"][0]["backing"] == []
    system.api.do("POST", "/vms/origin/template", {"name": "golden", "description": "ours"})
    shown = system.api("GET", f"{TEMPLATES}/golden")
    assert (shown["memory"], shown["description"]) == (64, "ours")
    assert (shown["disks"][0]["file"], shown["disks"][0]["sha256"]) == ("vda.raw", None)

    linked = make(system, "linked", template="golden", cloning="linked")
    (disk,) = linked["config"]["disks"]
    assert (disk["source"], disk["format"]) == ("file:vda.qcow2", "qcow2")
    assert disk["backing"] == [{"source": "seed:golden/vda.raw", "format": "raw"}]
    assert path(system, linked).stat().st_blocks * 512 < 1 << 20
    subprocess.run(["qemu-img", "check", "-q", path(system, linked)], check=True)

    error = refusal(system, "DELETE", f"{TEMPLATES}/golden")
    assert (error.code, error.error["details"]) == ("image.in_use", {"vms": ["linked"]})

    stamp(path(system, linked), "0x11")
    again = clone(system, "linked", "again")
    assert again["config"]["disks"][0]["backing"] == disk["backing"]
    whole = clone(system, "linked", "whole", cloning="full")
    assert whole["config"]["disks"][0]["backing"] == []
    stamp(path(system, linked), "0x22")
    assert has_stamp(path(system, again), "0x11")
    assert has_stamp(path(system, whole), "0x11")
    for name in ("linked", "again"):
        system.api.do("DELETE", f"/vms/{name}")
    system.api.do("DELETE", f"{TEMPLATES}/golden")
    subprocess.run(["qemu-img", "check", "-q", path(system, whole)], check=True)


def test_at_once_wherever_that_can_be(system: System) -> None:
    """The cluster root's file system here shares no blocks: so the template's disk lies beneath."""
    create(system, "data")
    assert make(system, "here", cloning="auto")["config"]["disks"][0]["backing"] != []
    there = make(system, "there", repository="data", cloning="auto")
    assert there["config"]["disks"][0]["backing"] == []
    body = {"pool": "pool1", "name": "x", "template": "tiny", "repository": "data"}
    assert refusal(system, "POST", "/vms", body | {"cloning": "linked"}).code == "request.invalid"
    elsewhere = clone(system, "here", "elsewhere", repository="data")
    assert elsewhere["config"]["disks"][0]["backing"] == []
    directory = contents(system, "filer:/vol/data") / "running_pool" / elsewhere["id"]
    assert {"vm.json", "lease", "vda.qcow2"} <= {p.name for p in directory.iterdir()}


def test_a_clone_runs_beside_its_vm(system: System) -> None:
    origin = make(system, "origin", ha=True)
    made = clone(system, "origin", "copy", start=True, on="srv2")
    assert (made["power"], made["server"]["name"]) == ("running", "srv2")
    assert (made["config"]["ha"], made["config"]["tags"]) == (True, ["prod"])
    assert made["config"]["vifs"][0]["mac"] != origin["config"]["vifs"][0]["mac"]
    system.api.do("POST", "/vms/origin/start")
    body = {"pattern": "other-{}", "count": 2}
    assert refusal(system, "POST", "/vms/origin/clones", body).code == "vm.state"
    assert refusal(system, "POST", "/vms/origin/template", {"name": "other"}).code == "vm.state"
    assert refusal(system, "POST", "/vms/copy/clone", {"name": "origin"}).code == "object.exists"


def test_many_clones_by_a_pattern(system: System) -> None:
    make(system, "origin")
    body = {"pattern": "web-{:02}", "count": 5, "first": 8, "start": True}
    job = system.api.do("POST", "/vms/origin/clones", body)
    assert job["state"] == "done"
    made = {vm["name"]: vm for vm in system.api.items("/vms")}
    assert set(made) == {"origin", "web-08", "web-09", "web-10", "web-11", "web-12"}
    clones = [vm for name, vm in made.items() if name != "origin"]
    assert {vm["power"] for vm in clones} == {"running"}
    assert len({vm["config"]["vifs"][0]["mac"] for vm in made.values()}) == 6
    error = refusal(system, "POST", "/vms/origin/clones", {"pattern": "web-{:02}", "count": 12})
    assert error.code == "object.exists"
    long = {"pattern": "w" * 61 + "{}", "count": 2, "first": 1000}
    assert refusal(system, "POST", "/vms/origin/clones", long).code == "request.invalid"


def test_a_template_can_lie_in_another_repository(system: System) -> None:
    data = create(system, "data")
    make(system, "origin")
    system.api.do("POST", "/vms/origin/template", {"name": "moved", "repository": "data"})
    assert system.api("GET", f"{TEMPLATES}/moved")["repository"] == data["id"]
    made = make(system, "made", template="moved", repository="data")
    assert (
        made["config"]["disks"][0]["size"]
        == (system.api("GET", "/vms/origin")["config"]["disks"][0]["size"])
    )
    assert refusal(system, "POST", "/vms/made/template", {"name": "moved"}).code == "object.exists"
    if made["config"]["disks"][0]["backing"]:
        assert refusal(system, "DELETE", f"{TEMPLATES}/moved").code == "image.in_use"


def test_a_vm_that_runs_is_cloned_as_it_is(system: System) -> None:
    origin = make(system, "origin", cloning="linked")
    stamp(path(system, origin), "0x33")
    system.api.do("POST", "/vms/origin/start")
    made = clone(system, "origin", "copy", start=True)
    assert made["power"] == "running"
    assert made["config"]["disks"][0]["backing"] == []
    assert has_stamp(path(system, made), "0x33")
    subprocess.run(["qemu-img", "check", "-U", "-q", path(system, made)], check=True)
    assert list((system.root / "backups").rglob("*.qcow2")) == []
    assert system.api("GET", "/vms/origin")["power"] == "running"
