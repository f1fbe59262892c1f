"""The SAN lab: real kernels, real open-iscsi and dm-multipath, the array's two SPs."""

import os
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from millpond.domain.errors import Refused
from millpond.lab.san.lab import SanLab
from tests.lab.traces import appeared, eventually, traces

pytestmark = [
    pytest.mark.lab,
    pytest.mark.slow,
    pytest.mark.thorough,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(
        "MILLPOND_TEST_SAN" not in os.environ,
        reason="boots emulated machines, which takes minutes: set MILLPOND_TEST_SAN=1",
    ),
]

DEVICE = "/dev/mapper/ovmsr1"


@pytest.fixture(scope="module")
def san(lab_root: Path) -> Iterator[SanLab]:
    before = traces(lab_root)
    made = SanLab(f"test{os.getpid()}", lab_root / "san")
    made.up(2)
    made.up(2)  # what is there is left alone
    yield made
    made.down()
    made.down()
    assert appeared(before, traces(lab_root)) == {}


def _paths(san: SanLab, node: str) -> list[tuple[str, int, int]]:
    (found,) = [n for n in san.status().nodes if n.name == node]
    return [(m.alias, m.active, m.paths) for m in found.maps]


def test_nodes_are_machines_of_their_own(san: SanLab) -> None:
    status = asdict(san.status())
    assert [n["state"] for n in status["nodes"]] == ["running", "running"]
    assert [(sp["state"], sp["cut"]) for sp in status["sps"]] == [("running", False)] * 2
    for command in (
        ["hostname"],
        ["cat", "/etc/machine-id"],
        ["cat", "/proc/sys/kernel/random/boot_id"],
    ):
        assert len({san.exec(node, command).stdout for node in ("n1", "n2")}) == 2
    assert san.exec("n1", ["ping", "-c", "1", "-W", "5", "n2"]).returncode == 0


def test_each_node_has_both_paths_to_the_same_lun(san: SanLab) -> None:
    assert _paths(san, "n1") == _paths(san, "n2") == [("ovmsr1", 2, 2)]
    shown = san.exec("n1", ["multipath", "-ll"]).stdout
    assert "DGC,VRAID" in shown and "1 alua" in shown
    san.node("n1").must(
        "sh", "-c", f"echo written by n1 | dd of={DEVICE} bs=512 conv=sync oflag=direct"
    )
    assert "written by n1" in san.node("n2").must(
        "dd", f"if={DEVICE}", "bs=512", "count=1", "iflag=direct"
    )


def test_a_pulled_cable_takes_one_path_and_plugged_gives_it_back(san: SanLab) -> None:
    san.pull("n1", "a")
    for _ in eventually("one path is left", 120):
        if _paths(san, "n1") == [("ovmsr1", 1, 2)]:
            break
    assert _paths(san, "n2") == [("ovmsr1", 2, 2)]
    san.node("n1").must("dd", f"if={DEVICE}", "of=/dev/null", "bs=4096", "count=1", "iflag=direct")
    san.plug("n1", "a")
    for _ in eventually("both paths are back", 120):
        if _paths(san, "n1") == [("ovmsr1", 2, 2)]:
            break


def test_an_sp_that_dies_leaves_the_other_in_charge(san: SanLab) -> None:
    san.kill_sp("a")
    san.node("n2").must(
        "dd", "if=/dev/zero", f"of={DEVICE}", "bs=512", "count=1", "oflag=direct", timeout=120
    )
    san.boot_sp("a")
    for _ in eventually("both paths are back", 180):
        if _paths(san, "n2") == [("ovmsr1", 2, 2)]:
            break


def test_a_node_that_crashed_comes_back_with_its_paths(san: SanLab) -> None:
    before = san.exec("n2", ["cat", "/proc/sys/kernel/random/boot_id"]).stdout
    san.crash("n2")
    with pytest.raises(Refused, match="is off"):
        san.exec("n2", ["true"])
    san.boot("n2")
    assert san.exec("n2", ["cat", "/proc/sys/kernel/random/boot_id"]).stdout != before
    for _ in eventually("its paths are back", 180):
        if _paths(san, "n2") == [("ovmsr1", 2, 2)]:
            break


def test_a_repository_on_ocfs2_is_one_on_all_nodes(san: SanLab) -> None:
    there = san.repository().mount
    san.node("n1").must("sh", "-c", f"echo seed > {there}/seed_pool/a")
    san.node("n1").must("cp", "--reflink=always", f"{there}/seed_pool/a", f"{there}/seed_pool/b")
    assert san.node("n2").must("cat", f"{there}/seed_pool/b") == "seed\n"
    assert san.repository().mount == there


def test_what_is_not_there_is_said(san: SanLab) -> None:
    with pytest.raises(Refused, match="does not exist"):
        san.crash("n9")
    with pytest.raises(Refused, match="failover mode"):
        san.up(1, failover_mode=2)
