"""What a pool's servers are given for its storage."""

import re
from collections.abc import Iterator

import pytest

from millpond.adapters.iscsi.configuration import iscsid_conf
from millpond.adapters.multipath.configuration import FailoverMode, multipath_conf
from millpond.adapters.ocfs2.configuration import cluster_conf, o2cb_settings
from millpond.domain.timing import timing_for

WWID = "36006016012603d00956338879d69e511"
TIMING = timing_for(25)

Section = dict[str, "str | list[Section]"]


def _parsed(lines: Iterator[str]) -> Section:
    """multipath.conf's syntax: "keyword value", and "section {" to "}" (multipath.conf(5))."""
    found: Section = {}
    for line in map(str.strip, lines):
        if line == "}":
            return found
        if line.endswith("{"):
            sections = found.setdefault(line.removesuffix("{").strip(), [])
            assert isinstance(sections, list)
            sections.append(_parsed(lines))
        else:
            keyword, value = line.split(maxsplit=1)
            found[keyword] = value.strip('"')
    return found


def _only(section: Section, *path: str) -> Section:
    for name in path:
        inside = section[name]
        assert isinstance(inside, list)
        (section,) = inside
    return section


@pytest.mark.parametrize(("mode", "handler", "prio"), [(1, "1 emc", "emc"), (4, "1 alua", "alua")])
def test_multipath_treats_a_clariion_by_its_failover_mode(
    mode: FailoverMode, handler: str, prio: str
) -> None:
    found = _parsed(iter(multipath_conf(TIMING, mode, {WWID: "ovmsr1"}).splitlines()))
    device = _only(found, "devices", "device")
    assert (device["hardware_handler"], device["prio"]) == (handler, prio)
    assert (device["detect_prio"], device["detect_checker"]) == ("no", "no")
    assert _only(found, "multipaths", "multipath") == {"wwid": WWID, "alias": "ovmsr1"}
    for product, ours in (("VRAID", True), ("RAID 5", True), ("DISK", True), ("LUNZ", False)):
        pattern = _only(found, "blacklist_exceptions", "device")["product"]
        assert isinstance(pattern, str)
        assert bool(re.search(pattern, product)) is ours


def test_timers_are_the_pools() -> None:
    defaults = _only(_parsed(iter(multipath_conf(TIMING, 4, {}).splitlines())), "defaults")
    assert defaults["polling_interval"] == str(TIMING.polling)
    assert defaults["fast_io_fail_tmo"] == str(TIMING.fast_io_fail)
    sessions = dict(line.split(" = ") for line in iscsid_conf(TIMING).splitlines())
    assert sessions["node.session.timeo.replacement_timeout"] == str(TIMING.replacement)
    assert sessions["node.conn[0].timeo.noop_out_interval"] == str(TIMING.noop_interval)
    stack = dict(line.split("=") for line in o2cb_settings("pond", TIMING).splitlines())
    assert stack["O2CB_HEARTBEAT_THRESHOLD"] == str(TIMING.o2cb_threshold)
    assert stack["O2CB_BOOTCLUSTER"] == "pond"


def test_o2cbs_nodes_keep_their_numbers() -> None:
    nodes = {"n2": "10.0.0.2", "n1": "10.0.0.1"}
    cluster, *found = cluster_conf("pond", nodes).split("\n\n")
    assert cluster.splitlines() == ["cluster:", "\tnode_count = 2", "\tname = pond"]
    assert [re.findall(r"\t(?:number|name|ip_address) = (.*)", node) for node in found] == [
        ["10.0.0.2", "0", "n2"],
        ["10.0.0.1", "1", "n1"],
    ]
    assert all(re.search(r"^node:\n(\t.*\n)*\tcluster = pond", node) for node in found)
