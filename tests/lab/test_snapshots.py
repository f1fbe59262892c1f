"""Snapshots under a guest that stamps its second disk, or writes to a file system there, all the time.

A guest that stamps knows what it wrote last and complains on the disk itself if it reads anything else: so its
own word says whether disks and memory are of one moment. Images are looked at with qemu-img.
"""

import base64
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.guest import Running
from tests.lab.pool import PoolLab, pool_lab, wait_until
from tests.support.api import Json

pytestmark = [pytest.mark.lab, pytest.mark.slow, pytest.mark.thorough]
SECTOR = 512


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PoolLab]:
    with pool_lab(tmp_path_factory.mktemp("snapshots")) as made:
        yield made


class Stamped(Running):
    """One whose guest stamps its disk vdb."""

    def prepare(self, image: Path) -> None:
        with image.open("r+b") as file:
            file.write(b"millpond stamp".ljust(SECTOR, b"\0"))

    def wait_ready(self) -> None:
        self.stamps_on()

    def sector(self, number: int, disk: Json | None = None) -> str:
        """Of an image that nobody writes to, with all that lies beneath it: as qemu-img reads it."""
        found = disk or self.vdb()
        path = f"/OVS/running_pool/{self.id}/{found['source'].removeprefix('file:')}"
        out = f"/OVS/running_pool/{self.id}/sector.tmp"
        asked = ["qemu-img", "dd", "-U", "-f", found["format"], "-O", "raw", f"bs={SECTOR}"]
        asked += [f"skip={number}", f"count={number + 1}", f"if={path}", f"of={out}"]
        done = self.pool.lab.exec("srv1", asked)
        assert done.returncode == 0, done.stderr
        read = self.pool.lab.exec("srv1", ["head", "-c", str(SECTOR), out])
        return read.stdout.strip("\0\n ")

    def seen(self) -> tuple[str, str]:
        """Sectors 1 and 2 as the guest reads them; what QEMU has not written yet no one else sees."""
        handle = self.agent("guest-file-open", path="/dev/vdb", mode="r")
        if handle is None:
            return "", ""
        found = self.agent("guest-file-read", handle=handle, count=3 * SECTOR)
        self.agent("guest-file-close", handle=handle)
        data = base64.b64decode(found["buf-b64"]).decode() if found else ""
        return tuple(data[n * SECTOR : (n + 1) * SECTOR].strip("\0\n ") for n in (1, 2))

    def stamp(self) -> int:
        words = self.seen()[0].split()
        return int(words[1]) if len(words) == 2 else 0

    def stamps_on(self) -> None:
        before = self.stamp()
        wait_until(lambda: self.stamp() > before + 2, 150, "the guest stamps its disk")
        assert self.seen()[1] == "", "the guest read what it had not written"

    def checked(self) -> None:
        """Every image of its chain, by qemu-img, top and all."""
        for disk in self.show()["config"]["disks"]:
            if disk["format"] == "qcow2":
                path = f"/OVS/running_pool/{self.id}/{disk['source'].removeprefix('file:')}"
                asked = ["qemu-img", "check", "-U", "-f", "qcow2", path]
                done = self.pool.lab.exec("srv1", asked)
                assert done.returncode == 0, done.stdout + done.stderr
        assert self.show()["pending"] == {}


class Filed(Running):
    """One whose guest has an ext4 on vdb, and counts in a file there without end. It never says that any of
    it shall be written out."""

    def prepare(self, image: Path) -> None:
        subprocess.run(["mkfs.ext4", "-q", "-F", str(image)], check=True)

    def wait_ready(self) -> None:
        super().wait_ready()
        count = "n=0; while :; do n=$((n+1)); echo $n >>/mnt/log; usleep 5000; done"
        self.sh(f"mkdir /mnt; mount -t ext4 /dev/vdb /mnt; ({count}) </dev/null >/dev/null 2>&1 &")
        self.counted(0)

    def counted(self, above: int) -> int:
        """A number that it has written, as it says itself."""
        found = [0]

        def more() -> bool:
            found[0] = int(self.sh("tail -n 1 /mnt/log 2>/dev/null || echo 0") or 0)
            return found[0] > above

        wait_until(more, 150, "the guest writes")
        return found[0]

    def saved(self, snapshot: str) -> Path:
        """vdb as the snapshot has it, as a raw file."""
        shown = self.pool.api("GET", f"/vms/{self.name}/snapshots/{snapshot}")
        disk = next(d for d in shown["config"]["disks"] if d["target"] == "vdb")
        image = self.directory / disk["source"].removeprefix("file:")
        raw = self.pool.lab.shared / f"{self.name}-{snapshot}.img"
        argv = ["qemu-img", "convert", "-U", "-f", disk["format"], "-O", "raw"]
        subprocess.run([*argv, str(image), str(raw)], check=True)
        return raw


