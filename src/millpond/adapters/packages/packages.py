"""``ports.packages`` on the file systems of this server."""

import asyncio
from collections.abc import Sequence
from contextlib import ExitStack

from millpond.adapters.disks.beneath import Beneath
from millpond.adapters.formats.describing import describe
from millpond.adapters.packages import bringing, packing, reading
from millpond.adapters.packages.contents import opened
from millpond.adapters.tasks.runner import Report, TaskRunner
from millpond.domain.foreign import ForeignDisk, ForeignVm
from millpond.domain.package import ExportFormat, Package, PackedImage
from millpond.domain.vm import DiskFormat


class ServerPackages:
    """Packages below ``folders``, for and from repositories below ``roots``."""

    def __init__(self, roots: Sequence[str], folders: Sequence[str], runner: TaskRunner) -> None:
        self._beneath = Beneath(roots)
        self._folders = Beneath(folders)
        self._runner = runner

    async def look(self, path: str, option: str, system: str) -> Package:
        def look() -> Package:
            contents, description = opened(self._folders, path)
            with contents:
                return reading.read(contents, description, option, system)

        return await asyncio.to_thread(look)

    async def bring(
        self, task: str, path: str, disk: ForeignDisk, to: str, into: DiskFormat, size: int
    ) -> None:
        async def work(report: Report) -> dict[str, float]:
            with ExitStack() as stack:
                contents, description = await asyncio.to_thread(opened, self._folders, path)
                stack.enter_context(contents)
                part = stack.enter_context(await asyncio.to_thread(contents.open, disk.file))
                wanted = await asyncio.to_thread(reading.manifest_of, contents, description)
                if disk.file in wanted:
                    await bringing.check_digest(part, disk.file, wanted[disk.file], report)
                names = (to, f"{to}.making", f"{to}.unpacked")
                places = [stack.enter_context(self._beneath.place(name)) for name in names]
                return await bringing.bring(part, disk, places, into, size, report)

        self._runner.start(task, work)

    async def losses(self, vm: ForeignVm, directory: str, kind: ExportFormat) -> tuple[str, ...]:
        return packing.losses(vm, directory, kind)

    async def export(
        self,
        task: str,
        vm: ForeignVm,
        directory: str,
        to: str,
        kind: ExportFormat,
        image: PackedImage,
    ) -> None:
        async def work(report: Report) -> dict[str, float]:
            if kind is ExportFormat.OVA:
                return await packing.pack(vm, directory, to, self._beneath, image, report)
            with await asyncio.to_thread(self._beneath.place, to) as place:
                await packing.write_text(describe(vm, directory, kind).text, place)
            return {}

        self._runner.start(task, work)
