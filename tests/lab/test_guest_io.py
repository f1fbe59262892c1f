"""What a guest's disks and network do for it, and what the server's kernel says of that: space that it
discards, its share of the disks' time, a boot from the network."""

import base64
import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from millpond.adapters.templates.mbr import PARTITION_START, SECTOR
from millpond.lab import cgroups
from tests.lab.pool import PoolLab, pool_lab, wait_until
from tests.support.truth import guest_xml, virsh

pytestmark = [pytest.mark.lab, pytest.mark.slow, pytest.mark.thorough]
MIB = 1 << 20


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PoolLab]:
    with pool_lab(tmp_path_factory.mktemp("guest-io")) as made:
        yield made


def in_guest(pool: PoolLab, vm: str, command: str) -> str:
    """What the command prints in the guest, on srv2, asked through the guest's agent."""

    def ask(what: str, **arguments: object) -> dict[str, object]:
        asked = json.dumps({"execute": what, "arguments": arguments})
        found: dict[str, object] = json.loads(
            virsh(pool.lab, "srv2", "qemu-agent-command", vm, asked)
        )["return"]
        return found

    shell = {"path": "/bin/sh", "arg": ["-c", command], "capture-output": True}
    pid = ask("guest-exec", **shell)["pid"]
    while not (found := ask("guest-exec-status", pid=pid))["exited"]:
        time.sleep(0.2)
    assert found["exitcode"] == 0, found
    return base64.b64decode(str(found.get("out-data", ""))).decode().strip()


def _answers(pool: PoolLab, vm: str) -> bool:
    asked = ["virsh", "qemu-agent-command", vm, '{"execute": "guest-ping"}']
    return pool.lab.exec("srv2", asked).returncode == 0


def test_what_a_guest_discards_is_given_back(pool: PoolLab) -> None:
    disks = [
        {"target": "vdb", "size": 64 * MIB, "format": "raw"},
        {"target": "vdc", "size": 64 * MIB, "format": "qcow2"},
    ]
    body = {"pool": "pool1", "name": "thin", "template": "tiny", "disks": disks}
    pool.api.do("POST", "/vms", {**body, "start": True, "on": "srv2"})
    directory = pool.lab.shared / "running_pool" / pool.vm_id("thin")
    wait_until(lambda: _answers(pool, "thin"), 120, "the guest's agent answers")
    wait_until(
        lambda: "vdc" in in_guest(pool, "thin", "cat /proc/partitions"), 60, "it has its disks"
    )
    for device, image in (("/dev/vdb", "vdb.raw"), ("/dev/vdc", "vdc.qcow2")):

        def used(image: Path = directory / image) -> int:
            """Bytes on the file system, as du counts them."""
            return image.stat().st_blocks * 512

        first = f"dd if={device} bs=1M count=8 iflag=direct 2>/dev/null | md5sum"
        in_guest(pool, "thin", f"tr '\\0' x </dev/zero | head -c {16 * MIB} >{device} && sync")
        before = in_guest(pool, "thin", first)
        assert used() >= 16 * MIB
        in_guest(pool, "thin", f"blkdiscard -o {8 * MIB} -l {8 * MIB} {device}")
        wait_until(lambda: used() < 10 * MIB, 90, f"{image} has given back one half")
        assert in_guest(pool, "thin", first) == before, "the other half is what it was"
        in_guest(pool, "thin", f"blkdiscard {device}")
        wait_until(lambda: used() < 2 * MIB, 90, f"{image} has given back all")
    pool.api.do("POST", "/vms/thin/kill")
    check = ["qemu-img", "check", "-q", "-f", "qcow2", str(directory / "vdc.qcow2")]
    assert subprocess.run(check, check=False).returncode == 0
    pool.remove("thin")


