"""How fast the API answers when there are 1,000 VMs.

``python -m bench.api [--vms N] [--requests N]``. A real manager on SQLite, agents with fake guests,
one client with one HTTPS connection that is kept. GET of one VM and of the list of all are measured
in turns with a GET that asks nothing of the manager but an answer: what HTTPS and framework cost.
"""

import argparse
import json
import ssl
import sys
import tempfile
from collections.abc import Callable
from http.client import HTTPSConnection
from itertools import cycle
from pathlib import Path
from time import perf_counter
from urllib.parse import urlsplit

from bench.common import KIB, Promise, Report, percentile, show, table
from bench.fleet import Fleet, fleet

SERVERS = 3
ROUNDS = 10
ONE_LIMIT = 20.0
LIST_LIMIT = 50.0


class Client:
    """One connection. Not the tests' client: that one's own work would be half of the figure."""

    def __init__(self, url: str, ca: str, token: str) -> None:
        parts = urlsplit(url)
        assert parts.hostname is not None
        context = ssl.create_default_context(cafile=ca)
        self._connection = HTTPSConnection(parts.hostname, parts.port, timeout=30, context=context)
        self._headers = {"Authorization": f"Bearer {token}"}

    def get(self, path: str) -> tuple[float, bytes]:
        """Milliseconds from asking until the last byte is there, and the body."""
        started = perf_counter()
        self._connection.request("GET", f"/api/v1{path}", headers=self._headers)
        response = self._connection.getresponse()
        body = response.read()
        spent = (perf_counter() - started) * 1000
        assert response.status == 200, body[:500]
        return spent, body

    def close(self) -> None:
        self._connection.close()


def run(made: Fleet, vms: int, requests: int) -> Report:
    """``requests`` of one VM and of the baseline, a fifth as many of the list."""
    seconds = made.hold(vms)
    client = Client(made.api.url, made.api.ca, made.api.token)
    ids = cycle(made.ids)
    paths: dict[str, Callable[[], str]] = {
        "baseline, /healthz/live": lambda: "/healthz/live",
        "one VM": lambda: f"/vms/{next(ids)}",
        f"list of {vms:,}": lambda: f"/vms?limit={vms}",
    }
    counts = dict(zip(paths, (requests, requests, requests // 5), strict=True))
    spent: dict[str, list[float]] = {what: [] for what in paths}
    sizes = dict.fromkeys(paths, 0)
    for _ in range(ROUNDS):
        for what, path in paths.items():
            for _ in range(counts[what] // ROUNDS):
                milliseconds, body = client.get(path())
                spent[what].append(milliseconds)
                sizes[what] = len(body)
    assert len(json.loads(client.get(f"/vms?limit={vms}")[1])["items"]) == vms
    client.close()
    return _report(vms, seconds, spent, sizes)


def _report(
    vms: int, seconds: float, spent: dict[str, list[float]], sizes: dict[str, int]
) -> Report:
    report = Report(f"API with {vms:,} VMs")
    base = percentile(next(iter(spent.values())), 50)
    rows = [
        [
            what,
            str(len(values)),
            f"{sizes[what] / KIB:.1f}",
            *(f"{percentile(values, p):.2f}" for p in (50, 99, 100)),
            f"{percentile(values, 50) / base:.1f}",
        ]
        for what, values in spent.items()
    ]
    head = ("GET", "requests", "KiB", "p50 ms", "p99 ms", "max ms", "p50 : baseline")
    report.parts += [table(head, rows)]
    report.parts += [f"The manager knew all VMs {seconds:.1f} s after everything was started."]
    _, one, listed = spent.values()
    report.promises += [
        Promise("one VM, p99", percentile(one, 99), ONE_LIMIT, " ms"),
        Promise(f"list of {vms:,}, p99", percentile(listed, 99), LIST_LIMIT, " ms"),
    ]
    return report


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.api")
    parser.add_argument("--vms", type=int, default=1000)
    parser.add_argument("--requests", type=int, default=1000)
    given = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as directory,
        fleet(Path(directory), SERVERS) as made,
    ):
        return show(run(made, given.vms, given.requests))


if __name__ == "__main__":
    sys.exit(main())
