"""Which VMs belong together or apart, and where they may run."""

from enum import StrEnum

from pydantic import Field

from millpond.domain.names import Name
from millpond.domain.vm import Model


class RuleKind(StrEnum):
    TOGETHER = "together"
    APART = "apart"
    ON = "on"
    NOT_ON = "not-on"


class AffinityRule(Model):
    """``together`` and ``apart`` are among ``vms``; ``on`` and ``not-on`` tie them to ``servers``.
    VMs and servers by name. A rule that is not ``strict`` is followed where there is a choice."""

    name: Name
    kind: RuleKind
    vms: tuple[Name, ...] = Field(min_length=1, max_length=1000)
    servers: tuple[Name, ...] = Field(default=(), max_length=255)
    strict: bool = True


def renamed(rules: tuple[AffinityRule, ...], old: str, new: str) -> tuple[AffinityRule, ...]:
    """The rules, once VM ``old`` is called ``new``."""
    return tuple(
        r.model_copy(update={"vms": tuple(new if v == old else v for v in r.vms)}) for r in rules
    )
