"""Looking through a repository for what is not Millpond's: an Oracle VM's tree, or plain image files."""

import os
import shlex
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath
from typing import NamedTuple

from pydantic import TypeAdapter, ValidationError

from millpond.adapters.disks.beneath import Beneath, NoDirectory
from millpond.adapters.images.inspection import inspect
from millpond.adapters.packages import reading
from millpond.adapters.packages.contents import Contents, opened
from millpond.domain.adoption import Find, FindKind, FoundImage
from millpond.domain.backup import BACKUPS
from millpond.domain.errors import Refused
from millpond.domain.foreign import Bus, ForeignDisk, ForeignVm, inside, too_large, unreadable
from millpond.domain.image import ImageFormat
from millpond.domain.job import Refusal
from millpond.domain.layout import (
    FOLDERS,
    ISO_POOL,
    PUBLISH_POOL,
    RUNNING_POOL,
    SEED_POOL,
    SHARED_DISK,
    TEMPLATE_RECORD,
)
from millpond.domain.names import Id

MOST = 4096
"""Finds in one repository."""

_FORMATS = {**{f".{f.value}": f for f in ImageFormat}, ".img": ImageFormat.RAW}
_IN_PLACE = frozenset({ImageFormat.RAW, ImageFormat.QCOW2})
_NOT_OURS = frozenset({"lost+found", BACKUPS})
_ID: TypeAdapter[str] = TypeAdapter(Id)


class _Entry(NamedTuple):
    """A name in a directory, as lstat(2) has it."""

    path: str
    status: os.stat_result
    is_file: bool
    is_folder: bool

    @property
    def name(self) -> str:
        return PurePosixPath(self.path).name

    @property
    def inode(self) -> str:
        return _inode(self.status)


