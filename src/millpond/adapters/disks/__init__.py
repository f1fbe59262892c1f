"""Disk images with qemu-img(1)."""

from millpond.adapters.disks.qemu_img import QemuImgDisks

__all__ = ["QemuImgDisks"]
