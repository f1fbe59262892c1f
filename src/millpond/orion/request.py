"""What a run of ORION is asked for, by the options of the original. Sizes are in KB (1024 bytes), as there."""

from dataclasses import dataclass
from enum import StrEnum

from millpond.domain.errors import Refused

STRIPE_KB = 1024
STREAM_IOS = 4


class Run(StrEnum):
    SIMPLE = "simple"
    NORMAL = "normal"
    ADVANCED = "advanced"
    OLTP = "oltp"
    DSS = "dss"


class Type(StrEnum):
    """Of the large I/Os; small ones are always random."""

    RAND = "rand"
    SEQ = "seq"


class Simulate(StrEnum):
    """What the volumes are together."""

    CONCAT = "concat"
    RAID0 = "raid0"


class Matrix(StrEnum):
    """Which part of all combinations of loads is measured."""

    BASIC = "basic"
    DETAILED = "detailed"
    POINT = "point"
    COL = "col"
    ROW = "row"
    MAX = "max"


_NEEDS = {
    Matrix.POINT: ("num_small", "num_large"),
    Matrix.COL: ("num_small",),
    Matrix.ROW: ("num_large",),
    Matrix.MAX: ("num_small", "num_large"),
}
_ONLY_ADVANCED = ("type", "num_streamIO", "matrix", "num_small", "num_large")


@dataclass(frozen=True)
class Request:
    """``None`` is what was not given. ``num_disks`` is of the physical disks, which set the loads;
    ``cache_size`` is in MB, ``duration`` in seconds."""

    run: Run
    num_disks: int
    testname: str = "orion"
    size_small: int = 8
    size_large: int = 1024
    type: Type | None = None
    num_streamIO: int | None = None  # noqa: N815 - the original's option
    simulate: Simulate = Simulate.CONCAT
    stripe: int | None = None
    write: int = 0
    cache_size: int | None = None
    duration: int = 60
    matrix: Matrix | None = None
    num_small: int | None = None
    num_large: int | None = None

    @property
    def sequential(self) -> bool:
        return self.type is Type.SEQ

    @property
    def stripe_kb(self) -> int:
        return self.stripe or STRIPE_KB

    @property
    def stream_ios(self) -> int:
        return self.num_streamIO or STREAM_IOS


def check(request: Request) -> None:
    """Raises ``Refused(request.invalid)`` if the options contradict each other."""
    if request.run is not Run.ADVANCED:
        given = [o for o in _ONLY_ADVANCED if getattr(request, o) is not None]
        if given:
            raise _refused(
                given[0], f"does not go with -run {request.run}", "leave it out, or: -run advanced"
            )
    _check_loads(request)
    if request.num_streamIO is not None and not request.sequential:
        raise _refused("num_streamIO", "is of sequential streams", "add: -type seq")
    raid0 = request.simulate is Simulate.RAID0
    if request.stripe is not None and not raid0:
        raise _refused("stripe", "is of a RAID-0", "add: -simulate raid0")
    if request.sequential and raid0 and request.stripe_kb % request.size_large:
        raise _refused(
            "stripe",
            f"{request.stripe_kb} KB is no multiple of the large I/Os' {request.size_large} KB",
            f"give a multiple: -stripe {request.size_large}",
        )


def _check_loads(request: Request) -> None:
    matrix = request.matrix or Matrix.BASIC
    needs = _NEEDS.get(matrix, ())
    for option in ("num_small", "num_large"):
        given = getattr(request, option) is not None
        if given and option not in needs and request.run is Run.ADVANCED:
            takers = " or ".join(
                f"-matrix {m}" for m, options in _NEEDS.items() if option in options
            )
            raise _refused(
                option, f"does not go with -matrix {matrix}", f"leave it out, or: {takers}"
            )
        if option in needs and not given:
            raise _refused(option, f"is needed by -matrix {matrix}", f"add: -{option} NUMBER")
    if matrix in (Matrix.POINT, Matrix.MAX) and not (request.num_small or request.num_large):
        raise _refused("num_small", "and -num_large are both 0: no I/O at all", "raise one of them")


def _refused(option: str, message: str, fix: str) -> Refused:
    return Refused("request.invalid", f"option -{option}", message, fix)
