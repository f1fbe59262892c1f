"""Disk images made to do harm, byte by byte, so that no tool has to agree to make them."""

import struct
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from millpond.domain.image import ImageFormat

CANARY = "/etc/passwd"
MIB = 1 << 20

_VHDX_REGION = {
    "metadata": "8b7ca206-4790-4b9a-b8fe-575f050f886e",
    "unknown": "11111111-2222-4333-8444-555555555555",
}
_VHDX_ITEM = {
    "parameters": "caa16737-fa36-4d43-b3b6-33f0aa44e76b",
    "size": "2fa54224-cd1b-4876-b211-5dbed83bf4b8",
    "parent": "a8d35f2d-b30b-454d-abf7-d3d84834ab0c",
}


@dataclass(frozen=True)
class Hostile:
    """``row`` of the table in the README beside this file; ``code`` is what refuses it."""

    row: int
    name: str
    declared: ImageFormat
    code: str
    make: Callable[[], bytes]


def qcow2(
    *,
    version: int = 3,
    size: int = 4 * MIB,
    backing: bytes = b"",
    incompatible: int = 0,
    snapshots: int = 0,
    l1_size: int = 1,
    cluster_bits: int = 16,
    crypt: int = 0,
    refcount_clusters: int = 1,
    extensions: tuple[tuple[int, bytes], ...] = (),
) -> bytes:
    cluster = 65536
    body = bytearray(4 * cluster)
    where = cluster // 2 if backing else 0
    numbers = (where, len(backing), cluster_bits, size, crypt, l1_size, 3 * cluster, cluster)
    struct.pack_into(">4sIQIIQIIQQ", body, 0, b"QFI\xfb", version, *numbers)
    struct.pack_into(">IIQ", body, 56, refcount_clusters, snapshots, 2 * cluster)
    struct.pack_into(">QQQII", body, 72, incompatible, 0, 0, 4, 104)
    at = 104
    for kind, content in (*extensions, (0, b"")):
        struct.pack_into(">II", body, at, kind, len(content))
        body[at + 8 : at + 8 + len(content)] = content
        at += 8 + -(-len(content) // 8) * 8
    body[where : where + len(backing)] = backing or body[: len(backing)]
    struct.pack_into(">Q", body, cluster, 2 * cluster)
    return bytes(body)


def bomb() -> bytes:
    """A good qcow2 whose 8192 clusters of 2 MiB are all the same one."""
    cluster = 2 * MIB
    body = bytearray(6 * cluster)
    numbers = (21, 8192 * cluster, 0, 1, 3 * cluster, cluster)
    struct.pack_into(">4sIQIIQIIQQ", body, 0, b"QFI\xfb", 3, 0, 0, *numbers)
    struct.pack_into(">IIQ", body, 56, 1, 0, 0)
    struct.pack_into(">QQQII", body, 72, 0, 0, 0, 4, 104)
    struct.pack_into(">Q", body, cluster, 2 * cluster)
    struct.pack_into(">Q", body, 3 * cluster, 4 * cluster | 1 << 63)
    body[4 * cluster : 4 * cluster + 8192 * 8] = struct.pack(">Q", 5 * cluster) * 8192
    body[5 * cluster :] = b"x" * cluster
    return bytes(body)


def vmdk(
    *,
    kind: str = "monolithicSparse",
    extents: tuple[str, ...] = ('RW 8192 SPARSE "disk.vmdk"',),
    parent: str = "ffffffff",
    more: str = "",
    sectors: int = 8192,
) -> bytes:
    lines = ("# Disk DescriptorFile", "version=1", "CID=12345678", f"parentCID={parent}")
    text = "\n".join((*lines, f'createType="{kind}"', *extents, more, ""))
    body = bytearray(64 << 10)
    struct.pack_into("<4sIIQQQQIQQQ", body, 0, b"KDMV", 1, 3, sectors, 128, 1, 20, 512, 21, 26, 128)
    body[512 : 512 + len(text)] = text.encode()
    return bytes(body)


def vmdk_text(*extents: str, kind: str = "monolithicFlat") -> bytes:
    lines = ("# Disk DescriptorFile", "version=1", "CID=12345678", "parentCID=ffffffff")
    text = "\n".join((*lines, f'createType="{kind}"', *extents, ""))
    return text.encode().ljust(1024, b"\n")


def vhd(*, kind: int = 3, size: int = 4 * MIB, parent: bytes = b"", entries: int = 2) -> bytes:
    footer = bytearray(512)
    struct.pack_into(">8sII", footer, 0, b"conectix", 2, 0x10000)
    struct.pack_into(">Q", footer, 16, 512)
    struct.pack_into(">QQII", footer, 40, size, size, 0, kind)
    struct.pack_into(">I", footer, 64, ~sum(footer) & 0xFFFFFFFF)
    header = bytearray(1024)
    struct.pack_into(">8sQQIII", header, 0, b"cxsparse", 2**64 - 1, 1536, 0x10000, entries, 2 * MIB)
    header[40:56] = uuid.UUID(int=1).bytes if parent else bytes(16)
    header[64 : 64 + 2 * len(parent)] = parent.decode().encode("utf-16-be")
    return bytes(footer) + bytes(header) + b"\xff" * 512 + bytes(footer)


def vhdx(
    *, parent: bool = False, log: bool = False, unknown: bool = False, size: int = MIB
) -> bytes:
    body = bytearray(3 * MIB)
    body[:8] = b"vhdxfile"
    guid = uuid.UUID(int=7).bytes_le if log else bytes(16)
    for n, at in enumerate((64 << 10, 128 << 10)):
        struct.pack_into("<4s4xQ16s16s16s", body, at, b"head", n, b"f" * 16, b"d" * 16, guid)
    regions = ["metadata", *(["unknown"] if unknown else [])]
    struct.pack_into("<4s4xI", body, 192 << 10, b"regi", len(regions))
    for n, name in enumerate(regions):
        region = uuid.UUID(_VHDX_REGION[name]).bytes_le
        struct.pack_into("<16sQII", body, (192 << 10) + 16 + 32 * n, region, 2 * MIB, MIB, 1)
    items = {"parameters": struct.pack("<II", MIB, 2 * parent), "size": struct.pack("<Q", size)}
    start = 2 * MIB
    struct.pack_into("<8s2xH", body, start, b"metadata", len(items))
    for n, (name, content) in enumerate(items.items()):
        item, at = uuid.UUID(_VHDX_ITEM[name]).bytes_le, (64 << 10) + 8 * n
        struct.pack_into("<16sIII", body, start + 32 + 32 * n, item, at, 8, 4)
        body[start + at : start + at + 8] = content
    return bytes(body)


def iso(*, blocks: int = 32, before: bytes = b"") -> bytes:
    body = bytearray(64 << 10)
    body[: len(before)] = before
    struct.pack_into("<B5sB", body, 32 << 10, 1, b"CD001", 1)
    struct.pack_into("<I", body, (32 << 10) + 80, blocks)
    struct.pack_into("<H", body, (32 << 10) + 128, 2048)
    return bytes(body)


_F = ImageFormat
_ENDLESS = tuple((0x6803F857, b"") for _ in range(100))

HOSTILE: tuple[Hostile, ...] = (
    Hostile(
        1,
        "backing-file.qcow2",
        _F.QCOW2,
        "image.backing_file",
        lambda: qcow2(backing=CANARY.encode()),
    ),
    Hostile(
        1,
        "backing-file-v2.qcow2",
        _F.QCOW2,
        "image.backing_file",
        lambda: qcow2(version=2, backing=b'json:{"driver":"nbd","host":"127.0.0.1"}'),
    ),
    Hostile(
        1,
        "parent.vmdk",
        _F.VMDK,
        "image.backing_file",
        lambda: vmdk(parent="1234abcd", more=f'parentFileNameHint="{CANARY}"'),
    ),
    Hostile(
        1,
        "differencing.vhd",
        _F.VHD,
        "image.backing_file",
        lambda: vhd(kind=4, parent=CANARY.encode()),
    ),
    Hostile(
        1,
        "parent-in-a-dynamic.vhd",
        _F.VHD,
        "image.backing_file",
        lambda: vhd(parent=CANARY.encode()),
    ),
    Hostile(1, "differencing.vhdx", _F.VHDX, "image.backing_file", lambda: vhdx(parent=True)),
    Hostile(
        2,
        "data-file.qcow2",
        _F.QCOW2,
        "image.data_file",
        lambda: qcow2(incompatible=4, extensions=((0x44415441, CANARY.encode()),)),
    ),
    Hostile(
        2,
        "data-file-by-extension.qcow2",
        _F.QCOW2,
        "image.data_file",
        lambda: qcow2(extensions=((0x44415441, CANARY.encode()),)),
    ),
    Hostile(
        2, "unknown-feature.qcow2", _F.QCOW2, "image.features", lambda: qcow2(incompatible=1 << 40)
    ),
    Hostile(2, "encrypted.qcow2", _F.QCOW2, "image.features", lambda: qcow2(crypt=2)),
    Hostile(2, "unknown-region.vhdx", _F.VHDX, "image.features", lambda: vhdx(unknown=True)),
    Hostile(
        3,
        "foreign-extent.vmdk",
        _F.VMDK,
        "image.extents",
        lambda: vmdk(kind="monolithicFlat", extents=(f'RW 8192 FLAT "{CANARY}" 0',)),
    ),
    Hostile(
        3,
        "second-extent.vmdk",
        _F.VMDK,
        "image.extents",
        lambda: vmdk(extents=('RW 8192 SPARSE "disk.vmdk"', 'RW 8192 SPARSE "other.vmdk"')),
    ),
    Hostile(
        3,
        "type-twice.vmdk",
        _F.VMDK,
        "image.extents",
        lambda: vmdk(more='createType="monolithicFlat"'),
    ),
    Hostile(3, "no-size.vmdk", _F.VMDK, "image.extents", lambda: vmdk(sectors=0)),
    Hostile(
        3,
        "descriptor.vmdk",
        _F.VMDK,
        "image.extents",
        lambda: vmdk_text(f'RW 8192 FLAT "{CANARY}" 0'),
    ),
    Hostile(
        3,
        "sparse-descriptor.vmdk",
        _F.VMDK,
        "image.extents",
        lambda: vmdk_text('RW 8192 SPARSE "passwd"', kind="monolithicSparse"),
    ),
    Hostile(
        4,
        "guest-wrote-a-header.raw",
        _F.RAW,
        "image.format",
        lambda: qcow2(backing=CANARY.encode()),
    ),
    Hostile(
        4, "fixed-vhd.raw", _F.RAW, "image.format", lambda: bytes(4 * MIB >> 6) + vhd(kind=2)[:512]
    ),
    Hostile(5, "lie.qcow2", _F.QCOW2, "image.format", lambda: bytes(4096)),
    Hostile(5, "polyglot.qcow2", _F.QCOW2, "image.format", lambda: iso(before=qcow2()[:512])),
    Hostile(5, "polyglot.iso", _F.ISO, "image.format", lambda: iso(before=qcow2()[:512])),
    Hostile(5, "text.iso", _F.ISO, "image.format", lambda: b"no CD at all\n" * 4096),
    Hostile(5, "vmdk.vhdx", _F.VHDX, "image.format", vmdk),
    Hostile(6, "exabytes.qcow2", _F.QCOW2, "image.size", lambda: qcow2(size=1 << 60)),
    Hostile(6, "exabytes.vmdk", _F.VMDK, "image.size", lambda: vmdk(sectors=1 << 51)),
    Hostile(6, "exabytes.vhdx", _F.VHDX, "image.size", lambda: vhdx(size=1 << 60)),
    Hostile(6, "exabytes.vhd", _F.VHD, "image.size", lambda: vhd(size=1 << 60)),
    Hostile(
        6, "million-snapshots.qcow2", _F.QCOW2, "image.size", lambda: qcow2(snapshots=1_000_000)
    ),
    Hostile(6, "huge-table.qcow2", _F.QCOW2, "image.size", lambda: qcow2(l1_size=1 << 30)),
    Hostile(
        6, "huge-refcounts.qcow2", _F.QCOW2, "image.size", lambda: qcow2(refcount_clusters=1 << 20)
    ),
    Hostile(6, "endless-header.qcow2", _F.QCOW2, "image.size", lambda: qcow2(extensions=_ENDLESS)),
    Hostile(6, "huge-table.vhd", _F.VHD, "image.size", lambda: vhd(entries=1 << 30)),
    Hostile(12, "truncated.iso", _F.ISO, "image.damaged", lambda: iso(blocks=1 << 20)),
    Hostile(12, "corrupt.qcow2", _F.QCOW2, "image.damaged", lambda: qcow2(incompatible=2)),
    Hostile(12, "truncated.vhdx", _F.VHDX, "image.damaged", lambda: vhdx()[: 2 * MIB + 8]),
    Hostile(12, "open-log.vhdx", _F.VHDX, "image.damaged", lambda: vhdx(log=True)),
)
