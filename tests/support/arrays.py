"""Whole arrays: two storage processors as processes, and ``naviseccli`` to talk to them."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import randrange

from millpond.array.exports import ISCSI, SpName
from millpond.array.model import identity, users
from millpond.array.model.types import Role, Tier
from millpond.array.model.units import BLOCKS
from millpond.array.navisphere import passwords, wire
from millpond.array.state.peer import Peer
from millpond.array.store import store

PROGRAMS = Path(sys.executable).parent
NAVISECCLI = PROGRAMS / "naviseccli"
SERIAL = "APM00153042305"
INITIATOR = "iqn.1993-08.org.debian:01:e57138cd5b4"
USER, PASSWORD = "sysadmin", "sysadmin1"


@dataclass
class RunningArray:
    """``home`` is the administrator's home directory; ``sps`` are the processes. ``within`` goes before each program:
    what runs it in another network."""

    root: Path
    home: Path
    addresses: dict[str, str]
    sps: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    within: tuple[str, ...] = ()

    def pid(self, sp: str) -> int | None:
        """Of the process that is that SP now; None if none is."""
        if not Peer(self.root, "A" if sp == "A" else "B").alive():
            return None
        return int((self.root / f"sp-{sp.lower()}.lock").read_text() or 0) or None

    @contextmanager
    def supervised(self) -> Iterator[None]:
        """Both SPs, as ``millpond-array run`` keeps them."""
        with (self.root / "log-run").open("wb") as log:
            command: list[str | Path] = [PROGRAMS / "millpond-array", "run", self.root]
            keeper = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            self.wait_until_up()
            yield
        finally:
            keeper.terminate()
            keeper.wait(30)

    def wait_until_up(self) -> None:
        """Both SPs take iSCSI and commands."""
        for address in self.addresses.values():
            for port in (ISCSI, wire.PORT):
                until(lambda address=address, port=port: takes(address, port), 60)  # type: ignore[misc]

    def start(self, sp: str, *options: str) -> None:
        serve: list[str | Path] = [PROGRAMS / "millpond-array", "serve", self.root, "--sp", sp]
        command = [*self.within, *serve, *options]
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

    def do(self, *words: str) -> None:
        """What ``run`` runs, which must succeed."""
        said = self.run(*words)
        assert said.returncode == 0, (words, said.stdout)


def takes(address: str, port: int) -> bool:
    try:
        socket.create_connection((address, port), 1).close()
    except OSError:
        return False
    return True


def until(true: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.05)


def made(
    root: Path, net: str = "", first: int = 1, serial: str = SERIAL, seed: str = "12603d00"
) -> RunningArray:
    """An array of ten SAS disks of 100 GB and five SATA disks of 1 TB, that does not run yet. SP A has the address
    ``first`` of ``net``, SP B the next."""
    net = net or f"127.{randrange(2, 250)}.{randrange(250)}"
    addresses: dict[SpName, str] = {"A": f"{net}.{first}", "B": f"{net}.{first + 1}"}
    disks = [(Tier.SAS, 100 * BLOCKS["gb"], "data/sas")] * 10
    disks += [(Tier.SATA, BLOCKS["tb"], "data/sata")] * 5
    state = identity.new(serial, "K10", seed, addresses, disks)
    hashed = passwords.hashed(PASSWORD)
    store.create(root / "array", users.add(state, USER, Role.ADMINISTRATOR, "global", hashed))
    home = root / "home"
    home.mkdir()
    return RunningArray(root / "array", home, {str(sp): where for sp, where in addresses.items()})


@contextmanager
def running(root: Path, trusting: bool = True) -> Iterator[RunningArray]:
    """What ``made`` makes, up. ``trusting``: certificates are not asked about."""
    found = made(root)
    if trusting:
        found.run("security", "-certificate", "-setLevel", "low")
    try:
        for sp in ("A", "B"):
            found.start(sp)
        yield found
    finally:
        for sp in list(found.sps):
            found.kill(sp)


@contextmanager
def furnished(root: Path) -> Iterator[RunningArray]:
    """What ``running`` runs, with pool ``gold``, LUN 3 in it, and a port of SP B that has an address. Host
    ``erp1`` sees LUN 3 as its LUN 7, through storage group ``erp``."""
    with running(root) as found:
        disks = [f"0_0_{n}" for n in range(5)]
        thin = ("-type", "Thin", "-capacity", "5", "-poolName", "gold", "-l", "3", "-name", "data")
        where = ("-sp", "b", "-portid", "1", "-address", found.addresses["B"])
        net = ("-subnetmask", "255.255.255.0", "-gateway", "127.0.0.1")
        path = ("-hbauid", INITIATOR, "-sp", "b", "-spport", "1", "-host", "erp1")
        for words in (
            ("storagepool", "-create", "-disks", *disks, "-name", "gold"),
            ("lun", "-create", *thin),
            ("connection", "-setport", "-iscsi", *where, *net, "-o"),
            ("storagegroup", "-create", "-gname", "erp"),
            ("storagegroup", "-setpath", "-gname", "erp", *path, "-o"),
            ("storagegroup", "-addhlu", "-gname", "erp", "-hlu", "7", "-alu", "3", "-o"),
        ):
            found.do(*words)
        yield found


def keep(array: RunningArray, lun: int) -> None:
    """Snapshot ``night`` of the LUN, which hosts find at mount point 9, and session ``noon``, which they find as
    ``noon1``. The array's data must lie on a file system with reflinks."""
    primary = ("-primaryLun", str(lun), "-l", "9", "-name", "look")
    array.do("snap", "-create", "-res", str(lun), "-name", "night")
    array.do("lun", "-create", "-type", "Snap", *primary)
    array.do("lun", "-attach", "-l", "9", "-snapName", "night")
    array.do("snapview", "-startsession", "noon", "-lun", str(lun))
    array.do("snapview", "-createsnapshot", str(lun), "-snapshotname", "noon1")
    array.do("snapview", "-activatesnapshot", "noon", "-snapshotname", "noon1")
