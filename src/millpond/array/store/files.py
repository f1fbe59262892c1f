"""The files that hold the LUNs' data: there before a LUN is, and gone after it."""

import fcntl
import os
from pathlib import Path
from typing import NamedTuple

from millpond.adapters import durable
from millpond.adapters.disks.copying import CANNOT, FICLONE
from millpond.array.engine import change_map
from millpond.array.engine.file import LunFile
from millpond.array.exports import BLOCK
from millpond.array.model.clone_group import CloneState
from millpond.array.model.mirror_types import ImageState, Mirror
from millpond.array.model.state import State, Usage, issued_number
from millpond.array.model.types import Lun, LunKind


def path_of(root: Path, lun: Lun) -> Path:
    return root / lun.directory / (lun.data or lun.wwn)


def copies(root: Path, state: State) -> dict[Path, Path]:
    """Each file that began as a copy, with what it was copied from."""
    found = {
        root / part.directory / part.data: root / part.directory / part.source
        for snap in state.snaps.values()
        for part in snap.members
    }
    for lun in state.luns.values():
        if lun.source:
            found[path_of(root, lun)] = root / lun.directory / lun.source
    for mirror in state.mirrors.values():
        if mirror.updates is not None and mirror.updates.kept:
            lun = state.luns[mirror.lun]
            found[root / lun.directory / mirror.updates.kept] = path_of(root, lun)
    return found


class Tracked(NamedTuple):
    """What a map of changes is for: to copy LUN ``source``, all of whose data are marked to begin with if
    ``whole``. ``luns`` are those to which hosts' writes are marked; a mirror's are marked otherwise."""

    source: Lun
    whole: bool
    luns: tuple[int, ...]


def maps(root: Path, state: State) -> dict[Path, Tracked]:
    found = {}
    for migration in state.migrations.values():
        source = state.luns[migration.source]
        path = root / source.directory / migration.changes
        found[path] = Tracked(source, True, (source.number,))
    for group in state.clone_groups.values():
        source = state.luns[group.source]
        for clone in group.clones:
            whole = clone.state is CloneState.SYNCHRONIZING
            path = root / clone.directory / clone.changes
            found[path] = Tracked(source, whole, (source.number, clone.lun))
    for mirror in state.mirrors.values():
        if mirror.changes:
            found |= _mirror_maps(root, state, mirror)
    return found


def _mirror_maps(root: Path, state: State, mirror: Mirror) -> dict[Path, Tracked]:
    """What a new image lacks is all: in what is sent to it first, if that is a point in time."""
    lun, whole = state.luns[mirror.lun], mirror.state is ImageState.SYNCHRONIZING
    if mirror.updates is None:
        return {mirror_map(root, mirror): Tracked(lun, whole, ())}
    found = {mirror_map(root, mirror): Tracked(lun, False, (lun.number,))}
    if mirror.updates.delta:
        found[delta_map(root, mirror)] = Tracked(lun, whole, ())
    return found


def mirror_map(root: Path, mirror: Mirror) -> Path:
    """Where the images may differ; of an asynchronous mirror, what was written after the last point in time."""
    return root / mirror.directory / mirror.changes


def delta_map(root: Path, mirror: Mirror) -> Path:
    """What of the point in time the secondary image may lack."""
    return root / mirror.directory / (mirror.updates.delta if mirror.updates else "")


def maps_of(root: Path, state: State, lun: Lun) -> list[Path]:
    """In which what hosts write to the LUN is marked."""
    return [path for path, found in maps(root, state).items() if lun.number in found.luns]


def _all(root: Path, state: State) -> set[Path]:
    data = {path_of(root, lun) for lun in state.luns.values()}
    return data | copies(root, state).keys() | maps(root, state).keys()


def prepare(root: Path, old: State, new: State) -> None:
    """Before ``new`` is the state: every LUN of it has a file that is long enough. Raises OSError;
    FileExistsError if a new LUN would begin with the data of one that this state knows nothing of."""
    there = _all(root, old)
    for path, source in copies(root, new).items():
        if path not in there:
            _copy(source, path)
    for path, tracked in maps(root, new).items():
        if path not in there:
            _map(root, path, tracked)
    there |= copies(root, new).keys()
    for number, lun in new.luns.items():
        before = old.luns.get(number)
        if before is lun or (before and _file(before) == _file(lun)):
            continue
        path = path_of(root, lun)
        path.parent.mkdir(parents=True, exist_ok=True)
        if before is None and _has_data(path):
            raise FileExistsError(f"{path} holds the data of a LUN that is not of this state")
        if path not in there:
            path.unlink(missing_ok=True)  # what a crash left under the name
        with path.open("ab") as stream:
            if stream.tell() < lun.blocks * BLOCK:
                stream.truncate(lun.blocks * BLOCK)
            os.fsync(stream.fileno())
        durable.sync_directory(path.parent)


def _file(lun: Lun) -> tuple[str, str, int]:
    return lun.wwn, lun.data, lun.blocks


def _copy(source: Path, path: Path) -> None:
    """``path`` shares all blocks of ``source``, until either is written to. Durable when it returns; what a
    crash left under the name is replaced. Raises OSError, ``NoReflinks``."""
    path.unlink(missing_ok=True)
    with source.open("rb") as old, path.open("xb") as new:
        try:
            fcntl.ioctl(new, FICLONE, old.fileno())
        except OSError as error:
            path.unlink()
            if error.errno in CANNOT:
                raise NoReflinks(f"the file system of {path.parent} has no reflinks") from error
            raise
        os.fsync(new.fileno())
    durable.sync_directory(path.parent)


def _map(root: Path, path: Path, tracked: Tracked) -> None:
    """Where there are data they are to be copied."""
    length = tracked.source.blocks * BLOCK
    file = LunFile(str(path_of(root, tracked.source)))
    try:
        runs = file.runs(0, length) if tracked.whole else ()
        change_map.create(path, length, ((at, size) for at, size, filled in runs if filled))
    finally:
        file.close()
    durable.sync_directory(path.parent)


class NoReflinks(OSError):
    """The file system cannot make a file that shares another's blocks; XFS and Btrfs can."""


def clear(root: Path, old: State, new: State) -> None:
    """After ``new`` is the state: data of LUNs that are no more are gone. Raises OSError."""
    for path in _all(root, old) - _all(root, new):
        path.unlink(missing_ok=True)


def sweep(root: Path, state: State) -> None:
    """Remove what a crash between those two left behind. What has data and a later name than any that
    this state gave belongs to a later state: who put an old one back may want it. Raises OSError."""
    kept = _all(root, state)
    for directory in {disk.directory for disk in state.disks.values()}:
        for path in (root / directory).glob("60060160*"):
            later = issued_number(path.name) > state.array.issued
            if path not in kept and not (later and _has_data(path)):
                path.unlink()


def _has_data(path: Path) -> bool:
    return path.exists() and path.stat().st_blocks > 0


def usage(root: Path, state: State) -> Usage:
    """What thin LUNs really use, as the file system counts it (st_blocks, stat(2), is in 512 bytes)."""
    found = {}
    for number, lun in state.luns.items():
        if lun.kind is LunKind.THIN:
            used = path_of(root, lun).stat().st_blocks * 512
            found[number] = min(used // BLOCK, lun.blocks)
    return found
