"""Files of a repository, reached without following a symbolic link that somebody planted there."""

import errno
import os
import stat
from collections.abc import Sequence
from contextlib import suppress
from io import FileIO
from pathlib import Path
from types import TracebackType
from typing import Self

from pydantic import TypeAdapter, ValidationError

from millpond.adapters.storage_errors import translated, translation
from millpond.domain.errors import Refused, not_found
from millpond.domain.layout import STAGING
from millpond.domain.names import AbsolutePath

UNFINISHED = ".partial"
"""What a file's name ends in until it is complete."""

_PATH: TypeAdapter[str] = TypeAdapter(AbsolutePath)
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC  # no link, no FIFO to block on


class NoDirectory(Exception):
    """The repository is there, the directory of the file is not."""


class Place:
    """A name in an open directory, a context manager: everything is done relative to that
    directory (openat(2)), and OSErrors leave it as ``storage.*`` refusals."""

    def __init__(self, root: str, directory: int, path: str) -> None:
        self.path = path
        self.name = Path(path).name
        self._root = root
        self._directory = directory
        self._unfinished = self.name + UNFINISHED

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
        if isinstance(error, OSError):
            refused = translation(self._root, error)
            if refused is not None:
                raise refused from error

    def close(self) -> None:
        os.close(self._directory)

    def files(self) -> list[str]:
        """The names in its directory."""
        return os.listdir(self._directory)  # noqa: PTH208 - an open directory

    def entries(self) -> list[os.DirEntry[str]]:
        """What is in its directory, by name; links are not followed by who asks them."""
        with os.scandir(self._directory) as found:
            return sorted(found, key=lambda e: e.name)

    def beside(self, parts: Sequence[str]) -> FileIO | None:
        """A file to read, by its way from this directory and through no link; None if there is none."""
        directory = os.dup(self._directory)
        try:
            for part in parts[:-1]:
                deeper = os.open(part, _DIRECTORY, dir_fd=directory)
                os.close(directory)
                directory = deeper
            file = FileIO(os.open(parts[-1], os.O_RDONLY | _FILE, dir_fd=directory), "rb")
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise _invalid(f"{self.path}: {'/'.join(parts)}", "cannot be opened") from error
        finally:
            os.close(directory)
        if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            return file
        file.close()
        raise _invalid(f"{self.path}: {'/'.join(parts)}", "is no regular file")

    def open(self, writable: bool = False) -> FileIO:
        """The file, which is there. Raises ``Refused``: ``request.not_found``, or
        ``request.invalid`` if it is no regular file."""
        mode, flags = ("rb+", os.O_RDWR) if writable else ("rb", os.O_RDONLY)
        try:
            file = FileIO(os.open(self.name, flags | _FILE, dir_fd=self._directory), mode)
        except FileNotFoundError as error:
            raise not_found("disk", self.path, "put the file back there, or use another") from error
        except OSError as error:
            if error.errno in (errno.ELOOP, errno.EISDIR, errno.ENXIO):
                raise _invalid(self.path, "is no regular file") from error
            raise
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            file.close()
            raise _invalid(self.path, "is no regular file")
        return file

    def status(self) -> os.stat_result | None:
        """stat(2) of the name itself, None if there is none."""
        try:
            return os.stat(self.name, dir_fd=self._directory, follow_symlinks=False)
        except FileNotFoundError:
            return None

    def begin(self) -> FileIO:
        """A new file under the unfinished name; one that an earlier try left is dropped."""
        self.discard()
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | _FILE
        return FileIO(os.open(self._unfinished, flags, 0o600, dir_fd=self._directory), "rb+")

    def resume(self) -> FileIO:
        """The unfinished file as an earlier try left it, or a new one."""
        flags = os.O_RDWR | os.O_CREAT | _FILE
        return FileIO(os.open(self._unfinished, flags, 0o600, dir_fd=self._directory), "rb+")

    def unfinished(self) -> os.stat_result | None:
        """stat(2) of the unfinished file, None if there is none."""
        try:
            return os.stat(self._unfinished, dir_fd=self._directory, follow_symlinks=False)
        except FileNotFoundError:
            return None

    def move(self, to: "Place") -> None:
        """Give the file the name of another place in its file system, where no other may be.
        Durable when it returns. Raises ``Refused(object.exists)``."""
        try:
            os.link(
                self.name,
                to.name,
                src_dir_fd=self._directory,
                dst_dir_fd=to._directory,
                follow_symlinks=False,
            )
        except FileExistsError as error:
            if not self._is(to):  # an earlier try got so far
                raise _taken(to.path) from error
        os.fsync(to._directory)
        self._unlink(self.name)

    def link(self, file: FileIO) -> None:
        """Give an open file this name as well; one that has it is fine. Durable when it returns.
        Raises ``Refused``: ``object.exists`` if another file has the name, ``request.invalid`` if it
        lies in another file system."""
        if self._is_file(file):
            return
        try:
            # By its descriptor (open(2)): whatever has its path by now, it is the file that was looked at.
            os.link(f"/proc/self/fd/{file.fileno()}", self.name, dst_dir_fd=self._directory)
        except FileExistsError as error:
            raise _taken(self.path) from error
        except OSError as error:
            if error.errno == errno.EXDEV:
                raise _invalid(self.path, "the file lies in another file system") from error
            raise
        os.fsync(self._directory)

    def unlink_if(self, file: FileIO) -> None:
        """Take this name from an open file that has another one; any other file keeps it."""
        if self._is_file(file) and os.fstat(file.fileno()).st_nlink > 1:
            self._unlink(self.name)
            os.fsync(self._directory)

    def make_directory(self, mode: int) -> None:
        """A directory of this name; one that is there is fine."""
        with suppress(FileExistsError):
            os.mkdir(self.name, mode, dir_fd=self._directory)
        os.fsync(self._directory)

    def rename(self, name: str) -> None:
        """Call the file or directory ``name``, which nothing else in its directory is called but an empty
        one. Durable when it returns."""
        os.rename(self.name, name, src_dir_fd=self._directory, dst_dir_fd=self._directory)
        os.fsync(self._directory)

    def remove_directory(self) -> None:
        """Remove the directory of this name, which is empty by now; one that is gone is fine."""
        with suppress(FileNotFoundError):
            os.rmdir(self.name, dir_fd=self._directory)
        os.fsync(self._directory)

    def finish(self, file: FileIO) -> None:
        """Make the file durable, then give it its name."""
        os.fsync(file.fileno())
        os.rename(
            self._unfinished, self.name, src_dir_fd=self._directory, dst_dir_fd=self._directory
        )
        os.fsync(self._directory)

    def discard(self) -> None:
        """Remove the unfinished file, if there is one."""
        self._unlink(self._unfinished)

    def remove(self) -> None:
        """Remove the file and its unfinished sibling, whatever there is of them."""
        self._unlink(self.name)
        self.discard()
        os.fsync(self._directory)

    def free(self) -> int:
        """Bytes free for us on this file system."""
        status = os.fstatvfs(self._directory)
        return status.f_bavail * status.f_frsize

    def _is(self, other: "Place") -> bool:
        one, two = self.status(), other.status()
        return one is not None and two is not None and os.path.samestat(one, two)

    def _is_file(self, file: FileIO) -> bool:
        status = self.status()
        return status is not None and os.path.samestat(status, os.fstat(file.fileno()))

    def _unlink(self, name: str) -> None:
        try:
            os.unlink(name, dir_fd=self._directory)
        except FileNotFoundError:
            return


