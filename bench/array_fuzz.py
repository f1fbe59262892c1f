"""``python -m bench.array_fuzz --count N [--seed S]``: N broken PDUs and CDBs for the array's target.

All of them reach the code that serves a socket, in pieces of any size. None may raise, hang, or reach a LUN
that the initiator does not see; afterwards the target serves an honest initiator.
"""

import argparse
import asyncio
import random
import struct
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, cast

from millpond.array.exports import SpName
from millpond.array.iscsi.connection import Connection
from millpond.array.iscsi.server import Port
from millpond.array.model import groups, identity, initiators, pool_luns, pools, ports
from millpond.array.model.state import State, Usage
from millpond.array.model.types import LunKind, Tier
from millpond.array.processor import Processor
from millpond.array.scsi.opcodes import USAGE
from millpond.array.store import files, store
from millpond.array.store.masking import StoredMasking
from millpond.array.store.store import Store

INTRUDER, HONEST = "iqn.2026-01.example:intruder", "iqn.2026-01.example:honest"
BLOCKS = 8192
PATTERN = bytes(range(256)) * 2
TOGETHER = 200
"""PDUs between two looks at whether everything comes to an end."""
PATIENCE = 60.0
"""Seconds after which it hangs."""


class Wire:
    """An ``asyncio.Transport`` to nowhere. What was sent stands in ``sent``."""

    def __init__(self, port: Port) -> None:
        self.connection: Connection = port.connection()
        self.sent = bytearray()
        self.open = True
        self._reading = True
        self.connection.connection_made(cast("asyncio.Transport", self))

    def feed(self, data: bytes, pieces: random.Random) -> None:
        while data and self.open:
            room = self.connection.get_buffer(-1)
            size = min(len(room), len(data), pieces.choice((1, 7, 48, 500, 1 << 20)))
            if not self._reading or not size:
                return
            room[:size] = data[:size]
            self.connection.buffer_updated(size)
            data = data[size:]

    def write(self, data: Any) -> None:
        self.sent = bytearray(data)

    def writelines(self, parts: list[Any]) -> None:
        self.sent = bytearray(b"".join(parts))

    def close(self) -> None:
        if self.open:
            self.open = False
            self.connection.connection_lost(None)

    abort = close

    def is_reading(self) -> bool:
        return self._reading

    def pause_reading(self) -> None:
        self._reading = False

    def resume_reading(self) -> None:
        self._reading = True

    def set_write_buffer_limits(self, _high: int) -> None: ...

    def get_extra_info(self, _name: str) -> tuple[str, int]:
        return "127.0.0.1", 3260


def login(target: str, initiator: str) -> bytes:
    keys = {
        "InitiatorName": initiator,
        "TargetName": target,
        "SessionType": "Normal",
        "InitialR2T": "No",
    }
    text = "".join(f"{key}={value}\0" for key, value in keys.items()).encode()
    header = bytearray(48)
    header[0], header[1], header[13] = 0x43, 0x87, 1
    return pdu(header, text)


def pdu(header: bytearray, data: bytes = b"") -> bytes:
    header[5:8] = len(data).to_bytes(3, "big")
    return bytes(header) + data + bytes(-len(data) & 3)


