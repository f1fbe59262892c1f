"""Arrays to test with."""

from pathlib import Path

from millpond.array.model import identity
from millpond.array.model.state import State
from millpond.array.model.types import Tier
from millpond.array.model.units import BLOCKS
from millpond.array.store.store import Store, create

DISK = 100 * BLOCKS["gb"]
IQN = "iqn.1993-08.org.debian:01:e57138cd5b4"


def array(disks: int = 10) -> State:
    """Disks of 100 GB; the last five are SATA."""
    tiers = [Tier.SAS] * (disks - 5) + [Tier.SATA] * 5
    chosen = [(tier, DISK, f"data/{tier.name.lower()}") for tier in tiers]
    management = {"A": "127.0.0.2", "B": "127.0.0.3"}
    return identity.new("APM00153042305", "K10", "12603d00", management, chosen)


def stored(root: Path, disks: int = 10) -> Store:
    create(root, array(disks))
    return Store(root)
