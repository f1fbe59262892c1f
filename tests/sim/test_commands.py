"""The words of a timeline, and what is said of those that mean nothing."""

from pathlib import Path

import pytest

from millpond.sim.cluster import ClusterSpec, ServerSpec, VmSpec
from millpond.sim.commands import COMMANDS
from millpond.sim.scenario import At, Timeline, Trigger, play

PAGE = Path(__file__).parents[2] / "docs/explanation/simulator.md"
CLUSTER = ClusterSpec(
    server=tuple(ServerSpec(name=f"srv{n}") for n in (1, 2, 3)),
    vm=(VmSpec(name="web1", on="srv2"),),
    duration=5,
)


def _play(*lines: str, when: tuple[Trigger, ...] = ()) -> tuple[str, ...]:
    timeline = Timeline(at=(At(t=10, do=lines),), when=when, settles=False)
    outcome = play(CLUSTER, timeline)
    assert outcome.problem is None
    return outcome.lines


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("explode srv1", "the first word"),
        ("power srv9 off", "srv9"),
        ("power srv1 up", "off, on or reset"),
        ("network srv9 off", "no server srv9"),
        ("storage srv1 sideways", "slow SECONDS"),
        ("bmc srv1 polite", "polite"),
        ("vm dance web1", "no operation vm.dance"),
        ("guest web1 sings", "dies"),
        ("certificate srv1 lost", "expired or renewed"),
        ("damage web9", "no VM web9"),
    ],
)
def test_what_means_nothing_is_refused(line: str, why: str) -> None:
    outcome = play(CLUSTER, Timeline(at=(At(t=1, do=(line,)),)))
    assert outcome.problem is not None
    assert why in outcome.problem


def test_every_command_is_documented() -> None:
    page = PAGE.read_text()
    for name, command in COMMANDS.items():
        assert f"`{name} " in page or f"`{name}`" in page
        assert (command.__doc__ or "").startswith(name)


def test_a_trigger_acts_once_and_not_too_soon() -> None:
    again = Trigger(line="web1 is gone", do=("clock srv1 1",), after=12.0)
    lines = _play("guest web1 dies", when=(again,))
    assert not [line for line in lines if "clock" in line]
    at_once = Trigger(line="web1 is gone", do=("clock srv1 1",))
    lines = _play("guest web1 dies", "vm kill web1", when=(at_once,))
    assert len([line for line in lines if "clock" in line]) == 1


def test_ids_are_told_by_their_names() -> None:
    assert not [line for line in _play("power srv2 off") if CLUSTER.vm[0].id in line]
