"""The end of a file that virtlogd may rotate under the reader's eyes."""

from contextlib import suppress
from pathlib import Path


def read_tail(path: str, size: int) -> bytes:
    """The last ``size`` bytes of ``path``, continued into ``path.0``, the older part that virtlogd
    puts there (virtlogd(8)); b"" if there is no such file. Blocking."""
    data = _end(Path(path), size)
    if len(data) < size:
        data = _end(Path(f"{path}.0"), size - len(data)) + data
    return data


def _end(path: Path, size: int) -> bytes:
    with suppress(FileNotFoundError), path.open("rb") as file:
        length = file.seek(0, 2)
        file.seek(max(0, length - size))
        return file.read(size)
    return b""
