"""The data of one write on their way in (RFC 7143 4.2.5.2, 11.7.2, 11.8)."""

import struct

from millpond.array.iscsi import pdu
from millpond.array.iscsi.negotiation import Settings

_OUT = struct.Struct(">BB6x8sII12xIII")


class WrongData(Exception):
    """Data that were not asked for, or not in order: error recovery level 0 ends the command."""


class Transfer:
    """Collects ``wanted`` bytes: first those that the initiator sends of its own accord, then bursts that
    it is asked for, one at a time."""

    def __init__(
        self, command: pdu.Command, wanted: int, first: memoryview, settings: Settings, tag: int
    ) -> None:
        self.command = command
        self.data = bytearray(wanted)
        self.tag = tag
        taken = min(len(first), wanted)
        self.data[:taken] = first[:taken]
        self._have = len(first)
        self._number = 0
        self._asked = 0
        self._max_burst = settings.max_burst
        self.unsolicited = 0 if command.flags & pdu.FINAL else settings.first_burst
        """Up to where the initiator may go on without being asked."""
        self._until = self.unsolicited

    @property
    def complete(self) -> bool:
        return not self.unsolicited and self._have >= len(self.data)

    def take(self, header: bytes, data: memoryview) -> bool:
        """A Data-Out; whether it ends its sequence. Raises WrongData."""
        _, flags, _, _, tag, number, offset, _ = _OUT.unpack(header)
        expected = pdu.NO_TAG if self.unsolicited else self.tag
        if tag != expected or number != self._number or offset != self._have:
            raise WrongData
        end = offset + len(data)
        if end > self._until:
            raise WrongData
        taken = max(0, min(end, len(self.data)) - offset)
        self.data[offset : offset + taken] = data[:taken]
        self._have = end
        self._number += 1
        if not flags & pdu.FINAL:
            return False
        if not self.unsolicited and end != self._until:
            raise WrongData
        self.unsolicited = 0
        return True

    def ask(self, sequences: bytes) -> bytes:
        """An R2T for the next burst."""
        length = min(len(self.data) - self._have, self._max_burst)
        self._until, self._number = self._have + length, 0
        self._asked += 1
        return pdu.ready_to_transfer(
            self.command.lun,
            self.command.tag,
            self.tag,
            sequences,
            self._asked - 1,
            self._have,
            length,
        )
