"""What the manager's driver reads of an array that works: mirrors, migrations, QoS, and what hosts did."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest

from millpond.adapters.arrays.naviseccli import Login, Naviseccli
from millpond.adapters.arrays.navisphere import Navisphere
from millpond.domain.array_copies import ArrayMigration, ArrayMirror, MirrorKind, SecondaryImage
from millpond.domain.array_load import IoClass, IoPolicy
from tests.contract.mounts import xfs
from tests.support.arrays import NAVISECCLI, PASSWORD, USER
from tests.support.linked import TWO, navi, pair
from tests.support.storage import MIB, Storage
from tests.system.test_array_migration import filled, migrate, run

pytestmark = pytest.mark.slow
T = TypeVar("T")


def asked(storage: Storage, home: Path, what: Callable[[Navisphere], Awaitable[T]], *sps: str) -> T:
    async def ask() -> T:
        addresses = tuple(storage.addresses[sp] for sp in sps or "AB")  # type: ignore[index]
        return await what(
            Navisphere(Naviseccli("cx", addresses, Login(USER, PASSWORD), home, NAVISECCLI))
        )

    return asyncio.run(ask())


@pytest.mark.thorough
def test_a_lun_that_moves(tmp_path: Path) -> None:
    with filled(tmp_path / "array") as storage:
        assert asked(storage, tmp_path / "cli", Navisphere.migrations) == []
        migrate(storage, 5, "low")
        (found,) = asked(storage, tmp_path / "cli", Navisphere.migrations)
        told = {"progress": found.progress, "left": found.left}
        assert found == ArrayMigration(
            source=0,
            source_name="LUN 0",
            destination=5,
            destination_name="LUN 5",
            rate="low",
            state="MIGRATING",
            **told,
        )
        assert "second" in found.left or found.left == "Unknown"
        run(storage, "migrate", "-cancel", "-source", "0", "-o")


@pytest.mark.thorough
@pytest.mark.parametrize("kind", MirrorKind)
def test_both_ends_of_a_mirror(tmp_path: Path, kind: MirrorKind) -> None:
    with xfs(tmp_path / "mnt", tmp_path / "image") as root, pair(root, kind=kind) as two:
        two.mirror()
        navi(two.one, "mirror", f"-{kind}", "-create", "-name", "alone", "-lun", "1", "-o")
        alone, (one) = asked(two.one, tmp_path / "cli1", Navisphere.mirrors, "A")
        (other,) = asked(two.two, tmp_path / "cli2", Navisphere.mirrors, "A")
        assert (alone.name, alone.lun, alone.primary, alone.images) == ("alone", 1, True, ())
        whole = SecondaryImage(
            state="Synchronized" if kind is MirrorKind.SYNC else "Consistent",
            condition="Normal",
            rate="High",
            progress=100,
            behind=None if kind is MirrorKind.SYNC else 0,
        )
        assert one == ArrayMirror(
            name="m0",
            kind=kind,
            lun=0,
            primary=True,
            status="Mirrored",
            faulted=False,
            images=(whole,),
        )
        assert (other.name, other.primary, other.status) == ("m0", False, "Secondary Copy")
        two.act("-fractureimage", uid=TWO)
        (_, broken) = asked(two.one, tmp_path / "cli1", Navisphere.mirrors, "A")
        assert broken.images[0].condition == "Administratively Fractured"


def test_limits_and_what_hosts_did(tmp_path: Path) -> None:
    with Storage(tmp_path / "array") as storage:
        storage.array.run("security", "-certificate", "-setLevel", "low")
        home = tmp_path / "cli"
        qos = asked(storage, home, Navisphere.qos)
        assert (qos.policies, qos.classes) == ((), ())
        goal = ("-ctrlmethod", "limit", "-gmetric", "tt", "-gval", "5000")
        for words in (
            ("-ioclass", "-create", "-name", "slow", "-iotype", "rw", "-luns", "1", *goal),
            ("-ioclass", "-create", "-name", "rest", "-iotype", "r", "-noctrl"),
            ("-policy", "-create", "-name", "day", "-ioclasses", "slow", "rest"),
            ("-policy", "-create", "-name", "night", "-ioclasses", "rest"),
            ("-run", "day"),
        ):
            storage.array.do("nqm", *words)
        qos = asked(storage, home, Navisphere.qos)
        day = IoPolicy(name="day", running=True, classes=("slow", "rest"), on_failure="Continue")
        night = IoPolicy(name="night", running=False, classes=("rest",), on_failure="Continue")
        assert qos.policies == (day, night)
        slow = IoClass(
            name="slow",
            running=True,
            luns=(1,),
            io_type="ReadWrite",
            sizes="Any",
            control="Limit",
            metric="Throughput",
            goal="5000.0 IO/s",
        )
        rest = IoClass(
            name="rest", running=True, luns=None, io_type="Read", sizes="Any", control="None"
        )
        assert qos.classes == (slow, rest)

        with storage.login("A") as one, storage.login("B", "two") as two:
            assert one.write(0, 0, b"x" * MIB).status == 0
            assert two.read(0, 0, 8).status == 0
        lun, other = asked(storage, home, Navisphere.counters)
        assert (lun.number, lun.name) == (0, "LUN 0")
        assert lun.reads == {"A": 0, "B": 1}
        assert lun.writes == {"A": 1, "B": 0}
        assert (lun.bytes_written["A"], lun.bytes_read["B"]) == (MIB, 4096)
        assert lun.busy is not None
        assert 0 < lun.busy < 60_000
        assert (other.number, other.busy) == (1, 0)
        storage.array.do("setstats", "-off")
        assert asked(storage, home, Navisphere.counters) == []
