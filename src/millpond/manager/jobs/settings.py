"""What the job engine can be told; ``manager.settings.Settings`` says what each means."""

from dataclasses import dataclass, field

from millpond.manager.jobs.sealing import Seal


@dataclass(frozen=True)
class JobSettings:
    max_jobs: int = 64
    lease_seconds: float = 15.0
    unknown_patience: float = 120.0
    look_again: float = 30.0
    """Seconds between two looks at a held job whose servers did not answer."""
    fault_hook: str | None = None
    seal: Seal = field(default_factory=Seal)
