"""The lab's array: millpond-array's two SPs, each a process, and naviseccli for both."""

import os
import re
import subprocess
import sys
from pathlib import Path
from signal import SIGTERM

from millpond.domain.errors import Failed, Unknown
from millpond.lab.netns import NetworkNamespace
from millpond.lab.processes import Process, clean_environment, spawn, wait_for
from millpond.lab.san.layout import SPS, SanLayout, Sp, initiator_name, node_name, sp_address

_BIN = Path(sys.executable).parent
_DISKS = "5x20gb:sas"
_GROUP = "pool"
_READY_SECONDS = 90.0


class SanArray:
    """Its directory is also the home of naviseccli's user, who is its first."""

    def __init__(self, layout: SanLayout, namespace: NetworkNamespace) -> None:
        self._layout = layout
        self._namespace = namespace
        self._directory = layout.array / "array"
        self._environment = clean_environment(_BIN) | {"HOME": str(layout.array)}

    def create(self) -> None:
        """Make it, with its iSCSI ports, a pool and a storage group; both SPs run then."""
        self._layout.array.mkdir(mode=0o700)
        addresses = [*("--sp-a", sp_address("a")), *("--sp-b", sp_address("b"))]
        program = [str(_BIN / "millpond-array"), "create", str(self._directory)]
        said = self._run([*program, "--disks", _DISKS, "--name", "san", *addresses])
        password = said.rpartition(" ")[2]
        self._navi("security", "-certificate", "-setLevel", "low")
        for sp in SPS:
            login = ("-AddUserSecurity", "-User", "admin", "-Scope", "0")
            self._navi("-h", sp_address(sp), *login, text=password)
        for sp in SPS:
            self.start(sp)
        for sp in SPS:
            address = ("-address", sp_address(sp), "-subnetmask", "255.255.255.0")
            port = ("-iscsi", "-sp", sp, "-portid", "0", *address, "-gateway", sp_address(sp), "-o")
            self.navi("connection", "-setport", *port)
        disks = [f"0_0_{n}" for n in range(5)]
        self.navi("storagepool", "-create", "-disks", *disks, "-name", "pool")
        self.navi("storagegroup", "-create", "-gname", _GROUP)
        for sp in SPS:  # an SP takes up its ports when it starts
            self.kill(sp, SIGTERM)
            self.start(sp)

    def admit(self, index: int, failover_mode: int) -> None:
        """Register a node at both SPs and show it the LUNs; doing it again changes nothing."""
        for sp in SPS:
            path = ("-hbauid", initiator_name(index), "-sp", sp, "-spport", "0")
            host = ("-host", node_name(index), "-failovermode", str(failover_mode))
            self.navi("storagegroup", "-setpath", "-gname", _GROUP, *path, *host, "-o")

    def add_lun(self, number: int, name: str, gib: int) -> str:
        """A thin LUN that all nodes may use, under the HLU ``number``; its WWID as multipath says it."""
        size = ("-capacity", str(gib), "-sq", "gb")
        lun = ("-type", "Thin", "-poolName", "pool", "-l", str(number), "-name", name, "-sp", "a")
        self.navi("lun", "-create", *lun, *size)
        self.navi(
            "storagegroup",
            "-addhlu",
            "-gname",
            _GROUP,
            *("-hlu", str(number)),
            *("-alu", str(number)),
        )
        shown = self.navi("lun", "-list", "-l", str(number), "-uid")
        found = re.search(r"UID:\s*([0-9A-Fa-f:]{47})", shown)
        if found is None:
            raise Failed("make a LUN", f"the array does not tell its UID: {shown}")
        return "3" + found[1].replace(":", "").lower()

    def process(self, sp: Sp) -> Process | None:
        return Process.load(self._layout.sp_pid(sp))

    def start(self, sp: Sp) -> None:
        """Boot an SP; one that runs is left alone. Returns when it answers."""
        if self.process(sp) is not None:
            return
        program = [str(_BIN / "millpond-array"), "serve", str(self._directory), "--sp", sp]
        log = self._layout.sp_log(sp)
        process = Process.of(spawn(self._namespace.argv(program), log, self._environment))
        if process is None:
            raise Failed(f"boot SP {sp.upper()}", f"it ended; see {log}")
        process.save(self._layout.sp_pid(sp))
        if not wait_for(lambda: self._answers_or_dead(sp), _READY_SECONDS) or not process.alive:
            raise Failed(f"boot SP {sp.upper()}", f"it does not answer; see {log}")

    def kill(self, sp: Sp, number: int = 9) -> None:
        """Its process ends at once, as if its power were cut."""
        process = self.process(sp)
        if process is not None:
            os.kill(process.pid, number)
            if not process.wait_gone(20):
                raise Unknown(f"end SP {sp.upper()}", f"process {process.pid} is still there")
        self._layout.sp_pid(sp).unlink(missing_ok=True)

    def down(self) -> None:
        for sp in SPS:
            self.kill(sp)

    def navi(self, *command: str) -> str:
        """What naviseccli says, asked of an SP that runs. Raises Failed."""
        sp = next((sp for sp in SPS if self.process(sp) is not None), SPS[0])
        return self._navi("-h", sp_address(sp), *command)

    def _answers_or_dead(self, sp: Sp) -> bool | None:
        if self.process(sp) is None:
            return True
        try:
            self._navi("-h", sp_address(sp), "arrayname")
        except Failed:
            return None
        return True

    def _navi(self, *argv: str, text: str = "") -> str:
        return self._run([str(_BIN / "naviseccli"), *argv], text)

    def _run(self, argv: list[str], text: str = "") -> str:
        done = subprocess.run(
            self._namespace.argv(argv),
            env=self._environment,
            input=text,
            text=True,
            capture_output=True,
            check=False,
        )
        if done.returncode != 0:
            said = (done.stdout + done.stderr).strip()
            raise Failed(f"{Path(argv[0]).name} {' '.join(argv[1:4])}", said)
        return done.stdout.strip()
