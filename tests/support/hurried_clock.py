"""Time that passes only while everybody waits for it: hours in seconds, on however busy a machine."""

import threading
from dataclasses import dataclass, field

from millpond.lab.chaos.clock import Clock

LOOK_SECONDS = 0.005
"""Real ones, between two looks at what nobody tells a waiting thread: an event, another's end."""


@dataclass(eq=False)
class HurriedClock(Clock):
    """Kept by the thread that made it and by all threads whose name begins with ``chaos``."""

    _now: float = 0.0
    _until: dict[threading.Thread, float] = field(default_factory=dict)
    _turn: threading.Condition = field(default_factory=threading.Condition)
    _maker: threading.Thread = field(default_factory=threading.current_thread)

    def now(self) -> float:
        return self._now

    def wait(self, seconds: float, end: threading.Event | None = None) -> bool:
        me = threading.current_thread()
        with self._turn:
            self._until[me] = until = self._now + seconds
            while self._now < until and not (end and end.is_set()):
                if min(self._until.values()) == until and self._all_wait():
                    self._now = until
                else:
                    self._turn.wait(LOOK_SECONDS)
            del self._until[me]
            self._turn.notify_all()
        return bool(end and end.is_set())

    def _all_wait(self) -> bool:
        keepers = [t for t in threading.enumerate() if t.name.startswith("chaos")]
        return all(t in self._until for t in (self._maker, *keepers))
