"""Where programs work on images they may be fooled by: no network, no files but the system's programs
and what is handed to them open, no privilege, and limits on what they can use up.

As root, bubblewrap makes the namespaces and setpriv then becomes a user who owns nothing. Anybody else
keeps what little he is, and bubblewrap makes the namespaces within a user namespace.
"""

import os
import shutil
import stat
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from io import FileIO

from millpond.domain.errors import Refused

NOBODY = 1_900_000_000
"""User and group id of confined programs. Neither Debian nor systemd gives it to anybody, containers
included (systemd.io/UIDS-GIDS)."""

_NAMESPACES = (
    *("--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try"),
    *("--die-with-parent", "--cap-drop", "ALL"),
)
_FILES = (
    *("--ro-bind", "/usr", "/usr", "--symlink", "usr/bin", "/bin"),
    *("--symlink", "usr/lib", "/lib", "--symlink", "usr/lib64", "/lib64"),
    *("--proc", "/proc", "--dev", "/dev", "--chdir", "/", "--clearenv"),
    *("--setenv", "PATH", "/usr/bin", "--setenv", "LC_ALL", "C"),
)
_BECOME_NOBODY = (
    *("setpriv", "--reuid", str(NOBODY), "--regid", str(NOBODY)),
    *("--clear-groups", "--inh-caps=-all", "--no-new-privs", "--"),
)


@dataclass(frozen=True)
class Limits:
    """Bytes of address space, seconds of CPU, bytes that a file may grow to, None = any (setrlimit(2))."""

    memory: int = 1 << 30
    cpu: int = 2
    file: int | None = None


def confined(argv: Iterable[str], limits: Limits, more: Iterable[str] = ()) -> list[str]:
    """The argument list that runs ``argv`` confined; give it files by ``pass_fds``, while they are ``lent``.
    ``more`` are options of bwrap(1) for what else it finds there.

    Raises ``Refused(storage.no_sandbox)`` where there is no bubblewrap: nothing runs unconfined.
    """
    if shutil.which("bwrap") is None:
        raise no_sandbox("bwrap is not installed")
    rlimits = [f"--as={limits.memory}", f"--cpu={limits.cpu}"]
    rlimits += [f"--fsize={limits.file}"] if limits.file is not None else []
    limited = ("prlimit", *rlimits, "--core=0", "--nofile=256", "--", *argv)
    if os.geteuid() == 0:
        may = ("--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID")
        return ["bwrap", *_NAMESPACES, *may, *_FILES, *more, "--", *_BECOME_NOBODY, *limited]
    return ["bwrap", "--unshare-user", *_NAMESPACES, *_FILES, *more, "--", *limited]


@contextmanager
def lent(files: Iterable[FileIO]) -> Iterator[None]:
    """Meanwhile confined programs may open ``files`` by their ``/proc/self/fd`` names, to write where we
    may. Files we only read stay readable by their group, which no other program is of: two may be
    reading one at once, and the first to end must not take it from the other."""
    with ExitStack() as after:
        for file in files:
            before = os.fstat(file.fileno())
            mode = stat.S_IMODE(before.st_mode)
            if os.geteuid() != 0 or (mode & stat.S_IROTH and not file.writable()):
                continue
            mode &= ~stat.S_IRWXG
            if file.writable():
                after.callback(os.fchmod, file.fileno(), stat.S_IMODE(before.st_mode))
                after.callback(os.fchown, file.fileno(), -1, before.st_gid)
                mode |= stat.S_IWGRP
            os.fchown(file.fileno(), -1, NOBODY)
            os.fchmod(file.fileno(), mode | stat.S_IRGRP)
        yield


def failure(code: int, words: str) -> Refused | None:
    """The refusal if a confined program never came to run, by its exit status and standard error."""
    if code != 0 and words.startswith(("bwrap:", "setpriv:", "prlimit:")):
        return no_sandbox(words)
    return None


def no_sandbox(why: str) -> Refused:
    return Refused(
        "storage.no_sandbox",
        "image tools",
        why,
        "install bubblewrap on that server, and let its agent make namespaces",
    )
