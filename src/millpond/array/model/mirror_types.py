"""Other arrays that this one is linked to, and the mirrors of LUNs in them."""

from collections.abc import Mapping
from enum import StrEnum

from millpond.array.exports import SpName
from millpond.array.model.types import Frozen, Rate


class Remote(Frozen):
    """Another array. ``certificates`` (PEM) are what its SPs prove themselves with, ``addresses`` where they
    are, for commands and for this array's SPs."""

    serial: str
    name: str
    seed: str
    addresses: Mapping[SpName, str]
    certificates: Mapping[SpName, str]

    @property
    def uid(self) -> str:
        return image_uid(self.seed)


def image_uid(seed: str) -> str:
    """The name of the array with that seed, as of 8 bytes: its image's in a mirror."""
    whole = f"50060160{seed}"
    return ":".join(whole[i : i + 2] for i in range(0, 16, 2)).upper()


class ImageState(StrEnum):
    """Of the secondary image. ``SYNCHRONIZED``: it has every write that was acknowledged. ``CONSISTENT``: it is what
    the primary was at some moment. The other two are no image of any moment."""

    SYNCHRONIZED = "Synchronized"
    CONSISTENT = "Consistent"
    SYNCHRONIZING = "Synchronizing"
    OUT_OF_SYNC = "Out-of-Sync"


class Fractured(StrEnum):
    """Why nothing is written to the secondary image, if so."""

    NO = ""
    ADMIN = "Administratively Fractured"
    SYSTEM = "System Fractured"


class Mirror(Frozen):
    """As one of the two arrays knows it: ``lun`` is its own image, ``primary`` or not, ``far_lun`` (a WWN) that of
    array ``remote``, which is empty if there is no secondary image. ``epoch`` counts how often the primary has
    become another. At the primary ``changes`` is the file in ``directory`` that says where the images may differ,
    and ``boot`` the boot of the other array's machine in which its image was last written to; at the secondary,
    of its own. ``fractures`` counts how often it was fractured, at the secondary as far as it was told: what was
    sent before the last time counts for nothing."""

    name: str
    uid: str
    lun: int
    primary: bool
    epoch: int = 1
    description: str = ""
    intent_log: bool = True
    remote: str = ""
    far_lun: str = ""
    state: ImageState = ImageState.OUT_OF_SYNC
    fractured: Fractured = Fractured.NO
    why: str = ""
    automatic: bool = True
    rate: Rate = Rate.MEDIUM
    directory: str = ""
    changes: str = ""
    boot: str = ""
    fractures: int = 0

    @property
    def active(self) -> bool:
        """What hosts write goes to both images."""
        return bool(self.remote) and not self.fractured
