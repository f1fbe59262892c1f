"""What two storage processors agree on: one journal, whoever dies."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from millpond.array.scsi.nexus import Nexus
from millpond.array.scsi.reservations import Reservations
from millpond.array.scsi.sense import REGISTRATIONS_PREEMPTED
from millpond.array.state import shared
from millpond.array.state.lun_state import Change, LunState
from millpond.array.state.shared import SharedState

WWN = bytes(16)
ONE = Nexus("iqn.one", "800000000001", 1)


class Sp:
    def __init__(self, directory: Path, sp: str) -> None:
        self.heard: list[Change] = []
        self.state = SharedState(directory, sp, self.heard.append)  # type: ignore[arg-type]

    async def set(self, generation: int, *, aptpl: bool = False) -> None:
        def decide(state: LunState) -> Change:
            held = Reservations({ONE: generation}, generation=generation, aptpl=aptpl)
            return Change(WWN, replace(state, reservations=held), ((ONE, REGISTRATIONS_PREEMPTED),))

        await self.state.change(WWN, decide)

    @property
    def generation(self) -> int:
        return self.state.of(WWN).reservations.generation


@pytest.fixture
def sps(tmp_path: Path) -> Iterator[tuple[Sp, Sp]]:
    a, b = Sp(tmp_path, "A"), Sp(tmp_path, "B")
    yield a, b
    a.state.close()
    b.state.close()


async def test_what_one_changes_makes_the_other_stale(sps: tuple[Sp, Sp]) -> None:
    a, b = sps
    await a.set(1)
    assert b.state.stale
    assert not a.state.stale
    await b.state.refresh()
    assert not b.state.stale
    assert b.generation == 1
    assert [change.attentions for change in b.heard] == [((ONE, REGISTRATIONS_PREEMPTED),)]


async def test_a_decision_is_made_on_the_latest_state(sps: tuple[Sp, Sp]) -> None:
    a, b = sps

    def add(state: LunState) -> Change:
        held = state.reservations
        return Change(
            WWN, replace(state, reservations=replace(held, generation=held.generation + 1))
        )

    await asyncio.gather(*(sp.state.change(WWN, add) for sp in (a, b) * 20))
    await a.state.refresh()
    await b.state.refresh()
    assert a.generation == b.generation == 40


async def test_a_torn_record_is_not_there(sps: tuple[Sp, Sp], tmp_path: Path) -> None:
    a, b = sps
    await a.set(1)
    with (tmp_path / "array.journal").open("ab") as file:
        file.write(b"\0\0\0\x80torn")
    await b.set(2)
    await a.state.refresh()
    assert (a.generation, b.generation) == (2, 2)


async def test_a_journal_written_anew_tells_a_late_reader_everything(
    sps: tuple[Sp, Sp], monkeypatch: pytest.MonkeyPatch
) -> None:
    a, b = sps
    await a.set(1)
    await b.state.refresh()
    monkeypatch.setattr(shared, "COMPACT_AT", 1)
    for generation in range(2, 6):
        await a.set(generation)
    await b.state.refresh()
    assert b.generation == 5
    assert [change.state.reservations.generation for change in b.heard] == [1, 2, 3, 4, 5]
    await b.set(6)
    await a.state.refresh()
    assert a.generation == 6


async def test_reservations_outlive_one_sp_and_with_aptpl_both(tmp_path: Path) -> None:
    a, b = Sp(tmp_path, "A"), Sp(tmp_path, "B")
    await a.set(3)
    a.state.close()
    a = Sp(tmp_path, "A")
    assert a.state.of(WWN).reservations.keys == {ONE: 3}
    await a.set(4, aptpl=True)
    a.state.close()
    b.state.close()
    a = Sp(tmp_path, "A")
    assert a.state.of(WWN).reservations.keys == {ONE: 4}
    await a.set(5)
    a.state.close()
    a = Sp(tmp_path, "A")
    assert a.state.of(WWN).reservations == Reservations()
    a.state.close()


def test_an_sp_runs_once(sps: tuple[Sp, Sp], tmp_path: Path) -> None:
    with pytest.raises(BlockingIOError):
        Sp(tmp_path, "A")
