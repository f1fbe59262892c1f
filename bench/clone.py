"""Clones at once where the file system shares blocks, and copies where it does not.

``python -m bench.clone [--rounds N] [--count N]``, as root. A pool gets an XFS of its own as a repository,
with a template of 10 GiB in 1,024 stretches of data: how long it takes until a VM made of that is defined, and
cloned. Copies are made by the code that an agent makes them with, of 1 GiB, in turns with cp and qemu-img
on the same disk, each until it is durable. ``--count`` starts so many clones of a tiny VM.
"""

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter, sleep

from bench.common import SPREAD, Promise, Report, ratios, show, spread, table
from bench.pool import bench_pool
from millpond.adapters.disks import QemuImgDisks
from millpond.adapters.tasks.runner import TaskRunner
from millpond.domain.job import TaskStatus
from millpond.domain.template import TemplateDisk, TemplateDocument
from millpond.domain.vm import DiskFormat
from tests.contract.mounts import xfs
from tests.lab.pool import PoolLab

TEMPLATE = 10 << 30
STRETCHES = 1024
COPIED = 1 << 30
MIB = 1 << 20
PATIENCE = 600.0
"""Seconds that all clones together may take to start, and then to count."""
RAW, QCOW2 = DiskFormat.RAW, DiskFormat.QCOW2


def instant(pool: PoolLab, data: Path, rounds: int) -> Report:
    """From the request to the end of its job."""
    body = {"name": "fast", "kind": "local", "source": str(data)}
    pool.api.do("POST", "/pools/pool1/repositories", body)
    _large_template(data / "seed_pool" / "large")
    created, cloned = [], []
    for n in range(rounds):
        made = {"pool": "pool1", "name": f"made{n}", "template": "large", "repository": "fast"}
        created.append(_timed(partial(pool.api.do, "POST", "/vms", made)))
        clone = partial(pool.api.do, "POST", f"/vms/made{n}/clone", {"name": f"clone{n}"})
        cloned.append(_timed(clone))
        shown = pool.api("GET", f"/vms/clone{n}")
        assert shown["config"]["disks"][0]["backing"] == [], "it has its own data"
        for vm in (f"made{n}", f"clone{n}"):
            pool.remove(vm)
    report = Report(f"10 GiB by reflink, {rounds} rounds")
    rows = [spread("VM from the template, s", created), spread("clone of the VM, s", cloned)]
    report.parts.append(table(SPREAD, rows))
    report.promises += [
        Promise("VM from the template, median", median(created), 1.0, " s"),
        Promise("clone of the VM, median", median(cloned), 1.0, " s"),
    ]
    return report


