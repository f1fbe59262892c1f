"""A load point, told to fio: one job of small I/Os, and one job of large ones, or one for each stream.

The original lays its I/O over one virtual volume. Random I/Os go to one volume after the other, which is what
either layout makes of volumes of one size. A sequential stream of a RAID-0 goes on to the next volume after each
stripe; one of a concatenation stays in the volume where it starts.
"""

from collections.abc import Iterator, Sequence

from millpond.orion.matrix import Point
from millpond.orion.request import Request, Simulate
from millpond.orion.volumes import Volume

WARM_SECONDS = 120
"""How long an array's cache is filled with other blocks if its size is not told, as the original does."""

_WARM_DEPTH = 8


def measuring(point: Point, request: Request, volumes: Sequence[Volume]) -> list[str]:
    """fio's arguments for one load point."""
    arguments = [*_common(request), "--time_based=1", f"--runtime={request.duration}"]
    if point.small:
        arguments += _random("small", point.small, request.size_small, request, volumes)
    if point.large and request.sequential:
        for stream in range(point.large):
            arguments += _stream(stream, point.large, request, volumes)
    elif point.large:
        arguments += _random("large", point.large, request.size_large, request, volumes)
    return arguments


def warming(point: Point, request: Request, volumes: Sequence[Volume]) -> list[str] | None:
    """fio's arguments for what is done, unmeasured, before a point with sequential streams, so that they are
    not answered from what the last point left in the array's cache. ``None`` if there is nothing to do."""
    if not point.large or not request.sequential or request.cache_size == 0:
        return None
    rw = "randwrite" if request.write else "randread"
    if request.cache_size is None:
        enough = ["--time_based=1", f"--runtime={WARM_SECONDS}"]
    else:
        enough = [f"--io_size={request.cache_size}m"]
    job = ["--name=warm", *_files(request, volumes), f"--bs={request.size_large}k"]
    return [*_common(request), *enough, *job, f"--rw={rw}", f"--iodepth={_WARM_DEPTH}"]


def _common(request: Request) -> list[str]:
    """Threads, so that nothing of fio outlives its one process. Other blocks in each run, and none remembered:
    a map of a large LUN's blocks costs memory. No file is made by mistake, and no read test can write."""
    # What is mounted has been refused already, or is to be overwritten.
    safety = ["--allow_mounted_write=1"] if request.write else ["--readonly"]
    return [
        *safety,
        "--thread=1",
        "--ioengine=libaio",
        "--direct=1",
        "--norandommap=1",
        "--randrepeat=0",
        "--allow_file_create=0",
        "--lat_percentiles=1",
    ]


def _random(
    name: str, depth: int, kilobytes: int, request: Request, volumes: Sequence[Volume]
) -> Iterator[str]:
    yield f"--name={name}"
    yield from _files(request, volumes)
    yield f"--bs={kilobytes}k"
    yield f"--iodepth={depth}"
    match request.write:
        case 0:
            yield "--rw=randread"
        case 100:
            yield "--rw=randwrite"
        case percent:
            yield from ("--rw=randrw", f"--rwmixwrite={percent}")


def _stream(
    number: int, streams: int, request: Request, volumes: Sequence[Volume]
) -> Iterator[str]:
    """One stream, which starts at its own place. It reads or it writes: ``-write`` is the share of streams
    that do."""
    unit = request.size_large * 1024
    yield f"--name=large{number}"
    if request.simulate is Simulate.RAID0:
        member = _member_size(volumes)
        offset = number * member // streams // unit * unit
        length = (member - offset) // unit * unit
        yield _filename([volume.path for volume in volumes])
        yield f"--file_service_type=roundrobin:{request.stripe_kb // request.size_large}"
        yield f"--size={length * len(volumes)}"
    else:
        volume, offset = _place(number * sum(v.size for v in volumes) // streams, volumes)
        offset = min(offset, volume.size - unit) // unit * unit
        yield _filename([volume.path])
        yield f"--size={(volume.size - offset) // unit * unit}"
    yield f"--offset={offset}"
    yield f"--bs={request.size_large}k"
    yield f"--iodepth={request.stream_ios}"
    yield "--rw=write" if number < round(streams * request.write / 100) else "--rw=read"


def _place(position: int, volumes: Sequence[Volume]) -> tuple[Volume, int]:
    """Where a byte of the concatenation is."""
    for volume in volumes:
        if position < volume.size:
            return volume, position
        position -= volume.size
    raise ValueError("beyond the last volume")


def _files(request: Request, volumes: Sequence[Volume]) -> Iterator[str]:
    yield _filename([volume.path for volume in volumes])
    if request.simulate is Simulate.RAID0:  # of each member, what the smallest has
        yield f"--size={_member_size(volumes) * len(volumes)}"


def _member_size(volumes: Sequence[Volume]) -> int:
    return min(volume.size for volume in volumes) // 4096 * 4096


def _filename(paths: Sequence[str]) -> str:
    """fio parts names at colons, which those of iSCSI devices contain."""
    escaped = [path.replace("\\", "\\\\").replace(":", "\\:") for path in paths]
    return f"--filename={':'.join(escaped)}"
