"""Offers every hostile input to the adapters that take what comes from outside, one after the other, and
prints a line of JSON for each with the code it was refused with: ``python -m tests.data.hostile.offer
FOLDER``. Between two of them it looks for a file that is not there, so that a trace can be cut."""

import asyncio
import json
import sys
from pathlib import Path

from millpond.adapters.images.staging import Sources, StagedImages
from millpond.adapters.packages.packages import ServerPackages
from millpond.adapters.tasks.runner import TaskRunner
from millpond.domain.converting import Wishes, to_config
from millpond.domain.errors import Refused
from millpond.domain.image import ImageFormat
from millpond.domain.job import TaskStatus
from millpond.domain.layout import FOLDERS, vm_directory
from millpond.domain.names import new_id
from millpond.domain.vm import DiskFormat
from tests.data.hostile.corpus import CORPUS, Attack

MARK = "/marked/"


class Offering:
    """A repository, and the folder that is imported from, which is ``FOLDER/import/KEY``."""

    def __init__(self, where: Path) -> None:
        self.imports, self.root = where / "import", where / "OVS"
        for folder in (self.imports, *(self.root / name for name in FOLDERS)):
            folder.mkdir(parents=True)
        self.runner = TaskRunner()
        sources = Sources((), (str(self.imports),), 1 << 40)
        self.images = StagedImages([str(self.root)], sources, self.runner)
        self.packages = ServerPackages([str(self.root)], [str(self.imports)], self.runner)

    def make(self, attack: Attack) -> str:
        folder = self.imports / attack.key
        folder.mkdir()
        return attack.make(folder)

    async def offer(self, attack: Attack, made: str) -> str:
        """The code it is refused with, empty if it is taken."""
        try:
            if attack.declared is not None:
                await self._image(made, attack.declared)
            elif "://" in made:
                await self.images.begin(str(self.root), id_ := new_id(), 0)
                await self.images.fetch("fetch", str(self.root), id_, made)
            else:
                await self._package(made)
        except Refused as refused:
            return refused.code
        return ""

    async def _image(self, path: str, declared: ImageFormat) -> None:
        root, id_ = str(self.root), new_id()
        await self.images.begin(root, id_, 0)
        try:
            await self.images.take(f"take {id_}", root, id_, path)
            await self._ended(f"take {id_}")
            await self.images.check(f"check {id_}", root, id_, declared, ImageFormat.QCOW2, None)
            await self._ended(f"check {id_}")
        finally:
            await self.images.discard(root, id_)

    async def _package(self, path: str) -> None:
        package = await self.packages.look(path, "", "")
        id_ = new_id()
        made = to_config(package.vm, id_, Wishes(), frozenset({"xenbr0"}))
        directory = vm_directory(str(self.root), id_)
        Path(directory).mkdir()
        try:
            for foreign, disk in made.disks:
                to = f"{directory}/{disk.target}"
                task = f"bring {to}"
                await self.packages.bring(task, path, foreign, to, DiskFormat.RAW, disk.size)
                await self._ended(task)
        finally:
            for left in Path(directory).iterdir():
                raise AssertionError(f"{left} is left")
            Path(directory).rmdir()

    async def _ended(self, task: str) -> None:
        while (state := await self.runner.state(task, 10)).status is TaskStatus.RUNNING:
            pass
        if state.refusal is not None:
            raise Refused(**state.refusal.model_dump())
        assert state.status is TaskStatus.DONE, state.error


async def main(where: Path) -> None:
    offering = Offering(where)
    made = {attack.key: offering.make(attack) for attack in CORPUS}
    for attack in CORPUS:
        Path(f"{MARK}{attack.key}").exists()
        code = await offering.offer(attack, made[attack.key])
        Path(f"{MARK}end").exists()
        sys.stdout.write(json.dumps({"key": attack.key, "code": code}) + "\n")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
