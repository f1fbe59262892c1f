"""Long work inside an agent, followed by name."""

from typing import Protocol

from millpond.domain.job import TaskState


class Tasks(Protocol):
    async def state(self, task: str, wait: float) -> TaskState:
        """The task's state; waits up to ``wait`` seconds (at most 10) for it to end."""
        ...

    async def cancel(self, task: str) -> None:
        """Ask it to stop; its state says when it has. One that is unknown is fine."""
        ...
