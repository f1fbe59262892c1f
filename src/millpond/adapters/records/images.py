"""``ports.image_records`` on a directory shared by all servers of the pool."""

import shutil
from contextlib import suppress
from pathlib import Path

from pydantic import TypeAdapter

from millpond.adapters import durable
from millpond.adapters.records.cache import DocumentCache
from millpond.adapters.records.checks import checked, encoded, explained, follows
from millpond.adapters.records.directory import DirectoryRecords
from millpond.adapters.records.lock import exclusive
from millpond.domain import layout
from millpond.domain.errors import Refused
from millpond.domain.image import ImageDocument
from millpond.domain.names import Id, Name
from millpond.domain.template import TemplateDocument

_RECORD = "image.json"
_ID: TypeAdapter[str] = TypeAdapter(Id)
_NAME: TypeAdapter[str] = TypeAdapter(Name)


class DirectoryImages:
    """Beside those of ``records``, under its lock and its conditions."""

    def __init__(self, records: DirectoryRecords) -> None:
        self._records = records
        self._images = DocumentCache(ImageDocument, lambda d: d.id)

    async def images(self, cluster_root: str) -> list[ImageDocument]:
        return await self._records.run(cluster_root, self._list)

    async def put_image(self, cluster_root: str, document: ImageDocument) -> None:
        def put(root: Path) -> None:
            path = root / layout.IMAGES / document.id / _RECORD
            with exclusive(self._records.lock(root)):
                self._records.check_right(root)
                with explained("pool.unreadable", path):
                    current = self._images.read(path)
                if follows(current, document, f"image {document.name}"):
                    self._check_name(root, document)
                    path.parent.mkdir(parents=True, exist_ok=True)
                    durable.sync_directory(path.parent.parent)
                    durable.write(path, encoded(document))

        await self._records.run(cluster_root, put)

    async def delete_image(self, cluster_root: str, image: str) -> None:
        key = checked(_ID, image, "image id")

        def delete(root: Path) -> None:
            path = root / layout.IMAGES / key / _RECORD
            with exclusive(self._records.lock(root)), suppress(FileNotFoundError):
                self._records.check_right(root)
                path.unlink(missing_ok=True)
                path.parent.rmdir()
                durable.sync_directory(path.parent.parent)
            self._images.forget(path)

        await self._records.run(cluster_root, delete)

    async def begin_template(self, cluster_root: str, name: str) -> None:
        key = checked(_NAME, name, "template name")

        def begin(root: Path) -> None:
            with exclusive(self._records.lock(root)):
                self._records.check_right(root)
                folder = root / layout.SEED_POOL / key
                folder.mkdir(exist_ok=True)
                durable.sync_directory(folder.parent)

        await self._records.run(cluster_root, begin)

    async def put_template(self, cluster_root: str, document: TemplateDocument) -> None:
        def put(root: Path) -> None:
            with exclusive(self._records.lock(root)):
                self._records.check_right(root)
                folder = root / layout.SEED_POOL / document.name
                durable.write(folder / layout.TEMPLATE_RECORD, encoded(document))

        await self._records.run(cluster_root, put)

    async def delete_template(self, cluster_root: str, name: str, disks: bool) -> None:
        """The record goes first: a template without all its disks is none."""
        key = checked(_NAME, name, "template name")

        def delete(root: Path) -> None:
            folder = root / layout.SEED_POOL / key
            with exclusive(self._records.lock(root)), suppress(FileNotFoundError):
                self._records.check_right(root)
                (folder / layout.TEMPLATE_RECORD).unlink(missing_ok=True)
                durable.sync_directory(folder)
            if disks and not folder.is_symlink():
                with suppress(FileNotFoundError):
                    shutil.rmtree(folder)

        await self._records.run(cluster_root, delete)

    def _list(self, root: Path) -> list[ImageDocument]:
        folder = root / layout.IMAGES
        return self._images.read_all(folder, _RECORD, _ID) if folder.is_dir() else []

    def _check_name(self, root: Path, document: ImageDocument) -> None:
        for other in self._list(root):
            if other.name == document.name and other.id != document.id:
                raise Refused(
                    "object.exists",
                    f"image {document.name}",
                    f"the pool has another image of that name ({other.id})",
                    "choose another name, or delete that one: millpond image delete POOL IMAGE",
                )
