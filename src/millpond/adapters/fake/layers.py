"""``ports.layers`` of the fake hypervisor: guests that write nothing, over images that are real files."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from io import FileIO

from millpond.adapters.disks import tool
from millpond.adapters.disks.committing import commit
from millpond.adapters.fake.engine import FakeEngine
from millpond.adapters.fake.guests import FakeGuest
from millpond.adapters.guest_agent_errors import no_agent
from millpond.adapters.tasks.runner import Report, TaskRunner
from millpond.domain.chain import ImageFile, chain
from millpond.domain.errors import Refused
from millpond.domain.image import ImageFormat
from millpond.domain.vm import Disk, GuestSpec, Power
from millpond.ports.hypervisor import Hypervisor

MUTE = "fake:mute"
"""Tag of a guest without an agent."""


class FakeLayers:
    """``hypervisor`` is that of the same server."""

    def __init__(self, engine: FakeEngine, tasks: TaskRunner, hypervisor: Hypervisor) -> None:
        self._engine = engine
        self._tasks = tasks
        self._hypervisor = hypervisor

    async def snapshot(self, task: str, spec: GuestSpec, memory: str | None, quiesce: bool) -> None:
        async def work(report: Report) -> None:
            guest = self._must(spec)
            if guest.spec.config.disks == spec.config.disks:
                return
            if quiesce and MUTE in guest.spec.config.tags:
                raise no_agent(f"vm {spec.config.name}", "leave out --quiesce")
            if memory is not None:
                await self._hypervisor.pause(guest.id)
                await self._engine.take_time(guest, self._engine.delay, report)
                running = self._must(spec).model_copy(update={"power": Power.RUNNING})
                self._engine.store.save(memory, running)
            self._set_disks(spec)

        self._engine.check()
        self._tasks.start(task, work)

    async def merge(self, task: str, spec: GuestSpec) -> None:
        async def work(report: Report) -> None:
            before = {d.target: d for d in self._must(spec).spec.config.disks}
            for disk in spec.config.disks:
                old = before.get(disk.target, disk)
                dropped = _dropped(old, disk)
                if dropped is None:
                    continue
                await asyncio.sleep(self._engine.delay)
                await _merge(list(_images(spec.directory, old))[dropped:], report)
                if dropped == 0:
                    await self._hypervisor.pause(spec.config.id)
            self._set_disks(spec)

        self._engine.check()
        self._tasks.start(task, work)

    def _must(self, spec: GuestSpec) -> FakeGuest:
        self._engine.check()
        found = self._engine.store.get(spec.config.id)
        if found is None or found.spec.run != spec.run:
            raise Refused(
                "vm.state",
                f"vm {spec.config.name}",
                "this run of it is not on this server",
                "see where it is: millpond vm list",
            )
        return found

    def _set_disks(self, spec: GuestSpec) -> None:
        guest = self._must(spec)
        config = guest.spec.config.model_copy(update={"disks": spec.config.disks})
        changed = guest.spec.model_copy(update={"config": config})
        self._engine.store.put(guest.model_copy(update={"spec": changed}))


def _dropped(old: Disk, new: Disk) -> int | None:
    """Which image of the chain is not there any more, counted from the top."""
    left = {new.source, *(layer.source for layer in new.backing)}
    chained = (old.source, *(layer.source for layer in old.backing))
    return next((n for n, source in enumerate(chained) if source not in left), None)


def _images(directory: str, disk: Disk) -> Iterator[ImageFile]:
    images = chain(directory, disk)
    yield ImageFile(path=images.top, format=disk.format)
    yield from images.backing


async def _merge(images: list[ImageFile], report: Report) -> None:
    with ExitStack() as stack:
        opened = [
            tool.Image(
                stack.enter_context(FileIO(i.path, "r+b" if n < 2 else "rb")),
                ImageFormat(i.format.value),
            )
            for n, i in enumerate(images)
        ]
        await commit(opened, images[0].path, report)
