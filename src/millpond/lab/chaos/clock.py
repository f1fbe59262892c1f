"""Real time, as a run of chaos has it. Tests break a lab that is none in time of their own."""

import threading
import time


class Clock:
    def now(self) -> float:
        """Seconds since some moment."""
        return time.monotonic()

    def wait(self, seconds: float, end: threading.Event | None = None) -> bool:
        """Whether ``end`` came before they were over."""
        if end is not None:
            return end.wait(seconds)
        time.sleep(seconds)
        return False
