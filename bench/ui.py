"""How fast the web interface is with 200 servers and 10,000 VMs, and whether its memory grows.

``python -m bench.ui [--servers N] [--vms N] [--minutes N]``. A real manager, agents with fake guests,
Debian's Chromium. All times are read in the page, from the browser's own clock: until the list of VMs
can be used after the page was loaded (its first rows are drawn), and until it has all of them; from a
letter typed into the filter until the rows that are left are drawn; from the time of an event, as the
manager wrote it down, until the screen shows it. Then VMs are paused and let go on for some minutes
while the list is open, and the page's heap is measured, each time after a collection of garbage.
"""

import argparse
import sys
import tempfile
import time
from itertools import cycle
from pathlib import Path
from statistics import median

from playwright.sync_api import CDPSession, Page, expect

from bench.common import KIB, SPREAD, Promise, Report, show, spread, table
from bench.fleet import Fleet, fleet
from tests.ui.browser import chromium, sign_in, window

PASSWORD = "only for this measurement"
LOADS, FILTERS, EVENTS = 5, 20, 10
LIST_LIMIT, FILTER_LIMIT, EVENT_LIMIT = 1.5, 0.1, 1.0
GROWTH_LIMIT = 1.2
WARM_SECONDS = 30.0
"""Until the first heap is measured: what is kept once for all has been made by then."""
PAUSE = 1.0

TOOLS = """
window.bench = {
  rows: () => Number(document.querySelector("table")?.getAttribute("aria-rowcount") ?? 1) - 1,
  until: (what) => new Promise((done) => {
    const look = () => (what() ? done() : requestAnimationFrame(look));
    look();
  }),
  painted: () => new Promise((done) =>
    requestAnimationFrame(() => requestAnimationFrame(() => done()))),
};
"""

LOADED = """async (count) => {
  await bench.until(() => performance.getEntriesByType("navigation")[0]?.loadEventEnd > 0);
  const loaded = performance.getEntriesByType("navigation")[0].loadEventEnd;
  await bench.until(() => bench.rows() === count);
  await bench.painted();
  return [(await bench.first - loaded) / 1000, (performance.now() - loaded) / 1000];
}"""

FIRST = """
bench.first = bench.until(() => document.querySelector("tbody tr[aria-rowindex]"))
  .then(() => bench.painted())
  .then(() => performance.now());
"""

FILTERED = """async ([text, count]) => {
  const input = document.querySelector("input[aria-label='Filter by name']");
  const write = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set;
  const started = performance.now();
  write.call(input, text);
  input.dispatchEvent(new Event("input", { bubbles: true }));
  await bench.until(() => bench.rows() === count);
  await bench.painted();
  return (performance.now() - started) / 1000;
}"""

SHOWN = """async (text) => {
  await bench.until(() =>
    document.querySelector("tbody tr[aria-rowindex]")?.textContent.includes(text));
  await bench.painted();
  return Date.now() / 1000;
}"""


def run(made: Fleet, vms: int, minutes: float) -> Report:
    seconds = made.hold(vms)
    made.api("POST", "/users", {"name": "bench", "password": PASSWORD})
    servers = len(made.servers())
    with (
        chromium() as browser,
        window(browser, made.api.url, viewport={"width": 1280, "height": 900}) as page,
    ):
        sign_in(page, PASSWORD, "bench")
        page.add_init_script(TOOLS + FIRST)
        first, complete = loads(page, vms)
        filtered = filters(page, vms)
        events = [event(made, page, n) for n in range(EVENTS)]
        heaps = memory(made, page, minutes)
    report = Report("The web interface")
    report.parts.append(
        f"{vms:,} VMs on {servers} servers, which the manager knew after {seconds:.0f} s. Seconds:"
    )
    rows = [
        spread("list usable, after the page's load", first),
        spread("list complete, after the page's load", complete),
        spread("filter", filtered),
        spread("event to screen", events),
    ]
    report.parts.append(table(SPREAD, rows))
    heap = " ".join(f"{one:.1f}" for one in heaps)
    report.parts.append(f"The page's heap over {minutes:g} minutes of events, MiB: {heap}")
    report.promises += [
        Promise("list usable, the slowest", max(first), LIST_LIMIT, " s"),
        Promise("filter, the slowest", max(filtered), FILTER_LIMIT, " s"),
        Promise("event to screen, the slowest", max(events), EVENT_LIMIT, " s"),
        Promise(
            "heap at the end : at the beginning, medians of three",
            median(heaps[-3:]) / median(heaps[:3]),
            GROWTH_LIMIT,
        ),
    ]
    return report


def loads(page: Page, vms: int) -> tuple[list[float], list[float]]:
    """Until the first rows are there, and until all are."""
    taken = []
    for _ in range(LOADS):
        page.goto("/ui/vms", wait_until="commit")
        taken.append(page.evaluate(LOADED, vms))
    return [first for first, _ in taken], [complete for _, complete in taken]


def filters(page: Page, vms: int) -> list[float]:
    """By turns to a few of the names and back to all."""
    names = [f"vm{n:05}" for n in range(vms)]
    texts = cycle(["vm0001", "", "7", "", "vm0000", ""])
    taken = []
    for text in (next(texts) for _ in range(FILTERS)):
        count = sum(text in name for name in names)
        taken.append(page.evaluate(FILTERED, [text, count]))
    return taken


def event(made: Fleet, page: Page, n: int) -> float:
    """One VM, the only one that is shown, is paused; from when the manager knew it to the screen."""
    name = f"vm{n:05}"
    page.get_by_label("Filter by name").fill(name)
    expect(page.locator("tbody tr[aria-rowindex]")).to_have_count(1)
    made.api.do("POST", f"/vms/{name}/pause")
    shown = page.evaluate(SHOWN, "paused")
    log = made.api.items(f"/events/log?subject=vm:{made.ids[n]}")
    known = max(one["time"] for one in log if one["kind"] == "vm")
    made.api.do("POST", f"/vms/{name}/unpause")
    page.evaluate(SHOWN, "running")
    return float(shown - known)


def memory(made: Fleet, page: Page, minutes: float) -> list[float]:
    """The heap in MiB, eleven times."""
    page.get_by_label("Filter by name").fill("")
    tools = page.context.new_cdp_session(page)
    stir(made, WARM_SECONDS)
    heaps = [heap(tools)]
    for _ in range(10):
        stir(made, minutes * 60 / 10)
        heaps.append(heap(tools))
    return heaps


def stir(made: Fleet, seconds: float) -> None:
    end = time.monotonic() + seconds
    ids = cycle(made.ids)
    while time.monotonic() < end:
        vm = next(ids)
        made.api.do("POST", f"/vms/{vm}/pause")
        made.api.do("POST", f"/vms/{vm}/unpause")
        time.sleep(PAUSE)


def heap(tools: CDPSession) -> float:
    tools.send("HeapProfiler.collectGarbage")
    return float(tools.send("Runtime.getHeapUsage")["usedSize"]) / KIB**2


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.ui")
    parser.add_argument("--servers", type=int, default=200)
    parser.add_argument("--vms", type=int, default=10_000)
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--save", metavar="NAME", help="a short name of this machine")
    asked = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as directory,
        fleet(Path(directory), asked.servers) as made,
    ):
        return show(run(made, asked.vms, asked.minutes), save=asked.save)


if __name__ == "__main__":
    sys.exit(main())
