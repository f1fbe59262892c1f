"""Second names for files that are there already."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import FileIO
from pathlib import PurePosixPath

from millpond.adapters.adoption.survey import Survey
from millpond.adapters.disks.beneath import Beneath
from millpond.adapters.images.arriving import digest
from millpond.adapters.images.inspection import inspect
from millpond.adapters.images.reading import size_of
from millpond.adapters.tasks.runner import Report, TaskRunner
from millpond.domain.adoption import Find
from millpond.domain.errors import not_found
from millpond.domain.image import ImageFacts, ImageFormat

Facts = dict[tuple[str, str], ImageFacts]


class ServerAdoption:
    """In repositories below ``roots``. ``known`` keeps what was found of files, for as long as the agent
    runs."""

    def __init__(self, roots: Sequence[str], runner: TaskRunner, known: Facts) -> None:
        self._beneath = Beneath(roots)
        self._runner = runner
        self._known = known

    async def survey(self, root: str) -> tuple[Find, ...]:
        return await asyncio.to_thread(Survey(self._beneath, root).run)

    async def take(self, root: str, file: str, format: ImageFormat, to: str) -> None:  # noqa: A002
        def take() -> None:
            with self._opened(root, file) as source:
                inspect(source, format, file)
                with self._beneath.place(str(PurePosixPath(to).parent)) as folder:
                    folder.make_directory(0o755)
                with self._beneath.place(to) as place:
                    place.link(source)

        await asyncio.to_thread(take)

    async def release(self, root: str, file: str, to: str) -> None:
        def release() -> None:
            with self._opened(root, file) as source, self._beneath.place(to) as place:
                if to != f"{root}/{file}":
                    place.unlink_if(source)

        await asyncio.to_thread(release)

    async def digest(self, task: str, root: str, file: str, format: ImageFormat) -> None:  # noqa: A002
        async def work(report: Report) -> None:
            with self._opened(root, file) as source:
                size = await asyncio.to_thread(inspect, source, format, file)
                found = await digest(source, report)
                self._known[root, file] = ImageFacts(
                    received=size_of(source), sha256=found, virtual_size=size
                )

        self._runner.start(task, work)

    async def facts(self, root: str, file: str) -> ImageFacts | None:
        return self._known.get((root, file))

    @contextmanager
    def _opened(self, root: str, file: str) -> Iterator[FileIO]:
        """A file of the repository, reached through no link. Raises ``Refused(request.not_found)``."""
        with self._beneath.place(f"{root}/any") as place:
            opened = place.beside(PurePosixPath(file).parts)
            if opened is None:
                raise not_found("file", f"{root}/{file}", "put it back there, or leave it out")
            with opened:
                yield opened
