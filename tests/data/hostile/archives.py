"""Tar archives made to get out of the folder they are unpacked into, or to fill it."""

import io
import tarfile
from collections.abc import Callable

CANARY = "canary"


def archive(
    *members: tuple[str, bytes] | tarfile.TarInfo, format_: int = tarfile.USTAR_FORMAT
) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=format_) as tar:
        for member in members:
            info, content = member, b""
            if isinstance(member, tuple):
                info, content = tarfile.TarInfo(member[0]), member[1]
                info.size = len(content)
            assert isinstance(info, tarfile.TarInfo)
            tar.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def _special(name: str, kind: bytes, link: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


def _huge(name: str, size: int) -> bytes:
    """A header that claims more than there is."""
    info = tarfile.TarInfo(name)
    info.size = size
    return info.tobuf(tarfile.GNU_FORMAT) + bytes(1024)


def _pax(**records: str) -> bytes:
    info = tarfile.TarInfo("disk.vmdk")
    info.pax_headers = records
    return archive(info, format_=tarfile.PAX_FORMAT)


def _pax_bomb() -> bytes:
    info = _special("./PaxHeaders/x", tarfile.XHDTYPE)
    info.size = 1 << 20
    return info.tobuf(tarfile.USTAR_FORMAT) + bytes(1 << 20) + archive(("disk", b"x"))


_WRITES = ("disk.vmdk", b"owned")

ARCHIVES: dict[str, tuple[int, Callable[[], bytes]]] = {
    "parent": (7, lambda: archive((f"../{CANARY}", b"owned"))),
    "parent-inside": (7, lambda: archive((f"a/../../{CANARY}", b"owned"))),
    "absolute": (7, lambda: archive((f"/tmp/{CANARY}", b"owned"))),
    "dots": (7, lambda: archive(("..", b"owned"))),
    "hidden": (7, lambda: archive((".facts", b"owned"))),
    "folder": (7, lambda: archive(_special("folder", tarfile.DIRTYPE))),
    "symlink": (
        7,
        lambda: archive(_special("disk.vmdk", tarfile.SYMTYPE, f"../{CANARY}"), _WRITES),
    ),
    "hardlink": (
        7,
        lambda: archive(_special("disk.vmdk", tarfile.LNKTYPE, f"../{CANARY}"), _WRITES),
    ),
    "device": (7, lambda: archive(_special("disk.vmdk", tarfile.BLKTYPE))),
    "fifo": (7, lambda: archive(_special("disk.vmdk", tarfile.FIFOTYPE))),
    "sparse": (6, lambda: archive(_special("disk.vmdk", tarfile.GNUTYPE_SPARSE))),
    "sparse-pax": (
        6,
        lambda: _pax(**{"GNU.sparse.realsize": str(1 << 60), "GNU.sparse.major": "1"}),
    ),
    "pax-renames": (7, lambda: _pax(path=f"../{CANARY}")),
    "pax-resizes": (6, lambda: _pax(size=str(1 << 60))),
    "pax-bomb": (6, _pax_bomb),
    "long-name": (9, lambda: archive(("x" * 300, b""), format_=tarfile.GNU_FORMAT)),
    "duplicate": (7, lambda: archive(("disk.vmdk", b"good"), _WRITES)),
    "duplicate-by-case": (9, lambda: archive(("Disk.vmdk", b"good"), _WRITES)),
    "newline": (10, lambda: archive(("disk\n.vmdk", b"x"))),
    "dash": (9, lambda: archive(("-rf", b"x"))),
    "bidi": (9, lambda: archive(("disk\u202egpj.vmdk", b"x"))),
    "many": (6, lambda: archive(*((f"disk{n}", b"") for n in range(1000)))),
    "exabytes": (6, lambda: _huge("disk.vmdk", 1 << 60)),
    "truncated": (12, lambda: archive(("disk.vmdk", b"x" * 4096))[:2000]),
    "no-archive": (12, lambda: b"\x7fELF".ljust(4096, b"x")),
    "empty": (12, lambda: bytes(10240)),
}
"""By name: its row, and what makes it. All are refused with ``image.archive``."""
