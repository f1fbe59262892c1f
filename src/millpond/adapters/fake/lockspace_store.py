"""What lies on the storage of fake leases, in memory or in files: delta leases and resources.

Nothing renews a fake delta lease: its last renewal follows from when its host joined and, if it
has stopped renewing, from when. So a pool that lives costs nothing, however long it lives.
"""

import asyncio
import fcntl
import json
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Protocol

from millpond.adapters.lease_errors import damaged, missing
from millpond.adapters.storage_errors import translated
from millpond.domain.layout import LEASES, RUNNING_POOL, lockspace_path
from millpond.domain.leases import LEASE_LOST, RENEWAL, Resource, host_dead


@dataclass(slots=True)
class Delta:
    """The delta lease of one host id. Times are seconds of the store's clock. ``server`` is
    sanlock's name for the host; ``joined`` when this generation began; ``since`` a renewal from
    which the later ones follow; ``until`` its last renewal, None while it goes on."""

    server: str
    generation: int
    io_timeout: int
    joined: float
    since: float
    until: float | None = None
    free: bool = False

    def renewed(self, now: float) -> float:
        """The last renewal up to ``now``."""
        if self.until is not None:
            return min(self.until, now)
        passed = now - self.since
        if passed <= 0:
            return self.since
        period = self.period
        return self.since + passed // period * period

    @property
    def renewing(self) -> bool:
        return not self.free and self.until is None

    @property
    def period(self) -> float:
        """The daemon waits half a second longer than it says (measured with 3.8.5: 2.5, 4.5, 8.5 and
        10.5 s at an io_timeout of 1, 2, 4 and 5)."""
        return RENEWAL * self.io_timeout + 0.5

    @property
    def lease_lost(self) -> int:
        return LEASE_LOST * self.io_timeout

    @property
    def host_dead(self) -> int:
        return host_dead(self.io_timeout)


@dataclass(slots=True)
class Slot:
    """One resource. It is free at ``host_id`` 0. ``process`` says which process of the host.
    ``version`` counts acquisitions; ``last`` is the host id of the last one."""

    name: str
    host_id: int = 0
    generation: int = 0
    process: str = ""
    version: int = 0
    last: int = 0


@dataclass(slots=True)
class LeaseFile:
    """A lockspace (``hosts`` by host id) or a file of resources (``slots`` by offset)."""

    lockspace: str
    io_timeout: int = 0
    hosts: dict[int, Delta] = field(default_factory=dict)
    slots: dict[int, Slot] = field(default_factory=dict)


class Store(Protocol):
    """Where lease files are. ``edit`` gives one writer at a time the content, and keeps what it
    changed; both it and ``read`` raise ``Refused(lease.lockspace)`` for a file that is missing or
    damaged. ``create`` never replaces what is there. ``outlives``: a fake server is more than its
    daemon object, which the agent's next process makes anew."""

    outlives: bool

    def now(self) -> float: ...

    def exists(self, path: str) -> bool: ...

    def create(self, path: str, file: LeaseFile) -> None: ...

    def read(self, path: str) -> LeaseFile: ...

    def edit(self, path: str) -> AbstractContextManager[LeaseFile]: ...

    def died(self, process: str) -> bool:
        """Whether the process is gone without its daemon knowing."""
        ...

    def make_directory(self, path: str) -> None: ...

    def left(self, root: str) -> list[str]:
        """The leases in a repository but for its lockspace."""
        ...

    def remove(self, path: str) -> None: ...

    def watch(self, changed: Callable[[str], None]) -> None:
        """Have ``changed`` called with the path of a lockspace that was damaged or whose host id
        was taken by force."""
        ...

    def changed(self, path: str) -> None: ...