class Survey:
    """One look at the repository ``root``. Whatever stands in its files or names, nothing outside of it
    is opened: directories are entered and files opened without following links."""

    def __init__(self, beneath: Beneath, root: str) -> None:
        self._beneath = beneath
        self._root = root
        self._known: dict[str, list[_Entry]] = {}
        self._names: Counter[str] = Counter()
        self._held: dict[str, str] = {}

    def run(self) -> tuple[Find, ...]:
        """Blocks. Raises ``Refused``: ``storage.*``, ``import.too_large``."""
        finds: list[Find] = []
        for find in self._all():
            finds.append(find)
            if len(finds) > MOST:
                raise too_large(f"repository {self._root}", f"it has more than {MOST} entries")
        return tuple(sorted(map(self._finished, finds), key=lambda f: f.path))

    def _all(self) -> Iterator[Find]:
        kinds: dict[str, Callable[[_Entry], Iterator[Find]]] = {
            RUNNING_POOL: self._in_running_pool,
            SEED_POOL: self._in_seed_pool,
            PUBLISH_POOL: self._in_publish_pool,
            ISO_POOL: self._iso,
            SHARED_DISK: self._shared,
        }
        for entry in self._entries(""):
            if entry.path in FOLDERS:
                if entry.is_folder:
                    for deeper in self._entries(entry.path):
                        yield from kinds[entry.path](deeper)
                else:
                    yield _problem(entry, _strange(entry))
            elif entry.name not in _NOT_OURS and not entry.name.startswith("."):
                yield from self._at_the_top(entry)

    def _entries(self, folder: str) -> list[_Entry]:
        if folder not in self._known:
            where = f"{self._root}/{folder}/any" if folder else f"{self._root}/any"
            with self._beneath.place(where) as place:
                found = [_entry(folder, e) for e in place.entries()]
            self._names.update(e.inode for e in found if e.is_file)
            self._known[folder] = found
        return self._known[folder]

    def _in_running_pool(self, entry: _Entry) -> Iterator[Find]:
        if _is_id(entry.name) and entry.is_folder:
            self._held.update((e.inode, entry.name) for e in self._entries(entry.path) if e.is_file)
        elif entry.is_folder:
            yield self._described(entry, FindKind.VM)
        else:
            yield _problem(entry, _strange(entry))

    def _in_seed_pool(self, entry: _Entry) -> Iterator[Find]:
        if not entry.is_folder:
            yield _problem(entry, _strange(entry))
        elif all(e.name != TEMPLATE_RECORD for e in self._safely(entry)):
            yield self._described(entry, FindKind.TEMPLATE)

    def _in_publish_pool(self, entry: _Entry) -> Iterator[Find]:
        """What Oracle VM deployed for everybody; our own exports are files."""
        if entry.is_folder:
            yield self._described(entry, FindKind.TEMPLATE)

    def _iso(self, entry: _Entry) -> Iterator[Find]:
        """Oracle VM put each into a folder of its own."""
        for each in self._safely(entry) if entry.is_folder else (entry,):
            yield self._image(each, {".iso": FindKind.ISO})

    def _shared(self, entry: _Entry) -> Iterator[Find]:
        yield self._image(entry, dict.fromkeys(_FORMATS, FindKind.DISK))

    def _at_the_top(self, entry: _Entry) -> Iterator[Find]:
        """A folder with a description is a VM, and so is an image by itself."""
        if entry.is_folder:
            yield self._described(entry, FindKind.VM)
            return
        find = self._image(entry, dict.fromkeys(_FORMATS, FindKind.VM) | {".iso": FindKind.ISO})
        if find.kind is FindKind.VM and find.problem is None:
            (image,) = find.images
            disk = ForeignDisk(
                file=entry.name, format=image.format, capacity=image.size, bus=Bus.VIRTIO
            )
            name = PurePosixPath(entry.name).stem[:255]
            find = find.model_copy(
                update={"vm": ForeignVm(name=name, memory=0, vcpus=1, disks=(disk,))}
            )
        yield find

    def _safely(self, folder: _Entry) -> list[_Entry]:
        """Nothing if it cannot be entered: whoever looks into it says why."""
        try:
            return self._entries(folder.path)
        except (Refused, NoDirectory):
            return []

    def _image(self, entry: _Entry, kinds: dict[str, FindKind]) -> Find:
        suffix = PurePosixPath(entry.name).suffix.lower()
        if not entry.is_file or suffix not in kinds:
            return _problem(entry, _strange(entry))
        kind, format_ = kinds[suffix], _FORMATS[suffix]
        try:
            _check_path(entry.path)
            with self._beneath.place(f"{self._root}/any") as place:
                file = place.beside(PurePosixPath(entry.path).parts)
            if file is None:
                raise _strange(entry)
            with file:
                size = inspect(file, format_, entry.path)
                inode = _inode(os.fstat(file.fileno()))
            if kind is not FindKind.ISO:
                self._check_usable(entry.path, format_, size)
        except Refused as problem:
            return _problem(entry, problem, kind)
        found = FoundImage(file=entry.path, format=format_, size=size, inode=inode)
        return Find(path=entry.path, kind=kind, images=(found,))

    def _described(self, entry: _Entry, kind: FindKind) -> Find:
        try:
            _check_path(entry.path)
            self._entries(entry.path)
            contents, _ = opened(self._beneath, f"{self._root}/{entry.path}")
            with contents:
                vm = reading.read(contents, "", "", "", lambda p: _own(entry.name, p)).vm
                drives = [d for d in vm.disks if not d.block and (d.file or not d.cdrom)]
                images = tuple(self._drive(contents, entry.path, d) for d in drives)
        except Refused as problem:
            return _problem(entry, problem, kind)
        except NoDirectory:
            return _problem(entry, _strange(entry), kind)
        return Find(path=entry.path, kind=kind, vm=vm, images=images)

    def _drive(self, contents: Contents, folder: str, disk: ForeignDisk) -> FoundImage:
        format_ = disk.format or ImageFormat.RAW
        if not disk.file or disk.gzip or disk.capacity is None:
            raise unreadable(folder, "a disk of it is no image that lies beside its description")
        file = f"{folder}/{disk.file}"
        self._check_usable(file, format_, disk.capacity)
        with contents.open(disk.file) as part:
            inode = _inode(os.fstat(part.file.fileno()))
        return FoundImage(file=file, format=format_, size=disk.capacity, inode=inode)

    def _check_usable(self, file: str, format_: ImageFormat, size: int) -> None:
        """Raises ``Refused``: guests have raw and qcow2 disks of whole sectors."""
        if format_ in _IN_PLACE and size % 512 == 0:
            return
        path = f"{self._root}/{file}"
        into = shlex.quote(str(PurePosixPath(path).with_suffix(".qcow2")))
        command = f"qemu-img convert -f {format_.driver} -O qcow2 {shlex.quote(path)} {into}"
        what = "its size is no whole number of sectors"
        if format_ not in _IN_PLACE:
            what = f"guests here have no disks of the format {format_.value}"
        raise Refused(
            "image.format",
            f"image {file}",
            what,
            f"convert it beside itself, name that in the VM's description if it has one, and repeat: {command}",
        )

    def _finished(self, find: Find) -> Find:
        """With what only shows once everything was seen."""
        if find.problem is not None:
            return find
        images = tuple(
            i.model_copy(update={"held": self._held.get(i.inode, "")}) for i in find.images
        )
        for image in images:
            with self._beneath.place(f"{self._root}/any") as place:
                file = place.beside(PurePosixPath(image.file).parts)
            if file is None:
                continue
            with file:
                outside = os.fstat(file.fileno()).st_nlink - max(1, self._names[image.inode])
            if outside > 0:
                problem = Refused(
                    "import.reference",
                    f"image {image.file}",
                    "the file has another name, outside of what was looked through, by which others"
                    " may write to it",
                    "remove the other name, or copy the file in its place",
                )
                return find.model_copy(update={"problem": Refusal.of(problem)})
        return find.model_copy(update={"images": images})


