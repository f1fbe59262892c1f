"""What a run of chaos found."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Return:
    """A guest that was gone and ran again without anybody's asking: ``seconds`` after the fault,
    where ``promised`` is the most."""

    guest: str
    fault: str
    seconds: float
    promised: float


@dataclass
class Report:
    """What must be empty is empty: ``violations`` (what the checker saw), ``broken`` promises,
    ``unended`` jobs, ``missing`` guests, and ``aborted``, why the run ended early."""

    seed: int
    seconds: float = 0.0
    faults: dict[str, int] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)
    accepted: int = 0
    refused: int = 0
    looks: int = 0
    returns: list[Return] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    unended: dict[str, str] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    aborted: str = ""

    @property
    def clean(self) -> bool:
        return not (self.violations or self.broken or self.unended or self.missing or self.aborted)
