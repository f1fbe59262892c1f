"""A disk moves to another repository while its guest stamps it, and whoever works on that loses power.

What the guest wrote is read from the files themselves; what QEMU has open is asked of virsh.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from millpond.lab.chaos import stamps
from tests.contract.mounts import xfs
from tests.lab.pool import PoolLab, pool_lab, wait_until
from tests.support.api import Json
from tests.support.leaks import leaks
from tests.support.scenarios import Stage
from tests.support.truth import guest_xml, runs_on

pytestmark = [pytest.mark.lab, pytest.mark.slow, pytest.mark.thorough]

MIB = 1 << 20
SLOW = 2048
"""kB a second at which a disk moves, if somebody shall fail meanwhile."""


@dataclass
class Lab:
    pool: PoolLab
    data: Path

    def moving(self, vm: str) -> Json:
        """A slow move of its second disk that has begun to copy; the job."""
        body = {"repository": "data", "rate": SLOW}
        job = self.pool.api("POST", f"/vms/{vm}/disks/vdb/move", body)
        (server,) = runs_on(self.pool.lab, vm)
        wait_until(lambda: "<mirror" in guest_xml(self.pool.lab, server, vm), 150, "it is copied")
        return job

    def outcome(self, job: Json) -> str:
        """How the job ended: one whose server is gone is held until that is back."""

        def ended() -> bool:
            return self.pool.api.ended(job["id"], 300)["state"] != "held"

        wait_until(ended, 300, "the job has ended")
        end = self.pool.api.ended(job["id"])
        return f"{end['state']} {end['error'] or ''}".rstrip()

    def sound(self) -> bool:
        running: dict[str, list[str]] = {}
        for vm in self.pool.api.items("/vms"):
            where = runs_on(self.pool.lab, vm["name"])
            running |= {vm["id"]: where} if where else {}
        found = leaks(self.pool.lab.shared, Stage(self.pool.api), running)
        print(found)
        return not found


@dataclass
class Stamped:
    """A guest that stamps its second disk, which is ``old`` and shall be ``new``."""

    name: str
    old: Path
    new: Path

    def number(self, file: Path) -> int:
        stamp = stamps.read(file)
        return stamp.number if stamp else 0

    def goes_on(self, file: Path) -> None:
        before = stamps.read(file)
        wait_until(lambda: stamps.read(file) not in (before, None), 150, "it is stamped")
        assert stamps.evidence(file) == "", "the guest read something else than it wrote"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    directory = tmp_path_factory.mktemp("moves")
    with xfs(directory / "data", directory / "image") as data, pool_lab(directory) as pool:
        body = {"name": "data", "kind": "local", "source": str(data)}
        pool.api.do("POST", "/pools/pool1/repositories", body)
        yield Lab(pool, data)


def stamping(lab: Lab, name: str, server: str) -> Stamped:
    api = lab.pool.api
    disk = {"target": "vdb", "size": 64 * MIB}
    body = {"pool": "pool1", "name": name, "template": "tiny", "disks": [disk], "ha": True}
    api.do("POST", "/vms", body)
    vm = api("GET", f"/vms/{name}")["id"]
    made = Stamped(
        name,
        lab.pool.lab.shared / "running_pool" / vm / "vdb.raw",
        lab.data / "running_pool" / vm / "vdb.raw",
    )
    stamps.ask(made.old)
    with made.old.open("r+b") as file:
        file.seek(8 * MIB)
        file.write(os.urandom(40 * MIB))
    api.do("POST", f"/vms/{name}/start", {"on": server})
    wait_until(lambda: made.number(made.old) > 2, 120, "it is stamped")
    return made


def test_a_disk_moves_and_nothing_that_was_written_is_lost(made: Lab) -> None:
    api, lab = made.pool.api, made.pool.lab
    vm = stamping(made, "mover", "srv2")
    noise = vm.old.read_bytes()[8 * MIB : 48 * MIB]
    api.do("POST", "/vms/mover/disks/vdb/move", {"repository": "data"})
    assert not vm.old.exists()
    vm.goes_on(vm.new)
    assert vm.new.read_bytes()[8 * MIB : 48 * MIB] == noise
    assert vm.new.stat().st_blocks * 512 < 44 * MIB, "a hole stays a hole"
    assert f"'{vm.new}'" in guest_xml(lab, "srv2", "mover")

    made.pool.api.do("POST", "/vms/mover/migrate", {"to": "srv3"})
    vm.goes_on(vm.new)

    job = api("POST", "/vms/mover/disks/vdb/move", {"repository": "root", "rate": SLOW})
    wait_until(lambda: "<mirror" in guest_xml(lab, "srv3", "mover"), 150, "it is copied")
    api("POST", f"/jobs/{job['id']}/cancel")
    assert made.outcome(job) == "cancelled"
    vm.goes_on(vm.new)
    assert not vm.old.exists()
    assert "<mirror" not in guest_xml(lab, "srv3", "mover")

    api.do("POST", "/vms/mover/kill")
    api.do("POST", "/vms/mover/move", {"repository": "root"})
    assert vm.old.read_bytes()[8 * MIB : 48 * MIB] == noise
    assert not vm.new.parent.exists()
    made.pool.remove("mover")
    assert made.sound()


@pytest.mark.exhaustive
def test_power_cut_while_it_is_copied(made: Lab) -> None:
    """The old file is the disk, and the new one is gone."""
    lab = made.pool.lab
    vm = stamping(made, "early", "srv2")
    job = made.moving("early")
    written = vm.number(vm.old)
    lab.crash("srv2")
    assert vm.number(vm.old) >= written
    wait_until(lambda: runs_on(lab, "early") not in ([], ["srv2"]), 180, "it runs elsewhere")
    vm.goes_on(vm.old)
    made.pool.boot("srv2")
    assert made.outcome(job).startswith("failed")
    assert not vm.new.parent.exists()
    made.pool.remove("early")
    assert made.sound()


def test_power_cut_after_the_switch_and_before_the_record(made: Lab) -> None:
    """The record is older than the disk: whoever starts the guest goes by the note, with the manager
    off."""
    api, lab = made.pool.api, made.pool.lab
    vm = stamping(made, "late", "srv2")
    job = made.moving("late")
    lab.manager_kill()
    note = vm.old.with_name("vdb.raw.moved")
    wait_until(note.exists, 120, "it has switched")
    vm.goes_on(vm.new)
    record = json.loads((vm.old.parent / "vm.json").read_text())
    assert record["config"]["disks"][1]["source"] == "file:vdb.raw"
    written = vm.number(vm.new)
    assert written > vm.number(vm.old), "the old file is not written to any more"
    lab.crash("srv2")
    assert vm.number(vm.new) >= written
    wait_until(lambda: runs_on(lab, "late") not in ([], ["srv2"]), 180, "it runs elsewhere")
    (server,) = runs_on(lab, "late")
    assert f"'{vm.new}'" in guest_xml(lab, server, "late")
    vm.goes_on(vm.new)

    lab.manager_up()
    assert made.outcome(job) == "done"
    assert not vm.old.exists()
    assert not note.exists()
    assert not api("GET", "/vms/late")["pending"]
    made.pool.boot("srv2")
    made.pool.remove("late")
    assert not vm.new.parent.exists()
    assert made.sound()


def test_power_cut_of_the_server_that_copies(made: Lab) -> None:
    api, lab = made.pool.api, made.pool.lab
    for server, roles in (("srv3", ["utility", "vm"]), ("srv1", ["master", "vm"])):
        api.do("PATCH", f"/pools/pool1/servers/{server}", {"roles": roles})
    body = {"pool": "pool1", "name": "cold", "template": "tiny"}
    api.do("POST", "/vms", body | {"disks": [{"target": "vdb", "size": 200 * MIB}]})
    vm = api("GET", "/vms/cold")["id"]
    old = lab.shared / "running_pool" / vm / "vdb.raw"
    noise = os.urandom(190 * MIB)
    with old.open("r+b") as file:
        file.write(noise)
    there = made.data / "running_pool" / vm
    job = api("POST", "/vms/cold/disks/vdb/move", {"repository": "data"})
    wait_until((there / "vdb.raw.partial").exists, 150, "it is copied")
    lab.crash("srv3")
    assert old.read_bytes()[: len(noise)] == noise
    made.pool.boot("srv3")
    assert made.outcome(job) == "done"
    assert (there / "vdb.raw").read_bytes()[: len(noise)] == noise
    assert [p.name for p in there.iterdir()] == ["vdb.raw"]
    assert not old.exists()
    made.pool.remove("cold")
    assert made.sound()
