"""The array's state on disk, for several processes: one writes at a time, all see it at once.

A change is acknowledged when its record is on the disk. Readers compare the shared generation with the
one that they know and read on in the journal. ``array.json`` names its journal: a new journal begins
empty and is used from the moment that a new ``array.json`` names it.
"""

import fcntl
import json
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from millpond.adapters import durable
from millpond.array.model.state import State, Usage, apply, difference
from millpond.array.state.counter import SharedCounter
from millpond.array.store import files, journal
from millpond.array.store.journal import Damaged

VERSION = 1
COMPACT = 4 * 2**20
"""Bytes of a journal after which the whole state is written anew."""
SNAPSHOT = "array.json"


def create(root: Path, state: State) -> None:
    """A new array in ``root``. Raises FileExistsError if there is one, OSError."""
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    if (root / SNAPSHOT).exists():
        raise FileExistsError(f"{root} holds an array already")
    for directory in {disk.directory for disk in state.disks.values()}:
        (root / directory).mkdir(parents=True, exist_ok=True)
    _snapshot(root, state, 0)


class Store:
    """Raises ``Damaged`` for what was not written by an array of this version, and OSError."""

    _state: State
    _known: int
    """The generation of ``_state``."""
    _journal: Path
    _offset: int
    """Where its next record goes."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._generation = SharedCounter(root / "generation")
        self._turn = threading.RLock()
        self._load(0)
        with self._writing():
            files.sweep(root, self._state)

    def close(self) -> None:
        self._generation.close()

    @property
    def revision(self) -> int:
        """Grows with each change, of whichever process; reading it costs no system call."""
        return self._generation.value

    def state(self) -> State:
        """The state now."""
        told = self._generation.value
        if told != self._known:
            with self._turn:
                # A record beyond may still fail to reach the disk, and be taken back.
                self._catch_up(told)
        return self._state

    def usage(self) -> Usage:
        """What thin LUNs use, measured."""
        return files.usage(self.root, self.state())

    def change(self, command: Callable[[State, Usage], State], moment: float) -> State:
        """Carry out a command; the change is durable and seen by all when this returns. What ``command``
        raises is passed on, and nothing changed. ``moment``: seconds since the epoch."""
        with self._writing():
            old = self._state
            array = old.array.model_copy(update={"moment": moment})
            timed = old.model_copy(update={"array": array})
            new = command(timed, files.usage(self.root, old))
            if new is timed:
                return old
            files.prepare(self.root, old, new)
            self._append(new)
            files.clear(self.root, old, new)
            if self._offset > COMPACT:
                self._compact()
            return new

    def _append(self, new: State) -> None:
        record = {"generation": self._known + 1, "changes": difference(self._state, new)}
        payload = json.dumps(record, separators=(",", ":")).encode()
        self._offset = journal.append(self._journal, self._offset, payload)
        self._state, self._known = new, self._known + 1
        self._generation.set(self._known)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """The only writer, of all threads and processes, who knows all that was written before."""
        with self._turn:
            handle = os.open(self.root / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX)
                self._catch_up(None)
                # A writer that was killed may have left its record, and not told anybody.
                self._generation.set(self._known)
                yield
            finally:
                os.close(handle)

    def _catch_up(self, last: int | None) -> None:
        """Read on, up to generation ``last``, or all there is: only who has the lock may do that."""
        if self.root / _read(self.root)["journal"] == self._journal:
            self._read_on(last)
        else:
            self._load(last)

    def _load(self, last: int | None) -> None:
        found = _read(self.root)
        try:
            self._state = State.model_validate(found["state"])
        except ValidationError as error:
            raise Damaged(f"{self.root / SNAPSHOT}: {error}") from error
        self._known, self._offset = int(found["generation"]), 0
        self._journal = self.root / found["journal"]
        self._read_on(last)

    def _read_on(self, last: int | None) -> None:
        try:
            for payload, end in journal.records(self._journal, self._offset):
                record = json.loads(payload)
                if last is not None and record["generation"] > last:
                    return
                if record["generation"] != self._known + 1:
                    raise Damaged(f"{self._journal}: generation {self._known + 1} is missing")
                self._state = apply(self._state, record["changes"])
                self._known, self._offset = record["generation"], end
        except FileNotFoundError:
            # Written anew meanwhile: another array.json names another journal.
            self._load(last)

    def _compact(self) -> None:
        old = self._journal
        self._journal = _snapshot(self.root, self._state, self._known)
        self._offset = 0
        old.unlink()


def _snapshot(root: Path, state: State, generation: int) -> Path:
    """Write the whole state; the journal that goes on from it."""
    path = root / f"journal-{generation}"
    durable.write(path, b"", 0o600)
    body = {
        "version": VERSION,
        "generation": generation,
        "journal": path.name,
        "state": state.model_dump(mode="json"),
    }
    durable.write(root / SNAPSHOT, json.dumps(body).encode(), 0o600)
    return path


def _read(root: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads((root / SNAPSHOT).read_bytes())
        version = found["version"]
    except (ValueError, KeyError, TypeError) as error:
        raise Damaged(f"{root / SNAPSHOT} cannot be read: {error}") from error
    if version != VERSION:
        raise Damaged(f"{root / SNAPSHOT} is of version {version}, this is version {VERSION}")
    return found
