"""What is checked before a record is written, and said when one cannot be read."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from millpond.adapters.records.cache import UnreadableRecord
from millpond.domain.errors import Refused
from millpond.domain.fencing import FencingDocument
from millpond.domain.image import ImageDocument
from millpond.domain.pool import PoolDocument
from millpond.domain.template import TemplateDocument
from millpond.domain.vm import VmDocument

Versioned = PoolDocument | VmDocument | FencingDocument | ImageDocument


def follows(current: Versioned | None, document: Versioned, subject: str) -> bool:
    """Compare and set: True if ``document`` may replace ``current``, False if it is there
    already; raises ``Refused(pool.stale)`` unless it is the next generation."""
    if current == document:
        return False
    have = current.generation if current is not None else 0
    if document.generation == have + 1:
        return True
    raise Refused(
        "pool.stale",
        subject,
        f"its record is at generation {have}, the change was made for {document.generation - 1}",
        "read it again and repeat the change",
    )


def encoded(document: Versioned | TemplateDocument) -> bytes:
    """A record as it stands in its file: JSON that people can read and mend."""
    return document.model_dump_json(indent=2).encode() + b"\n"


def checked(kind: TypeAdapter[str], value: str, what: str) -> str:
    """``value`` if it is a ``kind``. Names come over the wire as plain strings and end up in
    paths. Raises ``Refused(request.invalid)``."""
    try:
        return kind.validate_python(value)
    except ValidationError as error:
        raise Refused(
            "request.invalid", what, f"{value!r} is none", "see the reference of names"
        ) from error


@contextmanager
def explained(code: str, path: Path) -> Iterator[None]:
    """Turn an unreadable record into a refusal that names the file."""
    try:
        yield
    except UnreadableRecord as error:
        raise Refused(
            code, str(path), str(error), "repair the file by hand, or restore it from a backup"
        ) from error
