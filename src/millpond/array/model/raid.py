"""RAID types: how many disks they take, and what is left of them for data.

Redundancy itself is left to the file systems that the array's directories lie on: here, it is arithmetic.
"""

from collections.abc import Sequence

GROUP_TYPES = ("r0", "r1", "r1_0", "r3", "r5", "r6", "id", "hot_spare")
POOL_TYPES = ("r_5", "r_6", "r_10")

POOL_WIDTH = {"r_5": (5, 1), "r_6": (8, 2)}
"""Disks and parity disks of a pool's inner groups."""


def group_fits(raid_type: str, disks: int) -> bool:
    """Whether a RAID group of that type may have that many disks."""
    fits = {
        "r0": 3 <= disks <= 16,
        "r1": disks == 2,
        "r1_0": 2 <= disks <= 16 and disks % 2 == 0,
        "r3": disks in (5, 9),
        "r5": 3 <= disks <= 16,
        "r6": 4 <= disks <= 16 and disks % 2 == 0,
        "id": disks == 1,
        "hot_spare": disks == 1,
    }
    return fits[raid_type]


def group_blocks(raid_type: str, disks: Sequence[int]) -> int:
    """Blocks for data. Every disk counts as much as the smallest."""
    count = {
        "r0": len(disks),
        "r1": 1,
        "r1_0": len(disks) // 2,
        "r3": len(disks) - 1,
        "r5": len(disks) - 1,
        "r6": len(disks) - 2,
        "id": 1,
        "hot_spare": 0,
    }
    return count[raid_type] * min(disks)


def pool_fits(raid_type: str, disks: int) -> bool:
    """Whether a tier of a pool may have that many disks."""
    if raid_type == "r_10":
        return disks >= 4 and disks % 2 == 0
    return disks >= {"r_5": 3, "r_6": 4}[raid_type]


def pool_blocks(raid_type: str, disks: Sequence[int]) -> int:
    """Blocks for data of one tier: its disks make as many inner groups as they fill, or one more."""
    if raid_type == "r_10":
        return len(disks) // 2 * min(disks)
    width, parity = POOL_WIDTH[raid_type]
    inner = -(-len(disks) // width)
    return (len(disks) - inner * parity) * min(disks)
