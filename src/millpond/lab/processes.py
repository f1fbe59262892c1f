"""Starting processes that outlive us, and knowing them again. Standard library only."""

import os
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


def spawn(
    argv: Sequence[str],
    log: Path,
    env: Mapping[str, str],
    fds: Mapping[int, int] | None = None,
) -> int:
    """Start ``argv`` in a session of its own, its output appended to ``log``; returns its PID.

    ``fds`` maps a file descriptor number in the child to one of ours. Raises OSError.
    """
    actions: list[tuple[int, int, str, int, int] | tuple[int, int, int]] = [
        (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, str(log), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o640),
        (os.POSIX_SPAWN_DUP2, 1, 2),
    ]
    for child, ours in (fds or {}).items():
        actions.append((os.POSIX_SPAWN_DUP2, ours, child))
    return os.posix_spawnp(
        argv[0],
        list(argv),
        dict(env),
        file_actions=actions,
        setsid=True,
        setsigmask=[],
        setsigdef=[signal.SIGPIPE],  # Python ignores it, and children would inherit that
    )


def clean_environment(bin_dir: Path) -> dict[str, str]:
    """The environment of a freshly booted machine, with Millpond's programs first in PATH."""
    return {
        "PATH": f"{bin_dir}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": "/root",
        "LANG": "C.UTF-8",
        "TERM": os.environ.get("TERM", "dumb"),
    }


def wait_for(look: Callable[[], T | None], seconds: float) -> T | None:
    """Call ``look`` until it returns something, for at most ``seconds``."""
    deadline = time.monotonic() + seconds
    while True:
        found = look()
        if found is not None or time.monotonic() > deadline:
            return found
        time.sleep(0.005)


def _stat(pid: int) -> list[str] | None:
    """The fields of /proc/PID/stat from the state on (proc(5)), None if there is no process."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return text[text.rindex(")") + 2 :].split()


@dataclass(frozen=True)
class Process:
    """A process of this machine. The start time (clock ticks since boot) tells it from a later
    one that was given the same PID."""

    pid: int
    started: int

    @classmethod
    def of(cls, pid: int) -> "Process | None":
        fields = _stat(pid)
        return cls(pid, int(fields[19])) if fields else None

    @classmethod
    def load(cls, path: Path) -> "Process | None":
        """The process noted in ``path`` if it still lives."""
        try:
            pid, started = path.read_text().split()
        except (FileNotFoundError, ValueError):
            return None
        process = cls(int(pid), int(started))
        return process if process.alive else None

    def save(self, path: Path) -> None:
        """Note the process in ``path``, whole or not at all."""
        fresh = path.with_suffix(".new")
        fresh.write_text(f"{self.pid} {self.started}\n")
        fresh.rename(path)

    @property
    def alive(self) -> bool:
        """A zombie counts as dead; one that is our own child is reaped on the way."""
        with suppress(ChildProcessError):
            os.waitpid(self.pid, os.WNOHANG)
        fields = _stat(self.pid)
        return fields is not None and int(fields[19]) == self.started and fields[0] not in "ZX"

    @property
    def stopped(self) -> bool:
        """Whether SIGSTOP holds it."""
        fields = _stat(self.pid)
        return fields is not None and fields[0] == "T"

    def parent(self) -> "Process | None":
        fields = _stat(self.pid)
        return Process.of(int(fields[1])) if fields else None

    def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        """Send a signal; a process that is gone already is fine."""
        if self.alive:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def wait_gone(self, seconds: float) -> bool:
        """Whether it ended within ``seconds``."""
        return wait_for(lambda: None if self.alive else True, seconds) is True


def namespace_members(init: Process) -> dict[int, int]:
    """Every process in the PID namespace of ``init``: PID inside it -> PID on this machine."""
    ours = Path(f"/proc/{init.pid}/ns/pid").readlink()
    members: dict[int, int] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has just ended, or is protected and so none of ours
            if (entry / "ns/pid").readlink() == ours:
                members[_inner_pid(entry)] = int(entry.name)
    return members


def _inner_pid(entry: Path) -> int:
    for line in (entry / "status").read_text().splitlines():
        if line.startswith("NSpid:"):
            return int(line.split()[-1])
    raise ProcessLookupError(entry.name)
