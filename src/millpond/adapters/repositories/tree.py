"""What lies in a repository: the five folders, and the file by which it says who it is."""

import os
import shutil
from contextlib import suppress
from pathlib import Path

from millpond.adapters import durable
from millpond.adapters.records.cache import DocumentCache
from millpond.domain.errors import Refused
from millpond.domain.layout import FOLDERS, REPOSITORY_RECORD
from millpond.domain.repository import Identity

_OWN = Path(REPOSITORY_RECORD).parent.name
_FOUND = frozenset({"lost+found", ".snapshot", ".snapshots"})
"""What file systems and filers put into a directory that is empty otherwise."""

_identities = DocumentCache(Identity)


def identity(root: Path) -> Identity | None:
    """Raises OSError, ``UnreadableRecord``."""
    os.stat(root)  # noqa: PTH116 - a directory that is not there has to raise, not read as empty
    return _identities.read(root / REPOSITORY_RECORD)


def lay_out(root: Path, wanted: Identity, *, keep: bool = False) -> None:
    """Who it is comes first, so that an unfinished layout is known for what it is. Raises
    ``Refused(object.exists)``, OSError."""
    for own in (_OWN, *FOLDERS):
        if (root / own).is_symlink():
            raise Refused(
                "object.exists",
                f"directory {root}",
                f"its {own} is a symbolic link, and nothing is written through one",
                "make it a folder",
            )
    if identity(root) is None:
        left = [] if keep else sorted(e for e in os.listdir(root) if e not in _FOUND and e != _OWN)  # noqa: PTH208
        if left:
            raise Refused(
                "object.exists",
                f"directory {root}",
                f"it is not empty: it has {', '.join(left[:3])}",
                "give an empty directory, or keep what is there: millpond repository create POOL NAME"
                " --source SOURCE --keep; a repository that is there already is attached with: millpond"
                " repository attach POOL NAME --source SOURCE",
            )
        identify(root, wanted)
    for folder in FOLDERS:
        (root / folder).mkdir(exist_ok=True)
    durable.sync_directory(root)


def identify(root: Path, wanted: Identity) -> None:
    """Raises OSError."""
    record = root / REPOSITORY_RECORD
    record.parent.mkdir(exist_ok=True)
    durable.sync_directory(root)
    durable.write(record, wanted.model_dump_json(indent=2).encode() + b"\n")


def erase(root: Path, *, keep: bool = False) -> None:
    """Who it is goes last: a crash on the way leaves a repository to be erased again. Raises OSError."""
    for folder in FOLDERS:
        if keep:
            with suppress(OSError):  # not empty, or not ours
                (root / folder).rmdir()
        elif (root / folder).is_symlink():
            (root / folder).unlink()
        elif (root / folder).exists():
            shutil.rmtree(root / folder)
    durable.sync_directory(root)
    if (root / _OWN).exists():
        shutil.rmtree(root / _OWN)
        durable.sync_directory(root)
