"""The same guests and power cuts under Pacemaker: Debian's, with VirtualDomain and fence_ipmilan.

``python -m bench.pacemaker [--crashes N]``, as root; needs the packages pacemaker, corosync and
resource-agents. Corosync's token is 1 s (and its coefficient as it comes), the shortest that Pacemaker's own
people advise; guests are monitored every 10 s; every server has its BMC as fence device. libvirt's leases are
off: Pacemaker brings none.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from uuid import uuid4

from lxml import etree

from bench import crashes
from bench.common import Report, show, table
from bench.crashes import Crash
from millpond.adapters.libvirt.domain_xml import Cgroup, Host, domain_xml
from millpond.adapters.libvirt.metadata import Metadata
from millpond.adapters.libvirt.xml import E, element
from millpond.adapters.templates.tiny import MEMORY_MIB, build_tiny
from millpond.domain.names import new_id
from millpond.domain.server import Acceleration
from millpond.domain.vm import Disk, VmConfig
from millpond.lab.chaos import stamps
from millpond.lab.lab import Lab
from millpond.lab.layout import SHARED_MOUNT, server_address, server_name
from tests.lab.pool import wait_until

SERVERS = (1, 2, 3)
GUESTS = ("ha1", "ha2", "ha3")
TOKEN_MS = 1000
_DIRECTORIES = ("etc/corosync", "etc/pacemaker", "var/lib/corosync", "var/lib/pacemaker")
_LOGS = "var/log/pacemaker"
_OWN_STATE = ("cib", "pengine", "blackbox", "cores")


@dataclass(frozen=True)
class Guest:
    name: str
    id: str
    disk: Path
    """Its stamp disk, on this machine."""


@contextmanager
def cluster(directory: Path) -> Iterator[tuple[Lab, list[Guest]]]:
    """Three servers, Pacemaker on each, three guests that write."""
    lab = Lab(f"pacemaker{uuid4().hex[:6]}", directory)
    try:
        lab.up(len(SERVERS))
        guests = [_guest(lab, name) for name in GUESTS]
        for n in SERVERS:
            _configure(lab, n)
            _start(lab, server_name(n))
        wait_until(lambda: _online(lab) == len(SERVERS), 120, "all nodes are online")
        _load(lab, _cib(lab, guests))
        for guest in guests:
            wait_until(partial(stamps.read, guest.disk), 120, f"{guest.name} writes")
        yield lab, guests
    finally:
        lab.down()


def _guest(lab: Lab, name: str) -> Guest:
    """Its disks and its domain, as Millpond would make it but for lease and metadata."""
    vm = new_id()
    seeds = lab.shared / "seed"
    if not seeds.exists():
        build_tiny(seeds)
    home = lab.shared / name
    home.mkdir()
    system, disk = home / "vda.raw", home / f"{stamps.TARGET}.raw"
    shutil.copy(seeds / "system.img", system)
    disk.write_bytes(bytes(stamps.SIZE))
    stamps.ask(disk)
    config = VmConfig(
        id=vm,
        name=name,
        memory=MEMORY_MIB,
        max_memory=MEMORY_MIB,
        vcpus=1,
        max_vcpus=1,
        disks=tuple(
            Disk(target=f.stem, source=f"file:{f.name}", size=f.stat().st_size)
            for f in (system, disk)
        ),
    )
    meta = Metadata(
        config=config, directory=f"{SHARED_MOUNT}/{name}", lockspace=vm, run=vm, started=0
    )
    host = Host(Acceleration.TCG, Cgroup.NONE, lambda path: True)
    domain = etree.fromstring(domain_xml(meta, host))
    for unwanted in (*domain.findall("metadata"), *domain.findall("devices/lease")):
        parent = unwanted.getparent()
        assert parent is not None
        parent.remove(unwanted)
    (home / "domain.xml").write_bytes(etree.tostring(domain, pretty_print=True))
    return Guest(name, vm, disk)


def _configure(lab: Lab, number: int) -> None:
    server = lab.layout.server(number)
    for name in (*_DIRECTORIES, _LOGS):
        path = server.directory / name
        if path.is_symlink():
            path.unlink()
        path.mkdir(parents=True, exist_ok=True)
    own = server.directory / "var/lib/pacemaker"
    for name in _OWN_STATE:
        (own / name).mkdir(exist_ok=True)
    for path in (own, *own.iterdir(), server.directory / _LOGS):
        shutil.chown(path, "hacluster", "haclient")
    (server.etc / "corosync/corosync.conf").write_text(_corosync())
    conf = server.etc / "libvirt/qemu.conf"
    lines = [line for line in conf.read_text().splitlines() if "lock_manager" not in line]
    conf.write_text("\n".join(lines) + "\n")
    _run(lab, server_name(number), sys.executable, "-m", "millpond.lab.restart_libvirtd")


def _corosync() -> str:
    nodes = "".join(
        f"node {{\nring0_addr: {server_address(n)}\nname: {server_name(n)}\nnodeid: {n}\n}}\n"
        for n in SERVERS
    )
    return (
        f"totem {{\nversion: 2\ncluster_name: bench\ntransport: udpu\ntoken: {TOKEN_MS}\n}}\n"
        "quorum {\nprovider: corosync_votequorum\n}\n"
        "logging {\nto_stderr: no\nto_syslog: no\nto_logfile: yes\n"
        f"logfile: /var/log/corosync.log\n}}\nnodelist {{\n{nodes}}}\n"
    )


def _start(lab: Lab, server: str) -> None:
    _run(lab, server, "install", "-d", "-o", "hacluster", "-g", "haclient", "/run/crm")
    _run(lab, server, "corosync")
    log = lab.layout.directory / f"{server}-pacemakerd.log"
    with log.open("ab") as output:
        subprocess.Popen(
            lab.exec_argv(server, ["pacemakerd"]),
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


def _run(lab: Lab, server: str, *argv: str, text: str = "") -> str:
    done = lab.exec(server, argv, text=text)
    assert done.returncode == 0, f"{argv}: {done.stderr or done.stdout}"
    return done.stdout


def _online(lab: Lab) -> int:
    """How many nodes the first server that answers calls online."""
    for server in lab.status().servers:
        if server.state == "running":
            done = lab.exec(server.name, ["crm_mon", "-1", "--output-as=xml"])
            if done.returncode == 0:
                nodes = etree.fromstring(done.stdout.encode()).findall("nodes/node")
                ready = {"online": "true", "pending": "false", "unclean": "false"}
                return sum(all(n.get(k) == v for k, v in ready.items()) for n in nodes)
    return 0


def _load(lab: Lab, cib: etree._Element) -> None:
    text = etree.tostring(cib, encoding="unicode")
    wait_until(
        lambda: (
            lab.exec(
                "srv1",
                ["cibadmin", "--modify", "--allow-create", "-o", "configuration", "-p"],
                text=text,
            ).returncode
            == 0
        ),
        30,
        "the configuration is loaded",
    )


def _pairs(kind: str, owner: str, values: dict[str, str]) -> etree._Element:
    pairs = [E.nvpair(id=f"{owner}-{k}", name=k, value=v) for k, v in values.items()]
    return element(kind, *pairs, id=f"{owner}-{kind}")


def _cib(lab: Lab, guests: list[Guest]) -> etree._Element:
    options = {"stonith-enabled": "true", "stonith-timeout": "20s"}
    resources = [_fence_device(lab, server_name(n)) for n in SERVERS]
    resources += [_virtual_domain(g.name) for g in guests]
    apart = [
        E.rsc_location(id=f"no-{s}", rsc=f"fence-{s}", score="-INFINITY", node=s)
        for s in map(server_name, SERVERS)
    ]
    return E.configuration(
        E.crm_config(_pairs("cluster_property_set", "options", options)),
        E.resources(*resources),
        E.constraints(*apart),
    )


def _fence_device(lab: Lab, server: str) -> etree._Element:
    arguments, password = lab.fence_arguments(server)
    values = arguments | {"password": password, "pcmk_host_list": server}
    name = f"fence-{server}"
    attributes = _pairs("instance_attributes", name, values)
    return E.primitive(attributes, **{"class": "stonith", "id": name, "type": "fence_ipmilan"})


def _virtual_domain(name: str) -> etree._Element:
    values = {"config": f"{SHARED_MOUNT}/{name}/domain.xml", "hypervisor": "qemu:///system"}
    times = (("start", "0", "60s"), ("stop", "0", "60s"), ("monitor", "10s", "30s"))
    operations = [E.op(id=f"{name}-{n}", name=n, interval=i, timeout=t) for n, i, t in times]
    kind = {"class": "ocf", "provider": "heartbeat", "type": "VirtualDomain", "id": name}
    return E.primitive(
        _pairs("instance_attributes", name, values), E.operations(*operations), **kind
    )


def run(lab: Lab, guests: list[Guest], count: int) -> list[Crash]:
    disks = {g.id: g.disk for g in guests}
    found = []
    for turn in range(count):
        server = crashes.next_victim(lab, disks, turn)
        found.append(crashes.cut_power(lab, disks, server, partial(lab.crash, server)))
        lab.boot(server)
        _start(lab, server)
        wait_until(lambda: _online(lab) == len(SERVERS), crashes.PATIENCE, "all nodes are online")
        time.sleep(5)  # until nothing moves any more
    return found


def report(found: list[Crash]) -> Report:
    made = Report(f"Pacemaker, the same guests, {len(found)} crashes fenced by BMC")
    made.parts.append(table(crashes.SPREAD, crashes.rows("Pacemaker", found)))
    return made


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.pacemaker")
    parser.add_argument("--crashes", type=int, default=10)
    asked = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as directory,
        cluster(Path(directory)) as (lab, guests),
    ):
        return show(report(run(lab, guests, asked.crashes)))


if __name__ == "__main__":
    sys.exit(main())
