"""An operation: one class on one screen.

The order is always the same. ``plan`` looks at the world, changes nothing, and either refuses with
a reason and a fix or returns every decision the work needs (the chosen server, fresh ids). The plan
is stored with the job, so that whoever resumes it decides nothing anew. ``locks`` follow from spec
and plan. ``steps`` are pure descriptions; each can say whether it is done already (``observe``), do
it (``act``) and take it back (``undo``).
"""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from pydantic import BaseModel

from millpond.domain.errors import Refused
from millpond.domain.job import Lock, Observation, Progress
from millpond.domain.permissions import Permission
from millpond.ports.world import World


class Context(Protocol):
    """What the engine lends a step while it acts."""

    @property
    def job(self) -> str:
        """The job's id: names tasks and marks, so that a resumed step finds its own work."""
        ...

    @property
    def cancelled(self) -> bool:
        """Somebody asked for the job to be cancelled; long steps look and stop."""
        ...

    async def report(self, progress: Progress) -> None: ...

    async def result(self, values: dict[str, Any]) -> None:
        """Add to the job's result (JSON values), such as a migration's downtime."""
        ...


class Cancelled(Exception):
    """Raised by a step that stopped because its job was cancelled."""


async def _nothing() -> None:
    """A step whose effect needs no taking back."""


@dataclass(frozen=True)
class Step:
    """One durable unit of work.

    The engine runs it as: observe; DONE -> next step; ABSENT or PARTIAL -> act, observe again, and
    anything but DONE is a failure; UNKNOWN -> look again later, and hold the job if it
    stays so. ``act`` must cope with PARTIAL; one that gets no answer is repeated likewise. It may
    return DONE if the world's own answer to it says so: then nobody has to ask again.
    ``undo`` runs in reverse order when a later step fails or the job is cancelled, and must cope with
    nothing having been done.
    ``point_of_no_return`` marks a step that, once done, stays: undoing stops short of it, so only
    the steps after it are taken back.
    """

    name: str
    observe: Callable[[], Awaitable[Observation]]
    act: Callable[[Context], Awaitable[Observation | None]]
    undo: Callable[[], Awaitable[None]] = _nothing
    point_of_no_return: bool = False


S = TypeVar("S", bound=BaseModel)
P = TypeVar("P", bound=BaseModel)


class Operation(ABC, Generic[S, P]):
    """A change users can ask for. Subclasses are stateless; ``kind`` is the public name."""

    kind: ClassVar[str]
    summary: ClassVar[str]
    permission: ClassVar[Permission]
    spec_type: ClassVar[type[BaseModel]]
    plan_type: ClassVar[type[BaseModel]]

    @abstractmethod
    async def plan(self, world: World, spec: S) -> P:
        """Decide everything, change nothing. Raises ``Refused``."""

    @abstractmethod
    def locks(self, spec: S, plan: P) -> list[Lock]:
        """What to hold from acceptance to the end."""

    @abstractmethod
    def subject(self, spec: S, plan: P) -> str:
        """The object the job is about, as ``kind:id``."""

    @abstractmethod
    def steps(self, world: World, spec: S, plan: P) -> list[Step]:
        """The work, from spec and plan alone; the same list every time."""


def check_generation(subject: str, generation: int, if_match: int | None) -> None:
    """Refuse when the record has moved on since the caller read it (If-Match, RFC 9110, 13.1.1)."""
    if if_match is not None and if_match != generation:
        raise Refused(
            "request.etag",
            subject,
            f"it is at generation {generation}, not {if_match}",
            "read it again and repeat",
        )


def seen(done: bool) -> Observation:
    """DONE or ABSENT, for steps that know no middle."""
    return Observation.DONE if done else Observation.ABSENT


def admitted(step: Step, check: Callable[[], Awaitable[None]]) -> Step:
    """``step``, which writes a record, and ``check`` once that is written. Plans are made side by side
    and may count on the same room: of two that do not fit together, never both stay."""

    async def observe() -> Observation:
        seen = await step.observe()
        if seen is Observation.DONE:
            await check()
        return seen

    return replace(step, observe=observe)
