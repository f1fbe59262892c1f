"""Writing the data of an image into the one beneath it."""

from collections.abc import Sequence

from millpond.adapters.disks import tool
from millpond.adapters.images.inspection import inspect
from millpond.adapters.tasks.runner import Report
from millpond.domain.image import ImageFormat
from millpond.domain.job import Progress


async def commit(images: Sequence[tool.Image], path: str, report: Report) -> None:
    """The first of ``images``, which lies at ``path``, into the second; both are open for writing. It
    stays as it is, so that both chains hold the same, and this can be repeated. The one beneath grows
    with it. Raises ``Refused(storage.full)`` and ``Failed``."""

    def told(percent: float) -> None:
        report(Progress(percent=min(percent, 100.0), message="merging"))

    size = inspect(images[0].file, ImageFormat.QCOW2, path, backed=True)
    arguments = ["commit", "-p", "-d", tool.name_of_chain(images)]
    files = [image.file for image in images]
    await tool.run(path, arguments, files, tool.copying(size), told)
