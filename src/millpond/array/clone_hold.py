"""What clones need done while hosts' writes are held: the last differences copied, so that all clones of a
command have what their sources had at one instant; and nobody else copying meanwhile."""

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from millpond.array.engine.change_map import ChangeMap, CopyLock
from millpond.array.engine.copy import Copy
from millpond.array.engine.file import LunFile
from millpond.array.exports import BLOCK
from millpond.array.model.clone_group import Clone, CloneGroup
from millpond.array.model.refusals import Refusal
from millpond.array.model.state import State
from millpond.array.store import files
from millpond.array.store.store import Hold, NotHeld

PATIENCE = 10.0
"""Seconds that the copying of what is under way may take to end: hosts wait for 30."""


@dataclass(frozen=True)
class Piece:
    """A clone as it was before the command."""

    state: State
    group: CloneGroup
    clone: Clone

    def changes(self, root: Path, clone: Clone | None = None) -> Path:
        clone = clone or self.clone
        return root / clone.directory / clone.changes


class CloneHold:
    """A hold around ``hold``; the command says with ``pieces`` what is to be done in it, and is the only one
    that copies until it has ended."""

    def __init__(self, root: Path, hold: Hold | None) -> None:
        self._root, self._hold = root, hold
        self._stack = ExitStack()
        self.whole: list[Piece] = []
        """What is copied to the end."""
        self.turned: list[Piece] = []
        """What the source gets back from: its other clones differ from it by as much."""
        self.begun: list[Piece] = []
        """What is copied from now on."""

    def __enter__(self) -> "CloneHold":
        with ExitStack() as stack:
            if self._hold is not None:
                stack.enter_context(self._hold)
            maps = {
                piece.changes(self._root): self._alone(stack, piece)
                for piece in self.whole + self.turned + self.begun
            }
            for piece in self.whole:
                self._complete(piece, maps[piece.changes(self._root)])
            for piece in self.turned:
                self._turn(piece, maps[piece.changes(self._root)])
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: Any) -> None:
        self._stack.close()

    def verify(self) -> None:
        if self._hold is not None:
            self._hold.verify()

    def _alone(self, stack: ExitStack, piece: Piece) -> ChangeMap:
        path = piece.changes(self._root)
        lock = CopyLock(path)
        stack.callback(lock.close)
        try:
            lock.take(PATIENCE)
        except BlockingIOError as error:
            raise NotHeld(f"the copying of clone {piece.clone.id} did not end") from error
        changes = ChangeMap(path)
        changes.begin()
        return changes

    def _complete(self, piece: Piece, changes: ChangeMap) -> None:
        """Files are opened and closed while nobody writes: closing one gives up the locks that COMPARE AND
        WRITE holds on it."""
        luns = piece.state.luns
        source, clone = luns[piece.group.source], luns[piece.clone.lun]
        try:
            with ExitStack() as opened:
                one, two = (LunFile(str(files.path_of(self._root, lun))) for lun in (source, clone))
                opened.callback(one.close)
                opened.callback(two.close)
                Copy(one, two, changes, source.blocks * BLOCK).rest()
        except OSError as error:
            raise Refusal("clone.behind", why=error.strerror or error) from error

    def _turn(self, piece: Piece, changes: ChangeMap) -> None:
        for other in piece.group.clones:
            if other != piece.clone:
                ChangeMap(piece.changes(self._root, other)).add(changes)
