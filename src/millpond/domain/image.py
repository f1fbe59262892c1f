"""Images from outside: their formats, and how far they may go."""

from enum import StrEnum

MAX_VIRTUAL_SIZE = 64 << 40
"""Bytes. VHDX ends there (MS-VHDX 2.6.2.2), the other formats' tools at about the same."""


class ImageFormat(StrEnum):
    """What an image may be said to be. ``vhd`` is what QEMU calls vpc."""

    RAW = "raw"
    QCOW2 = "qcow2"
    VMDK = "vmdk"
    VHD = "vhd"
    VHDX = "vhdx"
    ISO = "iso"

    @property
    def driver(self) -> str:
        """QEMU's block driver for it (``-f``)."""
        return {"vhd": "vpc", "iso": "raw"}.get(self.value, self.value)