class Beneath:
    """The directories that images may lie in, however deep. The roots are the administrator's and
    may be links; what is below them is not trusted (any server of the pool writes there). ``bare``: a
    root has nothing that is always there, as a repository has its folders."""

    def __init__(self, roots: Sequence[str], *, bare: bool = False) -> None:
        self._roots = tuple(_PATH.validate_python(root) for root in roots)
        self._bare = bare

    def place(self, path: str) -> Place:
        """``path``'s directory, opened component by component; close it by ``with``.

        Raises ``Refused``: ``request.invalid`` for a path outside the roots or through a link,
        ``storage.unavailable`` if the root, or the folder just below one that is not bare, is missing
        (then the repository is not mounted); and NoDirectory if a deeper directory is.
        """
        root = self._root_of(path)
        return self._open(root, Path(path).relative_to(root).parts, path)

    def staged(self, repository: str, staging: str, name: str) -> Place:
        """``name`` in the folder of the import ``staging`` of a repository. Raises what ``place``
        raises; NoDirectory if there is no such folder."""
        path = f"{repository}/{STAGING}/{staging}/{name}"
        root = self._root_of(f"{repository}/any")
        return self._open(root, Path(path).relative_to(root).parts, path)

    def staged_folder(self, repository: str, staging: str = "") -> Place:
        """That folder as a name in the one it lies in; without ``staging``, the folder of all imports."""
        path = f"{repository}/{STAGING}" + (f"/{staging}" if staging else "")
        root = self._root_of(f"{repository}/any")
        return self._open(root, Path(path).relative_to(root).parts, path)

    def _open(self, root: str, parts: Sequence[str], path: str) -> Place:
        with translated(root):
            directory = os.open(root, _DIRECTORY & ~os.O_NOFOLLOW)
            for depth, part in enumerate(parts[:-1]):
                try:
                    deeper = os.open(part, _DIRECTORY, dir_fd=directory)
                except FileNotFoundError as error:
                    if depth > 0 or self._bare or part == STAGING:
                        raise NoDirectory(path) from error
                    raise
                except NotADirectoryError as error:  # also what a link gives, open(2)
                    raise _invalid(path, "leads through a symbolic link or a file") from error
                finally:
                    os.close(directory)
                directory = deeper
        return Place(root, directory, path)

    def _root_of(self, path: str) -> str:
        try:
            _PATH.validate_python(path)
        except ValidationError as error:
            raise _invalid(path, "is no plain absolute path") from error
        for root in self._roots:
            if path.startswith(f"{root}/"):
                return root
        raise _invalid(path, f"lies outside the repositories ({', '.join(self._roots)})")


def _taken(path: str) -> Refused:
    return Refused(
        "object.exists",
        f"file {path}",
        "there is another file of that name",
        "choose another name, or remove it first",
    )


def _invalid(path: str, message: str) -> Refused:
    return Refused(
        "request.invalid",
        f"disk {path}",
        message,
        "give the path of an image file below a repository's mount point",
    )
