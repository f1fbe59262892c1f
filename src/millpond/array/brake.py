"""What makes a command wait before it is carried out."""

from millpond.array.scsi.blocks import Access

ELEMENT = 128
"""Blocks of a LUN that lie on one disk before the next disk's turn comes: 64 KiB."""


class Brake:
    """Of one LUN. ``delays``: seconds that each of its disks takes longer, in the order in which they are
    striped."""

    def __init__(self, delays: tuple[float, ...]) -> None:
        self._delays = delays

    def pause(self, access: Access) -> float:
        """Seconds until the command may begin."""
        first, count = access.lba // ELEMENT, len(self._delays)
        last = (access.lba + max(access.blocks, 1) - 1) // ELEMENT
        if last - first + 1 >= count:
            return max(self._delays)
        return max(self._delays[element % count] for element in range(first, last + 1))