def _large_template(folder: Path) -> None:
    """As big as it says, in pieces as a file that has been used for a while."""
    folder.mkdir()
    with (folder / "system.img").open("wb") as image:
        os.posix_fallocate(image.fileno(), 0, TEMPLATE)
        for n in range(STRETCHES):
            os.pwrite(image.fileno(), os.urandom(MIB), n * (TEMPLATE // STRETCHES))
        os.fsync(image.fileno())
    disk = TemplateDisk(target="vda", file="system.img", format=RAW, size=TEMPLATE)
    document = TemplateDocument(name="large", memory=64, vcpus=1, disks=(disk,))
    (folder / "template.json").write_text(document.model_dump_json())


def _timed(work: Callable[[], object]) -> float:
    started = perf_counter()
    work()
    return perf_counter() - started


def copies(rounds: int) -> Report:
    report = Report(f"Copies of 1 GiB, {rounds} pairs each")
    with tempfile.TemporaryDirectory(prefix="bench-copy-") as directory:
        where = Path(directory)
        source = where / "source.raw"
        with source.open("wb") as image:
            for _ in range(COPIED // (16 * MIB)):
                image.write(os.urandom(16 * MIB))
            os.fsync(image.fileno())
        for what, to, theirs in (
            ("cp", RAW, ["cp", "--reflink=never"]),
            ("qemu-img convert", QCOW2, ["qemu-img", "convert", "-f", "raw", "-O", "qcow2"]),
        ):
            _compare(report, source, what, to, theirs, rounds)
    return report


def _compare(
    report: Report, source: Path, what: str, to: DiskFormat, argv: list[str], rounds: int
) -> None:
    ours, theirs = [], []
    target = source.with_name("target")

    def by_hand() -> None:
        subprocess.run([*argv, source, target], check=True)
        subprocess.run(["sync", target], check=True)

    for _ in range(rounds):
        theirs.append(_timed(by_hand))
        target.unlink()
        ours.append(_timed(lambda: asyncio.run(_through_millpond(source, target, to))))
        target.unlink()
    report.parts += [table(SPREAD, [spread("Millpond, s", ours), spread(f"{what}, s", theirs)])]
    report.parts += [ratios(theirs, ours)]
    speed = median(theirs) / median(ours)
    report.promises.append(Promise(f"speed of a copy : {what}", speed, 0.9, least=True))


async def _through_millpond(source: Path, target: Path, to: DiskFormat) -> None:
    runner = TaskRunner()
    disks = QemuImgDisks([str(source.parent.parent)], runner)
    await disks.clone("copy", str(source), RAW, str(target), to)
    while (state := await runner.state("copy", 10)).status is TaskStatus.RUNNING:
        pass
    assert state.status is TaskStatus.DONE, state


def many(pool: PoolLab, count: int) -> Report:
    """Clones of a tiny VM, all of them started; each is a real guest that counts on its console."""
    body = {"pool": "pool1", "name": "origin", "template": "tiny", "memory": 96}
    pool.api.do("POST", "/vms", body)
    asked = {"pattern": "many-{:02}", "count": count, "start": True}
    started = perf_counter()
    job = pool.api("POST", "/vms/origin/clones", asked)["id"]
    ended = pool.api.ended(job, timeout=PATIENCE)
    seconds = perf_counter() - started
    found = [vm for vm in pool.api.items("/vms?limit=1000") if vm["name"] != "origin"]
    running = [vm["name"] for vm in found if vm["power"] == "running"]
    counting = _counting(pool, running)
    report = Report(f"{count} clones started")
    report.parts.append(
        f"{len(found)} defined and {len(running)} running after {seconds:.1f} s: "
        f"{len(running) / seconds:.2f} a second. {len(counting)} count, on "
        f"{len({vm['server']['name'] for vm in found if vm['server']})} servers; the last of them was seen to "
        f"after {perf_counter() - started:.1f} s."
    )
    if ended["state"] != "done":
        report.parts.append(f"The job says: {ended['error']}")
    report.promises += [
        Promise("clones defined", len(found), count, least=True),
        Promise("clones that run", len(running), count, least=True),
        Promise("clones that count", len(counting), count, least=True),
    ]
    return report


def _counting(pool: PoolLab, names: list[str]) -> set[str]:
    """Those whose guest counts on within ``PATIENCE``."""
    deadline = perf_counter() + PATIENCE
    counters = {name: pool.counter(name) for name in names}
    first = {name: len(counter.ticks()) for name, counter in counters.items()}
    counting: set[str] = set()
    while counting != set(names) and perf_counter() < deadline:
        sleep(1)
        left = set(names) - counting
        counting |= {n for n in left if len(counters[n].ticks()) > first[n] + 1}
    return counting


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.clone")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--count", type=int, default=0, help="start so many clones, too")
    asked = parser.parse_args()
    reports = [copies(asked.rounds)]
    with (
        tempfile.TemporaryDirectory(prefix="bench-xfs-") as directory,
        xfs(Path(directory) / "data", Path(directory) / "image", TEMPLATE + (4 << 30)) as data,
        bench_pool() as pool,
    ):
        reports.append(instant(pool, data, asked.rounds))
        if asked.count:
            reports.append(many(pool, asked.count))
    return show(*reports)


if __name__ == "__main__":
    sys.exit(main())
