"""Sizes, rates and times as people write and read them. Suffixes are binary: 1G = 1024M."""

import re
from datetime import UTC, datetime

from millpond.cli.errors import usage

_SUFFIX = {"": 0, "K": 10, "M": 20, "G": 30, "T": 40, "P": 50}
_SIZE = re.compile(r"^(\d+(?:\.\d+)?)([KMGTP]?)(?:i?B)?$", re.IGNORECASE)

MIB = 1 << 20


def size_bytes(text: str, default: str = "") -> int:
    """``10G`` -> bytes; a bare number counts in ``default`` ("" = bytes)."""
    match = _SIZE.match(text.strip())
    if match is None:
        raise usage(f"{text!r} is not a size", "write a number with K, M, G or T, such as 512M")
    suffix = match[2].upper() or default
    return round(float(match[1]) * (1 << _SUFFIX[suffix]))


def mebibytes(text: str) -> int:
    """``1G`` -> 1024; a bare number is MiB already."""
    size = size_bytes(text, default="M")
    if size % MIB:
        raise usage(f"{text!r} is not a whole number of MiB", "round it, such as 512M")
    return size // MIB


def show_bytes(size: float | None) -> str:
    """Three digits at most: ``1.5G``."""
    if size is None:
        return "-"
    value = float(size)
    for suffix in ("B", "K", "M", "G", "T"):
        if abs(value) < 1000 or (suffix == "T"):
            break
        value /= 1024
    digits = 0 if suffix == "B" or value >= 10 or value == int(value) else 1
    return f"{value:.{digits}f}{suffix}"


def show_mib(size: float | None) -> str:
    return "-" if size is None else show_bytes(size * MIB)


def show_seconds(seconds: float | None) -> str:
    """The two largest units: ``3d04h``, ``2m05s``, ``4.2s``."""
    if seconds is None:
        return "-"
    if seconds < 10:
        return f"{seconds:.1f}s"
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days}d{hours:02d}h"
    if hours:
        return f"{hours}h{minutes:02d}m"
    return f"{minutes}m{rest:02d}s" if minutes else f"{rest}s"


def instant(value: object) -> datetime | None:
    """A time in a reply: seconds since 1970 or RFC 3339; None for none."""
    if value in (None, ""):
        return None
    if isinstance(value, int | float):
        return datetime.fromtimestamp(value, UTC)
    moment = datetime.fromisoformat(str(value))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def show_time(value: object) -> str:
    """Local time, to the second."""
    moment = instant(value)
    return moment.astimezone().strftime("%Y-%m-%d %H:%M:%S") if moment else "-"


def between(start: object, end: object) -> float | None:
    """Seconds from one time in a reply to another, None if either is missing."""
    first, last = instant(start), instant(end)
    return (last - first).total_seconds() if first and last else None
