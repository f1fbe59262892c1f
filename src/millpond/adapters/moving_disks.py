"""The note beside a disk's file that says where the disk is now.

While a disk moves, two files have its contents. Its record names the old one until the move has ended; the
note is written at the one instant at which the guest stands still and both files are the same. From then on
the new file is the disk, whatever the record says, until that says so too and the note is gone.
"""

from pathlib import Path

from millpond.adapters import durable
from millpond.domain.chain import chain
from millpond.domain.layout import move_note
from millpond.domain.vm import Disk, GuestSpec


def write_note(directory: str, old: Disk, new: Disk) -> None:
    """Durable when it returns."""
    note = Path(move_note(chain(directory, old).top))
    durable.write(note, new.model_dump_json().encode())


def remove_note(directory: str, old: Disk) -> None:
    """Durable too; one that is gone is fine."""
    note = Path(move_note(chain(directory, old).top))
    note.unlink(missing_ok=True)
    durable.sync_directory(note.parent)


def where_they_are(spec: GuestSpec) -> GuestSpec:
    """The guest with its disks where the notes say that they are. Raises OSError and ValueError for a note
    that cannot be read: then nobody knows which file is the disk."""
    disks = tuple(_moved(spec.directory, disk) or disk for disk in spec.config.disks)
    if disks == spec.config.disks:
        return spec
    config = spec.config.model_copy(update={"disks": disks})
    return spec.model_copy(update={"config": config})


def _moved(directory: str, disk: Disk) -> Disk | None:
    if not disk.source.startswith("file:"):
        return None
    try:
        note = Path(move_note(chain(directory, disk).top)).read_bytes()
    except FileNotFoundError:
        return None
    return Disk.model_validate_json(note)
