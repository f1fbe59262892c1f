"""What must not be written to: volumes that something on this server uses, or that hold something.

Other servers are not seen: a LUN that only they use passes unless its contents give it away.
"""

import errno
import json
import os
import stat
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from millpond.adapters.images.inspection import inspect
from millpond.adapters.sanlock.ondisk import is_leases
from millpond.domain.errors import Refused
from millpond.domain.image import ImageFormat
from millpond.orion.volumes import Volume

_BLOCK = Path("/sys/dev/block")
_MOUNTS = Path("/proc/self/mountinfo")
_SWAPS = Path("/proc/swaps")
_WIPEFS = "/usr/sbin/wipefs"
"""Where it is in Debian, which the PATH of those who are not root leaves out."""


def check_free(volumes: Sequence[Volume]) -> None:
    """Raises ``Refused(volume.in_use)``, which names every use of the first volume that has one."""
    for volume in volumes:
        found = sorted({*_used(volume.path), *_holds(volume.path)})
        if found:
            raise Refused(
                "volume.in_use",
                volume.path,
                f"would be overwritten: {'; '.join(found)}",
                "name another volume; or, to destroy what is there, add: -overwrite",
            )


def _used(path: str) -> Iterator[str]:
    found = Path(path).stat()
    if stat.S_ISBLK(found.st_mode):
        yield from _used_device(path, found.st_rdev)
    else:
        yield from _loop_devices(found)
    yield from _swaps(found)
    yield from _processes(found)


def _used_device(path: str, number: int) -> Iterator[str]:
    """Who has claimed it, as the kernel sees it: an exclusive open fails for a device, or a part of one, that
    is mounted, swapped to, or below another device such as a multipath map."""
    try:
        os.close(os.open(path, os.O_RDONLY | os.O_EXCL | os.O_CLOEXEC))
    except OSError as error:
        if error.errno != errno.EBUSY:
            raise
        yield "the kernel says that it is in use"
    parts = {f"{os.major(number)}:{os.minor(number)}": path, **_partitions(number)}
    for line in _MOUNTS.read_text().splitlines():
        fields = line.split()
        if fields[2] in parts:
            yield f"{parts[fields[2]]} is mounted on {fields[4]}"
    for key, name in parts.items():
        for holder in _entries(_BLOCK / key / "holders"):
            mapped = holder / "dm" / "name"
            above = mapped.read_text().strip() if mapped.exists() else holder.name
            yield f"{name} is part of {above}"


def _partitions(number: int) -> dict[str, str]:
    """Numbers and names of a disk's partitions."""
    disk = _BLOCK / f"{os.major(number)}:{os.minor(number)}"
    parts = [entry for entry in _entries(disk) if (entry / "partition").exists()]
    return {(part / "dev").read_text().strip(): f"/dev/{part.name}" for part in parts}


def _loop_devices(file: os.stat_result) -> Iterator[str]:
    """The kernel keeps their files open without a process that could be seen."""
    for backing in Path("/sys/block").glob("loop*/loop/backing_file"):
        if _same(Path(backing.read_text().strip()), file):
            yield f"it is /dev/{backing.parents[1].name}"


def _swaps(volume: os.stat_result) -> Iterator[str]:
    for line in _SWAPS.read_text().splitlines()[1:]:
        if _same(Path(line.split()[0]), volume):
            yield "it is swap space"


def _processes(volume: os.stat_result) -> Iterator[str]:
    """Those that may be looked at: all for root, else the user's own."""
    for process in Path("/proc").glob("[0-9]*"):
        if any(_same(handle, volume) for handle in _entries(process / "fd")):
            try:
                name = (process / "comm").read_text().strip()
            except OSError:
                continue  # it has ended
            yield f"process {process.name} ({name}) has it open"


def _holds(path: str) -> Iterator[str]:
    done = subprocess.run(
        [_WIPEFS, "--no-act", "--json", path], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        yield f"what it holds cannot be told: {done.stderr.strip()}"
        return
    for signature in json.loads(done.stdout or '{"signatures": []}')["signatures"]:
        yield f"it has a signature of {signature['type']}"
    with Path(path).open("rb", buffering=0) as file:
        if is_leases(file.read(4)):
            yield "it holds sanlock's leases"
        file.seek(0)
        try:
            inspect(file, ImageFormat.RAW, path)
        except Refused as refused:
            if refused.code != "image.size":  # a device says 0
                yield refused.message


def _same(path: Path, volume: os.stat_result) -> bool:
    """Whether the path leads there, whatever it is called."""
    try:
        found = path.stat()
    except OSError:
        return False
    if stat.S_ISBLK(volume.st_mode):
        return stat.S_ISBLK(found.st_mode) and found.st_rdev == volume.st_rdev
    return os.path.samestat(found, volume)


def _entries(folder: Path) -> list[Path]:
    """Empty for a folder that is gone or closed to us."""
    try:
        return list(folder.iterdir())
    except OSError:
        return []
