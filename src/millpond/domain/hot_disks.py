"""What of a VM's disks can be changed while it runs.

Virtio and SCSI disks are plugged and unplugged. IDE drives (hd) are part of the machine: those a guest
has stay, and none is added, but a CD is changed in its drive.
"""

from typing import NamedTuple

from millpond.domain.vm import Disk

_CHANGED_HOT = ("size", "iops_limit", "rate_limit")
"""Of a disk that stays what it is."""

_OF_A_CD = ("source", "size")


class DiskChanges(NamedTuple):
    """What to do to the disks a guest has: unplug, plug in, and change the first of each pair into the
    second, in this order. What is in none of them waits for the next start."""

    unplugged: tuple[Disk, ...]
    plugged: tuple[Disk, ...]
    changed: tuple[tuple[Disk, Disk], ...]


def disk_changes(active: tuple[Disk, ...], wanted: tuple[Disk, ...]) -> DiskChanges:
    """From the disks that a guest has to those it should have, as far as that can be done hot."""
    have, want = {d.target: d for d in active}, {d.target: d for d in wanted}
    both = [(have[t], want[t]) for t in have if t in want and have[t] != want[t]]
    changed = [(old, new) for old, new in both if _can_become(old, new)]
    replaced = [pair for pair in both if pair not in changed and _plugs(pair[0])]
    return DiskChanges(
        unplugged=(
            *(d for t, d in have.items() if t not in want and _plugs(d)),
            *(old for old, _ in replaced),
        ),
        plugged=(
            *(d for t, d in want.items() if t not in have and _plugs(d)),
            *(new for _, new in replaced),
        ),
        changed=tuple(changed),
    )


def in_order(disks: dict[str, Disk], wanted: tuple[Disk, ...]) -> tuple[Disk, ...]:
    """A guest's disks, by target, in the order in which its record names them."""
    order = {d.target: n for n, d in enumerate(wanted)}
    return tuple(sorted(disks.values(), key=lambda d: order.get(d.target, len(order))))


def _plugs(disk: Disk) -> bool:
    return not disk.target.startswith("hd")


def _can_become(old: Disk, new: Disk) -> bool:
    """A disk only grows."""
    fields = _OF_A_CD if old.cdrom and new.cdrom else _CHANGED_HOT
    same = old.model_copy(update={f: getattr(new, f) for f in fields}) == new
    return same and (old.cdrom or new.size >= old.size)
