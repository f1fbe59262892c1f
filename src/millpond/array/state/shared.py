"""The state of all LUNs that both SPs work with: one journal, one lock, one counter.

An SP changes it under the lock: it reads what the other has written, decides, writes and adds to the counter.
Before every command it compares the counter with what it has read, so it never acts on what was true before
its peer's last answer. The counter lies in memory that both have mapped.
"""

import asyncio
import fcntl
import json
import os
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from millpond.adapters import durable
from millpond.array import journal
from millpond.array.exports import SpName
from millpond.array.state.counter import SharedCounter
from millpond.array.state.lun_state import Change, LunState, from_json, to_json
from millpond.array.state.peer import Patience, Peer, hold_life, other

COMPACT_AT = 1 << 20
"""Bytes at which the journal is written anew."""
KEPT = 256
"""Changes that stay in a journal written anew, for a peer that has not read them yet."""

Decide = Callable[[LunState], Change | None]


class SharedState:
    """``heard`` is called for each change, this SP's own or its peer's, on the event loop."""

    def __init__(self, directory: Path, sp: SpName, heard: Callable[[Change], None]) -> None:
        self._heard = heard
        self.peer = Peer(directory, other(sp))
        self._lock = os.open(directory / "array.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._journal = directory / "array.journal"
        self._journal.touch(0o600)
        self._held = os.open(self._journal, os.O_RDONLY | os.O_CLOEXEC)
        self._offset = 0
        self._counter = SharedCounter(directory / "array.counter")
        self._luns: dict[bytes, LunState] = {}
        self._recent: deque[dict[str, Any]] = deque(maxlen=KEPT)
        self._turn = asyncio.Lock()
        self._seen = 0
        with self._locked():
            self._life = hold_life(directory, sp)
            self._read()
            if not self.peer.alive():
                self._power_on()

    def close(self) -> None:
        self._counter.close()
        os.close(self._held)
        os.close(self._lock)
        os.close(self._life)

    @property
    def stale(self) -> bool:
        return self._counter.value != self._seen

    def of(self, wwn: bytes) -> LunState:
        return self._luns.get(wwn) or LunState()

    async def refresh(self) -> None:
        """Know what the peer has changed."""
        async with self._turn:
            if self.stale:
                self._tell(await asyncio.to_thread(self._catch_up))

    async def change(self, wwn: bytes, decide: Decide) -> None:
        """Do what ``decide`` makes of the LUN's latest state; durable, and known to the peer's next command,
        when it returns. What ``decide`` raises is raised here, and nothing is changed."""
        async with self._turn:
            changes, error = await asyncio.to_thread(self._change, wwn, decide)
            self._tell(changes)
        if error:
            raise error

    def _tell(self, changes: list[Change]) -> None:
        for change in changes:
            self._heard(change)

    def _catch_up(self) -> list[Change]:
        with self._locked():
            return self._read()

    def _change(self, wwn: bytes, decide: Decide) -> tuple[list[Change], Exception | None]:
        with self._locked():
            changes = self._read()
            try:
                change = decide(self.of(wwn))
            except Exception as error:
                return changes, error
            if change is not None:
                record = {**to_json(change), "at": self._seen + 1}
                self._offset = journal.append(self._journal, self._offset, _payload(record))
                self._known(change, record)
                changes.append(change)
                if self._offset > COMPACT_AT:
                    self._compact()
                self._add()
        return changes, None

    def _read(self) -> list[Change]:
        """What is new. Raises OSError; ``stale`` stays true then."""
        value = self._counter.value
        if not os.path.samestat(os.fstat(self._held), self._journal.stat()):
            self._luns.clear()  # written anew: what was known before is void
            self._recent.clear()
            self._hold()
            self._offset = 0
        changes = []
        for payload, end in journal.records(self._journal, self._offset):
            record = json.loads(payload)
            self._offset = end
            change = from_json(record)
            self._known(change, record)
            if record["at"] > self._seen:
                changes.append(change)
        self._seen = value
        return changes

    def _known(self, change: Change, record: dict[str, Any]) -> None:
        self._luns[change.wwn] = change.state
        self._recent.append(record)

    def _add(self) -> None:
        self._counter.add()
        self._seen = self._counter.value

    def _compact(self) -> None:
        """The states, and after them the last changes once more, for their attentions."""
        states = [{**to_json(Change(wwn, state)), "at": 0} for wwn, state in self._luns.items()]
        last = [record for record in self._recent if record["at"]]
        whole = b"".join(journal.framed(_payload(record)) for record in states + last)
        durable.write(self._journal, whole, 0o600)
        self._hold()
        self._offset = len(whole)

    def _hold(self) -> None:
        """Keep the file that is the journal now open: no other can get its inode."""
        os.close(self._held)
        self._held = os.open(self._journal, os.O_RDONLY | os.O_CLOEXEC)

    def _power_on(self) -> None:
        """No SP has been running: reservations without APTPL are gone (SPC-4 5.12.4)."""
        self._luns = {
            wwn: replace(state, reservations=state.reservations.after_power_loss())
            for wwn, state in self._luns.items()
        }
        self._recent.clear()
        self._compact()
        self._add()

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """The array's lock. A peer that sits on it for too long (frozen, or its disk hangs) is reset."""
        patience = Patience()
        while True:
            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if patience.over():
                    self.peer.reset()
                time.sleep(0.001)
        try:
            yield
        finally:
            fcntl.flock(self._lock, fcntl.LOCK_UN)


def _payload(record: dict[str, Any]) -> bytes:
    return json.dumps(record, separators=(",", ":")).encode()
