"""What the benchmarks share: figures, tables, promises, and the machine they were measured on."""

import math
import os
import platform
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

KIB = 1024


@dataclass(frozen=True)
class Promise:
    """What the project promises of a figure: at most ``limit``, or at ``least``."""

    what: str
    value: float
    limit: float
    unit: str = ""
    least: bool = False

    @property
    def kept(self) -> bool:
        return self.value >= self.limit if self.least else self.value <= self.limit

    def __str__(self) -> str:
        verdict = "kept" if self.kept else "**missed**"
        limit = f"at {'least' if self.least else 'most'} {self.limit:g}{self.unit}"
        return f"- {self.what}: {self.value:.3g}{self.unit}, promised {limit}: {verdict}"


@dataclass
class Report:
    """One benchmark's outcome; ``parts`` are paragraphs and tables in Markdown."""

    title: str
    parts: list[str] = field(default_factory=list)
    promises: list[Promise] = field(default_factory=list)

    @property
    def kept(self) -> bool:
        return all(p.kept for p in self.promises)

    def __str__(self) -> str:
        promises = "\n".join(map(str, self.promises))
        return "\n\n".join([f"## {self.title}", *self.parts, promises]).strip() + "\n"


def show(*reports: Report, save: str | None = None) -> int:
    """Print them; the exit code is 1 when a promise was missed. ``save`` writes them under that name,
    with the machine, as ``python -m bench`` does."""
    text = "\n".join(map(str, reports))
    print(text, flush=True)
    if save:
        write_result(save, [machine() + "\n", text])
    return 0 if all(r.kept for r in reports) else 1


def write_result(name: str, parts: Sequence[str]) -> None:
    today = datetime.now(UTC).date().isoformat()
    text = "\n".join([f"# Benchmarks of {today}\n", *parts])
    (Path(__file__).parent / "results" / f"{today}-{name}.md").write_text(text)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table that is readable as it stands; all columns but the first to the right."""
    lines = [list(head), *map(list, rows)]
    widths = [max(2, *(len(line[n]) for line in lines)) for n in range(len(head))]
    rule = ["-" * widths[0], *("-" * (w - 1) + ":" for w in widths[1:])]

    def text(cells: Sequence[str]) -> str:
        first, *others = cells
        padded = [
            first.ljust(widths[0]),
            *(c.rjust(w) for c, w in zip(others, widths[1:], strict=True)),
        ]
        return f"| {' | '.join(padded)} |"

    return "\n".join(text(line) for line in (lines[0], rule, *lines[1:]))


def percentile(values: Sequence[float], percent: float) -> float:
    """By nearest rank: a value that was really measured."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def spread(what: str, values: Sequence[float], pattern: str = "{:.3f}") -> list[str]:
    """A row of name, least, median, greatest, for a table headed ``SPREAD``."""
    return [what, *(pattern.format(v) for v in (min(values), median(values), max(values)))]


SPREAD = ("", "min", "median", "max")


def ratios(ours: Sequence[float], theirs: Sequence[float]) -> str:
    """Each pair's ratio, in the order they were measured."""
    return "Ratio of each pair: " + " ".join(
        f"{a / b:.2f}" for a, b in zip(ours, theirs, strict=True)
    )


def machine() -> str:
    """What a reader has to know to make sense of the figures."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / KIB**3
    rows = [
        ["processor", f"{os.cpu_count()} x {_after(Path('/proc/cpuinfo'), 'model name')}"],
        ["memory", f"{memory:.0f} GiB"],
        [
            "system",
            f"{platform.freedesktop_os_release()['PRETTY_NAME']}, Linux {platform.release()}",
        ],
        ["Python", platform.python_version()],
        ["QEMU", _first_line("qemu-system-x86_64", "--version")],
        ["libvirt", _first_line("libvirtd", "--version")],
        ["guests", "emulated (TCG), as always in a lab: /dev/kvm is not used"],
        ["load before", " ".join(f"{load:.2f}" for load in os.getloadavg())],
    ]
    return table(("machine", ""), rows)


def _after(path: Path, key: str) -> str:
    for line in path.read_text().splitlines():
        name, _, value = line.partition(":")
        if name.strip() == key:
            return value.strip()
    return "unknown"


def _first_line(*argv: str) -> str:
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout.splitlines()[0]
