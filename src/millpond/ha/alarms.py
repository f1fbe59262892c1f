"""What the administrator has to know, as sentences with their fix."""

import asyncio

from millpond.ha.env import Note


class Alarms:
    """By key, in the order in which they began. Each beginning and end is noted once."""

    def __init__(self, note: Note) -> None:
        self._note = note
        self._raised: dict[str, tuple[str, float | None]] = {}

    def raised(self, key: str, sentence: str, seconds: float | None = None) -> None:
        """It is so, until it is ``over`` or, if given, for ``seconds``."""
        before = self._raised.get(key)
        until = None if seconds is None else asyncio.get_running_loop().time() + seconds
        if before is None or before[0] != sentence:
            self._note("alarm", alarm=sentence)
        self._raised[key] = (sentence, until)

    def over(self, key: str) -> None:
        found = self._raised.pop(key, None)
        if found is not None:
            self._note("alarm over", alarm=found[0])

    def clear(self) -> None:
        """They are somebody else's now."""
        self._raised.clear()

    def sentences(self) -> tuple[str, ...]:
        now = asyncio.get_running_loop().time()
        for key, (_, until) in list(self._raised.items()):
            if until is not None and until < now:
                self.over(key)
        return tuple(sentence for sentence, _ in self._raised.values())
