"""From "create" to "running" through Millpond, against the same steps by hand.

``python -m bench.create_running [--pairs N]``, as root. Millpond: one request for a VM from a
template that is to be started, until its job is done and virsh says it runs. By hand, on the same
server: qemu-img copies the same image, virsh creates the same domain and says it runs. The two take
turns, and each guest is gone, and all is quiet, before the next is made.
"""

import argparse
import sys
from statistics import median
from time import perf_counter, sleep

from bench.by_hand import TEMPLATE, HandMade, Model
from bench.common import SPREAD, Promise, Report, ratios, show, spread, table
from bench.pool import bench_pool
from tests.lab.pool import PoolLab
from tests.support.truth import virsh

SERVER = "srv1"
LIMIT = 1.25
SETTLE = 1.0
"""Seconds of rest before each start of the clock, for the disk and for what still is told about
the guest before."""


def run(pool: PoolLab, pairs: int) -> Report:
    model = _model(pool)
    _by_hand(pool, "warm-up", model)
    ours, theirs = [], []
    for n in range(pairs):
        ours.append(_through_millpond(pool, f"mill{n}"))
        theirs.append(_by_hand(pool, f"hand{n}", model))
    report = Report(f"create→running, {pairs} pairs")
    rows = [spread("Millpond, s", ours), spread("by hand, s", theirs)]
    report.parts += [table(SPREAD, rows), ratios(ours, theirs)]
    report.promises.append(Promise("ratio of the medians", median(ours) / median(theirs), LIMIT))
    return report


def _body(name: str) -> dict[str, object]:
    vifs = [{"bridge": "xenbr0"}]
    return {
        "pool": "pool1",
        "name": name,
        "template": TEMPLATE,
        "vifs": vifs,
        "cloning": "full",
        "start": True,
        "on": SERVER,
    }


def _model(pool: PoolLab) -> Model:
    pool.api.do("POST", "/vms", _body("model"))
    model = Model.of(pool.lab, SERVER, "model")
    pool.remove("model")
    return model


def _must_run(pool: PoolLab, name: str) -> None:
    state = virsh(pool.lab, SERVER, "domstate", name).strip()
    assert state == "running", f"{name} is {state}"


def _through_millpond(pool: PoolLab, name: str) -> float:
    sleep(SETTLE)
    started = perf_counter()
    pool.api.do("POST", "/vms", _body(name))
    _must_run(pool, name)
    seconds = perf_counter() - started
    pool.remove(name)
    return seconds


def _by_hand(pool: PoolLab, name: str, model: Model) -> float:
    guest = HandMade.prepare(pool.lab, SERVER, name, model)
    sleep(SETTLE)
    started = perf_counter()
    guest.create()
    _must_run(pool, name)
    seconds = perf_counter() - started
    guest.remove(SERVER)
    return seconds


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.create_running")
    parser.add_argument("--pairs", type=int, default=20)
    pairs = parser.parse_args().pairs
    with bench_pool() as pool:
        return show(run(pool, pairs))


if __name__ == "__main__":
    sys.exit(main())
