"""Chaos itself: over a world that keeps its promises it finds nothing, and everything otherwise."""

from collections.abc import Callable
from itertools import islice
from pathlib import Path

import pytest

from millpond.cli.errors import ExitCode
from millpond.domain.errors import Failed, Refused
from millpond.lab.chaos.faults import Bmc
from millpond.lab.chaos.plan import Round, rounds
from millpond.lab.chaos.report import Report
from millpond.lab.chaos.run import Chaos
from tests.support.chaos_world import SERVERS, World
from tests.support.cli import Run, Script
from tests.support.hurried_clock import HurriedClock

SEED = 3


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, HurriedClock())


def chaos(world: World, seed: int = SEED) -> Chaos:
    return Chaos(
        *(world, "pool1", lambda: world.api, seed, lambda _: None),
        guests=6,
        clock=world.clock,
        sight=world.sight,
    )


def run(world: World, duration: float = 600.0) -> Report:
    return chaos(world).run(duration)


def test_nothing_is_found_where_promises_are_kept(world: World) -> None:
    report = run(world)
    assert report.clean, report
    assert report.faults["power cut"] > 1
    assert report.accepted > 10
    assert {r.promised for r in report.returns} == {40.0, 90.0}
    assert all(r.seconds <= r.promised for r in report.returns)
    assert any(15.0 <= r.seconds < 16.0 for r in report.returns)


def test_a_guest_that_is_back_late_is_found(world: World) -> None:
    world.failover = 60.0
    report = run(world)
    assert not report.clean
    assert "promised within 40 s" in report.broken[0]
    assert not any("promised within 90 s" in sentence for sentence in report.broken)


def test_without_a_device_the_leases_bound_counts(world: World) -> None:
    world.failover, world.devices = 60.0, 0
    report = run(world)
    assert report.clean, report
    assert {r.promised for r in report.returns} == {90.0}


def test_a_guest_that_ha_forgets_is_found_and_nobody_asks_for_it(world: World) -> None:
    victim = "chaos1"
    world.forgotten.add(victim)
    report = run(world, 1200.0)
    assert any(f"{victim} is not back" in sentence for sentence in report.broken)
    assert victim in report.missing
    assert world.api.asked.count(f"POST /vms/{victim}/start") == 1  # before anything was broken


