"""The port of a server's LUNs: what QEMU's initiator is given, and the fake, keep the same promises. What a real
server finds in a LUN's place is tested against an array (tests/system/test_lun_relay.py)."""

import asyncio
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from millpond.adapters.fake.host_luns import FakeHostLuns
from millpond.adapters.iscsi import luns as relayed
from millpond.adapters.iscsi.attached import AttachedLuns, target_name
from millpond.adapters.iscsi.luns import RelayedLuns
from millpond.domain.array import ArrayPort
from millpond.domain.errors import Refused
from millpond.domain.names import new_id
from millpond.domain.pool_lun import PoolLun
from millpond.ports.host_luns import HostLuns

Made = Callable[[Path, str], HostLuns]


@pytest.fixture(params=[RelayedLuns, FakeHostLuns])
def make(request: pytest.FixtureRequest) -> Iterator[Made]:
    with socket.create_server(("127.0.0.1", 0)) as relay:
        port = relay.getsockname()[1]
        yield lambda directory, server: request.param(AttachedLuns(directory), server, port)


def lun(number: int, **changes: object) -> PoolLun:
    fields: dict[str, object] = {
        "name": f"data{number}",
        "array": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
        "number": number,
        "uid": f"6006016012603d009563388790000{number:03}",
        "size": 1 << 30,
        "thin": True,
        "group": "millpond-pool1",
        "hlu": number,
        "ports": (
            ArrayPort(sp="A", number=0, iqn="iqn.1992-04.com.emc:cx.a0", address="192.0.2.1"),
        ),
    }
    return PoolLun.model_validate(fields | changes)


def test_what_is_attached_stays_so_until_it_is_detached(make: Made, tmp_path: Path) -> None:
    async def story() -> None:
        server, id_ = tmp_path / "luns", new_id()
        luns = make(server, id_)
        assert await luns.attached() == []
        for _ in range(2):
            await luns.attach(lun(2))
        await luns.attach(lun(1))
        assert await luns.attached() == [lun(1), lun(2)]
        again = make(server, id_)
        assert await again.attached() == [lun(1), lun(2)], "also after a restart"
        for _ in range(2):
            await again.detach(lun(1))
        assert await luns.attached() == [lun(2)]

    asyncio.run(story())


def test_a_name_is_one_luns(make: Made, tmp_path: Path) -> None:
    async def story() -> None:
        luns = make(tmp_path / "luns", new_id())
        await luns.attach(lun(1))
        with pytest.raises(Refused) as refused:
            await luns.attach(lun(2, name="data1"))
        assert refused.value.code == "object.exists"
        await luns.attach(lun(1, hlu=9))
        assert await luns.attached() == [lun(1, hlu=9)], "its place may be another now"

    asyncio.run(story())


def test_what_is_open_is_not_let_go_of(make: Made, tmp_path: Path) -> None:
    async def story() -> None:
        luns = make(tmp_path / "luns", new_id())
        await luns.attach(lun(1))
        with AttachedLuns(tmp_path / "luns").opened(target_name(lun(1).uid)):
            await luns.attach(lun(1))
            for change in (luns.detach(lun(1)), luns.attach(lun(1, hlu=9))):
                with pytest.raises(Refused) as refused:
                    await change
                assert refused.value.code == "lun.in_use"
        await luns.detach(lun(1))
        assert await luns.attached() == []

    asyncio.run(story())


def test_arrays_know_each_server_by_a_name_of_its_own(make: Made, tmp_path: Path) -> None:
    async def story() -> None:
        one, two = new_id(), new_id()
        names = [await make(tmp_path, server).initiator() for server in (one, two, one)]
        assert names[0] == names[2] != names[1]

    asyncio.run(story())


def test_a_server_without_a_relay_gets_no_lun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor loses one that it has."""

    async def story() -> None:
        with socket.create_server(("127.0.0.1", 0)) as relay:
            port = relay.getsockname()[1]
            luns = RelayedLuns(AttachedLuns(tmp_path / "luns"), new_id(), port)
            await luns.attach(lun(1))
        for number in (1, 2):
            with pytest.raises(Refused) as refused:
                await luns.attach(lun(number))
            assert refused.value.code == "lun.no_relay"
        assert await luns.attached() == [lun(1)]

    monkeypatch.setattr(relayed, "RELAY_SECONDS", 0.5)
    asyncio.run(story())
