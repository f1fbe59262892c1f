"""The files that hold the LUNs' data: there before a LUN is, and gone after it."""

import os
from pathlib import Path

from millpond.adapters import durable
from millpond.array.exports import BLOCK
from millpond.array.model.state import State, Usage, issued_number
from millpond.array.model.types import Lun, LunKind


def path_of(root: Path, lun: Lun) -> Path:
    return root / lun.directory / lun.wwn


def prepare(root: Path, old: State, new: State) -> None:
    """Before ``new`` is the state: every LUN of it has a file that is long enough. Raises OSError;
    FileExistsError if a new LUN would begin with the data of one that this state knows nothing of."""
    for number, lun in new.luns.items():
        before = old.luns.get(number)
        if before is lun or (before and (before.wwn, before.blocks) == (lun.wwn, lun.blocks)):
            continue
        path = path_of(root, lun)
        path.parent.mkdir(parents=True, exist_ok=True)
        if before is None and _has_data(path):
            raise FileExistsError(f"{path} holds the data of a LUN that is not of this state")
        with path.open("ab") as stream:
            if stream.tell() < lun.blocks * BLOCK:
                stream.truncate(lun.blocks * BLOCK)
            os.fsync(stream.fileno())
        durable.sync_directory(path.parent)


def clear(root: Path, old: State, new: State) -> None:
    """After ``new`` is the state: data of LUNs that are no more are gone. Raises OSError."""
    kept = {lun.wwn for lun in new.luns.values()}
    for lun in old.luns.values():
        if lun.wwn not in kept:
            path_of(root, lun).unlink(missing_ok=True)


def sweep(root: Path, state: State) -> None:
    """Remove what a crash between those two left behind. What has data and a later name than any that
    this state gave belongs to a later state: who put an old one back may want it. Raises OSError."""
    kept = {path_of(root, lun) for lun in state.luns.values()}
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
