"""PID 1's main loop: keep the services running, reap what others left, and end it all in order when
told to. Standard library only."""

import os
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from millpond.lab.layout import LOG_DIR, PID_DIR
from millpond.lab.petting import Petting
from millpond.lab.power import ORDERS
from millpond.lab.processes import spawn

WATCHDOG_SECONDS = 1.0
"""Between two looks at the services' watchdogs."""
RESPAWN_SECONDS = 0.3
SLOWEST_RESPAWN_SECONDS = 5.0
_SETTLED_SECONDS = 10.0
_ENDING_SECONDS = 10.0
"""A daemon that does not end when it is told to ends with the server."""


@dataclass
class Service:
    """A daemon that stays in the foreground. ``argv`` is asked anew at each start; the service
    is not started before the path ``after`` exists, which is looked for every ``seek`` seconds.
    One with a ``watchdog`` is killed when it has not petted it for so many seconds (systemd's
    WatchdogSec=)."""

    name: str
    argv: Callable[[], Sequence[str]]
    env: Mapping[str, str]
    after: Path | None = None
    seek: float = 0.01
    watchdog: float | None = None
    pid: int | None = None
    started: float = 0.0
    due: float = 0.0
    backoff: float = RESPAWN_SECONDS
    petting: Petting | None = field(init=False, default=None)

    @property
    def pid_file(self) -> Path:
        return Path(PID_DIR, f"{self.name}.pid")

    def start(self, now: float) -> int | None:
        """The PID, None if the program is not installed (yet)."""
        try:
            self.pid = spawn(self.argv(), Path(LOG_DIR, f"{self.name}.log"), self._environment())
        except OSError:
            self._retry_slower(now)
            return None
        self.started = now
        self.pid_file.write_text(f"{self.pid}\n")
        return self.pid

    def _environment(self) -> Mapping[str, str]:
        if self.watchdog is None:
            return self.env
        if self.petting is None:
            self.petting = Petting(Path(PID_DIR, f"{self.name}.notify"), self.watchdog)
        self.petting.restart()
        return {**self.env, **self.petting.environment}

    def look(self) -> None:
        """Kill it if it hangs, as systemd does: SIGCONT, or one that is stopped would not die."""
        if self.pid is not None and self.petting is not None and self.petting.missed():
            print(f"{self.name} hangs: killed", flush=True)
            os.kill(self.pid, signal.SIGABRT)
            os.kill(self.pid, signal.SIGCONT)

    def ended(self, now: float, wait_status: int) -> None:
        """Killed daemons come back at once; one that gives up by itself is tried ever slower,
        since whatever it misses will not appear the next moment."""
        self.pid = None
        self.pid_file.unlink(missing_ok=True)
        if os.WIFSIGNALED(wait_status) or now - self.started > _SETTLED_SECONDS:
            self.backoff = RESPAWN_SECONDS
            self.due = now + self.backoff
        else:
            self._retry_slower(now)

    def _retry_slower(self, now: float) -> None:
        self.due = now + self.backoff
        self.backoff = min(self.backoff * 2, SLOWEST_RESPAWN_SECONDS)


@dataclass
class Supervisor:
    """``power`` tells the mainboard what to do with the server: "off" or "reboot"."""

    services: Sequence[Service]
    power: Callable[[str], None]
    _by_pid: dict[int, Service] = field(default_factory=dict)

    def run(self) -> None:
        """Never returns."""
        awaited = {signal.SIGCHLD, *ORDERS}
        signal.pthread_sigmask(signal.SIG_BLOCK, awaited)
        while True:
            self._start_due()
            told = signal.sigtimedwait(awaited, self._patience())
            if told is not None and told.si_signo in ORDERS:
                self._end_all()
                self.power(ORDERS[signal.Signals(told.si_signo)])
                signal.pause()  # the mainboard cuts the power
            self._reap()
            for service in self.services:
                service.look()

    def _end_all(self) -> None:
        """Those that were started last end first."""
        for service in reversed(self.services):
            deadline = time.monotonic() + _ENDING_SECONDS
            if service.pid is not None:
                os.kill(service.pid, signal.SIGTERM)
            while service.pid is not None and time.monotonic() < deadline:
                signal.sigtimedwait({signal.SIGCHLD}, 0.1)
                self._reap()

    def _start_due(self) -> None:
        now = time.monotonic()
        for service in self.services:
            ready = service.after is None or service.after.exists()
            if service.pid is None and service.due <= now and ready:
                pid = service.start(now)
                if pid is not None:
                    self._by_pid[pid] = service

    def _patience(self) -> float:
        """Seconds until a start may be due, or a watchdog has to be looked at."""
        now = time.monotonic()
        waits = [max(s.due - now, s.seek) for s in self.services if s.pid is None]
        return min([*waits, WATCHDOG_SECONDS])

    def _reap(self) -> None:
        with suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    return
                service = self._by_pid.pop(pid, None)
                if service is not None:
                    service.ended(time.monotonic(), status)
