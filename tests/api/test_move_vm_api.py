"""A VM that is off moves as a whole: record, lease, disks, snapshots. On fake servers, with real files."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.api import ApiError, Json
from tests.support.system import System

MIB = 1 << 20


@pytest.fixture
def data(system: System) -> Iterator[Path]:
    """A second repository, and what lies in it of VM ``mover`` at the end is gone."""
    root = system.directory / "data"
    root.mkdir()
    body = {"name": "data", "kind": "local", "source": str(root)}
    system.api.do("POST", "/pools/pool1/repositories", body)
    yield root
    if _show(system)["power"] != "stopped":
        system.api.do("POST", "/vms/mover/kill")
    system.api.do("DELETE", "/vms/mover")
    assert not list((root / "running_pool").iterdir())
    system.api.do("DELETE", "/pools/pool1/repositories/data")
    shutil.rmtree(root)


def _create(system: System, **more: object) -> str:
    body = {"pool": "pool1", "name": "mover", "template": "tiny"} | more
    system.api.do("POST", "/vms", body)
    return str(_show(system)["id"])


def _show(system: System) -> Json:
    return system.api("GET", "/vms/mover")


def _move(system: System, repository: str) -> None:
    system.api.do("POST", "/vms/mover/move", {"repository": repository})


def _refused(system: System, repository: str = "data") -> Json:
    with pytest.raises(ApiError) as caught:
        system.api("POST", "/vms/mover/move", {"repository": repository})
    return caught.value.error


def _raw(image: Path) -> bytes:
    """By qemu-img alone, from where the file lies."""
    flat = image.with_name("flat.tmp")
    argv = ["qemu-img", "convert", "-f", "qcow2", "-O", "raw", str(image), str(flat)]
    subprocess.run(argv, check=True)
    found = flat.read_bytes()
    flat.unlink()
    return found


def test_snapshots_come_along_and_the_directory_is_all_there_is(system: System, data: Path) -> None:
    vm = _create(system)
    old, new = (r / "running_pool" / vm for r in (system.root, data))
    origin = (old / "vda.raw").read_bytes()
    for name, at in (("one", 1), ("two", 2)):
        system.api.do("POST", "/vms/mover/snapshots", {"snapshot": name})
        top = old / _show(system)["config"]["disks"][0]["source"].removeprefix("file:")
        write = f"write -P {at} {at}M 64k"
        subprocess.run(["qemu-io", "-f", "qcow2", "-c", write, top], check=True)
    before = _raw(top)
    files = {p.name for p in old.iterdir()}

    _move(system, "data")

    assert not old.exists()
    assert {p.name for p in new.iterdir()} == files
    assert _raw(new / top.name) == before
    shown = _show(system)
    assert (shown["repository"]["name"], shown["generation"]) == ("data", 1)
    record = json.loads((new / "vm.json").read_text())
    assert [s["name"] for s in record["snapshots"]] == ["one", "two"]
    assert record["config"] == shown["config"]
    system.api.do("POST", "/vms/mover/start")
    system.api.do("POST", "/vms/mover/kill")
    system.api.do("POST", "/vms/mover/snapshots/one/revert", {})
    system.api.do("DELETE", "/vms/mover/snapshots/two")
    _move(system, "root")
    assert not new.exists()
    assert _raw(old / _show(system)["config"]["disks"][0]["source"][5:]) == origin
    assert json.loads((old / "vm.json").read_text())["repository"] is None


def test_disks_that_went_ahead_stay_and_what_was_detached_does(system: System, data: Path) -> None:
    vm = _create(system, disks=[{"target": t, "size": MIB} for t in ("vdb", "vdc")])
    old, new = (r / "running_pool" / vm for r in (system.root, data))
    system.api.do("POST", "/vms/mover/disks/vdc/detach")
    system.api.do("POST", "/vms/mover/disks/vdb/move", {"repository": "data"})
    _move(system, "root")
    assert {p.name for p in old.iterdir()} == {"lease", "vda.raw", "vdb.raw", "vdc.raw", "vm.json"}
    assert not new.exists()
    system.api.do("POST", "/vms/mover/disks/vdb/move", {"repository": "data"})
    inode = (new / "vdb.raw").stat().st_ino
    _move(system, "data")
    assert (new / "vdb.raw").stat().st_ino == inode
    assert [d["source"] for d in _show(system)["config"]["disks"]] == [
        "file:vda.raw",
        "file:vdb.raw",
    ]
    assert [p.name for p in old.iterdir()] == ["vdc.raw"]
    assert _refused(system)["code"] == "request.invalid", "it is there"
    shutil.rmtree(old)


def test_no_file_is_taken_for_another(system: System, data: Path) -> None:
    """Two disks of a VM may have files of one name in two repositories."""
    _create(system)
    system.api.do("POST", "/vms/mover/disks/vda/move", {"repository": "data"})
    body = {"target": "vdb", "size": MIB}
    system.api.do("POST", "/vms/mover/disks", body)
    vm = str(_show(system)["id"])
    strange = data / "running_pool" / vm / "vdb.raw"
    strange.write_bytes(b"of somebody")
    assert _refused(system)["code"] == "object.exists"
    assert strange.read_bytes() == b"of somebody"
    strange.unlink()


def test_a_disk_over_a_templates_gets_all_its_data(system: System, data: Path) -> None:
    vm = _create(system, cloning="linked")
    before = _raw(system.root / "running_pool" / vm / "vda.qcow2")
    _move(system, "data")
    assert _show(system)["config"]["disks"][0]["backing"] == []
    assert _raw(data / "running_pool" / vm / "vda.qcow2") == before


def test_what_stays_where_it_is(system: System, data: Path) -> None:
    _create(system, cloning="linked")
    system.api.do("POST", "/vms/mover/snapshots", {"snapshot": "one"})
    assert _refused(system)["code"] == "vm.devices", "snapshots over a template"
    system.api.do("POST", "/vms/mover/start", {})
    error = _refused(system)
    assert error["code"] == "vm.devices"
    assert "millpond vm move VM REPOSITORY" in error["fix"]
    system.api.do("POST", "/vms/mover/suspend")
    assert _refused(system)["code"] == "vm.state"