class Fuzzer:
    """Everything that it does follows from ``seed``."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.number = 0
        self._usages = list(USAGE.items())

    def some(self) -> int:
        """A number that may mean something."""
        roll = self.random
        return roll.choice(
            (0, 1, roll.randrange(16), roll.randrange(BLOCKS + 2), roll.getrandbits(32))
        )

    def cdb(self) -> bytes:
        roll = self.random
        if roll.random() < 0.1:
            return roll.randbytes(16)
        (code, action), usage = roll.choice(self._usages)
        cdb = bytearray(16)
        at = 1
        while at < len(usage):
            width = next((n for n in (8, 4, 2, 1) if usage[at : at + n] == b"\xff" * n), 1)
            value = self.some() & ((1 << 8 * width) - 1)
            cdb[at : at + width] = value.to_bytes(width, "big")
            if width == 1 and roll.random() < 0.9:
                cdb[at] &= usage[at]
            at += width
        cdb[0] = code
        if action is not None:
            cdb[1] = cdb[1] & 0xE0 | action
        return bytes(cdb)

    def one(self) -> bytes:
        """A PDU, more or less."""
        roll = self.random
        opcode = roll.choices(
            (0x01, 0x05, 0x02, 0x00, 0x04, 0x06, 0x03, 0x10, roll.randrange(64)),
            (70, 12, 4, 3, 2, 0.2, 0.2, 0.5, 0.5),
        )[0]
        header = bytearray(roll.randbytes(48))
        header[0] = opcode | (0x40 if roll.random() < 0.1 else 0)
        header[4] = 0 if roll.random() < 0.98 else roll.randrange(256)
        header[8:16] = struct.pack(">H6x", 0 if roll.random() < 0.9 else roll.randrange(3))
        struct.pack_into(">I", header, 16, roll.randrange(8))
        data = roll.randbytes(roll.choice((0, 0, 8, 24, 512, 1024, 4096, roll.randrange(9000))))
        if opcode == 0x01:
            header[1] = (
                0x80 | roll.choice((0x20, 0x40, 0x60, 0)) if roll.random() < 0.9 else header[1]
            )
            struct.pack_into(
                ">I",
                header,
                20,
                roll.choice((len(data), self.some(), self.some() * 512 & 0xFFFFFFFF)),
            )
            header[32:48] = self.cdb()
        elif opcode == 0x05:
            struct.pack_into(">I", header, 20, roll.choice((0xFFFFFFFF, header[19])))
            struct.pack_into(">II", header, 36, roll.randrange(2), roll.choice((0, 512, len(data))))
        elif opcode == 0x02:
            header[1] = 0x80 | roll.randrange(10)
        if opcode != 0x05:
            struct.pack_into(">I", header, 24, self.number if roll.random() < 0.99 else self.some())
            if not header[0] & 0x40:
                self.number += 1
        out = bytearray(pdu(header, data))
        if roll.random() < 0.02:
            out[roll.randrange(len(out))] = roll.randrange(256)
        return bytes(out)


def _array(directory: Path) -> Store:
    """LUN 0 is the intruder's; LUN 1 only the honest initiator's, with a pattern on it."""
    disks = [(Tier.SAS, 1 << 21, "data")] * 5
    management: dict[SpName, str] = {"A": "127.0.0.1", "B": "127.0.0.2"}
    store.create(directory, identity.new("APM00000000001", "fuzz", "12603d00", management, disks))
    made = Store(directory)
    made.change(_shown, 0.0)
    _honest_file(made).write_bytes(PATTERN * BLOCKS)
    return made


def _shown(state: State, usage: Usage) -> State:
    state = pools.create(state, "P", [f"0_0_{n}" for n in range(5)])
    state = ports.configure(state, "A", 0, "127.0.0.1", "255.0.0.0", "127.0.0.1")
    for alu, initiator in enumerate((INTRUDER, HONEST)):
        pool = state.pools[0]
        state = pool_luns.create(state, usage, pool, BLOCKS, kind=LunKind.THIN, number=alu, sp="A")
        state = groups.create(state, initiator)
        state = groups.add_hlu(state, initiator, alu, alu)
        state = initiators.register(state, initiator, "A", 0, group=initiator)
    return state


def _honest_file(made: Store) -> Path:
    return files.path_of(made.root, made.state().luns[1])


async def fuzz(directory: Path, count: int, seed: int) -> int:
    """How many sessions it took. Raises AssertionError or whatever the target raised."""
    made = _array(directory)
    untouched = _honest_file(made)
    wrong: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: wrong.append(context))
    processor = Processor(directory, "A", StoredMasking(made))
    port = Port(processor, 0)
    target = processor.target_name("A", 0)
    fuzzer = Fuzzer(seed)
    sessions = 0
    wire: Wire | None = None
    for turn in range(count):
        if wire is None or not wire.open:
            wire, sessions, fuzzer.number = Wire(port), sessions + 1, 0
            wire.feed(login(target, INTRUDER), fuzzer.random)
            await _quiet(wire)
        wire.feed(fuzzer.one(), fuzzer.random)
        if turn % TOGETHER == TOGETHER - 1:
            await _quiet(wire)
        assert not wrong, (seed, turn, wrong[0])
    if wire is not None:
        await _quiet(wire)
        wire.close()
    assert not wrong, (seed, wrong[0])
    assert untouched.read_bytes() == PATTERN * BLOCKS
    honest = Wire(port)
    honest.feed(login(target, HONEST), fuzzer.random)
    await _quiet(honest)
    for number in range(2):  # the first is told of power on
        read = bytearray(48)
        read[0], read[1], read[9] = 0x01, 0xC0, 1
        struct.pack_into(">III", read, 16, 7, 512, number)
        read[32:42] = struct.pack(">BBIBHB", 0x28, 0, 5, 0, 1, 0)
        honest.feed(pdu(read), fuzzer.random)
        await _quiet(honest)
    assert honest.sent.endswith(PATTERN), bytes(honest.sent[:64])
    honest.close()
    processor.state.close()
    return sessions


async def _quiet(wire: Wire) -> None:
    """Return when nothing is under way in the session but what waits for data."""
    async with asyncio.timeout(PATIENCE):
        await asyncio.sleep(0)
        while wire.open and wire.connection.held:
            await asyncio.sleep(0.001)
        finished = getattr(wire.connection.handler, "finished", None)
        if finished is not None:
            await finished()


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.array_fuzz")
    parser.add_argument("--count", type=int, default=100_000, help="PDUs")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as directory:
        sessions = asyncio.run(fuzz(Path(directory), asked.count, asked.seed))
    seconds = time.monotonic() - started
    print(
        f"{asked.count} PDUs of seed {asked.seed} in {sessions} sessions and {seconds:.0f} s: "
        "no exception, no hang, nothing touched that was not shown"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
