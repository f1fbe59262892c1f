"""Disks of a VM through the API: what each request does to the record, the files and the guest."""

import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.support.api import ApiError, Json
from tests.support.system import System

MIB = 1 << 20
_NUMBERS = count(1)


class Vm:
    def __init__(self, system: System, *, start: bool) -> None:
        self.system, self.name = system, f"disks{next(_NUMBERS)}"
        body = {"pool": "pool1", "name": self.name, "template": "tiny", "start": start}
        system.api.do("POST", "/vms", body)
        self.directory = system.root / "running_pool" / self.show()["id"]

    def show(self) -> Json:
        return self.system.api("GET", f"/vms/{self.name}")

    def disks(self) -> dict[str, Json]:
        return {d["target"]: d for d in self.show()["config"]["disks"]}

    def do(self, method: str, path: str, body: object = None) -> Json:
        return self.system.api.do(method, f"/vms/{self.name}/disks{path}", body)

    def refused(self, method: str, path: str, body: object = None) -> str:
        with pytest.raises(ApiError) as caught:
            self.system.api(method, f"/vms/{self.name}/disks{path}", body)
        assert caught.value.error["fix"]
        return caught.value.code

    def drop(self) -> None:
        if self.show()["power"] != "stopped":
            self.system.api.do("POST", f"/vms/{self.name}/kill")
        self.system.api.do("DELETE", f"/vms/{self.name}")


@pytest.fixture(params=[False, True], ids=["off", "running"])
def vm(system: System, request: pytest.FixtureRequest) -> Iterator[Vm]:
    made = Vm(system, start=request.param)
    yield made
    made.drop()


def test_a_disks_life(vm: Vm) -> None:
    vm.do("POST", "", {"target": "vdb", "size": 64 * MIB, "thick": True})
    file = vm.directory / "vdb.raw"
    assert file.stat().st_blocks * 512 >= 64 * MIB
    vm.do("PATCH", "/vdb", {"iops_limit": 100, "rate_limit": 2048})
    vm.do("PATCH", "/vdb", {"rate_limit": 0})
    disk = vm.disks()["vdb"]
    assert (disk["iops_limit"], disk["rate_limit"]) == (100, None)
    vm.do("POST", "/vdb/grow", {"size": 128 * MIB})
    assert vm.disks()["vdb"]["size"] == 128 * MIB
    assert not vm.show()["pending"]
    assert vm.refused("POST", "/vdb/grow", {"size": 64 * MIB}) == "request.invalid"

    vm.do("POST", "/vdb/detach")
    assert set(vm.disks()) == {"vda"}
    vm.do("POST", "", {"target": "vdb", "size": 8 * MIB})
    assert vm.disks()["vdb"]["source"] == "file:vdb-1.raw", "the detached file keeps its name"
    vm.do("POST", "/attach", {"source": "file:vdb.raw", "target": "xvdc", "readonly": True})
    assert vm.disks()["xvdc"]["readonly"]
    assert vm.disks()["xvdc"]["size"] == file.stat().st_size
    for target in ("vdb", "xvdc"):
        vm.do("DELETE", f"/{target}")
    assert not list(vm.directory.glob("vdb*"))
    assert set(vm.disks()) == {"vda"}


def test_what_is_refused(vm: Vm) -> None:
    small = {"size": MIB}
    assert vm.refused("POST", "", {"target": "hde", **small}) == "vm.devices"
    assert vm.refused("POST", "", {"target": "sdh", **small}) == "vm.devices"
    assert vm.refused("POST", "", {"target": "xvda", **small}) == "vm.devices", "vda is there"
    too_thick = {"target": "vdb", "size": 1 << 49, "thick": True}
    assert vm.refused("POST", "", too_thick) == "storage.full"
    absent = {"source": "file:absent.raw", "target": "vdb"}
    assert vm.refused("POST", "/attach", absent) == "request.not_found"
    outside = {"source": "file:../../pool.json", "target": "vdb"}
    assert vm.refused("POST", "/attach", outside) == "request.invalid"
    no_device = {"source": "phy:/dev/null", "target": "vdb"}
    assert vm.refused("POST", "/attach", no_device) == "request.invalid"
    shared = {"source": "file:vda.raw", "target": "vdb", "sharable": True}
    assert vm.refused("POST", "/attach", shared) == "vm.devices"
    assert vm.refused("DELETE", "/vdx") == "request.not_found"


def test_an_ide_drive_waits_for_the_next_start(system: System, vm: Vm) -> None:
    running = vm.show()["power"] == "running"
    vm.do("POST", "", {"target": "hda", "size": MIB})
    assert set(vm.show()["pending"] or {}) == ({"disks"} if running else set())
    if running:
        system.api.do("POST", f"/vms/{vm.name}/reboot", {"force": True})
        assert vm.refused("DELETE", "/hda") == "vm.not_hot"
        system.api.do("POST", f"/vms/{vm.name}/kill")
    vm.do("DELETE", "/hda")
    assert not (vm.directory / "hda.raw").exists()


