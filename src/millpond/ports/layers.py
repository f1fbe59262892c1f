"""The images beneath a running guest's disks."""

from typing import Protocol

from millpond.domain.names import AbsolutePath
from millpond.domain.vm import GuestSpec


class Layers(Protocol):
    """Both methods bring the guest's disks to those of ``spec.config`` and touch nothing else of it. They
    start a task; asked for what is already so, it does nothing. It fails with ``Refused(vm.state)`` if
    the guest does not run here under ``spec.run``."""

    async def snapshot(
        self, task: str, spec: GuestSpec, memory: AbsolutePath | None, quiesce: bool
    ) -> None:
        """Disks of ``spec`` have one image more on their top, which is there and empty: have the guest
        write to it from now on, all disks in the same moment. ``quiesce``: its file systems are frozen
        then, by its agent; the task fails with ``Refused(snapshot.agent)`` if none answers.

        With ``memory`` the guest stands still, and its memory of that moment is written to the file;
        it stands still after: let it run on (``Hypervisor.unpause``)."""
        ...

    async def merge(self, task: str, spec: GuestSpec) -> None:
        """A disk of ``spec`` has one image less: write its data into the one beneath it. The image stays
        where it is. If it was the one that the guest writes to, the guest stands still after, and both
        chains hold the same: let it run on once its record has the new one."""
        ...
