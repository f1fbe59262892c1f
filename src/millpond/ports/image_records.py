"""The records of a pool's imported images, on its cluster root."""

from typing import Protocol

from millpond.domain.image import ImageDocument
from millpond.domain.names import Id, Name
from millpond.domain.template import TemplateDocument


class ImageRecords(Protocol):
    """As ``ports.records``: the pool master alone answers, writes are durable and a compare-and-set on
    ``generation``."""

    async def images(self, cluster_root: str) -> list[ImageDocument]:
        """All that can be read, by id; unreadable ones are reported in the agent's log and skipped."""
        ...

    async def put_image(self, cluster_root: str, document: ImageDocument) -> None:
        """Raises ``Refused``: ``pool.stale``, or ``object.exists`` if another image has the name."""
        ...

    async def delete_image(self, cluster_root: str, image: Id) -> None:
        """One that is gone is fine."""
        ...

    async def begin_template(self, cluster_root: str, name: str) -> None:
        """Make the folder that its disks are brought to. Without a record in it it is no template. One that
        is there is fine."""
        ...

    async def put_template(self, cluster_root: str, document: TemplateDocument) -> None:
        """``template.json`` beside the disks, which lie there already: then the template is there."""
        ...

    async def delete_template(self, cluster_root: str, name: Name, disks: bool) -> None:
        """Remove ``template.json``, with ``disks`` the whole folder; one that is gone is fine."""
        ...
