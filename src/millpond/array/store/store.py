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
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from pydantic import ValidationError

from millpond.adapters import durable
from millpond.array import journal
from millpond.array.journal import Damaged
from millpond.array.model.state import State, Usage, apply, difference
from millpond.array.state.counter import SharedCounter
from millpond.array.store import files

VERSION = 1
COMPACT = 4 * 2**20
"""Bytes of a journal after which the whole state is written anew."""
SNAPSHOT = "array.json"
Stamp = tuple[int, int]
"""Inode and time of a file: another one has another."""


class NotHeld(OSError):
    """Hosts may have written; the text says why."""


class Hold(Protocol):
    """Hosts do not write while it is entered. Entering it raises ``NotHeld``, OSError."""

    def __enter__(self) -> object: ...

    def __exit__(self, *_: Any) -> None: ...

    def verify(self) -> None:
        """Raises ``NotHeld`` if it did not last until now."""
        ...


def create(root: Path, state: State) -> None:
    """A new array in ``root``. Raises FileExistsError if there is one, OSError."""
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    if (root / SNAPSHOT).exists():
        raise FileExistsError(f"{root} holds an array already")
    for directory in {disk.directory for disk in state.disks.values()}:
        (root / directory).mkdir(parents=True, exist_ok=True)
    _snapshot(root, state, 0)


@dataclass(frozen=True)
class View:
    """The state at generation ``known``. ``offset`` is where the next record of ``journal`` goes;
    ``stamp`` tells whether ``array.json`` is still the one that names it."""

    state: State
    known: int
    journal: Path
    offset: int
    stamp: Stamp


class Store:
    """Raises ``Damaged`` for what was not written by an array of this version, and other OSErrors.

    A reader never waits for a writer: what it knows is replaced as a whole, and any view that was true once
    is a fit start to read on from.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._generation = SharedCounter(root / "generation")
        self._turn = threading.Lock()
        self._view = _load(root, 0)
        with self._writing() as view:
            files.sweep(root, view.state)

    def close(self) -> None:
        self._generation.close()

    @property
    def revision(self) -> int:
        """Grows with each change, of whichever process; reading it costs no system call."""
        return self._generation.value

    def state(self) -> State:
        """The state now."""
        told, view = self._generation.value, self._view
        if told != view.known:
            # A record beyond may still fail to reach the disk, and be taken back.
            view = self._view = _catch_up(self.root, view, told)
        return view.state

    def usage(self) -> Usage:
        """What thin LUNs use, measured."""
        return files.usage(self.root, self.state())

    def change(
        self, command: Callable[[State, Usage], State], moment: float, hold: Hold | None = None
    ) -> State:
        """Carry out a command; the change is durable and seen by all when this returns. What ``command``
        raises is passed on, and nothing changed. ``moment``: seconds since the epoch. ``hold`` is entered
        while files are copied, and the change is not made if it did not last."""
        with self._writing() as view:
            old = view.state
            array = old.array.model_copy(update={"moment": moment})
            timed = old.model_copy(update={"array": array})
            new = command(timed, files.usage(self.root, old))
            if new is timed:
                return old
            with hold or nullcontext():
                files.prepare(self.root, old, new)
                if hold is not None:
                    hold.verify()
                view = self._append(view, new)
            files.clear(self.root, old, new)
            if view.offset > COMPACT:
                _snapshot(self.root, new, view.known)
                view.journal.unlink()
            return new

    def _append(self, view: View, new: State) -> View:
        known = view.known + 1
        record = {"generation": known, "changes": difference(view.state, new)}
        payload = json.dumps(record, separators=(",", ":")).encode()
        end = journal.append(view.journal, view.offset, payload)
        self._view = replace(view, state=new, known=known, offset=end)
        self._generation.set(known)
        return self._view

    @contextmanager
    def _writing(self) -> Iterator[View]:
        """The only writer, of all threads and processes; the view has all that was written before."""
        with self._turn:
            handle = os.open(self.root / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX)
                view = self._view = _catch_up(self.root, self._view, None)
                # A writer that was killed may have left its record, and not told anybody.
                self._generation.set(view.known)
                yield view
            finally:
                os.close(handle)


def _catch_up(root: Path, view: View, last: int | None) -> View:
    """Read on, up to generation ``last``, or all there is: only who has the lock may do that."""
    if _stamp(root) != view.stamp:
        return _load(root, last)
    try:
        return _read_on(view, last)
    except FileNotFoundError:
        # Written anew meanwhile: another array.json names another journal.
        return _load(root, last)


def _load(root: Path, last: int | None) -> View:
    while True:
        stamp = _stamp(root)
        try:
            return _read_on(_snapshot_view(root, stamp), last)
        except FileNotFoundError:
            if _stamp(root) == stamp:
                raise
            # Written anew between the two looks.


def _snapshot_view(root: Path, stamp: Stamp) -> View:
    found = _read(root)
    try:
        state = State.model_validate(found["state"])
    except ValidationError as error:
        raise Damaged(f"{root / SNAPSHOT}: {error}") from error
    return View(state, int(found["generation"]), root / found["journal"], 0, stamp)


def _read_on(view: View, last: int | None) -> View:
    for payload, end in journal.records(view.journal, view.offset):
        record = json.loads(payload)
        if last is not None and record["generation"] > last:
            break
        if record["generation"] != view.known + 1:
            raise Damaged(f"{view.journal}: generation {view.known + 1} is missing")
        state = apply(view.state, record["changes"])
        view = replace(view, state=state, known=record["generation"], offset=end)
    return view


def _stamp(root: Path) -> Stamp:
    found = (root / SNAPSHOT).stat()
    return found.st_ino, found.st_mtime_ns


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
