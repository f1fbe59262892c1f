"""Failover in a lab: power cuts of servers with HA guests, timed from the outside.

``python -m bench.failover [--crashes N] [--unfenced N]``, as root. First every server has its BMC as
fence device, then none has any. A crash of the pool master is told apart: there somebody has to
become master first.
"""

import argparse
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench import crashes
from bench.common import Promise, Report, percentile, show, table
from bench.crashes import Crash
from bench.pool import bench_pool
from millpond.lab.chaos import stamps
from millpond.lab.layout import server_name
from tests.lab.pool import PoolLab, wait_until
from tests.support.api import Json

GUESTS = ("ha1", "ha2", "ha3")
FENCED_LIMIT = 15.0


@dataclass
class Failover:
    """A crash, whether it hit the pool master, and Millpond's own record of it."""

    crash: Crash
    master: bool
    story: Json


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
        wait_until(partial(stamps.read, disk), 60, "the first stamp")
    return disks


def fail_over(pool: PoolLab, disks: dict[str, Path], server: str) -> Failover:
    """Returns when the pool is whole again."""
    before = {f["id"] for f in pool.api("GET", "/pools/pool1/failovers")["items"]}
    master = pool.api("GET", "/pools/pool1")["master"]["name"] == server
    crash = crashes.cut_power(pool.lab, disks, server, partial(pool.lab.crash, server))
    pool.lab.boot(server)
    wait_until(lambda: _whole(pool), crashes.PATIENCE, "the pool is whole again")
    stories = pool.api("GET", "/pools/pool1/failovers")["items"]
    return Failover(crash, master, next((f for f in stories if f["id"] not in before), {}))


def _whole(pool: PoolLab) -> bool:
    status = pool.api("GET", "/pools/pool1/ha")
    return all(h["state"] == "online" for h in status["hosts"])


def run(pool: PoolLab, fenced: int, unfenced: int) -> Report:
    disks = prepare(pool)
    promised = pool.api("GET", "/pools/pool1/ha")
    first = [fail_over(pool, disks, crashes.next_victim(pool.lab, disks, n)) for n in range(fenced)]
    if unfenced:
        _drop_devices(pool)
    then = [
        fail_over(pool, disks, crashes.next_victim(pool.lab, disks, n)) for n in range(unfenced)
    ]
    return _report(first, then, promised)


def _drop_devices(pool: PoolLab) -> None:
    for server in pool.api("GET", "/pools/pool1")["members"]:
        for device in pool.api("GET", f"/servers/{server['name']}/fencing")["devices"]:
            pool.api("DELETE", f"/servers/{server['name']}/fencing/{device['name']}")


def _report(fenced: list[Failover], bare: list[Failover], promised: Json) -> Report:
    report = Report(f"failover, {len(fenced)} crashes fenced by BMC, {len(bare)} by leases alone")
    rows = [
        *crashes.rows("member, fenced", [f.crash for f in fenced if not f.master]),
        *crashes.rows("master, fenced", [f.crash for f in fenced if f.master]),
        *crashes.rows("by leases", [f.crash for f in bare]),
    ]
    report.parts += [table(crashes.SPREAD, rows), "\n".join(map(_story, (*fenced, *bare)))]
    up = [v for f in fenced for v in f.crash.elsewhere]
    if up:
        what = "QEMU elsewhere, fenced, p95"
        report.promises.append(Promise(what, percentile(up, 95), FENCED_LIMIT, " s"))
    slow = [v for f in bare for v in f.crash.elsewhere]
    if slow:
        bound = float(promised["promised_by_leases"])
        report.promises.append(Promise("QEMU elsewhere, by leases", max(slow), bound, " s"))
    return report


def _story(one: Failover) -> str:
    """One line: what Millpond itself wrote down, in seconds since the server fell silent."""
    story = one.story
    marks = ("detected", "decided", "fenced", "leases_cleared", "ended")
    steps = [f"{m} {story[m] - story['silent']:.1f}" for m in marks if story.get(m) is not None]
    who = f"{one.crash.server}{' (master)' if one.master else ''}"
    up = " ".join(f"{v:.1f}" for v in one.crash.elsewhere)
    return f"- {who}: elsewhere {up}; record: {', '.join(steps)}; {story.get('how', 'no record')}"


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.failover")
    parser.add_argument("--crashes", type=int, default=20)
    parser.add_argument("--unfenced", type=int, default=5)
    asked = parser.parse_args()
    with bench_pool() as pool:
        return show(run(pool, asked.crashes, asked.unfenced))


if __name__ == "__main__":
    sys.exit(main())
