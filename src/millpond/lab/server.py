"""One server of a lab, seen from the machine that runs it."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from fcntl import LOCK_EX, flock
from pathlib import Path
from uuid import uuid4

from millpond.domain.errors import Failed, Refused
from millpond.lab import cgroups, config, root_fs
from millpond.lab.layout import PID_DIR, LabLayout, server_name
from millpond.lab.network import Switch
from millpond.lab.processes import (
    Process,
    clean_environment,
    namespace_members,
    spawn,
    wait_for,
)

_READY_SOCKETS = ("libvirt/libvirt-sock", "libvirt/virtlogd-sock", "sanlock/sanlock.sock")
_READY_SECONDS = 90.0
_BEGIN_SECONDS = 30.0
_CUT_SECONDS = 20.0
_BIN = Path(sys.executable).parent


class Server:
    """Raises Refused(server.unreachable) where a call needs the server running."""

    def __init__(self, lab: str, layout: LabLayout, index: int) -> None:
        self.name = server_name(index)
        self._lab = lab
        self._lab_layout = layout
        self.layout = layout.server(index)
        self.index = index
        self._switch = Switch(layout)

    @property
    def init(self) -> Process | None:
        """PID 1 of the server as a process of this machine; None while it is off."""
        return Process.load(self.layout.init_pid)

    def _running(self) -> Process:
        init = self.init
        if init is None:
            raise Refused(
                "server.unreachable",
                f"server {self.name} of lab {self._lab}",
                "is off",
                f"millpond lab boot --name {self._lab} {self.name}",
            )
        return init

    def create(self) -> None:
        """Make the server's files; a server that has them keeps them."""
        if self.layout.spec.exists():
            return
        root_fs.prepare(self.layout)
        cgroups.create(self._lab, self.name)
        controllers = cgroups.libvirt_controllers(self._lab, self.name)
        config.write(self.layout, self.index, uuid4(), controllers)
        spec = {
            "lab": self._lab,
            "index": self.index,
            "shared": str(self._lab_layout.shared),
        }
        self.layout.spec.write_text(json.dumps(spec))

    def write_hosts(self, indexes: list[int]) -> None:
        config.write_hosts(self.layout, indexes)

    @contextmanager
    def power_switch(self) -> Iterator[None]:
        """One hand at a time, whichever process asks: an administrator, the BMC, the watchdog."""
        handle = os.open(self.layout.directory, os.O_RDONLY | os.O_DIRECTORY)
        try:
            flock(handle, LOCK_EX)
            yield
        finally:
            os.close(handle)

    def power_on(self) -> None:
        """Start PID 1 and plug in the NICs; does not wait for the daemons. On: does nothing."""
        with self.power_switch():
            if self.init is None:
                self._start()

    def power_off(self) -> None:
        """A power cut: everything in the server dies at once, nothing is flushed or said."""
        with self.power_switch():
            self.cut()

    def power_cycle(self, only: Process | None = None) -> None:
        """Off and on again; with ``only``, if that is its PID 1."""
        with self.power_switch():
            if only is None or self.init == only:
                self.cut()
                self._start()

    def _start(self) -> None:
        root_fs.prepare(self.layout)
        cgroups.create(self._lab, self.name)
        self.layout.init_pid.unlink(missing_ok=True)
        argv = ["unshare", "-m", "-u", "-i", "-n", "-p", "--fork", "--kill-child", "--"]
        argv += [sys.executable, "-P", "-m", "millpond.lab.init", str(self.layout.directory)]
        spawn(argv, self.layout.init_log, clean_environment(_BIN))
        init = wait_for(lambda: self.init, _BEGIN_SECONDS)
        if init is None:
            raise Failed(f"boot {self.name}", f"its PID 1 ended; see {self.layout.init_log}")
        self._switch.connect(self.index, init)

    def wait_ready(self) -> None:
        """Return when libvirtd, virtlogd and sanlock accept connections."""
        if not wait_for(self._ready_or_dead, _READY_SECONDS) or self.init is None:
            raise Failed(
                f"boot {self.name}",
                f"its daemons did not start; see {self.layout.init_log} and"
                f" {self.layout.var}/log/millpond-lab",
            )

    def _ready_or_dead(self) -> bool | None:
        init = self.init
        if init is None:
            return True
        return all(_accepts(f"/proc/{init.pid}/root/run/{path}") for path in _READY_SOCKETS) or None

    def cut(self) -> None:
        """``power_off`` for who holds the power switch already. The network goes first: what has no power
        tells no peer that its connections have ended."""
        if self._switch.holder is not None:
            self._switch.disconnect(self.index)
        init = self.init
        if init is not None:
            launcher = init.parent()  # unshare(1)
            init.kill()
            gone = init.wait_gone(_CUT_SECONDS) and (
                launcher is None or launcher.wait_gone(_CUT_SECONDS)
            )
            if not gone:
                raise Failed(f"cut the power of {self.name}", f"process {init.pid} will not die")
        self.layout.init_pid.unlink(missing_ok=True)
        cgroups.set_frozen(self._lab, self.name, False)  # or the next boot would hang

    def argv(self, argv: Sequence[str]) -> list[str]:
        """``argv`` turned into one that runs inside the server (nsenter(1))."""
        init = self._running()
        if self.frozen:
            raise Refused(
                "server.unreachable",
                f"server {self.name} of lab {self._lab}",
                "is frozen",
                f"millpond lab thaw --name {self._lab} {self.name}",
            )
        enter = ["nsenter", "-t", str(init.pid), "-m", "-u", "-i", "-n", "-p", "-C", "--"]
        return [*enter, *argv]

    def exec(
        self, argv: Sequence[str], timeout: float = 60, text: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """Run ``argv`` inside with ``text`` on its standard input and capture its output. After
        ``timeout`` seconds it is killed and the return code is 124 (timeout(1))."""
        return subprocess.run(
            self.argv(["timeout", "-k", "10", str(timeout), *argv]),
            env=clean_environment(_BIN),
            input=text,
            text=True,
            capture_output=True,
            check=False,
        )

    @property
    def frozen(self) -> bool:
        if cgroups.is_frozen(self._lab, self.name):
            return True
        init = self.init
        return init is not None and init.stopped

    def set_frozen(self, frozen: bool) -> None:
        """Stop or continue every process of the server, guests included."""
        init = self._running()
        if cgroups.set_frozen(self._lab, self.name, frozen):
            return
        # No freezer here. Processes may fork while we look, so look until none is new.
        number = signal.SIGSTOP if frozen else signal.SIGCONT
        signalled: set[int] = set()
        while fresh := set(namespace_members(init).values()) - signalled:
            for pid in fresh:
                with suppress(ProcessLookupError):
                    os.kill(pid, number)
            signalled |= fresh
        if frozen:  # the signals may still be on their way
            processes = [p for p in map(Process.of, signalled) if p is not None]
            wait_for(lambda: all(p.stopped or not p.alive for p in processes) or None, 20)

    def set_link(self, nic: str, up: bool) -> None:
        self._running()
        self._switch.set_link(self.index, nic, up)

    def link_is_up(self, nic: str) -> bool:
        self._running()
        return self._switch.link_is_up(self.index, nic)

    def daemon_pids(self) -> dict[str, int]:
        """The supervised daemons that run now: name -> PID on this machine (not the PID inside,
        which stands in /run/millpond-lab/<daemon>.pid there)."""
        init = self._running()
        members = namespace_members(init)
        found = {}
        for path in Path(f"/proc/{init.pid}/root{PID_DIR}").glob("*.pid"):
            with suppress(FileNotFoundError, ValueError, KeyError):
                found[path.stem] = members[int(path.read_text())]
        return dict(sorted(found.items()))


def _accepts(path: str) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(path)
        except OSError:
            return False
    return True
