"""A guest that writes all the time is backed up three times, and comes back from the last under another
name, boots, and has what it had written.

What happened is asked of the files, of virsh and of the guests' consoles.
"""

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from millpond.lab.chaos import stamps
from tests.lab.pool import PoolLab, pool_lab, wait_until
from tests.support.api import Json
from tests.support.truth import guest_xml, runs_on

pytestmark = [pytest.mark.lab, pytest.mark.slow, pytest.mark.thorough]

WHERE = {"repository": "safe"}
MIB = 1 << 20
SIZE = 32 * MIB
DATA = os.urandom(8 * MIB)
"""What lies on the stamp disk from byte ``MIB`` on, and stays."""


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PoolLab]:
    """With a second repository for backups."""
    directory = tmp_path_factory.mktemp("backup")
    safe = directory / "safe"
    safe.mkdir()
    with pool_lab(directory) as made:
        body = {"name": "safe", "kind": "local", "source": str(safe)}
        made.api.do("POST", "/pools/pool1/repositories", body)
        yield made


def stamped(pool: PoolLab, name: str) -> None:
    """A running VM with a qcow2 disk that it stamps."""
    disk = {"target": "vdb", "size": SIZE, "format": "qcow2"}
    body = {"pool": "pool1", "name": name, "template": "tiny", "disks": [disk]}
    pool.api.do("POST", "/vms", body)
    image = pool.lab.shared / "running_pool" / pool.vm_id(name) / "vdb.qcow2"
    raw = image.with_suffix(".raw")
    with raw.open("wb") as file:
        file.write(b"\0" * MIB + DATA)
        file.truncate(SIZE)
    stamps.ask(raw)
    argv = ["qemu-img", "convert", "-n", "-f", "raw", "-O", "qcow2", str(raw), str(image)]
    subprocess.run(argv, check=True)
    raw.unlink()
    pool.api.do("POST", f"/vms/{name}/start", {"on": "srv2"})
    pool.counter(name)
    pool.counts_on(name)
    since = time.time()
    wait_until(lambda: image.stat().st_mtime > since, 150, "a stamp is written")


def disk_in(image: Path, to: Path) -> stamps.Stamp:
    """The newest stamp in an image, read by qemu-img alone; the data beside it is whole."""
    argv = ["qemu-img", "convert", "-f", "qcow2", "-O", "raw", str(image), str(to)]
    subprocess.run(argv, check=True)
    with to.open("rb") as file:
        file.seek(MIB)
        assert file.read(len(DATA)) == DATA
    assert stamps.evidence(to) == ""
    found = stamps.read(to)
    assert found is not None
    return found


def back_up(pool: PoolLab, vm: str) -> Json:
    job = pool.api.do("POST", f"/vms/{vm}/backups", WHERE)
    assert job["state"] == "done", job
    pool.counts_on(vm)
    shown: Json = pool.api("GET", f"/pools/pool1/backups/{vm}/latest?repository=safe")
    assert shown["id"] == job["result"]["backup"]
    return shown


def test_a_chain_of_backups_brings_a_guest_back(pool: PoolLab, tmp_path: Path) -> None:
    api = pool.api
    stamped(pool, "writer")
    first, second, third = (back_up(pool, "writer") for _ in range(3))
    assert runs_on(pool.lab, "writer") == ["srv2"]
    assert pool.counter("writer").unbroken()
    assert [b["parent"] for b in (first, second, third)] == [None, first["id"], second["id"]]
    assert sum(d["bytes"] for d in first["disks"]) > len(DATA)
    assert sum(d["bytes"] for d in second["disks"]) < MIB
    assert sum(d["bytes"] for d in third["disks"]) < MIB

    mount = Path(api("GET", "/pools/pool1/repositories/safe")["mount"])
    folder = mount / "backups" / first["vm"]
    there = [folder / b["id"] / "vdb.qcow2" for b in (first, second, third)]
    found = [disk_in(image, tmp_path / f"{n}.raw") for n, image in enumerate(there)]
    assert [s.boot for s in found] == [found[0].boot] * 3
    assert found[0].number < found[1].number < found[2].number
    one = f"/pools/pool1/backups/writer/{third['id']}"
    assert api.do("POST", f"{one}/verify", WHERE)["state"] == "done"

    pool.remove("writer")
    job = api.do("POST", f"{one}/restore", {**WHERE, "name": "again"})
    assert job["state"] == "done", job
    again = api("GET", "/vms/again")
    assert again["id"] != first["vm"]
    image = pool.lab.shared / "running_pool" / again["id"] / "vdb.qcow2"
    assert disk_in(image, tmp_path / "restored.raw") == found[2]

    api.do("POST", "/vms/again/start", {"on": "srv3"})
    pool.counter("again")
    pool.counts_on("again")
    assert first["vm"] not in guest_xml(pool.lab, "srv3", "again")
    pool.remove("again")


