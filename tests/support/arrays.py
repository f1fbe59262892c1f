"""Whole arrays: two storage processors as processes, and ``naviseccli`` to talk to them."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import randrange

from millpond.array.model import identity, users
from millpond.array.model.types import Role, Tier
from millpond.array.model.units import BLOCKS
from millpond.array.navisphere import passwords
from millpond.array.store import store

PROGRAMS = Path(sys.executable).parent
NAVISECCLI = PROGRAMS / "naviseccli"
USER, PASSWORD = "sysadmin", "sysadmin1"


@dataclass
class RunningArray:
    """``home`` is the administrator's home directory; ``sps`` are the processes."""

    root: Path
    home: Path
    addresses: dict[str, str]
    sps: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, sp: str) -> None:
        command = [PROGRAMS / "millpond-array", "serve", self.root, "--sp", sp]
        log = (self.root / f"log-{sp}").open("wb")
        with log:
            self.sps[sp] = subprocess.Popen(command, stdout=log, stderr=log)
        deadline = time.monotonic() + 60
        while b"takes commands" not in (self.root / f"log-{sp}").read_bytes():
            assert self.sps[sp].poll() is None, (self.root / f"log-{sp}").read_text()
            assert time.monotonic() < deadline, "the SP did not start"
            time.sleep(0.05)

    def kill(self, sp: str) -> None:
        child = self.sps.pop(sp)
        child.send_signal(signal.SIGKILL)
        child.wait()

    def run(
        self, *words: str, sp: str = "A", known: bool = True, typed: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """``naviseccli`` as the administrator types it; ``known`` with user and password."""
        who: Sequence[str] = ("-user", USER, "-password", PASSWORD, "-scope", "0") if known else ()
        return subprocess.run(
            [NAVISECCLI, "-h", self.addresses[sp], *who, *words],
            input=typed,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "HOME": str(self.home)},
        )


@contextmanager
def running(root: Path, trusting: bool = True) -> Iterator[RunningArray]:
    """An array of ten SAS disks of 100 GB and five SATA disks of 1 TB. ``trusting``: certificates are
    not asked about."""
    net = f"127.{randrange(2, 250)}.{randrange(250)}"
    addresses = {"A": f"{net}.1", "B": f"{net}.2"}
    disks = [(Tier.SAS, 100 * BLOCKS["gb"], "data/sas")] * 10
    disks += [(Tier.SATA, BLOCKS["tb"], "data/sata")] * 5
    state = identity.new("APM00153042305", "K10", "12603d00", addresses, disks)
    hashed = passwords.hashed(PASSWORD)
    store.create(root / "array", users.add(state, USER, Role.ADMINISTRATOR, "global", hashed))
    home = root / "home"
    home.mkdir()
    found = RunningArray(root / "array", home, addresses)
    if trusting:
        found.run("security", "-certificate", "-setLevel", "low")
    try:
        for sp in ("A", "B"):
            found.start(sp)
        yield found
    finally:
        for sp in list(found.sps):
            found.kill(sp)