def test_a_guest_whose_server_was_well_must_not_be_touched(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    crash = world.crash

    def crash_too_much(server: str) -> None:
        crash(server)
        for guest in world.guests.values():
            guest.boot += 1

    monkeypatch.setattr(world, "crash", crash_too_much)
    report = run(world)
    assert any("did not survive: power cut" in sentence for sentence in report.broken)


def test_a_job_that_never_ends_is_found(world: World) -> None:
    world.api.stuck = "migrate"
    report = run(world, 60.0)
    assert not report.clean
    assert {what.split()[0] for what in report.unended.values()} == {"vm.migrate"}


def test_two_writers_are_found(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(server: str) -> None:
        for guest in world.guests.values():
            guest.number = 0

    monkeypatch.setattr(world, "crash", crash)
    report = run(world)
    assert "its stamp went back" in report.violations[0]
    assert not report.clean


@pytest.mark.parametrize("error", [KeyboardInterrupt(), RuntimeError("a bug")])
def test_whatever_happens_there_is_a_report_and_the_lab_is_mended(
    world: World, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    def crash(server: str) -> None:
        world.off.add(server)
        raise error

    monkeypatch.setattr(world, "crash", crash)
    report = run(world)
    assert report.aborted in ("interrupted", "RuntimeError: a bug")
    assert not report.clean
    assert world.off == set()


def test_a_server_that_is_reset_while_it_is_mended_is_mended_after_that(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    mended, resets = world.plug, [1, 1]

    def plug(server: str, nic: str = "eth0") -> None:
        if resets:
            resets.pop()
            raise Failed("change the lab's network", "Cannot find device")
        mended(server, nic)

    monkeypatch.setattr(world, "plug", plug)
    report = run(world)
    assert report.clean, report
    assert resets == []
    assert world.off == set()


def test_a_checker_that_cannot_look_does_not_pass_for_one_that_saw_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(server: str) -> None:
        next(iter(world.guests.values())).disk.unlink()

    monkeypatch.setattr(world, "crash", crash)
    assert "the checker could not look" in run(world).violations[0]


def test_a_fault_that_its_server_is_in_no_state_for_is_left_out(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def freeze(server: str) -> None:
        raise Refused("server.unreachable", server, "is off", "boot it")

    monkeypatch.setattr(world, "freeze", freeze)
    report = run(world)
    assert report.clean, report
    assert report.skipped
    assert all(sentence.endswith("is off") for sentence in report.skipped)
    assert report.faults["power cut"] > 0


@pytest.mark.parametrize("change", [lambda w: None, lambda w: setattr(w, "failover", 30.0)])
def test_the_order_of_faults_is_the_seeds(world: World, change: Callable[[World], None]) -> None:
    change(world)
    report = run(world)
    expected = list(islice(rounds(SEED, SERVERS), 40))
    first = [call for round_ in expected for call in _calls(round_)]
    assert len(world.done) >= sum(report.faults.values()) > 5
    assert world.done == first[: len(world.done)]


def _calls(round_: Round) -> list[str]:
    """What the world is told in a round."""
    words = {"power cut": "crash", "freeze": "freeze", "network cable": "unplug"}
    found = []
    if round_.bmc is not Bmc.HONEST:
        found.append(f"bmc {round_.server} {round_.bmc is not Bmc.DARK} {round_.bmc is Bmc.LYING}")
    for fault, server in [
        (round_.fault, round_.server),
        *([(round_.second.fault, round_.second.server)] if round_.second else []),
    ]:
        daemon = fault.name.removesuffix(" killed")
        killed = f"kill {daemon}" + (f" {server}" if fault.of_server else "")
        found.append(f"{words[fault.name]} {server}" if fault.name in words else killed)
    return found


def test_other_seeds_give_other_orders() -> None:
    assert list(islice(rounds(1, SERVERS), 20)) != list(islice(rounds(2, SERVERS), 20))


def test_every_fault_comes_but_never_a_lie_of_a_server_that_hangs() -> None:
    many = list(islice(rounds(1, SERVERS), 2000))
    met = {(r.fault.name, r.bmc) for r in many}
    assert ("freeze", Bmc.LYING) not in met
    assert {("power cut", b) for b in Bmc} | {("network cable", b) for b in Bmc} <= met
    assert ("freeze", Bmc.DARK) in met


def test_a_pool_that_is_no_labs_is_refused(world: World) -> None:
    world.is_lab = False
    with pytest.raises(Refused) as refused:
        run(world)
    assert refused.value.code == "pool.not_lab"
    assert world.done == world.api.asked == []


def test_the_command_refuses_it_too(script: Script, run: Run) -> None:
    script.answers["GET /pools/pool1"] = (200, {"name": "pool1", "lab": False})
    done = run("chaos", "run", "pool1")
    assert done.code == ExitCode.REFUSED
    assert "not marked as a lab" in done.err


BAD = (
    {"violations": ["1.0 chaos1: two writers"]},
    {"broken": ["chaos1 was back after 99.0 s"]},
    {"unended": {"j1": "vm.migrate chaos3: running"}},
    {"missing": ["chaos2"]},
    {"aborted": "interrupted"},
)


@pytest.mark.parametrize("found", [{}, *BAD], ids=str)
def test_the_exit_code_tells(
    script: Script, run: Run, monkeypatch: pytest.MonkeyPatch, found: dict[str, object]
) -> None:
    report = Report(7, faults={"power cut": 2, "freeze": 1}, **found)  # type: ignore[arg-type]
    monkeypatch.setattr(Chaos, "run", lambda self, duration: report)
    done = run("chaos", "run", "pool1")
    assert done.code == (1 if found else 0)
    assert "2 x power cut, 1 x freeze" in done.out
    for value in found.values():
        sentences = [value] if isinstance(value, str) else value
        for sentence in sentences.values() if isinstance(sentences, dict) else sentences:  # type: ignore[attr-defined]
            assert sentence in done.out
