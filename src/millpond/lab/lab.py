"""A lab: several whole servers, a switch between them, a shared directory, and a manager."""

import re
import shutil
import subprocess
from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

from millpond.domain.errors import Failed, MillpondError, Refused, not_found
from millpond.domain.names import NAME_PATTERN
from millpond.lab import cgroups
from millpond.lab.bmc import Bmc, make_login
from millpond.lab.board import Board
from millpond.lab.guards import at_once, locked, need_root
from millpond.lab.layout import (
    MAX_SERVERS,
    NICS,
    LabLayout,
    bmc_address,
    default_root,
    server_address,
    server_name,
)
from millpond.lab.manager import LabManager
from millpond.lab.network import Switch
from millpond.lab.processes import wait_for
from millpond.lab.server import Server

_LOOK_SECONDS = 60.0  # longer than a cut of power may take


@dataclass(frozen=True)
class ServerStatus:
    """``state``: "running", "frozen" or "off". ``pid``: PID 1 of the server, as a process of this
    machine. ``daemons``: name -> PID on this machine. ``unplugged``: NICs without a cable. ``bmc``: its
    address; ``bmc_state``: "lit", "dark" (does not answer) or "lying"."""

    name: str
    state: str
    address: str
    pid: int | None
    daemons: dict[str, int]
    unplugged: list[str]
    bmc: str
    bmc_state: str


@dataclass(frozen=True)
class Powered:
    """A server that is on. ``pid``: its PID 1 as a process of this machine."""

    pid: int
    frozen: bool


@dataclass(frozen=True)
class LabStatus:
    """``manager``: its address, whether it runs or not; None if there never was one."""

    name: str
    shared: str
    manager: str | None
    manager_running: bool
    servers: list[ServerStatus]


