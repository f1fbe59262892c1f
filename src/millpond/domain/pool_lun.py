"""A LUN that all servers of a pool have: a disk for one of its guests, or for several."""

from pydantic import Field

from millpond.domain.array import ArrayPort
from millpond.domain.names import Id, Name
from millpond.domain.vm import Model

DEVICES = "/dev/mapper/"
MOST = 256
"""LUNs of one storage group: numbers of one byte, which all initiators take."""


class PoolLun(Model):
    """``number`` is the array's, ``hlu`` what the hosts of storage group ``group`` see it under. ``uid`` is
    its name for hosts (NAA, hexadecimal), which no other LUN has. ``ports`` are the ways to it, those of
    the SP that owned it first."""

    name: Name = Field(examples=["data1"])
    array: Id
    number: int = Field(ge=0)
    uid: str = Field(pattern=r"^[0-9a-f]{16,32}$", examples=["6006016012603d00956338879d69e511"])
    size: int = Field(ge=512, description="Bytes")
    thin: bool
    group: str = Field(min_length=1, max_length=64)
    hlu: int = Field(ge=0, lt=MOST)
    ports: tuple[ArrayPort, ...] = Field(min_length=1)

    @property
    def device(self) -> str:
        """What it is on every server: the alias of its multipath map, or what stands for it."""
        return f"{DEVICES}{self.name}"

    @property
    def source(self) -> str:
        """Of a VM's disk that is this LUN."""
        return f"phy:{self.device}"


class LunAnswer(Model):
    """What a server finds in a LUN's place through one of the array's ports."""

    port: ArrayPort
    uid: str
    size: int = Field(description="Bytes")
