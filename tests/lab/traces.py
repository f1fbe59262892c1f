"""What labs leave on a machine, and waiting until they have not."""

import os
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from millpond.lab import cgroups


def eventually(what: str, seconds: float = 60) -> Iterator[None]:
    """Iterate until the caller breaks out; fail after ``seconds``."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        yield
        time.sleep(0.05)
    pytest.fail(f"never happened: {what}")


def traces(root: Path) -> dict[str, set[str]]:
    """Everything of labs under ``root`` that this machine holds now."""
    links = subprocess.run(["ip", "-o", "link"], capture_output=True, text=True, check=True).stdout
    groups = [
        p
        for h in cgroups.hierarchies()
        for p in h.mountpoint.glob(f"millpond-lab-test{os.getpid()}*")
    ]
    return {
        "processes": set(_processes(root)),
        "mounts": {m for m in Path("/proc/mounts").read_text().splitlines() if str(root) in m},
        "links": set(re.findall(r" (s\d+e\d+|sw\d+|xenbr\d+)[@:]", links)),
        "control groups": {str(p) for p in groups},
        "files": {str(p) for p in (root, *root.rglob("*")) if p.exists()},
    }


def _processes(root: Path) -> Iterator[str]:
    """Those named after the lab, and those that see its shared directory mounted."""
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            told = (entry / "cmdline").read_text() + (entry / "mountinfo").read_text()
        except OSError:
            continue
        if str(root) in told:
            yield entry.name


def appeared(before: dict[str, set[str]], after: dict[str, set[str]]) -> dict[str, set[str]]:
    return {kind: after[kind] - before[kind] for kind in after if after[kind] - before[kind]}
