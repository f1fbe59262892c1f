"""What makes a command wait before it is carried out: slow disks, and limits."""

from time import monotonic_ns

from millpond.array.exports import BLOCK, ExportedLun, IoLimit
from millpond.array.scsi.blocks import WRITING, Access, Kind
from millpond.array.state.meters import BACKGROUND, SharedMeters

ELEMENT = 128
"""Blocks of a LUN that lie on one disk before the next disk's turn comes: 64 KiB."""


class Brake:
    """Of one LUN."""

    def __init__(self, lun: ExportedLun, meters: SharedMeters) -> None:
        self._delays, self._limits, self._meters = lun.delays, lun.limits, meters

    def pause(self, access: Access) -> float:
        """Seconds until the command may begin."""
        slow = self._slow(access) if self._delays else 0.0
        return max(slow, self._limited(access)) if self._limits else slow

    def _slow(self, access: Access) -> float:
        first, count = access.lba // ELEMENT, len(self._delays)
        last = (access.lba + max(access.blocks, 1) - 1) // ELEMENT
        if last - first + 1 >= count:
            return max(self._delays)
        return max(self._delays[element % count] for element in range(first, last + 1))

    def _limited(self, access: Access) -> float:
        limit = self._of(access)
        if limit is None:
            return 0.0
        if limit.background:
            return self._meters.background()
        if limit.commands:
            return self._meters.take(limit.slot, 1 / limit.commands)
        if limit.bytes:
            return self._meters.take(limit.slot, access.blocks * BLOCK / limit.bytes)
        return 0.0

    def ended(self, access: Access, begun: int) -> None:
        """Count a command that was carried out as one of what held it back, so that goals are judged by the
        same commands. ``begun``: when it came (monotonic_ns)."""
        limit = self._of(access)
        if limit is not None:
            slot = BACKGROUND if limit.background else limit.slot
            self._meters.ended(slot, (monotonic_ns() - begun) / 1e9)

    def _of(self, access: Access) -> IoLimit | None:
        return next((limit for limit in self._limits if _fits(limit, access)), None)


def _fits(limit: IoLimit, access: Access) -> bool:
    reading, size = access.kind is Kind.READ, access.blocks * BLOCK
    right = limit.reads if reading else limit.writes and access.kind in WRITING
    return right and limit.least <= size <= limit.most


def brake_of(lun: ExportedLun, meters: SharedMeters) -> Brake | None:
    """None if nothing makes the LUN's commands wait."""
    return Brake(lun, meters) if lun.delays or lun.limits else None
