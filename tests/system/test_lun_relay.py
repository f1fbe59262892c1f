"""A LUN through QEMU's own initiator and the relay: an SP that dies, or hangs, costs a wait and no write."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from millpond.adapters.iscsi.attached import Attached, AttachedLuns, target_name
from millpond.adapters.iscsi.luns import RelayedLuns
from millpond.adapters.iscsi.relay import Patience, Relay
from millpond.array.model.types import SPS
from millpond.domain.array import ArrayPort
from millpond.domain.errors import Refused
from millpond.domain.names import new_id
from millpond.domain.pool_lun import LunAnswer, PoolLun
from tests.support.ports import free_port
from tests.support.storage import EXAMPLE, LUN_BLOCKS, Storage

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

PATIENCE = 240.0
SLOW = Patience(login=60.0, silence=60.0, whole=PATIENCE)
"""Long enough that only an SP that is gone is taken for gone, on a busy machine too."""


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[Storage]:
    with Storage(tmp_path / "array") as found:
        yield found


def shown(storage: Storage, **changes: object) -> Attached:
    """LUN 0, as a server has it that is registered as the example initiator."""
    ports = tuple(
        ArrayPort(sp=sp, number=0, iqn=storage.target(sp), address=storage.addresses[sp])
        for sp in SPS
    )
    fields = {
        "name": "data",
        "array": new_id(),
        "number": 0,
        "uid": storage.store.state().luns[0].uid.replace(":", "").lower(),
        "size": LUN_BLOCKS * 512,
        "thin": True,
        "group": "everybody",
        "hlu": 0,
        "ports": ports,
    }
    return Attached(lun=PoolLun.model_validate(fields | changes), initiator=f"{EXAMPLE}:one")


class Guest:
    """``qemu-io`` with the LUN open, as a guest's QEMU has it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def opened(cls, port: int, attached: Attached) -> "Guest":
        url = f"iscsi://127.0.0.1:{port}/{target_name(attached.lun.uid)}/{attached.lun.hlu}"
        return cls(
            await asyncio.create_subprocess_exec(
                *("qemu-io", "-t", "none", "-f", "raw", url),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
            )
        )

    async def _do(self, command: str, done: str) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{command}\n".encode())
        said = ""
        async with asyncio.timeout(PATIENCE):
            while done not in said:
                more = await self._process.stdout.read(4096)
                said += more.decode()
                assert more, said
                assert "failed" not in said, said

    async def write(self, pattern: int) -> None:
        """Stamp the pattern's own 64 KiB."""
        await self._do(f"write -P {pattern} {pattern << 16} 64k", f"at offset {pattern << 16}")

    async def read(self, pattern: int) -> None:
        """They hold the pattern."""
        await self._do(f"read -P {pattern} {pattern << 16} 64k", f"at offset {pattern << 16}")

    async def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        async with asyncio.timeout(PATIENCE):
            await self._process.wait()

    def kill(self) -> None:
        if self._process.returncode is None:
            self._process.kill()


@asynccontextmanager
async def opened(
    luns: AttachedLuns, attached: Attached, patience: Patience
) -> AsyncIterator[Guest]:
    port = free_port()
    relay = asyncio.create_task(Relay(luns, patience).serve(port))
    guest = None
    try:
        async with asyncio.timeout(PATIENCE):
            while not await listens(port):
                await asyncio.sleep(0.05)
        guest = await Guest.opened(port, attached)
        yield guest
    finally:
        if guest is not None:
            guest.kill()
        relay.cancel()
        await asyncio.gather(relay, return_exceptions=True)


async def listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


def test_a_guest_outlives_an_sp_that_dies(storage: Storage, tmp_path: Path) -> None:
    """It comes back, and then the other one dies: nothing that was acknowledged is lost, and the guest is told
    of no error. What a guest has open, its server does not let go of."""

    async def story() -> None:
        luns, attached = AttachedLuns(tmp_path / "luns"), shown(storage)
        luns.keep(attached)
        async with opened(luns, attached, SLOW) as guest:
            await guest.write(1)
            storage.kill("A")
            await guest.write(2)
            storage.start("A")
            storage.kill("B")
            await guest.write(3)
            for pattern in (1, 2, 3):
                await guest.read(pattern)
            with pytest.raises(Refused, match="open") as refused:
                luns.forget(attached)
            assert refused.value.code == "lun.in_use"
            await guest.close()
            async with asyncio.timeout(PATIENCE):
                while luns.all():
                    try:
                        luns.forget(attached)
                    except Refused:
                        await asyncio.sleep(0.1)

    asyncio.run(story())


def test_what_a_server_finds_in_a_luns_place(storage: Storage, tmp_path: Path) -> None:
    """Asked on every way to it, also on those that are gone."""

    async def story() -> None:
        server = RelayedLuns(AttachedLuns(tmp_path / "luns"), new_id())
        server.initiator = named  # type: ignore[method-assign]
        lun = shown(storage).lun
        right = [LunAnswer(port=port, uid=lun.uid, size=lun.size) for port in lun.ports]
        assert await server.seen(lun) == right
        other = await server.seen(shown(storage, hlu=1).lun)
        assert [answer.port for answer in other] == list(lun.ports)
        assert lun.uid not in {answer.uid for answer in other}
        assert await server.seen(shown(storage, hlu=7).lun) == []
        storage.kill("A")
        assert await server.seen(lun) == right[1:]

    async def named() -> str:
        return f"{EXAMPLE}:one"

    asyncio.run(story())


def test_what_a_guest_that_died_had_under_way_is_not_sent_later(
    storage: Storage, tmp_path: Path
) -> None:
    """A port that hangs goes on when the guest may run elsewhere: no end of the stream is told to it, for the
    kernel would send what it holds before that."""
    storage.kill("A")
    taken, goes_on, ended = asyncio.Event(), asyncio.Event(), []

    async def hanging(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        header = await reader.readexactly(48)
        await reader.readexactly(-(-int.from_bytes(header[5:8], "big") // 4) * 4)
        writer.write(bytes((0x23, 0x87)) + bytes(46))
        taken.set()
        await goes_on.wait()
        try:
            while await reader.read(1 << 20):
                pass
            ended.append("told of its end")
        except ConnectionResetError:
            ended.append("reset")
        writer.close()

    async def story() -> None:
        luns, both = AttachedLuns(tmp_path / "luns"), shown(storage).lun.ports
        attached = shown(storage, ports=both[:1])
        luns.keep(attached)
        port, patience = free_port(), Patience(login=60.0, silence=0.5, whole=PATIENCE)
        relay = asyncio.create_task(Relay(luns, patience).serve(port))
        array = await asyncio.start_server(hanging, both[0].address, 3260)
        async with asyncio.timeout(PATIENCE), array:
            while not await listens(port):
                await asyncio.sleep(0.05)
            guest, end = await asyncio.open_connection("127.0.0.1", port)
            keys = f"InitiatorName=one\0TargetName={target_name(attached.lun.uid)}\0".encode()
            head = bytes((0x43, 0x87, 0, 0)) + len(keys).to_bytes(4, "big") + bytes(40)
            end.write(head + keys + bytes(-len(keys) % 4))
            await taken.wait()
            end.write(bytes(16 << 20))
            with suppress(ConnectionResetError):
                await guest.read()
            goes_on.set()
            while not ended:
                await asyncio.sleep(0.05)
        end.close()
        relay.cancel()
        await asyncio.gather(relay, return_exceptions=True)

    asyncio.run(story())
    assert ended == ["reset"]
