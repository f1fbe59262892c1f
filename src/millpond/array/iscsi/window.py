"""Command and status numbers of a session (RFC 7143 4.2.2): 32-bit serial numbers."""

from millpond.array.iscsi.pdu import SEQUENCES

WINDOW = 128
"""Commands that an initiator may have under way."""
MASK = 0xFFFFFFFF


class Window:
    """``expected`` is ExpCmdSN; the window closes as commands pile up, and never moves back."""

    def __init__(self, command: int, status: int) -> None:
        self.expected = command
        self._last = command + WINDOW - 1 & MASK
        self.status = status

    def place(self, number: int) -> int:
        """0 for the command that is due, how far ahead for one that comes early, -1 for one outside of
        the window."""
        ahead = number - self.expected & MASK
        return ahead if ahead <= (self._last - self.expected & MASK) and self._open() else -1

    def _open(self) -> bool:
        return (self._last - self.expected & MASK) < 1 << 31

    def advance(self, under_way: int) -> None:
        self.expected = self.expected + 1 & MASK
        self.widen(under_way)

    def widen(self, under_way: int) -> None:
        last = self.expected + WINDOW - 1 - under_way & MASK
        if (last - self._last & MASK) < 1 << 31:
            self._last = last

    def sequences(self, *, counts: bool = True) -> bytes:
        """For the next PDU to the initiator; it ``counts`` if it has a status number of its own."""
        packed = SEQUENCES.pack(self.status, self.expected, self._last)
        if counts:
            self.status = self.status + 1 & MASK
        return packed
