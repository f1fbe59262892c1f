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


class Period(StrEnum):
    """When an asynchronous image is updated by itself: never, or some minutes after the last update began or ended."""

    MANUAL = "Manual"
    START = "Start Of Last Update"
    END = "End Of Last Update"


class Updates(Frozen):
    """How the image of an asynchronous mirror is kept: ``number`` is that of the last update. ``kept`` is a file beside
    the array's own image, there while an update is under way: at the primary it is the point in time that is sent, at
    the secondary the image as it was before. At the primary ``delta`` is the map of what of it is still to be sent, and
    ``asked`` whether the next update is wanted now. Moments are seconds since the epoch, by the clock of the primary's
    array: ``begun`` and ``ended`` are the last update's, ``image`` is when the primary was what the secondary image is;
    0 if there is none."""

    period: Period = Period.MANUAL
    minutes: int = 0
    number: int = 0
    kept: str = ""
    delta: str = ""
    asked: bool = False
    begun: float = 0.0
    ended: float = 0.0
    image: float = 0.0

    @property
    def under_way(self) -> bool:
        return bool(self.kept)

    @property
    def due(self) -> float:
        """When the next one begins by itself; 0 for never."""
        since = {Period.START: self.begun, Period.END: self.ended}.get(self.period)
        return 0.0 if since is None else since + 60 * self.minutes


class Mirror(Frozen):
    """As one of the two arrays knows it: ``lun`` is its own image, ``primary`` or not, ``far_lun`` (a WWN) that of
    array ``remote``, which is empty if there is no secondary image. ``epoch`` counts how often the primary has
    become another. At the primary ``changes`` is the file in ``directory`` that says where the images may differ,
    and ``boot`` the boot of the other array's machine in which its image was last written to; at the secondary,
    of its own. ``fractures`` counts how often it was fractured, at the secondary as far as it was told: what was
    sent before the last time counts for nothing. ``updates`` is None for a synchronous mirror."""

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
    updates: Updates | None = None

    @property
    def asynchronous(self) -> bool:
        return self.updates is not None

    @property
    def turn(self) -> int:
        """What goes with all that is written to the secondary image: with another one it comes too late."""
        return self.fractures if self.updates is None else self.updates.number

    @property
    def taking(self) -> bool:
        """Whether the secondary image is written to."""
        if self.updates is not None:
            return self.updates.under_way
        return self.state in (ImageState.SYNCHRONIZED, ImageState.SYNCHRONIZING)

    @property
    def whole(self) -> ImageState:
        """What its image is when it has been copied: nobody waits for an asynchronous one."""
        return ImageState.SYNCHRONIZED if self.updates is None else ImageState.CONSISTENT

    @property
    def active(self) -> bool:
        """What hosts write goes to both images."""
        return bool(self.remote) and not self.fractured