def _own(folder: str, path: str) -> str:
    """A file of the VM's own folder, wherever that lay. CDs were shared, and lay in ``iso_pool``."""
    there = PurePosixPath(path)
    if path.startswith("/") and there.parent.name != folder and ISO_POOL not in there.parts:
        raise Refused(
            "import.reference",
            f"vm {folder}",
            f"it has the file {path[:200]!r}, which is not in its own folder",
            "take that disk out of its description, or give the VM a copy of its own",
        )
    return reading.anywhere(path)


def _check_path(path: str) -> None:
    """Raises ``Refused(import.reference)`` for names that would do harm where they are shown."""
    inside("repository", path)


def _entry(folder: str, found: os.DirEntry[str]) -> _Entry:
    """Names that are no text are shown as far as they are."""
    name = os.fsencode(found.name).decode("utf-8", "backslashreplace")
    return _Entry(
        f"{folder}/{name}" if folder else name,
        found.stat(follow_symlinks=False),
        found.is_file(follow_symlinks=False),
        found.is_dir(follow_symlinks=False),
    )


def _is_id(name: str) -> bool:
    try:
        _ID.validate_python(name)
    except ValidationError:
        return False
    return True


def _inode(status: os.stat_result) -> str:
    return f"{status.st_dev}:{status.st_ino}"


def _strange(entry: _Entry) -> Refused:
    what = (
        "a folder that has no place here"
        if entry.is_folder
        else "nothing that is known by its name"
    )
    if not entry.is_folder and not entry.is_file:
        what = "a symbolic link, a device or the like, and is not followed"
    return Refused(
        "import.reference",
        f"entry {entry.name[:200]!r}",
        f"it is {what}",
        "leave it where it is, or move it to the folder it belongs to",
    )


def _problem(entry: _Entry, problem: Refused, kind: FindKind = FindKind.OTHER) -> Find:
    return Find(path=_printable(entry.path), kind=kind, problem=Refusal.of(problem))


def _printable(path: str) -> str:
    return path if path.isprintable() else ascii(path)[1:-1]
