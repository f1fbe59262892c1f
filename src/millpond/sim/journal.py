"""What happened, as lines: ``t=12.3 srv1/master: sentence``. A scenario's golden log is made of
them, so they say nothing that differs from run to run."""

from collections.abc import Callable, Mapping


class Journal:
    """``names`` are put in place of the ids they belong to. ``clock`` gives the simulation's time in
    seconds; nothing is kept of what happens before 0. ``told`` hears each line."""

    def __init__(
        self, clock: Callable[[], float], names: Mapping[str, str], told: Callable[[str], None]
    ) -> None:
        self.lines: list[str] = []
        self._told = told
        self._clock = clock
        self._names = names

    def __call__(self, who: str, sentence: str) -> None:
        now = self._clock()
        if now >= 0:
            line = f"{who}: {self.named(sentence)}"
            self.lines.append(f"t={now:.1f} {line}")
            self._told(line)

    def named(self, text: str) -> str:
        """Ids are long, and nobody knows them."""
        if "-" in text:
            for id_, name in self._names.items():
                if id_ in text:
                    text = text.replace(id_, name)
        return text