class MemoryStore:
    """For the simulator: one process, the event loop's time. A file that is None is damaged."""

    outlives = False

    def __init__(self) -> None:
        self.files: dict[str, LeaseFile | None] = {}
        self._watchers: list[Callable[[str], None]] = []

    def now(self) -> float:
        return asyncio.get_running_loop().time()

    def exists(self, path: str) -> bool:
        return path in self.files

    def create(self, path: str, file: LeaseFile) -> None:
        self.files.setdefault(path, file)

    def read(self, path: str) -> LeaseFile:
        try:
            found = self.files[path]
        except KeyError:
            raise missing(path) from None
        if found is None:
            raise damaged(path, "it is truncated")
        return found

    @contextmanager
    def edit(self, path: str) -> Iterator[LeaseFile]:
        yield self.read(path)

    def died(self, process: str) -> bool:
        return False

    def make_directory(self, path: str) -> None:
        """Paths are but names here."""

    def left(self, root: str) -> list[str]:
        return [p for p in self.files if p.startswith(f"{root}/") and p != lockspace_path(root)]

    def watch(self, changed: Callable[[str], None]) -> None:
        self._watchers.append(changed)

    def changed(self, path: str) -> None:
        for watcher in self._watchers:
            watcher(path)

    def damage(self, path: str) -> None:
        """The file is truncated, or something else lies there."""
        self.files[path] = None
        self.changed(path)

    def put(self, path: str, file: LeaseFile) -> None:
        """Another file takes its place, as when one is restored. Whoever has it open goes on with the
        old one, and renews nothing in ``file``."""
        now = self.now()
        for delta in file.hosts.values():
            delta.until = delta.renewed(now)
        self.files[path] = file

    def remove(self, path: str) -> None:
        """The file is gone, or everything below the directory, as after a VM's deletion."""
        for found in [p for p in self.files if p == path or p.startswith(f"{path}/")]:
            del self.files[found]
            self.changed(found)


class FileStore:
    """For fake servers in several processes: JSON files, flock(2). Their event loops agree on the
    time, for it is the machine's CLOCK_MONOTONIC."""

    outlives = True

    def now(self) -> float:
        return asyncio.get_running_loop().time()

    def exists(self, path: str) -> bool:
        return Path(path).exists()

    def create(self, path: str, file: LeaseFile) -> None:
        target = Path(path)
        unfinished = target.with_name(f".{target.name}.{os.getpid()}.tmp")
        with translated(str(target.parent)):
            try:
                unfinished.write_text(json.dumps(asdict(file)))
                os.link(unfinished, target)
            except FileExistsError:
                return
            finally:
                unfinished.unlink(missing_ok=True)

    def read(self, path: str) -> LeaseFile:
        with _locked(path, os.O_RDONLY, fcntl.LOCK_SH) as handle:
            return _load(path, handle)

    @contextmanager
    def edit(self, path: str) -> Iterator[LeaseFile]:
        with _locked(path, os.O_RDWR, fcntl.LOCK_EX) as handle:
            file = _load(path, handle)
            yield file
            data = json.dumps(asdict(file)).encode()
            # In place and never shorter: a crash leaves the old content or the new.
            os.pwrite(handle, data.ljust(os.fstat(handle).st_size), 0)

    def died(self, process: str) -> bool:
        """``PID:START`` is a process of this machine (``this_process``); other names are of things
        that live as long as their server."""
        pid, _, start = process.partition(":")
        return start != "" and _start_time(pid) != start

    def make_directory(self, path: str) -> None:
        with translated(path):
            Path(path).mkdir(parents=True, exist_ok=True)

    def left(self, root: str) -> list[str]:
        found = [Path(root, LEASES, "pool"), *Path(root, RUNNING_POOL).glob("*/lease")]
        return [str(p) for p in found if p.exists()]

    def remove(self, path: str) -> None:
        Path(path).unlink(missing_ok=True)

    def watch(self, changed: Callable[[str], None]) -> None:
        """Files are looked at when they are used."""

    def changed(self, path: str) -> None:
        """Nobody watches."""


def this_process() -> str:
    """This process's name among all that this machine ever ran."""
    return f"{os.getpid()}:{_start_time('self')}"


def _start_time(pid: str) -> str:
    """Field 22 of proc(5)'s stat, clock ticks since boot; empty if there is no such process."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except OSError:
        return ""


@contextmanager
def _locked(path: str, flags: int, lock: int) -> Iterator[int]:
    try:
        handle = os.open(path, flags | os.O_CLOEXEC)
    except FileNotFoundError:
        raise missing(path) from None
    try:
        fcntl.flock(handle, lock)
        yield handle
    finally:
        os.close(handle)


def _load(path: str, handle: int) -> LeaseFile:
    try:
        found = json.loads(os.pread(handle, os.fstat(handle).st_size, 0))
        return LeaseFile(
            lockspace=found["lockspace"],
            io_timeout=found["io_timeout"],
            hosts={int(n): Delta(**delta) for n, delta in found["hosts"].items()},
            slots={int(n): Slot(**slot) for n, slot in found["slots"].items()},
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        raise damaged(path, "it is truncated or something else") from None


def slot_of(file: LeaseFile, resource: Resource) -> Slot:
    """Raises ``Refused(lease.lockspace)`` if there is no such lease in the file."""
    slot = file.slots.get(resource.offset)
    if slot is None or file.lockspace != resource.lockspace or slot.name != resource.name:
        raise missing(resource.path)
    return slot
