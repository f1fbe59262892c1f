"""What a command has to work with: the array as one SP sees it, and who asks."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from millpond.array.exports import SpName
from millpond.array.model.mirror_types import ImageState, Mirror
from millpond.array.model.refusals import Refusal
from millpond.array.model.state import State, Usage
from millpond.array.model.types import Lun, User
from millpond.array.navisphere.output import Builder
from millpond.array.statistics import Statistics
from millpond.array.store.files import NoReflinks
from millpond.array.store.store import Hold, NotHeld, Store


class Owners(Protocol):
    """Which SP serves a LUN: the front end's to know, for hosts move LUNs too. Calls may wait, and do not come
    from the front end's own thread."""

    def of(self, lun: Lun) -> SpName: ...

    def take(self, lun: Lun) -> None:
        """This SP serves it from now on."""
        ...

    def hold(self) -> Hold:
        """What keeps hosts from writing, in both SPs, while it is entered."""
        ...

    def statistics(self) -> Statistics:
        """What hosts did through the SPs that run."""
        ...


class FarArrays(Protocol):
    """The arrays that this one is linked to. Calls wait, and do not come from the front end's own thread."""

    def call(self, serial: str, request: dict[str, Any]) -> Any:
        """What the other array answers. Raises ``Refusal``."""
        ...

    def begin(self, mirror: Mirror) -> None:
        """Synchronize the mirror's image. Raises ``Refusal``."""
        ...

    def tell(self, mirror: Mirror, image: ImageState) -> None:
        """What the image is from now on. Raises ``Refusal``."""
        ...

    def heard(self, uid: str) -> bool:
        """Whether the primary's array says, now, that the mirror's image here has all."""
        ...

    def links(self) -> dict[SpName, dict[str, bool]]:
        """Whether there is a link, of each SP that runs, by the other array's serial number."""
        ...


@dataclass(frozen=True)
class Context:
    """``alive`` says whether an SP's process runs; ``shown`` are the labels asked for (None: all).
    ``owners`` and ``far`` are None where no front end runs: the model's own word counts then."""

    store: Store
    sp: SpName
    user: User
    alive: Callable[[SpName], bool]
    owners: Owners | None = None
    shown: frozenset[str] | None = None
    far: FarArrays | None = None

    @property
    def state(self) -> State:
        return self.store.state()

    @property
    def usage(self) -> Usage:
        return self.store.usage()

    def change(self, command: Callable[[State, Usage], State]) -> State:
        """Raises ``Refusal``."""
        return self.store.change(command, time.time())

    def copy(self, command: Callable[[State, Usage], State], hold: Hold | None = None) -> State:
        """A change that copies LUNs, all at one instant of what hosts write. ``hold``: what is done in that
        instant, around ``still``. Raises ``Refusal``."""
        try:
            return self.store.change(command, time.time(), hold or self.still())
        except NoReflinks as error:
            raise Refusal("snap.reflinks") from error
        except NotHeld as error:
            raise Refusal("snap.not_held", why=error) from error

    def still(self) -> Hold | None:
        """What keeps hosts from writing while it is entered."""
        return self.owners.hold() if self.owners else None

    def owner(self, lun: Lun) -> SpName:
        return self.owners.of(lun) if self.owners else lun.current_owner

    def statistics(self) -> Statistics:
        """Empty while they are switched off, or where no front end runs."""
        return self.owners.statistics() if self.owners and self.state.array.statistics else {}

    def builder(self, width: int = 0) -> Builder:
        return Builder(width, self.shown)
