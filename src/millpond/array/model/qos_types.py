"""Quality of service: the objects of it."""

from enum import StrEnum
from typing import Literal

from millpond.array.model.types import Frozen


class Control(StrEnum):
    NONE = "None"
    LIMIT = "Limit"
    CRUISE = "Cruise"


class Metric(StrEnum):
    """What a goal is about; its unit is ``unit``."""

    RESPONSE = "Response Time"
    BANDWIDTH = "Bandwidth"
    THROUGHPUT = "Throughput"

    @property
    def unit(self) -> str:
        return {Metric.RESPONSE: "ms", Metric.BANDWIDTH: "KB/s"}.get(self, "IO/s")


class IoClass(Frozen):
    """Commands that are treated alike. ``luns`` are WWNs; None for all LUNs. ``sizes`` in KB, from and to; None
    for any. ``slot``: where both SPs keep its meter. ``tolerance`` of the goal in percent."""

    name: str
    slot: int
    io_type: Literal["r", "w", "rw"] = "rw"
    luns: tuple[str, ...] | None = None
    sizes: tuple[int, int] | None = None
    control: Control = Control.NONE
    metric: Metric = Metric.THROUGHPUT
    goal: int = 0
    tolerance: int = 0


class Action(StrEnum):
    """What happens when goals are missed for as long as the evaluation window."""

    CONTINUE = "Continue"
    STOP = "Stop"
    FALLBACK = "Fallback"


class IoPolicy(Frozen):
    """``time_limit`` in minutes, 0 for none; ``window`` in samples (seconds). ``running`` since then, 0 if it
    does not run."""

    name: str
    classes: tuple[str, ...]
    action: Action = Action.CONTINUE
    fallback: str = ""
    time_limit: int = 0
    window: int = 3
    running: float = 0.0
