"""LUNs that an array copies while hosts use them: mirrors in another array, and migrations."""

from enum import StrEnum

from pydantic import Field

from millpond.domain.vm import Model


class MirrorKind(StrEnum):
    """``sync``: a write is acknowledged when both images have it. ``async``: the secondary image is what the
    primary was at some moment."""

    SYNC = "sync"
    ASYNC = "async"


class SecondaryImage(Model):
    """All in the array's own words but for ``behind`` and ``progress``."""

    state: str = Field(examples=["Synchronized"])
    condition: str = Field(examples=["Normal"])
    rate: str = Field(default="", description="How fast it is made like the primary")
    progress: int | None = Field(default=None, ge=0, le=100, description="Percent, if told")
    behind: int | None = Field(
        default=None,
        ge=0,
        description="Minutes since the primary was what this image is; of a synchronous one not told",
    )


class ArrayMirror(Model):
    """As the array that was asked knows it: ``lun`` is its own image's, be that the primary or not."""

    name: str
    kind: MirrorKind
    lun: int = Field(ge=0, description="Number of the LUN that is this array's image")
    primary: bool = Field(description="Hosts write to this array's image")
    status: str = Field(description="In the array's own words", examples=["Mirrored"])
    faulted: bool
    images: tuple[SecondaryImage, ...] = Field(description="In other arrays, or this one's own")


class ArrayMigration(Model):
    """A LUN whose data moves to where another one lies, which is used up by it."""

    source: int = Field(ge=0, description="Number of the LUN that moves")
    source_name: str
    destination: int = Field(ge=0)
    destination_name: str
    rate: str = Field(examples=["MEDIUM"])
    state: str = Field(description="In the array's own words", examples=["MIGRATING"])
    progress: int = Field(ge=0, le=100, description="Percent")
    left: str = Field(description="How long it will take, in the array's own words")
