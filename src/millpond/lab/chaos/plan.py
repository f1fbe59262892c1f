"""Which fault comes after which: from the seed alone, whatever the faults meet."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from millpond.lab.chaos.faults import DAEMONS, FAULTS, Bmc, Fault

SECOND = 0.3
"""How often a daemon dies while the servers deal with a fault."""
PAUSE_SECONDS = (2.0, 10.0)


@dataclass(frozen=True)
class Second:
    """``after``: seconds from the beginning of the first."""

    fault: Fault
    server: str
    after: float


@dataclass(frozen=True)
class Round:
    """One fault, for ``seconds``, maybe a second one meanwhile; ``pause`` once all is calm again."""

    fault: Fault
    server: str
    seconds: float
    bmc: Bmc
    second: Second | None
    pause: float

    @property
    def strikes_late(self) -> bool:
        """Whether somebody who began to fence its server may still switch that off when it is back:
        because it hung only, or because its BMC answers nobody before it is mended."""
        return self.fault.silences and (self.fault.name == "freeze" or self.bmc is Bmc.DARK)

    def __str__(self) -> str:
        what = _on(self.fault, self.server)
        what += f" for {self.seconds:.0f} s" if self.seconds else ""
        what += f", its BMC {self.bmc}" if self.bmc is not Bmc.HONEST else ""
        if self.second is not None:
            also = self.second
            what += f"; {_on(also.fault, also.server)} {also.after:.0f} s later"
        return what


def _on(fault: Fault, server: str) -> str:
    return f"{fault.name} on {server}" if fault.of_server else fault.name


def rounds(seed: int, servers: Sequence[str]) -> Iterator[Round]:
    """Without end. The same for the same seed and servers."""
    dice = random.Random(seed)  # noqa: S311 - repeatable on purpose
    while True:
        fault = dice.choices(FAULTS, [f.weight for f in FAULTS])[0]
        second = None
        seconds = dice.uniform(*fault.seconds)
        if fault.silences and dice.random() < SECOND:
            second = Second(dice.choice(DAEMONS), dice.choice(servers), dice.uniform(0.0, 15.0))
        yield Round(
            fault=fault,
            server=dice.choice(servers),
            seconds=max(seconds, second.after if second else 0.0),
            bmc=dice.choice(fault.bmcs),
            second=second,
            pause=dice.uniform(*PAUSE_SECONDS),
        )
