"""Mounting by argument lists: mount(8), umount(8), findmnt(8), and o2cb(8) before OCFS2.

All of it blocks for as long as the kernel does.
"""

import os
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from millpond.adapters.storage_errors import unavailable
from millpond.domain.errors import Refused
from millpond.domain.repository import Repository, RepositoryKind


class Said(NamedTuple):
    """What a program ended with."""

    code: int
    words: str


Run = Callable[[Sequence[str]], Said]

_NEVER = "nosuid,nodev,noexec"
"""Disk images are neither programs nor devices, whatever their owner inside says."""

_OPTIONS = {
    RepositoryKind.NFS: f"hard,{_NEVER}",  # soft would tell guests of write errors that are none
    RepositoryKind.OCFS2: f"noatime,{_NEVER}",
}


def run_program(argv: Sequence[str]) -> Said:
    """Runs it to its end. One that is not installed is said like one that failed."""
    try:
        done = subprocess.run(
            list(argv),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            env={**os.environ, "LC_ALL": "C"},
        )
    except OSError as error:
        return Said(127, f"{argv[0]}: {error.strerror}")
    return Said(done.returncode, (done.stderr or done.stdout).strip())


def is_mounted(run: Run, point: str) -> bool:
    """By the kernel's own table, without touching what is mounted there."""
    return run(["findmnt", "--kernel", "--nocanonicalize", "-n", "-M", point]).code == 0


def mount(run: Run, repository: Repository, point: str, *, read_only: bool = False) -> None:
    """Raises ``Refused(storage.unavailable)`` with the program's words."""
    subject, kind = f"repository {repository.name}", repository.kind
    if kind is RepositoryKind.OCFS2:
        _check_cluster(run, subject)
    Path(point).mkdir(parents=True, exist_ok=True)
    options = _OPTIONS[kind] + (",ro" if read_only else "")
    said = run(["mount", "-t", kind.value, "-o", options, "--", repository.source, point])
    if said.code != 0:
        raise unavailable(subject, f"{repository.source} cannot be mounted: {said.words}")


def unmount(run: Run, repository: Repository, point: str) -> None:
    """Raises ``Refused(repository.in_use)``."""
    said = run(["umount", "--", point])
    if said.code != 0:
        raise Refused(
            "repository.in_use",
            f"repository {repository.name}",
            f"it cannot be unmounted from {point}: {said.words}",
            "stop what uses it on this server, then repeat",
        )


def _check_cluster(run: Run, subject: str) -> None:
    """OCFS2 mounts only where its cluster stack is online; its own words for that are no help."""
    said = run(["o2cb", "cluster-status"])
    if said.code != 0 or "online" not in said.words:
        raise unavailable(
            subject, f"o2cb is not online: {said.words or 'no cluster is configured'}"
        )
