"""An initial RAM file system in the kernel's "newc" format (the kernel's
Documentation/driver-api/early-userspace/buffer-format.rst). The same input gives the same bytes."""

import stat

_TRAILER = "TRAILER!!!"


class Archive:
    """Files and directories, owned by root. Paths have no leading slash."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._inode = 0
        self._seen: set[str] = set()

    def add_file(self, path: str, content: bytes, mode: int = 0o644) -> None:
        """A file, after the directories it lies in."""
        self._add_parents(path)
        self._add(path, stat.S_IFREG | mode, content)

    def add_link(self, path: str, target: str) -> None:
        """A symbolic link."""
        self._add_parents(path)
        self._add(path, stat.S_IFLNK | 0o777, target.encode())

    def add_directory(self, path: str, mode: int = 0o755) -> None:
        """A directory; one that is there is left alone."""
        self._add_parents(path)
        if path not in self._seen:
            self._add(path, stat.S_IFDIR | mode, b"")

    def add_console(self) -> None:
        """/dev/console, which the kernel opens for PID 1 before anything is mounted."""
        self.add_directory("dev")
        self._add("dev/console", stat.S_IFCHR | 0o600, b"", device=(5, 1))

    def finish(self) -> bytes:
        """The archive. Nothing can be added after it."""
        self._add(_TRAILER, 0, b"")
        return bytes(self._data)

    def _add_parents(self, path: str) -> None:
        parent = path.rpartition("/")[0]
        if parent:
            self.add_directory(parent)

    def _add(self, path: str, mode: int, content: bytes, device: tuple[int, int] = (0, 0)) -> None:
        self._seen.add(path)
        self._inode += 1
        name = path.encode() + b"\0"
        fields = (self._inode, mode, 0, 0, 1, 0, len(content), 0, 0, *device, len(name), 0)
        self._data += b"070701" + b"".join(b"%08X" % field for field in fields) + name
        self._pad()
        self._data += content
        self._pad()

    def _pad(self) -> None:
        self._data += bytes(-len(self._data) % 4)
