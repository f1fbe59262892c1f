"""``ports.live_copies`` for guests that write nothing: whoever writes to their disks is taken for them.

A mark is a copy of the disk as it was, and what changed since is what differs from it now.
"""

import asyncio
import shutil
from collections.abc import Callable, Collection, Sequence
from contextlib import ExitStack
from io import FileIO
from pathlib import Path

from millpond.adapters.disks import tool
from millpond.adapters.fake.engine import FakeEngine
from millpond.adapters.fake.guests import FakeGuest
from millpond.adapters.fake.layers import MUTE
from millpond.adapters.guest_agent_errors import no_agent
from millpond.domain.backup import Quiesce
from millpond.domain.chain import Chain, chain
from millpond.domain.image import ImageFormat
from millpond.domain.job import Progress
from millpond.domain.vm import Disk, DiskFormat
from millpond.ports.live_copies import Copied, LiveCopy, check_room, not_here, not_plugged

_LOST = "what changed since then is not known"


class FakeLiveCopies:
    """``marks`` is a directory of its own. What is under way ends with the agent."""

    def __init__(self, engine: FakeEngine, marks: Path) -> None:
        self._engine = engine
        self._marks = marks

    async def under_way(self, vm: str, mark: str) -> bool:
        self._engine.check()
        return False

    async def copy(
        self,
        vm: str,
        run: str,
        copies: Sequence[LiveCopy],
        mark: str,
        since: str | None,
        room: int,
        quiesce: Quiesce,
        report: Callable[[Progress], None],
    ) -> Copied:
        self._engine.check()
        guest = self._engine.store.get(vm)
        if guest is None or guest.spec.run != run:
            raise not_here(vm)
        disks = {d.target: d for d in guest.spec.config.disks}
        for each in copies:
            if each.target not in disks:
                raise not_plugged(vm, each.target)
        marks = {t: self._mark(guest, since, d) for t, d in disks.items() if since is not None}
        whole = [c.target for c in copies if c.target not in marks or not marks[c.target].exists()]
        tops = [Path(chain(guest.spec.directory, disks[target]).top) for target in whole]
        check_room(vm, [top.stat().st_blocks * 512 for top in tops], room)
        mute = MUTE in guest.spec.config.tags
        if mute and quiesce is Quiesce.REQUIRE:
            raise no_agent(f"vm {vm}", "do without: --quiesce try")
        try:
            for each in copies:
                disk = disks[each.target]
                files = chain(guest.spec.directory, disk)
                before = None if each.target in whole else marks[each.target]
                await _image(disk, files, before, Path(each.path))
                await _keep(disk, files, self._mark(guest, mark, disk))
            await self._engine.take_time(guest, self._engine.delay, report)
        except BaseException:
            await self.forget(vm, [mark])
            raise
        asked = quiesce is not Quiesce.NO
        why_not = "its guest agent does not answer" if asked and mute else ""
        return Copied(dict.fromkeys(whole, _LOST), asked and not mute, why_not)

    async def thaw(self, vm: str) -> None:
        self._engine.check()

    async def stop(self, vm: str, mark: str) -> None:
        self._engine.check()

    async def forget(self, vm: str, marks: Collection[str]) -> None:
        self._engine.check()
        for mark in marks:
            await asyncio.to_thread(shutil.rmtree, self._marks / vm / mark, ignore_errors=True)

    def _mark(self, guest: FakeGuest, mark: str, disk: Disk) -> Path:
        """That of a raw disk is of this run alone."""
        run = f"-{guest.spec.run}" if disk.format is DiskFormat.RAW else ""
        return self._marks / guest.id / mark / f"{disk.target}{run}"


async def _keep(disk: Disk, source: Chain, kept: Path) -> None:
    kept.parent.mkdir(parents=True, exist_ok=True)
    await _image(disk, source, None, kept)


async def _image(disk: Disk, source: Chain, before: Path | None, to: Path) -> None:
    """All of ``source``, or its clusters that differ from ``before``."""
    with ExitStack() as stack:
        paths = [(source.top, disk.format), *((i.path, i.format) for i in source.backing)]
        images = [
            tool.Image(stack.enter_context(FileIO(path, "rb")), ImageFormat(form.value))
            for path, form in paths
        ]
        made = stack.enter_context(FileIO(to, "x+b"))
        now, name, limits = tool.name_of_chain(images), tool.name_of(made), tool.copying(disk.size)
        files = [*(image.file for image in images), made]
        if before is None:
            await tool.run(str(to), ["convert", "-O", "qcow2", now, name], files, limits)
            return
        old = stack.enter_context(FileIO(before, "rb"))
        create = ["create", "-q", "-f", "qcow2", "-F", disk.format.value, "-b", now, name]
        await tool.run(str(to), create, files, limits)
        rebase = ["rebase", "-f", "qcow2", "-F", "qcow2", "-b", tool.name_of(old), name]
        await tool.run(str(to), rebase, [*files, old], limits)