def _shared_disk(system: System) -> Path:
    content, api = bytes(MIB // 2), system.api
    upload = api("POST", "/pools/pool1/uploads", {"size": len(content)})["id"]
    api("PUT", f"/pools/pool1/uploads/{upload}?offset=0", content)
    body = {"name": "quorum", "kind": "disk", "format": "raw", "into": "raw"}
    api.do("POST", "/pools/pool1/images", body | {"upload": upload, "size": len(content)})
    api.do("POST", "/pools/pool1/images/quorum/approve")
    return system.root / "sharedDisk" / "quorum.raw"


def test_a_shared_disk_is_one_vms_or_everybodys(system: System) -> None:
    file = _shared_disk(system)
    one, two = Vm(system, start=True), Vm(system, start=True)
    how = {"source": "shared:quorum", "target": "vdb"}
    one.do("POST", "/attach", how)
    for sharable in (False, True):
        again = how | {"sharable": sharable}
        assert two.refused("POST", "/attach", again) == "object.exists", "the first has it alone"
    one.do("POST", "/vdb/detach")
    one.do("POST", "/attach", how | {"sharable": True})
    assert two.refused("POST", "/attach", how) == "object.exists", "it wants it alone"
    two.do("POST", "/attach", how | {"sharable": True, "readonly": True})
    assert two.disks()["vdb"]["source"] == "shared:quorum.raw"
    with pytest.raises(ApiError) as error:
        system.api("DELETE", "/pools/pool1/images/quorum")
    assert error.value.code == "image.in_use"
    assert one.refused("DELETE", "/vdb") == "vm.devices", "its file is not the VM's"
    one.drop()
    two.drop()
    assert file.stat().st_size == MIB // 2
    system.api.do("DELETE", "/pools/pool1/images/quorum")
    assert not file.exists()


@pytest.fixture
def data(system: System) -> Iterator[Path]:
    """A second repository."""
    root = system.directory / "data"
    root.mkdir()
    body = {"name": "data", "kind": "local", "source": str(root)}
    system.api.do("POST", "/pools/pool1/repositories", body)
    yield root
    system.api.do("DELETE", "/pools/pool1/repositories/data")
    shutil.rmtree(root)


def test_disks_move_there_and_back(system: System, data: Path, vm: Vm) -> None:
    vm.do("POST", "", {"target": "vdb", "size": 8 * MIB, "format": "qcow2"})
    (vm.directory / "vda.raw").write_bytes(b"stamp" * 200_000)
    there = data / "running_pool" / vm.directory.name
    size = vm.disks()["vdb"]["size"]

    vm.do("POST", "/vda/move", {"repository": "data", "rate": 0})
    assert (there / "vda.raw").read_bytes().startswith(b"stamp" * 200_000)
    assert vm.disks()["vda"]["source"] == f"file:{there}/vda.raw"
    assert not vm.show()["pending"]
    assert vm.refused("POST", "/vda/move", {"repository": "data"}) == "request.invalid"
    vm.do("POST", "/vdb/move", {"repository": "data"})
    assert {p.name for p in there.iterdir()} == {"vda.raw", "vdb.qcow2"}
    assert {"vm.json", "lease"} == {p.name for p in vm.directory.iterdir()}
    shown = system.api("GET", "/pools/pool1/repositories/data")
    assert (shown["vms"], shown["virtual"]) == (0, size + vm.disks()["vda"]["size"])
    for way in ("detach", ""):
        path = f"/pools/pool1/repositories/data{'/' + way if way else ''}"
        with pytest.raises(ApiError) as error:
            system.api("POST" if way else "DELETE", path, {} if way else None)
        assert error.value.code == "repository.in_use"

    if vm.show()["power"] == "running":
        system.api.do("POST", f"/vms/{vm.name}/migrate", {})
        vm.do("POST", "/vdb/grow", {"size": 16 * MIB})
    vm.do("DELETE", "/vdb")
    assert [p.name for p in there.iterdir()] == ["vda.raw"]
    vm.do("POST", "/vda/move", {"repository": "root"})
    assert vm.disks()["vda"]["source"] == "file:vda.raw"
    assert not there.exists()
    vm.do("POST", "/vda/move", {"repository": "data"})
    vm.drop()
    assert not there.exists(), "a VM's end is that of all its disks"
    system.api.do("POST", "/vms", {"pool": "pool1", "name": vm.name, "template": "tiny"})


def test_a_suspended_vm_keeps_its_disks_where_they_are(system: System, data: Path) -> None:
    vm = Vm(system, start=True)
    system.api.do("POST", f"/vms/{vm.name}/suspend")
    for path, body in (
        ("/vda/move", {"repository": "data"}),
        ("", {"target": "vdb", "size": MIB}),
    ):
        assert vm.refused("POST", path, body) == "vm.state"
    vm.drop()
    assert data.exists()