class Lab:
    """One lab, whether it exists yet or not. Its calls block.

    Every call may raise Refused(auth.denied) without root, Refused(request.not_found) for a lab or
    server that does not exist, Refused(server.unreachable) for a server that is off, and Failed.
    """

    def __init__(
        self, name: str = "lab", root: Path | None = None, manager_program: Sequence[str] = ()
    ) -> None:
        if not re.fullmatch(NAME_PATTERN, name):
            raise Refused(
                "request.invalid", f"lab {name!r}", "is not a valid name", "use letters and digits"
            )
        self.name = name
        self.layout = LabLayout((root or default_root()) / name)
        self.manager = LabManager(self.layout, manager_program)
        self._switch = Switch(self.layout)
        self._board = Board(name, self.layout)

    @property
    def shared(self) -> Path:
        """The directory on this machine that the servers see as /OVS."""
        return self.layout.shared

    def up(self, servers: int) -> None:
        """Make sure ``servers`` servers run; returns when their daemons answer. Servers that run
        are left alone, even if there are more."""
        need_root()
        if not 1 <= servers <= MAX_SERVERS:
            raise Refused(
                "request.invalid",
                f"lab {self.name}",
                f"cannot have {servers} servers",
                f"ask for 1 to {MAX_SERVERS}",
            )
        self.layout.directory.mkdir(parents=True, exist_ok=True)
        with self._locked():
            self.layout.shared.mkdir(exist_ok=True)
            self.layout.servers.mkdir(exist_ok=True)
            self._switch.up()
            self._board.up()
            indexes = sorted({*range(1, servers + 1), *self.layout.indexes()})
            machines = [Server(self.name, self.layout, i) for i in indexes]
            for machine in machines:
                machine.create()
            make_login(self.layout)
            at_once([Bmc(self.layout, i) for i in indexes], Bmc.up)
            for machine in machines:
                machine.write_hosts(indexes)
            wanted = [m for m in machines[:servers] if m.init is None]
            at_once(wanted, Server.power_on)
            at_once(wanted, Server.wait_ready)

    def down(self) -> None:
        """Remove the lab and everything in it, shared directory included. A lab that does not
        exist is fine."""
        need_root()
        if not self.layout.directory.is_dir():
            return
        with self._locked():
            self.manager.down()
            indexes = self.layout.indexes()
            machines = [Server(self.name, self.layout, i) for i in indexes]
            with ExitStack() as switches:
                for machine in machines:
                    switches.enter_context(machine.power_switch())
                self._board.down()  # so that nobody switches a server on again
                at_once([Bmc(self.layout, i) for i in indexes], Bmc.down)
                at_once(machines, Server.cut)
                self._switch.down()
                cgroups.remove(self.name, [m.name for m in machines])
                shutil.rmtree(self.layout.directory)
        with suppress(OSError):  # other labs are there
            self.layout.directory.parent.rmdir()

    def status(self) -> LabStatus:
        """What runs now."""
        need_root()
        self._must_exist()
        servers = [self._status_of(i) for i in self.layout.indexes()]
        running = self.manager.process is not None
        return LabStatus(self.name, str(self.shared), self.manager.url, running, servers)

    def powered(self) -> dict[str, Powered]:
        """The servers that are on, by name: for who looks many times a second."""
        found = {}
        for name in map(server_name, self.layout.indexes()):
            server = self._server(name)
            init = server.init
            if init is not None:
                found[name] = Powered(init.pid, server.frozen)
        return found

    def _status_of(self, index: int) -> ServerStatus:
        status = wait_for(lambda: self._look_at(index), _LOOK_SECONDS)
        if status is None:
            raise Failed(f"look at {server_name(index)}", "it is neither on nor off")
        return status

    def _look_at(self, index: int) -> ServerStatus | None:
        """None while its power is being cut: what dies is still there, and without a network."""
        server = self._server(server_name(index))
        bmc, bmc_state = bmc_address(index), Bmc(self.layout, index).state
        address, init = server_address(index), server.init
        if init is None:
            return ServerStatus(server.name, "off", address, None, {}, [], bmc, bmc_state)
        with suppress(MillpondError, OSError):
            state = "frozen" if server.frozen else "running"
            unplugged = [nic for nic in NICS if not server.link_is_up(nic)]
            return ServerStatus(
                *(server.name, state, address, init.pid),
                *(server.daemon_pids(), unplugged, bmc, bmc_state),
            )
        return None

    def exec(
        self, server: str, argv: Sequence[str], timeout: float = 60, text: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """Run a command inside a server, ``text`` on its input; return code 124 after ``timeout``
        seconds."""
        return self._server(server).exec(argv, timeout, text)

    def exec_argv(self, server: str, argv: Sequence[str]) -> list[str]:
        """The argument list that runs ``argv`` inside a server, to start it some other way."""
        return self._server(server).argv(argv)

    def daemon_pid(self, server: str, daemon: str) -> int | None:
        """The PID, on this machine, of "libvirtd", "virtlogd", "sanlock" or "agent"; None between
        its end and its respawn."""
        return self._server(server).daemon_pids().get(daemon)

    def crash(self, server: str) -> None:
        """A power cut. Returns when nothing of the server runs any more."""
        self._server(server).power_off()

    def boot(self, server: str) -> None:
        """Switch a server on; returns when its daemons answer, also if somebody else (its BMC, its
        watchdog) has switched it on a moment ago. One that is on is left alone."""
        machine = self._server(server)
        with self._locked():
            self._board.up()
            machine.power_on()
        machine.wait_ready()

    def freeze(self, server: str) -> None:
        """Stop every process of the server where it stands: a hang."""
        self._server(server).set_frozen(True)

    def thaw(self, server: str) -> None:
        """End a freeze."""
        self._server(server).set_frozen(False)

    def unplug(self, server: str, nic: str = "eth0") -> None:
        """Pull a network cable."""
        self._server(server).set_link(_known_nic(nic), False)

    def plug(self, server: str, nic: str = "eth0") -> None:
        """Put a network cable back."""
        self._server(server).set_link(_known_nic(nic), True)

    def set_bmc(self, server: str, lit: bool | None = None, lies: bool | None = None) -> None:
        """Make a server's BMC answer or not, and lie (say that it did what it did not) or not; None
        leaves it as it is."""
        bmc = Bmc(self.layout, self._server(server).index)
        if lit is not None:
            bmc.set_lit(lit)
        if lies is not None:
            bmc.set_lying(lies)

    def fence_arguments(self, server: str) -> tuple[dict[str, str], str]:
        """What fence_ipmilan(8) needs for a server's BMC: its arguments, and its password."""
        return Bmc(self.layout, self._server(server).index).fence_arguments()

    def manager_up(self, listen_port: int = 0) -> str:
        """Start the manager on the lab's network; returns its address on this machine."""
        self._must_exist()
        with self._locked():
            return self.manager.up(listen_port)

    def manager_down(self) -> None:
        """End the manager in an orderly way; its state stays."""
        self._must_exist()
        self.manager.down()

    def manager_kill(self) -> None:
        """SIGKILL the manager; its state stays."""
        self._must_exist()
        self.manager.kill()

    def _must_exist(self) -> None:
        need_root()
        if not self.layout.directory.is_dir():
            raise not_found("lab", self.name)

    def _server(self, name: str) -> Server:
        self._must_exist()
        for index in self.layout.indexes():
            if server_name(index) == name:
                return Server(self.name, self.layout, index)
        raise Refused(
            "request.not_found",
            f"server {name} of lab {self.name}",
            "does not exist",
            f"list what exists with: millpond lab status --name {self.name}",
        )

    def _locked(self) -> AbstractContextManager[None]:
        return locked(self.layout.directory)


def list_labs(root: Path | None = None) -> list[str]:
    """The names of the labs that exist."""
    directory = root or default_root()
    if not directory.is_dir():
        return []
    return sorted(p.name for p in directory.iterdir() if (p / "servers").is_dir())


def _known_nic(nic: str) -> str:
    if nic not in NICS:
        raise Refused(
            "request.not_found", f"NIC {nic}", "does not exist", f"use one of {', '.join(NICS)}"
        )
    return nic
