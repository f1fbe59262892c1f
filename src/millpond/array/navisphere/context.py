"""What a command has to work with: the array as one SP sees it, and who asks."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from millpond.array.exports import SpName
from millpond.array.model.state import State, Usage
from millpond.array.model.types import User
from millpond.array.navisphere.output import Builder
from millpond.array.store.store import Store


@dataclass(frozen=True)
class Context:
    """``alive`` says whether an SP's process runs; ``shown`` are the labels asked for (None: all)."""

    store: Store
    sp: SpName
    user: User
    alive: Callable[[SpName], bool]
    shown: frozenset[str] | None = None

    @property
    def state(self) -> State:
        return self.store.state()

    @property
    def usage(self) -> Usage:
        return self.store.usage()

    def change(self, command: Callable[[State, Usage], State]) -> State:
        """Raises ``Refusal``."""
        return self.store.change(command, time.time())

    def builder(self, width: int = 0) -> Builder:
        return Builder(width, self.shown)