@pytest.mark.exhaustive
def test_weight_of_disk_time_is_the_kernels(pool: PoolLab) -> None:
    """Where the kernel has none, or it is not the lab's to give, the VM says that it is pending."""
    pool.create("heavy", on="srv2")
    pool.api.do("PATCH", "/vms/heavy", {"io_weight": 300})
    if "blkio" not in cgroups.libvirt_controllers(pool.lab.name, "srv2"):
        assert pool.api("GET", "/vms/heavy")["pending"] == {"io_weight": 300}
        return
    assert pool.api("GET", "/vms/heavy")["pending"] == {}
    assert _weight(pool, "heavy") == {"weight": "300"}
    assert pool.move("heavy", "srv3")["state"] == "done"
    assert pool.move("heavy", "srv2")["state"] == "done"
    assert _weight(pool, "heavy") == {"weight": "300"}
    pool.api.do("POST", "/vms/heavy/kill")
    pool.api.do("POST", "/vms/heavy/start", {"on": "srv2"})
    assert _weight(pool, "heavy") == {"weight": "300"}
    assert "<weight>300</weight>" in guest_xml(pool.lab, "srv2", "heavy")
    pool.remove("heavy")


def _weight(pool: PoolLab, vm: str) -> dict[str, str]:
    """As libvirt reads it from the guest's control group."""
    lines = virsh(pool.lab, "srv2", "blkiotune", vm).splitlines()
    found = dict(line.replace(" ", "").split(":", 1) for line in lines if ":" in line)
    return {"weight": found["weight"]}


@pytest.mark.exhaustive
def test_a_guest_boots_from_the_network(pool: PoolLab, tmp_path: Path) -> None:
    """Its disk is empty: whatever counts on its console came over the bridge from another server."""
    image = pool.lab.shared / "seed_pool" / "tiny" / "system.img"
    _extract(image, tmp_path)
    body = {
        "pool": "pool1",
        "name": "diskless",
        "memory": 128,
        "boot": ["network"],
        "disks": [{"target": "vda", "size": MIB}],
        "vifs": [{"bridge": "xenbr0"}],
    }
    pool.api.do("POST", "/vms", body)
    with boot_server(pool, tmp_path) as log:
        pool.api.do("POST", "/vms/diskless/start", {"on": "srv2"})
        counter = pool.counter("diskless")
        wait_until(lambda: "initrd to 198.18." in log.read_text(), 150, "it fetches what to boot")
        wait_until(lambda: len(counter.ticks()) > 2, 150, "it counts")
    assert "<boot order='1'/>" in guest_xml(pool.lab, "srv2", "diskless").split("<interface", 1)[1]
    pool.remove("diskless")


def _extract(image: Path, directory: Path) -> None:
    """The template's kernel and its initial RAM file system, and what tells iPXE to boot them."""
    part = f"{image}@@{PARTITION_START * SECTOR}"
    for name in ("vmlinuz", "initrd", "syslinux.cfg"):
        copy = ["mcopy", "-o", "-i", part, f"::{name}", str(directory / name)]
        subprocess.run(copy, check=True, env={"MTOOLS_SKIP_CHECK": "1", "PATH": "/usr/bin:/bin"})
    options = (directory / "syslinux.cfg").read_text().partition("APPEND ")[2].strip()
    script = f"#!ipxe\nkernel vmlinuz {options}\ninitrd initrd\nboot\n"
    (directory / "boot.ipxe").write_text(script)


@contextmanager
def boot_server(pool: PoolLab, directory: Path) -> Iterator[Path]:
    """dnsmasq, on srv1: addresses and files for whoever boots from xenbr0. Its log."""
    directory.chmod(0o755)
    argv = ["dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--port=0", "--user=root"]
    argv += ["--interface=xenbr0", "--bind-interfaces", f"--pid-file={directory / 'pid'}"]
    argv += ["--dhcp-range=198.18.0.200,198.18.0.220,255.255.255.0"]
    argv += [f"--dhcp-leasefile={directory / 'leases'}", "--dhcp-boot=boot.ipxe"]
    argv += ["--enable-tftp", f"--tftp-root={directory}"]
    argv += ["--log-dhcp", "--log-facility=-"]
    log = directory / "dnsmasq.log"
    with (
        log.open("w") as out,
        subprocess.Popen(pool.lab.exec_argv("srv1", argv), stderr=out) as serving,
    ):
        try:
            yield log
        finally:
            pool.lab.exec("srv1", ["kill", (directory / "pid").read_text().strip()])
            serving.kill()
