"""Hosts that stamp blocks of LUNs: at random through whichever SP takes them, or of two in turn."""

import random
import struct
import threading
import time
from itertools import cycle

from millpond.array.exports import SpName
from millpond.array.model.types import SPS
from tests.support.initiator import Initiator
from tests.support.storage import Storage

DEPTH = 8
"""Writes under way at once."""
SPOTS = 256
"""Blocks that a pair's writer goes round."""


def stamp(number: int) -> bytes:
    return struct.pack(">Q", number) * 64


class Stamper(threading.Thread):
    """Writes the next number to a random block, time and again. What a path owes when it breaks is written
    again through the other: at the end every block holds the last number written to it."""

    def __init__(self, storage: Storage, lun: int, blocks: int) -> None:
        super().__init__()
        self._storage, self._lun, self._blocks = storage, lun, blocks
        self._random = random.Random(5)
        self._stop_asked = threading.Event()
        self._owed: dict[int, tuple[int, float]] = {}
        self.last: dict[int, int] = {}
        self.count = 0
        self.longest = 0.0
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            for sp in cycle(SPS):
                if self._stop_asked.is_set() and not self._owed:
                    return
                self._through(sp)
        except BaseException as error:
            self.error = error

    def _through(self, sp: SpName) -> None:
        try:
            with self._storage.login(sp, timeout=20.0) as path:
                self._pump(path)
        except OSError:
            time.sleep(0.05)

    def _pump(self, path: Initiator) -> None:
        tags = {self._send(path, block): block for block in self._owed}
        while True:
            while not self._stop_asked.is_set() and len(tags) < DEPTH:
                block = self._pick()
                tags[self._send(path, block)] = block
            if not tags:
                return
            pdu = path.receive()
            if pdu.opcode != 0x21:
                continue
            block = tags.pop(pdu.tag)
            if pdu.header[3] == 2 and pdu.data[4] & 0xF == 6:  # a unit attention: once more
                tags[self._send(path, block)] = block
                continue
            assert pdu.header[3] == 0, pdu
            number, since = self._owed.pop(block)
            self.last[block] = number
            self.longest = max(self.longest, time.monotonic() - since)

    def _pick(self) -> int:
        block = self._random.randrange(self._blocks)
        while block in self._owed:
            block = self._random.randrange(self._blocks)
        self.count += 1
        self._owed[block] = self.count, time.monotonic()
        return block

    def _send(self, path: Initiator, block: int) -> int:
        cdb = struct.pack(">BBIBHB", 0x2A, 0, block, 0, 1, 0)
        data = stamp(self._owed[block][0])
        return path.send_command(self._lun, cdb, writes=512, data=data)

    def wait_for(self, more: int) -> None:
        goal = self.count + more
        while self.count < goal:
            assert self.is_alive(), self.error
            time.sleep(0.01)

    def end(self) -> None:
        self._stop_asked.set()
        self.join(60)
        assert not self.is_alive()
        assert self.error is None, self.error

    def wrong(self, image: bytes) -> list[int]:
        """Blocks that do not hold the last number written to them."""
        return [
            block
            for block, number in self.last.items()
            if image[block * 512 : block * 512 + 512] != stamp(number)
        ]


def value(data: bytes) -> int:
    return int(struct.unpack(">Q", data[:8])[0])


class PairWriter(threading.Thread):
    """Writes number n to LUN 0 through SP A and, once that is acknowledged, to LUN 1 through SP B: at any
    instant LUN 0 is at most one ahead, and never behind."""

    def __init__(self, storage: Storage) -> None:
        super().__init__()
        self._one, self._two = storage.login("A"), storage.login("B", "two")
        self.stop = threading.Event()
        self.acknowledged = 0
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            number = 0
            while not self.stop.is_set():
                number += 1
                spot = number % SPOTS
                assert self._one.write(0, spot, stamp(number)).status == 0
                assert self._two.write(1, spot, stamp(number)).status == 0
                self.acknowledged = number
        except BaseException as error:
            self.error = error

    def end(self) -> None:
        self.stop.set()
        self.join(60)
        self._one.close()
        self._two.close()
        assert self.error is None, self.error

    def wait_for(self, more: int) -> None:
        goal = self.acknowledged + more
        while self.acknowledged < goal:
            assert self.is_alive(), self.error
            self.join(0.01)


class Sequencer(threading.Thread):
    """Writes number n to LUN 0 once n - 1 is acknowledged, round ``SPOTS`` blocks in regions of their own, until its
    array dies or it is ended. ``sent`` and ``acknowledged`` are when (seconds since the epoch) that happened to it."""

    STRIDE = 32

    def __init__(self, storage: Storage, number: int = 0) -> None:
        super().__init__()
        self._storage = storage
        self.number = number
        self.sent: dict[int, float] = {}
        self.acknowledged: dict[int, float] = {}
        self._over = threading.Event()
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            with self._storage.login("A") as path:
                while not self._over.is_set():
                    number = self.number + 1
                    self.sent[number] = time.time()
                    spot = number % SPOTS * self.STRIDE
                    assert path.write(0, spot, stamp(number)).status == 0
                    self.number = number
                    self.acknowledged[number] = time.time()
        except OSError:
            return
        except BaseException as error:
            self.error = error

    def wait_for(self, more: int) -> None:
        goal = self.number + more
        while self.number < goal:
            assert self.is_alive(), self.error
            self.join(0.01)

    def end(self) -> None:
        self._over.set()
        self.join(60)
        assert not self.is_alive()
        assert self.error is None, self.error

    @classmethod
    def spots(cls, image: bytes) -> bytes:
        """The blocks that are written to, one after the other."""
        step = cls.STRIDE * 512
        return b"".join(image[at : at + 512] for at in range(0, SPOTS * step, step))


def highest(image: bytes) -> int:
    return max(value(image[at : at + 512]) for at in range(0, len(image), 512))


def whole(image: bytes) -> bool:
    """Whether each block is one stamp, and no number before the last is missing."""
    last = highest(image)
    for spot in range(SPOTS):
        block = image[spot * 512 : (spot + 1) * 512]
        number = value(block)
        if block != stamp(number):
            return False
        if number != max(
            (n for n in range(last, last - SPOTS, -1) if n % SPOTS == spot), default=0
        ):
            return number == 0 and last < SPOTS
    return True