def ext4(image: Path, *asked: str) -> str:
    """What e2fsprogs read in a file system that is not mounted."""
    program, *arguments = asked
    done = subprocess.run(
        [program, *arguments, str(image)], capture_output=True, text=True, check=True
    )
    return done.stdout


@pytest.mark.timeout(900)
def test_back_to_a_moment_and_away_with_it(pool: PoolLab) -> None:
    vm = Stamped(pool, "stamped")
    vm.do("POST", "", {"snapshot": "one"})
    one = pool.api("GET", "/vms/stamped/snapshots/one")
    then = next(d for d in one["config"]["disks"] if d["target"] == "vdb")
    kept = vm.sector(1, then)
    vm.stamps_on()
    assert vm.sector(1, then) == kept, "nobody writes to a snapshot"
    vm.do("POST", "", {"snapshot": "two"})
    vm.stamps_on()
    vm.do("POST", "", {"snapshot": "three"})
    vm.stamps_on()
    assert len(vm.vdb()["backing"]) == 3

    vm.do("DELETE", "/two")
    vm.stamps_on()
    assert len(vm.vdb()["backing"]) == 2
    vm.checked()
    vm.do("DELETE", "/three")
    vm.stamps_on()
    assert len(vm.vdb()["backing"]) == 1
    vm.checked()
    assert pool.counter("stamped").unbroken()
    assert len(vm.images()) == 4

    vm.do("POST", "", {"snapshot": "all", "memory": True})
    vm.stamps_on()
    vm.do("POST", "/all/revert", {})
    vm.stamps_on()
    vm.checked()

    pool.api.do("POST", "/vms/stamped/kill")
    vm.do("POST", "/one/revert", {})
    assert vm.sector(1) == kept
    vm.do("DELETE", "/all")
    vm.do("DELETE", "/one")
    assert vm.vdb()["backing"] == []
    assert vm.sector(1) == kept
    assert len(vm.images()) == 2
    pool.api.do("POST", "/vms/stamped/start", {})
    vm.stamps_on()


@pytest.mark.exhaustive
@pytest.mark.timeout(900)
def test_a_guest_with_its_agent_is_quiet_for_a_moment(pool: PoolLab) -> None:
    vm = Stamped(pool, "quiet")
    vm.do("POST", "", {"snapshot": "calm", "quiesce": True})
    assert vm.agent("guest-fsfreeze-status") == "thawed"
    vm.stamps_on()


@pytest.mark.timeout(900)
def test_a_file_system_is_whole_in_a_quiet_snapshot_though_it_is_written_to(pool: PoolLab) -> None:
    """It needs no repair, and has all that its guest had written by then. Without its agent's help it
    would lack some, and its journal would have to be played back."""
    vm = Filed(pool, "filed")
    vm.do("POST", "", {"snapshot": "loud"})
    loud = vm.saved("loud")
    assert "needs_recovery" in ext4(loud, "dumpe2fs", "-h")

    before = vm.counted(0)
    vm.do("POST", "", {"snapshot": "calm", "quiesce": True})
    assert vm.agent("guest-fsfreeze-status") == "thawed"
    after = vm.counted(before)
    calm = vm.saved("calm")
    assert "needs_recovery" not in ext4(calm, "dumpe2fs", "-h")
    ext4(calm, "e2fsck", "-fn")
    numbers = [int(line) for line in ext4(calm, "debugfs", "-R", "cat /log").split()]
    assert numbers == list(range(1, len(numbers) + 1))
    assert before <= len(numbers) <= after
    assert vm.counted(after) > after, "it goes on"
    assert pool.counter("filed").unbroken()
    for image in (loud, calm):
        image.unlink()


@pytest.mark.exhaustive
@pytest.mark.timeout(900)
@pytest.mark.exhaustive
def test_a_schedule_keeps_the_last_of_its_snapshots(pool: PoolLab) -> None:
    vm = Stamped(pool, "timed")
    body = {"name": "daily", "first": time.time() - 90_000, "every": 86_400, "keep": 1}
    pool.api.do("POST", "/vms/timed/schedules", {**body, "quiesce": True})

    def made() -> list[str]:
        return [s["name"] for s in pool.api.items("/vms/timed/snapshots")]

    wait_until(lambda: len(made()) == 1, 150, "what was missed is made up for")
    (missed,) = made()
    wait_until(lambda: pool.api("GET", "/vms/timed")["busy"] is None, 150, "the VM is free")
    pool.api.do("POST", "/vms/timed/schedules/daily/run")
    wait_until(lambda: len(made()) == 1 and made() != [missed], 120, "the older one is deleted")
    wait_until(lambda: pool.api("GET", "/vms/timed")["busy"] is None, 150, "the VM is free")
    vm.stamps_on()
    vm.checked()
    assert len(vm.vdb()["backing"]) == 1
    assert len(vm.images()) == 4
    assert pool.counter("timed").unbroken()
