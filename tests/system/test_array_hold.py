"""Writes that an SP holds for its peer: parked, given up or carried out, and in nobody's way."""

import socket
import struct
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from millpond.array.exports import SpName
from tests.support.initiator import Initiator
from tests.support.storage import MIB, Storage

WRITE = struct.pack(">BBIBHB", 0x2A, 0, 0, 0, 1, 0), b"x" * 512
UNMAP = struct.pack(">BB5xHx", 0x42, 0, 24), struct.pack(">HH4xQI4x", 22, 16, 0, 8)
ABORTED = 0x40
BEFORE = b"b" * 4096


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Storage]:
    with Storage(tmp_path_factory.mktemp("hold") / "array") as running:
        yield running


@contextmanager
def held(storage: Storage, sp: SpName) -> Iterator[None]:
    """As the peer asks SP ``sp`` for it."""
    with socket.socket(socket.AF_UNIX) as asking:
        asking.settimeout(30)
        asking.connect(str(storage.array.root / f"sp-{sp.lower()}.sock"))
        asking.sendall(b'{"hold": true}\n')
        assert asking.makefile().readline() == "null\n"
        yield


def parked(initiator: Initiator, command: tuple[bytes, bytes]) -> int:
    """The tag of a command that has come, and is not carried out: what follows it is answered."""
    cdb, data = command
    tag = initiator.send_command(0, cdb, writes=len(data), data=data)
    assert initiator.read(0, 0, 8).data == BEFORE
    return tag


@pytest.mark.parametrize(("command", "after"), [(WRITE, b"x"), (UNMAP, b"\0")])
def test_what_one_hold_parks_is_not_waited_for_by_another(
    storage: Storage, command: tuple[bytes, bytes], after: bytes
) -> None:
    """Nor does the end of the first let it go on."""
    with storage.login("A") as one:
        assert one.write(0, 0, BEFORE).status == 0
        with ExitStack() as second:
            with held(storage, "A"):
                tag = parked(one, command)
                second.enter_context(held(storage, "A"))
            time.sleep(0.3)
            assert storage.file(0).read_bytes()[:4096] == BEFORE
        assert one.result(tag).status == 0
        assert one.read(0, 0, 1).data == after * 512


def test_what_is_parked_is_given_up_when_its_lun_is_reset(storage: Storage) -> None:
    """Through the other SP, which neither waits for the end of the hold nor takes its peer for dead."""
    with storage.login("A") as one, storage.login("B", "two") as two:
        assert one.write(0, 0, BEFORE).status == 0
        with held(storage, "B"):
            tag = parked(two, WRITE)
            assert one.manage(0, 5) == 0
            assert two.result(tag).status == ABORTED
        assert two.attentions(0) == [(0x29, 0x03)]
        assert two.read(0, 0, 8).data == BEFORE
        assert two.write(0, 0, b"n" * MIB).status == 0
        assert storage.array.sps["B"].poll() is None


def test_what_is_parked_for_a_host_that_is_gone_is_not_carried_out(storage: Storage) -> None:
    with storage.login("A") as one:
        assert one.write(0, 0, BEFORE).status == 0
        with held(storage, "A"):
            with storage.login("A", "two") as two:
                parked(two, WRITE)
            time.sleep(0.3)
        assert one.write(0, 8, BEFORE).status == 0
        assert one.read(0, 0, 8).data == BEFORE
