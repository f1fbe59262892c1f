"""The same guests and power cuts under Pacemaker: Debian's, with VirtualDomain and fence_ipmilan.

``python -m bench.pacemaker [--crashes N] [--save NAME]``, as root; needs the packages that
bench/README.md names. What is tuned, so that the comparison is fair:

* Corosync's token is 1 s and its coefficient as it comes: with three nodes a dead one is noticed after
  1.65 s. Millpond waits for 4 missed pulses and 5 s of the storage.
* Every server has its BMC as fence device, with the arguments Millpond gets. stonith-action is off,
  for that is what Millpond does; both have their servers booted by the bench afterwards.
* Resources have a stickiness, so nothing moves when a server is back, as nothing does in Millpond.
* load-threshold is out of reach. By default (80 %) a node whose load is 1.6 per processor gets one action
  at a time: a guest's start then waits for the start before it and that one's first monitor (7 s were
  seen), and emulated guests on two processors are such a load.
* Guests are monitored every 10 s, which a node's death does not wait for.

libvirt's leases are off: Pacemaker brings none. Every third cut hits the designated controller (DC),
as every third hits the pool master in ``bench.failover``.
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
from bench.common import Report, percentile, show, table
from bench.crashes import Crash
from bench.pacemaker_log import Mark, marks
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
LOAD_THRESHOLD = "10000%"
_DIRECTORIES = ("etc/corosync", "etc/pacemaker", "var/lib/corosync", "var/lib/pacemaker")
_LOGS = "var/log/pacemaker"
_OWN_STATE = ("cib", "pengine", "blackbox", "cores")


@dataclass(frozen=True)
class Guest:
    name: str
    id: str
    disk: Path
    """Its stamp disk, on this machine."""


@dataclass(frozen=True)
class Cluster:
    lab: Lab
    guests: list[Guest]


@dataclass
class Recovery:
    """A crash, whether it hit the DC, and Pacemaker's own record of it."""

    crash: Crash
    dc: bool
    marks: list[Mark]


@contextmanager
def bench_cluster() -> Iterator[Cluster]:
    """Three servers, Pacemaker on each, three guests that write. Gone wholly at the end."""
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as directory,
        _cluster(Path(directory)) as cluster,
    ):
        yield cluster


@contextmanager
def _cluster(directory: Path) -> Iterator[Cluster]:
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
            wait_until(partial(stamps.read, guest.disk), crashes.PATIENCE, f"{guest.name} writes")
        yield Cluster(lab, guests)
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


def _status(lab: Lab) -> etree._Element | None:
    """As the first server that answers has it."""
    for server in lab.powered():
        done = lab.exec(server, ["crm_mon", "-1", "--output-as=xml"])
        if done.returncode == 0:
            return etree.fromstring(done.stdout.encode())
    return None


def _online(lab: Lab) -> int:
    """How many nodes are."""
    status = _status(lab)
    nodes = [] if status is None else status.findall("nodes/node")
    ready = {"online": "true", "pending": "false", "unclean": "false"}
    return sum(all(n.get(k) == v for k, v in ready.items()) for n in nodes)


def _dc(lab: Lab) -> str:
    """The server that decides; "" while nobody does."""
    status = _status(lab)
    found = None if status is None else status.find("summary/current_dc")
    return "" if found is None else found.get("name", "")


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
    options = {
        "stonith-enabled": "true",
        "stonith-action": "off",
        "stonith-timeout": "20s",
        "load-threshold": LOAD_THRESHOLD,
    }
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
        E.rsc_defaults(_pairs("meta_attributes", "defaults", {"resource-stickiness": "100"})),
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


def run(cluster: Cluster, count: int) -> list[Recovery]:
    lab, disks = cluster.lab, {g.id: g.disk for g in cluster.guests}
    found = []
    for turn in range(count):
        dc = _dc(lab)
        server = crashes.next_victim(lab, disks, dc, turn)
        began = time.time()
        crash = crashes.cut_power(lab, disks, server)
        told = marks(lab, [s for s in map(server_name, SERVERS) if s != server], began)
        found.append(Recovery(crash, server == dc, told))
        lab.boot(server)
        _start(lab, server)
        wait_until(lambda: _online(lab) == len(SERVERS), crashes.PATIENCE, "all nodes are online")
        time.sleep(5)  # until nothing moves any more
    return found


def report(found: list[Recovery]) -> Report:
    made = Report(f"Pacemaker, the same guests, {len(found)} crashes fenced by BMC")
    groups = {
        "member": [r.crash for r in found if not r.dc],
        "DC": [r.crash for r in found if r.dc],
    }
    rows = [row for what, hit in groups.items() for row in crashes.rows(what, hit)]
    lines = [crashes.distribution(what, hit) for what, hit in groups.items() if hit]
    made.parts += [table(crashes.SPREAD, rows), "\n".join(f"- {line}" for line in lines)]
    made.parts.append("\n".join(map(_story, found)))
    return made


def _story(one: Recovery) -> str:
    """One line: what Pacemaker itself wrote down, in seconds since the power cut."""
    up = " ".join(f"{v:.1f}" for v in one.crash.elsewhere)
    told = ", ".join(f"{m.what} {m.after:.1f}" for m in one.marks) or "nothing"
    return f"- {one.crash.server}{' (DC)' if one.dc else ''}: elsewhere {up}; log: {told}"


def compare(ours: list[Crash], theirs: list[Crash]) -> Report:
    """Millpond's figures in those of Pacemaker, measured in the same run."""
    made = Report("Millpond : Pacemaker, fenced by BMC")
    rows = []
    for kind in ("elsewhere", "answered"):
        pair = [crashes.values(found, kind) for found in (ours, theirs)]
        for percent in (50, 95):
            a, b = (percentile(values, percent) for values in pair)
            rows.append([f"{kind}, p{percent}", f"{a:.1f} s", f"{b:.1f} s", f"{a / b:.2f}"])
    made.parts.append(table(("", "Millpond", "Pacemaker", "ratio"), rows))
    return made


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.pacemaker")
    parser.add_argument("--crashes", type=int, default=20)
    parser.add_argument("--save", metavar="NAME", help="a short name of this run")
    asked = parser.parse_args()
    with bench_cluster() as cluster:
        return show(report(run(cluster, asked.crashes)), save=asked.save)


if __name__ == "__main__":
    sys.exit(main())
