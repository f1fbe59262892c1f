"""The port of arrays: naviseccli against two real SPs, and the fake, keep the same promises."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from millpond.adapters.arrays.naviseccli import Login, Naviseccli
from millpond.adapters.arrays.navisphere import Navisphere
from millpond.adapters.arrays.plain import Plain
from millpond.adapters.fake.array import FakeArray
from millpond.domain.array import ArrayHost, ArraySnapshot, SnapshotKind, qemu_initiator
from millpond.domain.errors import Failed, Refused
from millpond.domain.names import new_id
from millpond.ports.array import Array
from tests.contract.mounts import xfs
from tests.support.arrays import NAVISECCLI, PASSWORD, SERIAL, USER, RunningArray, keep, running

pytestmark = pytest.mark.slow

GIB = 1 << 30
DISKS = ("0_0_0", "0_0_1", "0_0_2", "0_0_3", "0_0_4")


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningArray]:
    place = tmp_path_factory.mktemp("arrays")
    with xfs(place / "mnt", place / "image") as root, running(root) as found:
        assert (
            found.run("storagepool", "-create", "-disks", *DISKS, "-name", "pool").returncode == 0
        )
        for sp, address in found.addresses.items():
            where = ("-sp", sp.lower(), "-portid", "0", "-address", address)
            net = ("-subnetmask", "255.255.255.0", "-gateway", "127.0.0.1")
            said = found.run("connection", "-setport", "-iscsi", *where, *net, "-o")
            assert said.returncode == 0, said.stdout
        yield found


def driver(array: RunningArray, home: Path, password: str = PASSWORD) -> Navisphere:
    addresses = (array.addresses["A"], array.addresses["B"])
    return Navisphere(Naviseccli("cx", addresses, Login(USER, password), home, NAVISECCLI))


@pytest.fixture(params=["navisphere", "fake"])
def array(request: pytest.FixtureRequest, tmp_path: Path) -> Array:
    if request.param == "fake":
        return FakeArray(tmp_path / "array.json")
    return driver(request.getfixturevalue("real"), tmp_path / "cli")


async def _cleared(array: Array, group: str) -> None:
    found = await array.group(group)
    for hlu in found.luns if found else ():
        await array.unmap(group, hlu)
    if found:
        await array.delete_group(group)
    for lun in await array.luns():
        await array.delete(lun.number)


def play(array: Array, story: Callable[[Array], Awaitable[None]]) -> None:
    async def whole() -> None:
        try:
            await story(array)
        finally:
            await _cleared(array, "p1")

    asyncio.run(whole())


def test_a_lun_is_made_grows_and_goes(array: Array) -> None:
    async def story(array: Array) -> None:
        before = (await array.pools())[0]
        assert await array.lun(7) is None
        await array.create(7, "data", "pool", 10 * GIB, thin=True)
        made = await array.lun(7)
        assert made is not None
        assert (made.name, made.size, made.pool, made.thin) == ("data", 10 * GIB, "pool", True)
        assert made.uid.startswith("60060160")
        assert made.owner in ("A", "B")
        assert await array.luns() == [made]
        after = (await array.pools())[0]
        assert after.subscribed - before.subscribed >= 10 * GIB
        assert after.free > before.size - 10 * GIB, (
            "a thin LUN takes no space before it is written to"
        )
        with pytest.raises(Failed):
            await array.create(8, "data", "pool", GIB, thin=True)
        await array.expand(7, 11 * GIB)
        grown = await array.lun(7)
        assert (grown.size, grown.uid) == (11 * GIB, made.uid) if grown else False
        with pytest.raises(Failed):
            await array.expand(7, GIB)
        await array.delete(7)
        assert await array.lun(7) is None
        with pytest.raises(Failed):
            await array.delete(7)

    play(array, story)


def test_a_thick_lun_takes_its_space_and_no_more_than_there_is(array: Array) -> None:
    async def story(array: Array) -> None:
        free = (await array.pools())[0].free
        await array.create(1, "thick", "pool", 10 * GIB, thin=False)
        assert free - (await array.pools())[0].free >= 10 * GIB
        with pytest.raises(Failed):
            await array.create(2, "huge", "pool", 100_000 * GIB, thin=False)
        assert [lun.number for lun in await array.luns()] == [1]

    play(array, story)


def test_what_a_group_shows_to_whom(array: Array) -> None:
    async def story(array: Array) -> None:
        one, two = (
            ArrayHost(name=name, address="192.0.2.9", initiator=qemu_initiator(new_id()))
            for name in ("srv1", "srv2")
        )
        assert await array.group("p1") is None
        assert await array.groups() == []
        await array.create_group("p1")
        with pytest.raises(Failed):
            await array.create_group("p1")
        for host in (one, two, one):
            await array.register("p1", host)
        ports = await array.ports()
        assert {port.sp for port in ports} == {"A", "B"}
        await array.create(3, "three", "pool", GIB, thin=True)
        await array.map("p1", 3, 0)
        for hlu in (0, 1):
            with pytest.raises(Failed):
                await array.map("p1", 3, hlu)
        found = await array.group("p1")
        assert found is not None
        assert found.luns == {0: 3}
        assert found.paths == {
            (host.initiator, port.sp, port.number) for host in (one, two) for port in ports
        }
        assert found.hosts == {host.initiator: host.name for host in (one, two)}
        await array.create_group("empty")
        (none, same) = await array.groups()
        assert (none.name, none.luns, none.paths, none.hosts) == ("empty", {}, frozenset(), {})
        assert same == found
        await array.delete_group("empty")
        with pytest.raises(Failed):
            await array.delete(3)
        with pytest.raises(Failed, match="still shows LUNs"):
            await array.delete_group("p1")
        assert await array.group("p1") == found, "and its hosts keep their paths"
        for _ in range(2):
            await array.deregister(two.initiator)
        left = await array.group("p1")
        assert left is not None
        assert {path[0] for path in left.paths} == {one.initiator}
        await array.unmap("p1", 0)
        with pytest.raises(Failed):
            await array.unmap("p1", 0)
        await array.delete_group("p1")
        assert await array.group("p1") is None
        await array.create_group("p1")
        fresh = await array.group("p1")
        assert fresh is not None
        assert fresh.paths == frozenset(), "the initiators are forgotten with their group"

    play(array, story)


def test_snapshots_go_with_their_lun(array: Array) -> None:
    async def story(array: Array) -> None:
        await array.create(4, "four", "pool", GIB, thin=True)
        for name in ("s1", "s2"):
            await array.snapshot(4, name)
        assert sorted(await array.snapshots(4)) == ["s1", "s2"]
        assert [(one.name, one.luns) for one in await array.all_snapshots()] == [
            ("s1", (4,)),
            ("s2", (4,)),
        ]
        with pytest.raises(Failed):
            await array.snapshot(4, "s1")
        await array.delete_snapshot("s1")
        assert await array.snapshots(4) == ["s2"]
        await array.delete(4)
        await array.create(4, "four", "pool", GIB, thin=True)
        assert await array.snapshots(4) == []
        assert await array.all_snapshots() == []

    play(array, story)


def test_where_hosts_find_what_snapshots_and_sessions_hold(
    real: RunningArray, tmp_path: Path
) -> None:
    async def story() -> None:
        array = driver(real, tmp_path / "cli")
        await array.create(4, "four", "pool", GIB, thin=True)
        keep(real, 4)
        session, snap = await array.all_snapshots()
        assert session == ArraySnapshot(
            name="noon", kind=SnapshotKind.SESSION, luns=(4,), shown_as=("noon1",)
        )
        assert (snap.name, snap.kind, snap.luns) == ("night", SnapshotKind.SNAP, (4,))
        assert (snap.group, snap.shown_as) == ("", ("9",))
        assert re.fullmatch(r"\d\d/\d\d/\d\d \d\d:\d\d:\d\d", snap.created)
        real.do("lun", "-detach", "-l", "9", "-o")
        real.do("snapview", "-deactivatesnapshot", "-snapshotname", "noon1", "-o")
        assert [one.shown_as for one in await array.all_snapshots()] == [(), ()]

    try:
        asyncio.run(story())
    finally:
        real.run("snapview", "-rmsnapshot", "-snapshotname", "noon1", "-o")
        real.run("snapview", "-stopsession", "noon", "-o")
        for number in ("9", "4"):
            real.run("lun", "-destroy", "-l", number, "-destroySnapshots", "-o")


def test_numbers_of_luns_outside_of_pools_are_taken(real: RunningArray, tmp_path: Path) -> None:
    """A LUN of a RAID group, and those that a metaLUN is made of."""
    commands = (
        ("createrg", "0", *(f"0_0_{n}" for n in range(5, 10)), "-o"),
        *(("bind", "r5", str(n), "-rg", "0", "-cap", "1", "-sq", "gb") for n in (0, 1, 2)),
        ("metalun", "-expand", "-base", "1", "-lus", "2", "-type", "C", "-o"),
    )
    for command in commands:
        said = real.run(*command)
        assert said.returncode == 0, (command, said.stdout)

    async def story() -> None:
        array = driver(real, tmp_path / "cli")
        assert await array.numbers() == {0, 1, 2}
        await array.create(3, "data", "pool", GIB, thin=True)
        try:
            assert await array.numbers() == {0, 1, 2, 3}
        finally:
            await array.delete(3)

    try:
        asyncio.run(story())
    finally:
        real.run("metalun", "-destroy", "-metalun", "1", "-o")
        real.run("unbind", "0", "-o")
        real.run("removerg", "0")


def test_either_sp_will_do(real: RunningArray, tmp_path: Path) -> None:
    """The password reaches naviseccli by no argument and lies nowhere in plain."""
    array = driver(real, tmp_path / "cli")
    healthy = asyncio.run(array.health())
    assert (healthy.serial, set(healthy.answers.values())) == (SERIAL, {True})
    kept = [path for path in (tmp_path / "cli").rglob("*") if path.is_file()]
    assert kept
    assert not any(PASSWORD.encode() in path.read_bytes() for path in kept)
    assert not any(path.stat().st_mode & 0o077 for path in kept)
    real.kill("A")
    try:
        found = asyncio.run(array.health())
        assert found.answers == {real.addresses["A"]: False, real.addresses["B"]: True}
        assert not found.well
        real.kill("B")
        with pytest.raises(Refused, match="none of") as refused:
            asyncio.run(array.luns())
        assert refused.value.code == "array.unreachable"
    finally:
        for sp in ("A", "B"):
            with suppress(KeyError):
                real.kill(sp)
            real.start(sp)


def test_a_wrong_password_is_said_to_be_one(real: RunningArray, tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        asyncio.run(driver(real, tmp_path / "cli", "not-this-one").luns())
    assert refused.value.code == "array.login"


def test_another_certificate_is_not_accepted(real: RunningArray, tmp_path: Path) -> None:
    array = driver(real, tmp_path / "cli")
    asyncio.run(array.luns())
    for kept in (tmp_path / "cli" / ".naviseccli").glob("*.pem"):
        kept.write_text("-----BEGIN CERTIFICATE-----\nanother\n-----END CERTIFICATE-----\n")
    with pytest.raises(Refused, match="another certificate") as refused:
        asyncio.run(array.luns())
    assert refused.value.code == "array.login"


def test_what_is_administered_elsewhere_is_not_changed() -> None:
    array = Plain("big")
    assert asyncio.run(array.luns()) == []
    with pytest.raises(Refused, match="made elsewhere") as refused:
        asyncio.run(array.create(1, "data", "pool", GIB, thin=True))
    assert refused.value.code == "array.plain"
