"""The relay's parts without an array: what a guest that is gone, or anybody else, leaves behind."""

import asyncio
import fcntl
from pathlib import Path

import pytest
from structlog.testing import CapturingLogger

from millpond.adapters.iscsi import relay
from millpond.adapters.iscsi.attached import Attached, AttachedLuns, target_name
from millpond.domain.array import ArrayPort
from millpond.domain.errors import Refused
from millpond.domain.names import new_id
from millpond.domain.pool_lun import PoolLun
from tests.support.ports import free_port

PATIENCE = 60.0
UID = "6006016012603d00956338879d69e511"


def nowhere(**changes: object) -> Attached:
    """A LUN of an array that nobody is at."""
    port = ArrayPort(sp="A", number=0, iqn="iqn.1992-04.com.emc:cx.a0", address="127.254.8.8")
    fields = {
        "name": "data",
        "array": new_id(),
        "number": 0,
        "uid": UID,
        "size": 1 << 20,
        "thin": True,
        "group": "millpond-pool1",
        "hlu": 0,
        "ports": (port,),
    }
    lun = PoolLun.model_validate(fields | changes)
    return Attached(lun=lun, initiator="iqn.2008-11.org.linux-kvm:one")


def login(*items: str) -> bytes:
    keys = "".join(f"{item}\0" for item in items).encode()
    head = bytes((0x43, 0x87, 0, 0)) + len(keys).to_bytes(4, "big") + bytes(40)
    return head + keys + bytes(-len(keys) % 4)


def test_a_login_whose_guest_is_gone_holds_the_lun_no_longer(tmp_path: Path) -> None:
    """However long the relay would have gone on to look for a port that takes it."""
    luns, lun, port = AttachedLuns(tmp_path / "luns"), nowhere(), free_port()
    luns.keep(lun)

    async def connected() -> asyncio.StreamWriter:
        while True:
            try:
                return (await asyncio.open_connection("127.0.0.1", port))[1]
            except OSError:
                await asyncio.sleep(0.05)

    async def is_held() -> bool:
        try:
            luns.forget(lun)
        except Refused:
            return True
        luns.keep(lun)
        return False

    async def story() -> None:
        patient = relay.Relay(luns, relay.Patience(login=PATIENCE, whole=3600.0))
        serving = asyncio.create_task(patient.serve(port))
        async with asyncio.timeout(PATIENCE):
            guest = await connected()
            guest.write(login("InitiatorName=one", f"TargetName={target_name(UID)}"))
            while not await is_held():
                await asyncio.sleep(0.05)
            guest.close()
            while await is_held():
                await asyncio.sleep(0.05)
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)

    asyncio.run(story())


def test_an_array_that_is_gone_fills_no_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is asked twice a second for each disk, for as long as it takes."""
    patient = relay.Relay(AttachedLuns(tmp_path), relay.Patience(login=PATIENCE))
    mine = relay.Pdu(bytes((0x43, 0x87)) + bytes(46), b"InitiatorName=one\0")

    async def story() -> None:
        for _ in range(3):
            assert await patient._try_all(nowhere(), mine) is None

    # Once logs are set up in this process, loggers cannot be captured from outside any more.
    log = CapturingLogger()
    monkeypatch.setattr(relay, "log", log)
    asyncio.run(story())
    assert [call.args[0] for call in log.calls] == ["relay.refused"]


def test_what_is_no_login_is_turned_away() -> None:
    with pytest.raises(ValueError, match="keys"):
        relay._keys(relay.Pdu(b"", b"InitiatorName=one\0nonsense\0"))


def test_a_connection_that_the_array_reset_is_dropped_like_any_other() -> None:
    async def story() -> None:
        async with asyncio.timeout(PATIENCE):
            server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
            async with server:
                where = server.sockets[0].getsockname()
                _, writer = await asyncio.open_connection(*where)
                writer.transport.abort()
                while writer.get_extra_info("socket").fileno() != -1:
                    await asyncio.sleep(0.01)
                relay._drop(writer)

    asyncio.run(story())


def test_a_lun_that_is_replaced_under_a_login_is_not_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lock would be on the file that is gone: nobody could see that the new one is in use."""
    luns, lock = AttachedLuns(tmp_path / "luns"), fcntl.flock
    luns.keep(nowhere())

    def late(handle: int, how: int) -> None:
        monkeypatch.setattr(fcntl, "flock", lock)
        luns.keep(nowhere(hlu=7))
        lock(handle, how)

    monkeypatch.setattr(fcntl, "flock", late)
    with pytest.raises(FileNotFoundError), luns.opened(target_name(UID)):
        pass
    with luns.opened(target_name(UID)) as found:
        assert found.lun.hlu == 7
