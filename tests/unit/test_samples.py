"""The samples that a manager keeps: what agents count becomes averages, and what is not known is told
as such."""

from typing import Any

import pytest

from millpond.domain.events import Usage
from millpond.domain.names import new_id
from millpond.domain.usage import GuestCounters, ServerCounters
from millpond.manager.samples import VM_FIGURES, Samples, Series, Span

SERVER, OTHER, VM = new_id(), new_id(), new_id()
NOW = 1_000_000.0
COUNTED = ("disk_read", "disk_write", "net_rx", "net_tx")


class Told:
    """Samples that hear of one guest, and a clock that tests move. The guest is busy half of the time
    of each of its two processors, and each second reads, writes, receives and sends 1, 2, 3 and 4
    KiB."""

    def __init__(self) -> None:
        self.now = 0.0
        self.samples = Samples(clock=lambda: self.now, wall=lambda: NOW + self.now)

    def after(self, seconds: float, *, server: str = SERVER, **changes: Any) -> None:
        """``changes`` of the guest's counters; ``runs=False``: it does not run there."""
        self.now += seconds
        runs = changes.pop("runs", True)
        counted = {name: int(self.now * 1024) * n for n, name in enumerate(COUNTED, start=1)}
        guest: dict[str, Any] = {"vm": VM, "cpu_time": self.now, "cpus": 2, "memory": 1 << 20}
        usage = Usage(
            server=server,
            clock=self.now,
            host=ServerCounters(cpu_time=self.now, cpus=4, memory=1 << 30),
            guests=(GuestCounters(**guest | counted | changes),) if runs else (),
        )
        self.samples.heard(usage)

    def vm(self, span: Span = Span.HOUR) -> Series:
        return self.samples.vm(VM, span)


def test_counters_become_rates() -> None:
    told = Told()
    told.after(10)
    assert told.vm() == Series(start=0, step=20, columns={name: [] for name in VM_FIGURES})
    told.after(20)
    told.after(20)
    found = told.vm()
    assert (found.start, found.step) == (NOW + 20, 20)
    assert found.columns == {
        "cpu": [50.0, 50.0],
        "memory": [float(1 << 20)] * 2,
        "disk_read": [1024.0] * 2,
        "disk_write": [2048.0] * 2,
        "net_rx": [3072.0] * 2,
        "net_tx": [4096.0] * 2,
    }
    host = told.samples.server(SERVER, Span.HOUR)
    assert host.columns == {"cpu": [25.0, 25.0], "memory": [float(1 << 30)] * 2}


def test_a_silence_is_filled_with_the_average_over_it() -> None:
    told = Told()
    told.after(10)
    told.after(20)
    told.after(100)
    assert told.vm().columns["disk_read"] == [1024.0] * 6


def test_while_a_vm_is_off_there_is_nothing() -> None:
    told = Told()
    for _ in range(2):
        told.after(20)
    for _ in range(3):
        told.after(20, runs=False)
    for _ in range(2):
        told.after(20)
    cpu = told.vm().columns["cpu"]
    assert cpu == [50.0, None, None, None, None, 50.0]


@pytest.mark.parametrize("fewer", [{"cpu_time": 0.0}, {"net_tx": 0}, {"disk_read": 5}])
def test_what_counts_anew_has_no_rate_yet(fewer: dict[str, Any]) -> None:
    told = Told()
    for _ in range(2):
        told.after(20)
    told.after(20, **fewer)
    assert len(told.vm().columns["cpu"]) == 1


def test_a_server_that_was_started_anew_has_no_rate_yet() -> None:
    told = Told()
    for _ in range(2):
        told.after(20)
    usage = Usage(
        server=SERVER,
        clock=1.0,
        host=ServerCounters(cpu_time=1.0, cpus=4, memory=0),
        guests=(),
    )
    told.samples.heard(usage)
    assert len(told.samples.server(SERVER, Span.HOUR).columns["cpu"]) == 1


def test_a_vm_that_moves_keeps_its_samples() -> None:
    told = Told()
    for _ in range(2):
        told.after(20)
    for _ in range(3):
        told.after(20, server=OTHER)
    assert told.vm().columns["cpu"] == [50.0, None, 50.0, 50.0]


def test_an_hour_and_a_day_are_kept() -> None:
    told = Told()
    told.after(10)
    for _ in range(2 * 86_400 // 20):
        told.after(20)
    hour, day = told.vm(), told.vm(Span.DAY)
    assert (hour.step * len(hour.columns["cpu"]), day.step * len(day.columns["cpu"])) == (
        3600,
        86_400,
    )
    for found in (hour, day):
        newest = found.start + found.step * len(found.columns["cpu"])
        assert NOW + told.now <= newest <= NOW + told.now + found.step
        assert set(found.columns["disk_write"]) == {2048.0}


def test_five_minutes_are_the_average_of_their_parts() -> None:
    told = Told()
    told.after(0)
    told.after(20)
    told.after(20, memory=3 << 20)
    assert told.vm(Span.DAY).columns["memory"] == [float(2 << 20)]


def test_what_has_been_off_for_a_day_is_forgotten() -> None:
    told = Told()
    for _ in range(2):
        told.after(20)
    told.after(86_000, runs=False)
    assert told.vm(Span.DAY).columns["cpu"]
    told.after(2_000, runs=False)
    assert not told.vm(Span.DAY).columns["cpu"]
