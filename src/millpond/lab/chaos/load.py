"""What is asked of the manager while servers break: every accepted job must come to an end."""

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from millpond.lab.chaos.clock import Clock

Json = dict[str, Any]
PAUSE_SECONDS = (1.0, 6.0)


class Api(Protocol):
    """The part of the API's client that chaos needs. Its calls raise when they are refused or when
    nobody answers; which of both does not matter here."""

    def get(self, where: str, **params: Any) -> Any: ...

    def items(self, where: str, **params: Any) -> list[Json]: ...

    def submit(self, method: str, where: str, body: Any = None) -> Json: ...


@dataclass
class Load:
    """Moves, pauses, stops and starts guests at random, one request at a time. ``accepted`` are
    the jobs the manager said yes to; ``refused`` counts all else."""

    connect: Callable[[], Api]
    vms: list[str]
    dice: random.Random
    clock: Clock
    accepted: dict[str, str] = field(default_factory=dict)
    refused: int = 0
    _end: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> "Load":
        self._thread = threading.Thread(target=self._run, name="chaos load", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Ask for no more; returns when the last request was answered."""
        self._end.set()
        self._thread.join()

    def _run(self) -> None:
        api = self.connect()
        while not self.clock.wait(self.dice.uniform(*PAUSE_SECONDS), self._end):
            try:
                self._ask(api, self.dice.choice(self.vms))
            except Exception:
                self.refused += 1

    def _ask(self, api: Api, vm: str) -> None:
        power = api.get(f"/vms/{vm}")["power"]
        match power:
            case "running":
                verb = self.dice.choice(("migrate", "migrate", "reset", "pause", "kill"))
            case "paused":
                verb = "unpause"
            case "stopped":
                verb = "start"
            case _:
                return
        job = api.submit("POST", f"/vms/{vm}/{verb}", {} if verb == "migrate" else None)
        self.accepted[str(job["id"])] = f"vm.{verb} {vm}"

    def unended(self) -> dict[str, str]:
        """Accepted jobs that have not ended: id -> what and in which state; "lost" if the manager
        does not know it any more."""
        api = self.connect()
        open_: dict[str, str] = {}
        for job, what in self.accepted.items():
            try:
                state = api.get(f"/jobs/{job}")["state"]
            except Exception as error:
                state = f"lost: {error}"
            if state not in ("done", "failed", "cancelled"):
                open_[job] = f"{what}: {state}"
        return open_