def test_changes_are_known_on_the_server_a_guest_has_moved_to(
    pool: PoolLab, tmp_path: Path
) -> None:
    stamped(pool, "mover")
    first = back_up(pool, "mover")
    assert pool.move("mover", "srv3")["state"] == "done"
    pool.counts_on("mover")
    second = back_up(pool, "mover")
    kinds = {d["target"]: d["incremental"] for d in second["disks"]}
    assert kinds == {"vda": False, "vdb": True}, "a raw disk forgets, a qcow2 disk does not"
    mount = Path(pool.api("GET", "/pools/pool1/repositories/safe")["mount"])
    folder = mount / "backups" / first["vm"]
    found = [
        disk_in(folder / b["id"] / "vdb.qcow2", tmp_path / f"{n}.raw")
        for n, b in enumerate((first, second))
    ]
    assert found[0].boot == found[1].boot
    assert found[0].number < found[1].number
    pool.remove("mover")


@pytest.mark.exhaustive
def test_a_schedule_backs_up_a_guest_that_runs(pool: PoolLab, tmp_path: Path) -> None:
    """Each backup with its file systems frozen; of those that a schedule has taken two are kept with what
    they need, and one that was taken by hand stays."""
    api = pool.api
    stamped(pool, "timed")
    ping = ["virsh", "qemu-agent-command", "timed", '{"execute": "guest-ping"}']
    wait_until(lambda: pool.lab.exec("srv2", ping).returncode == 0, 150, "its agent answers")
    by_hand = back_up(pool, "timed")

    def taken(by: str | None) -> list[Json]:
        listed = api.items("/pools/pool1/backups?repository=safe&vm=timed")
        return [b for b in listed if b["schedule"] == by]

    def free() -> bool:
        return api("GET", "/vms/timed")["busy"] is None

    first = time.time() - 90_000
    body = {"name": "nightly", "first": first, "every": 86_400, "keep": 2, "quiesce": True}
    api.do("POST", "/vms/timed/schedules", body | {"backup": WHERE})
    wait_until(lambda: taken("nightly"), 150, "what was missed is made up for")
    (missed,) = taken("nightly")
    for _ in range(3):
        wait_until(free, 150, "the VM is free")
        assert api.do("POST", "/vms/timed/schedules/nightly/run")["state"] == "done"
        pool.counts_on("timed")
    kept = taken("nightly")
    assert missed["id"] not in [b["id"] for b in kept]
    assert [b["parent"] for b in kept] == [None, kept[0]["id"]]
    assert all(b["live"] and b["quiesced"] for b in kept)
    assert [b["id"] for b in taken(None)] == [by_hand["id"]]
    assert pool.counter("timed").unbroken()

    wait_until(free, 150, "the VM is free")
    api.do("DELETE", "/vms/timed/schedules/nightly")
    pool.remove("timed")
    mount = Path(api("GET", "/pools/pool1/repositories/safe")["mount"])
    folder = mount / "backups" / by_hand["vm"]
    found = [
        disk_in(folder / b["id"] / "vdb.qcow2", tmp_path / f"{n}.raw")
        for n, b in enumerate((by_hand, *kept))
    ]
    numbers = [stamp.number for stamp in found]
    assert numbers == sorted(set(numbers))
    restore = f"/pools/pool1/backups/timed/{kept[1]['id']}/restore"
    assert api.do("POST", restore, {**WHERE, "name": "timed-again"})["state"] == "done"
    api.do("POST", "/vms/timed-again/start", {"on": "srv3"})
    pool.counter("timed-again")
    pool.counts_on("timed-again")
    pool.remove("timed-again")
