"""A network namespace that nothing connects to the machine's own network."""

import os
import subprocess
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from millpond.domain.errors import Failed
from millpond.lab.processes import Process, clean_environment, spawn, wait_for


class NetworkNamespace:
    """It lives as long as a sleeping process that holds it, noted in ``pid_file``. ``again``: the
    command that starts it."""

    def __init__(self, pid_file: Path, again: str) -> None:
        self._pid_file = pid_file
        self._again = again

    @property
    def holder(self) -> Process | None:
        return Process.load(self._pid_file)

    @property
    def path(self) -> str:
        """For nsenter(1). Raises Failed if it does not live."""
        holder = self.holder
        if holder is None:
            raise Failed("use the lab's network", f"the switch is off; run: {self._again}")
        return f"/proc/{holder.pid}/ns/net"

    def up(self) -> bool:
        """Make it; one that lives is left alone. True if it is new, and so empty."""
        if self.holder is not None:
            return False
        argv = ["unshare", "--net", "--", "sleep", "infinity"]
        pid = spawn(argv, Path(os.devnull), clean_environment(Path("/usr/bin")))
        process = wait_for(lambda: _when_unshared(pid), 30)
        if process is None:
            raise Failed("make the lab's network", "unshare(1) made no network namespace")
        process.save(self._pid_file)
        return True

    def down(self) -> None:
        """Remove it with everything in it."""
        holder = self.holder
        if holder is not None:
            holder.kill()
            holder.wait_gone(20)
        self._pid_file.unlink(missing_ok=True)

    def argv(self, argv: Iterable[str]) -> list[str]:
        """``argv`` turned into one that runs in it."""
        return ["nsenter", f"--net={self.path}", "--", *argv]

    def ip(self, lines: Iterable[str]) -> str:
        """What ip(8) says to these commands. Raises Failed."""
        done = subprocess.run(
            self.argv(["ip", "-batch", "-"]),
            check=False,
            input="\n".join(lines),
            text=True,
            capture_output=True,
        )
        if done.returncode != 0:
            raise Failed("change the lab's network", done.stderr.strip())
        return done.stdout


def _when_unshared(pid: int) -> Process | None:
    with suppress(FileNotFoundError):
        if Path(f"/proc/{pid}/ns/net").readlink() != Path("/proc/self/ns/net").readlink():
            return Process.of(pid)
    return None
