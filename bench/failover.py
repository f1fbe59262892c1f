"""Failover in a lab: power cuts of servers with HA guests, timed from the outside.

``python -m bench.failover [--crashes N] [--unfenced N] [--against-pacemaker] [--save NAME]``, as root.
First every server has its BMC as fence device, then none has any. Every third cut hits the pool
master, in the middle of a migration: there somebody has to become master first. With
``--against-pacemaker`` the same guests and as many cuts follow under Pacemaker (``bench.pacemaker``).
"""

import argparse
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench import crashes, pacemaker
from bench.common import Promise, Report, percentile, show, table
from bench.crashes import Crash
from bench.flight import Flight
from bench.pool import bench_pool
from millpond.adapters.sanlock.ondisk import read_lockspace
from millpond.domain.layout import POOL_RECORD, lockspace_path
from millpond.domain.leases import host_dead
from millpond.domain.pool import PoolDocument
from millpond.lab.chaos import stamps
from millpond.lab.lab import Lab
from millpond.lab.layout import server_name
from tests.lab.pool import PoolLab, wait_until
from tests.support.api import Json

GUESTS = ("ha1", "ha2", "ha3")
FENCED_LIMIT = 15.0


@dataclass
class Failover:
    """A crash, whether it hit the pool master, and Millpond's own record of it. ``job``: how the one
    in flight ended. ``lease``: seconds from the dead server's last renewal until the first of its
    guests ran elsewhere; by sanlock's clock, which counts whole ones; ``dead``: when sanlock calls
    such a host dead."""

    crash: Crash
    master: bool
    story: Json
    job: str
    lease: float
    dead: float


def prepare(pool: PoolLab) -> dict[str, Path]:
    """HA guests with stamp disks: id -> disk."""
    disks = {}
    for n, name in enumerate(GUESTS, start=1):
        body = {
            "pool": "pool1",
            "name": name,
            "template": "tiny",
            "disks": [{"target": stamps.TARGET, "size": stamps.SIZE}],
            "ha": True,
        }
        pool.api.do("POST", "/vms", body)
        vm = pool.vm_id(name)
        disks[vm] = pool.lab.shared / "running_pool" / vm / f"{stamps.TARGET}.raw"
        stamps.ask(disks[vm])
        pool.api.do("POST", f"/vms/{name}/start", {"on": server_name(n)})
    for disk in disks.values():
        wait_until(partial(stamps.read, disk), crashes.PATIENCE, "the first stamp")
    return disks


def record(lab: Lab) -> PoolDocument:
    """The pool's, as it stands on the shared directory."""
    return PoolDocument.model_validate_json((lab.shared / POOL_RECORD).read_bytes())


def last_renewal(lab: Lab, server: str) -> tuple[float, float]:
    """Of the server's delta lease, in seconds of this machine's monotonic clock, which sanlock writes
    into it; and the age at which sanlock calls the host dead."""
    pool = record(lab)
    host = next(m.host_id for m in pool.members if m.name == server)
    leaders = read_lockspace(lockspace_path(str(lab.shared)), pool.id)
    lease = next(leader for leader in leaders if leader.owner == host)
    return lease.timestamp, host_dead(lease.io_timeout)


def fail_over(pool: PoolLab, disks: dict[str, Path], flight: Flight, turn: int) -> Failover:
    """Returns when the pool is whole again."""
    before = {f["id"] for f in pool.api("GET", "/pools/pool1/failovers")["items"]}
    old = record(pool.lab)
    server = crashes.next_victim(pool.lab, disks, old.master.name, turn)
    master = server == old.master.name
    job = flight.depart() if master else ""
    replaced = (lambda: record(pool.lab).term > old.term) if master else None
    crash = crashes.cut_power(pool.lab, disks, server, replaced)
    renewed, dead = last_renewal(pool.lab, server)
    pool.lab.boot(server)
    ended = flight.arrive(job) if job else ""
    wait_until(lambda: _whole(pool), crashes.PATIENCE, "the pool is whole again")
    stories = pool.api("GET", "/pools/pool1/failovers")["items"]
    story: Json = next((f for f in stories if f["id"] not in before), {})
    lease = crash.at + min(crash.elsewhere) - renewed
    return Failover(crash, master, story, ended, lease, dead)


def _whole(pool: PoolLab) -> bool:
    status = pool.api("GET", "/pools/pool1/ha")
    return all(h["state"] == "online" for h in status["hosts"])


