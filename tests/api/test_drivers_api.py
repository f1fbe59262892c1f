"""Imports of guests that shall get drivers, by the real virt-v2v where it is installed, on fake servers."""

import shutil
from pathlib import Path

import pytest

from tests.lab.pool import wait_until
from tests.support.api import ApiError, Json
from tests.support.system import System

pytestmark = pytest.mark.skipif(
    shutil.which("virt-v2v") is None, reason="the Debian package virt-v2v is not installed"
)


def package(system: System, name: str, disks: str) -> Json:
    """What asks for its import."""
    folder = system.imports / name
    folder.mkdir()
    (folder / "System.img").write_bytes(b"data" * 65536)
    (folder / "vm.cfg").write_text(
        f"name = '{name}'\nmemory = 64\ndisk = [{disks}]\n"
        "vif = ['bridge=xenbr0,type=ioemu,model=e1000']\n"
    )
    return {"pool": "pool1", "path": str(folder), "drivers": True}


def refused(system: System, path: str, body: Json) -> ApiError:
    with pytest.raises(ApiError) as caught:
        system.api("POST", path, body)
    return caught.value


def test_a_dry_run_says_who_would_do_what(system: System) -> None:
    body = package(system, "wanted", "'file:System.img,hda,w'")
    plan = system.api("POST", "/vms/import?dry_run=true", body)["plan"]
    assert "virt-v2v 2" in plan["remarks"][-1]
    assert "srv1" in plan["remarks"][-1]
    config = plan["before"]["config"]
    assert [d["target"] for d in config["disks"]] == ["vda"]
    assert [v["model"] for v in config["vifs"]] == ["virtio"]
    plan = system.api("POST", "/vms/import?dry_run=true", body | {"drivers": False})["plan"]
    config = plan["before"]["config"]
    assert [d["target"] for d in config["disks"]] == ["hda"]
    assert [v["model"] for v in config["vifs"]] == ["e1000"]
    assert system.api.items("/vms") == []


def test_what_is_no_copy_gets_none(system: System) -> None:
    body = package(system, "device", "'file:System.img,hda,w', 'phy:/dev/null,hdb,w'")
    error = refused(system, "/vms/import", body)
    assert error.code == "import.drivers"
    assert "device" in str(error)
    body = package(system, "cd", "'file:System.img,hdc:cdrom,r'")
    assert refused(system, "/vms/import", body).code == "import.drivers"
    body = package(system, "warm", "'file:System.img,hda,w'")
    assert refused(system, "/vms/warm-import", body | {"format": "raw"}).code == "request.invalid"


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_what_a_killed_agent_left_of_the_work_is_gone_once_it_runs_again(system: System) -> None:
    body = package(system, "killed", "'file:System.img,hda,w'")
    job = system.api("POST", "/vms/import", body)["id"]
    wait_until(lambda: "the source" in said(system, job), 300, "virt-v2v is at work")
    (before,) = works(system)
    for agent in system.agents.values():
        agent.kill()
    assert works(system) == [before]
    for agent in system.agents.values():
        agent.start()
    wait_until(lambda: before not in works(system), 60, "that is cleared away")
    system.api("POST", f"/jobs/{job}/cancel")
    assert system.api.ended(job, timeout=300)["state"] == "cancelled"
    assert works(system) == []
    assert list((system.root / "running_pool").iterdir()) == []


def said(system: System, job: str) -> str:
    """What the job's step is at."""
    return str(system.api("GET", f"/jobs/{job}")["progress"])


def works(system: System) -> list[Path]:
    """The folders that agents work in."""
    return [p for work in system.directory.glob("srv*/state/work") for p in work.iterdir()]


@pytest.mark.slow
@pytest.mark.thorough
@pytest.mark.timeout(1200)
def test_a_guest_that_virt_v2v_does_not_know_is_not_imported(system: System) -> None:
    body = package(system, "unknown", "'file:System.img,hda,w'")
    job = system.api.ended(system.api("POST", "/vms/import", body)["id"], timeout=1000)
    assert job["state"] == "failed"
    assert "could not detect the source guest" in str(job["error"]), job["error"]
    assert system.api.items("/vms") == []
    assert list((system.root / "running_pool").iterdir()) == []
