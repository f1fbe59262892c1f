"""The pool's block devices by their SCSI-3 persistent reservations (SPC-4 5.13)."""

from typing import NamedTuple, Protocol


class Reservation(NamedTuple):
    """``keys`` are registered. ``guards``: it is held, and of a type that lets nobody but registrants
    write (Write Exclusive or Exclusive Access, Registrants Only or All Registrants): without one, a
    key that is gone keeps nobody from writing."""

    keys: frozenset[int]
    guards: bool


class Luns(Protocol):
    """All raise ``Failed`` if a device does not answer or refuses."""

    async def data_luns(self) -> frozenset[str]:
        """The names (WWID) of all that the pool's data and leases lie on."""
        ...

    async def reservation(self, lun: str) -> Reservation:
        """As the device says now (PERSISTENT RESERVE IN, READ KEYS and READ RESERVATION)."""
        ...

    async def preempt(self, lun: str, key: int) -> None:
        """Remove ``key``'s registration with our own, and abort what its holder has under way (PREEMPT
        AND ABORT). One that is not there is fine."""
        ...
