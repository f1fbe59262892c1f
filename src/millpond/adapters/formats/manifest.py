"""The manifest of an OVF package (DSP0243, 5.1): a digest of each of its files."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from millpond.domain.errors import Refused
from millpond.domain.foreign import inside, too_large, unreadable

ALGORITHMS = {"SHA1": 40, "SHA256": 64, "SHA512": 128}
"""And how many hexadecimal digits each has."""
MAX_BYTES = 1 << 20
_LINE = re.compile(
    r"(SHA-?1|SHA-?256|SHA-?512)\s*\(\s*(.+?)\s*\)\s*=\s*([0-9A-Fa-f]+)", re.IGNORECASE
)


class Digest(NamedTuple):
    """``algorithm`` is a key of ``ALGORITHMS``, ``value`` lower-case hexadecimal."""

    algorithm: str
    value: str


def read(data: bytes, what: str) -> dict[str, Digest]:
    """What each file should be. Raises ``Refused``: ``import.unreadable``, ``import.too_large``,
    ``import.reference``; two different digests of one file are no manifest either."""
    if len(data) > MAX_BYTES:
        raise too_large(what, f"a manifest of {len(data)} bytes")
    found: dict[str, Digest] = {}
    for number, line in enumerate(data.decode("utf-8", "replace").lstrip("\ufeff").splitlines(), 1):
        if not line.strip():
            continue
        match = _LINE.fullmatch(line.strip())
        if match is None:
            raise unreadable(what, f"line {number} is no digest: {line[:80]!r}")
        digest = Digest(match[1].upper().replace("-", ""), match[3].lower())
        name = inside(what, match[2])
        if len(digest.value) != ALGORITHMS[digest.algorithm]:
            raise unreadable(what, f"line {number}: the digest has not the length of {match[1]}")
        if found.setdefault(name, digest) != digest:
            raise unreadable(what, f"line {number}: {name} has another digest before")
    return found


def write(digests: Mapping[str, Digest]) -> str:
    return "".join(f"{d.algorithm}({name})= {d.value}\n" for name, d in digests.items())


def check(wanted: Mapping[str, Digest], found: Mapping[str, Digest], what: str) -> tuple[str, ...]:
    """``found`` are digests made of the files that are there, by the algorithms of the manifest, and of
    those it does not name by any. Raises ``Refused(import.digest)``; says which files are not named."""
    for name, digest in wanted.items():
        if name not in found:
            raise _wrong(name, f"{what} names it, and it is not there")
        if found[name] != digest:
            raise _wrong(name, f"its {digest.algorithm} digest is not the one in {what}")
    return tuple(f"{name}: {what} does not name it" for name in found if name not in wanted)


def _wrong(name: str, message: str) -> Refused:
    return Refused(
        "import.digest",
        f"file {name}",
        message,
        "fetch the package again: a file was changed or is not whole",
    )