def run(pool: PoolLab, fenced: int, unfenced: int) -> tuple[Report, list[Crash]]:
    """The report, and the crashes that were fenced."""
    disks = prepare(pool)
    flight = Flight(pool)
    flight.prepare()
    promised = pool.api("GET", "/pools/pool1/ha")
    first = [fail_over(pool, disks, flight, turn) for turn in range(fenced)]
    if unfenced:
        _drop_devices(pool)
    then = [fail_over(pool, disks, flight, turn) for turn in range(unfenced)]
    return _report(first, then, promised, flight), [f.crash for f in first]


def _drop_devices(pool: PoolLab) -> None:
    for server in pool.api("GET", "/pools/pool1")["members"]:
        for device in pool.api("GET", f"/servers/{server['name']}/fencing")["devices"]:
            pool.api("DELETE", f"/servers/{server['name']}/fencing/{device['name']}")


def _report(fenced: list[Failover], bare: list[Failover], promised: Json, flight: Flight) -> Report:
    report = Report(f"failover, {len(fenced)} crashes fenced by BMC, {len(bare)} by leases alone")
    groups = {
        "member, fenced": [f.crash for f in fenced if not f.master],
        "master, fenced": [f.crash for f in fenced if f.master],
        "member, by leases": [f.crash for f in bare if not f.master],
        "master, by leases": [f.crash for f in bare if f.master],
    }
    rows = [row for what, found in groups.items() for row in crashes.rows(what, found)]
    lines = [crashes.distribution(what, found) for what, found in groups.items() if found]
    report.parts += [table(crashes.SPREAD, rows), "\n".join(f"- {line}" for line in lines)]
    report.parts.append("\n".join(map(_story, (*fenced, *bare))))
    report.parts += [f"Not as it should be: {what}" for what in flight.wrong]
    report.promises += _promises([f.crash for f in fenced], FENCED_LIMIT, "fenced, p95", 95)
    by_leases = float(promised["promised_by_leases"])
    report.promises += _promises([f.crash for f in bare], by_leases, "by leases, max", 100)
    if bare:
        what = "age of the dead server's lease when the first guest ran, by leases, min"
        early = min(bare, key=lambda f: f.lease - f.dead)
        report.promises.append(Promise(what, early.lease, early.dead, " s", least=True))
    jobs = [f for f in (*fenced, *bare) if f.job]
    if jobs:
        what = f"of {len(jobs)} jobs in flight, those that did not end as they should"
        report.promises.append(Promise(what, len(flight.wrong), 0))
    return report


def _promises(found: list[Crash], limit: float, which: str, percent: float) -> list[Promise]:
    kinds = (("QEMU elsewhere", "elsewhere"), ("a new master", "succeeded"))
    return [
        Promise(f"{what}, {which}", percentile(values, percent), limit, " s")
        for what, kind in kinds
        if (values := crashes.values(found, kind))
    ]


def _story(one: Failover) -> str:
    """One line: what Millpond itself wrote down, in seconds since the server fell silent."""
    story, crash = one.story, one.crash
    marks = ("detected", "decided", "fenced", "leases_cleared", "ended")
    steps = [f"{m} {story[m] - story['silent']:.1f}" for m in marks if story.get(m) is not None]
    up = " ".join(f"{v:.1f}" for v in crash.elsewhere)
    told = f"record: {', '.join(steps)}; {story.get('how', 'no record')}"
    if not one.master:
        return f"- {crash.server}: elsewhere {up}; {told}"
    new = f"new master {crash.succeeded:.1f}"
    return f"- {crash.server} (master): {new}; elsewhere {up}; migration {one.job}; {told}"


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.failover")
    parser.add_argument("--crashes", type=int, default=20)
    parser.add_argument("--unfenced", type=int, default=5)
    parser.add_argument("--against-pacemaker", action="store_true")
    parser.add_argument("--save", metavar="NAME", help="a short name of this run")
    asked = parser.parse_args()
    with bench_pool() as pool:
        report, ours = run(pool, asked.crashes, asked.unfenced)
    if not asked.against_pacemaker:
        return show(report, save=asked.save)
    with pacemaker.bench_cluster() as cluster:
        theirs = pacemaker.run(cluster, asked.crashes)
    compared = pacemaker.compare(ours, [r.crash for r in theirs])
    return show(report, pacemaker.report(theirs), compared, save=asked.save)


if __name__ == "__main__":
    sys.exit(main())
