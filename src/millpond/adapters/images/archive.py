"""Unpacking a tar archive (an OVA, say) whose members are files beside each other and nothing else.

Headers are read by the standard library, member by member; what they describe is written by us alone, under
names without a slash, into a folder that is held open. So there is nothing that could lead outside.
"""

import os
import re
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from io import FileIO

from millpond.adapters.images.reading import refused, size_of

BLOCK = tarfile.BLOCKSIZE
_PIECE = 4 << 20
_NAME = re.compile(r"^[A-Za-z0-9_][A-Za-z0-9_.+@() -]{0,126}[A-Za-z0-9_)]$|^[A-Za-z0-9_]$")
_EXTENDED = (tarfile.XHDTYPE, tarfile.XGLTYPE)
_HARMLESS = frozenset({"mtime", "atime", "ctime", "uid", "gid", "uname", "gname", "comment"})
_LONGEST_EXTENSION = 64 << 10


@dataclass(frozen=True)
class Member:
    """A regular file in the archive: ``size`` bytes from ``offset``."""

    name: str
    offset: int
    size: int


@dataclass(frozen=True)
class Caps:
    """How many members an archive may have, and bytes in all of them together."""

    members: int = 64
    size: int = 64 << 40


def members(file: FileIO, path: str, caps: Caps) -> list[Member]:
    """What the archive holds, nothing of it written yet. Raises ``Refused(image.archive)`` for anything
    but plain files with plain names that differ, within ``caps``."""
    found: list[Member] = []
    names: set[str] = set()
    offset, end = 0, size_of(file)
    while (header := _header(file, offset, end, path)) is not None:
        offset += BLOCK
        if header.size < 0 or offset + header.size > end:
            raise _refused(path, f"{header.name!r} is cut short")
        if header.type in _EXTENDED:
            _check_extension(file, offset, header.size, path)
        else:
            member = _member(header, offset, path)
            if member.name.casefold() in names:
                raise _refused(path, f"{member.name!r} is in it twice")
            names.add(member.name.casefold())
            found.append(member)
        if len(found) > caps.members or sum(m.size for m in found) > caps.size:
            raise _refused(path, f"it holds more than {caps.members} files or {caps.size} bytes")
        offset += -(-header.size // BLOCK) * BLOCK
    if not found:
        raise _refused(path, "it holds nothing")
    return found


def unpack(
    file: FileIO,
    member: Member,
    directory: int,
    wanted: Callable[[int], bool] = lambda done: True,
) -> None:
    """Write one of ``members`` into the open ``directory``, where nothing may have its name. ``wanted``
    hears how many bytes are done, and ends the work by False. Raises OSError."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with FileIO(os.open(member.name, flags, 0o600, dir_fd=directory), "wb") as target:
        done = 0
        while done < member.size and wanted(done):
            piece = os.pread(file.fileno(), min(_PIECE, member.size - done), member.offset + done)
            if not piece:
                raise refused("image.damaged", member.name, "the archive became shorter meanwhile")
            target.write(piece)
            done += len(piece)
        os.fsync(target.fileno())


def _header(file: FileIO, offset: int, end: int, path: str) -> tarfile.TarInfo | None:
    """The header there, None at the end of the archive."""
    if offset + BLOCK > end:
        return None
    block = os.pread(file.fileno(), BLOCK, offset)
    if not any(block):
        return None
    try:
        return tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except tarfile.HeaderError as error:
        raise _refused(path, f"it is no tar archive at byte {offset}") from error


def _member(header: tarfile.TarInfo, offset: int, path: str) -> Member:
    if header.type not in (
        tarfile.REGTYPE,
        tarfile.AREGTYPE,
    ):  # sparse ones have a type of their own
        raise _refused(path, f"{header.name!r} is no plain file")
    if not _NAME.match(header.name):
        raise _refused(path, f"{header.name!r} is no plain name")
    return Member(header.name, offset, header.size)


def _check_extension(file: FileIO, offset: int, size: int, path: str) -> None:
    """pax records may rename a member, change its size, or make it sparse: those are refused."""
    if size > _LONGEST_EXTENSION:
        raise _refused(path, f"it has an extended header of {size} bytes")
    for record in os.pread(file.fileno(), size, offset).split(b"\n"):
        keyword = record.partition(b" ")[2].partition(b"=")[0].decode(errors="replace")
        if record.strip(b"\0") and keyword not in _HARMLESS:
            raise _refused(path, f"its extended header sets {keyword!r}")


def _refused(path: str, message: str) -> Exception:
    return refused("image.archive", path, message)
