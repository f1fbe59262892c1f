"""A SAN lab: nodes with kernels of their own, two storage networks, and the array with its two SPs."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import cast, get_args

import millpond
from millpond.adapters import durable
from millpond.adapters.host.kernel import memory
from millpond.adapters.multipath.configuration import FailoverMode
from millpond.domain.errors import MillpondError, Refused, not_found
from millpond.domain.names import NAME_PATTERN
from millpond.domain.repository import Repository
from millpond.domain.timing import timing_for
from millpond.lab.guards import at_once, locked, need_root
from millpond.lab.san.array import SanArray
from millpond.lab.san.image import Image, image
from millpond.lab.san.layout import MAX_NODES, SPS, Net, SanLayout, Sp, labs_root
from millpond.lab.san.network import SanNetwork
from millpond.lab.san.node import MEMORY_MIB, TRANSLATED_MIB, Node
from millpond.lab.san.node_files import node_archive
from millpond.lab.san.repository import bring, repository_on
from millpond.lab.san.storage import Map, connect, maps

OUTAGE = 10
"""Seconds that the storage may be gone (``domain.timing``). On a machine so busy that a node stands still
for seconds, paths fail that are not broken."""
LUNS = {"ovmsr1": 4}
"""The repository's LUN: GiB."""


@dataclass(frozen=True)
class Spec:
    """What a lab was made with. ``luns``: aliases by WWID."""

    failover_mode: FailoverMode
    outage: int
    luns: dict[str, str]


@dataclass(frozen=True)
class NodeStatus:
    """``state``: "running", "booting" or "off". ``pulled``: networks whose cable is out."""

    name: str
    state: str
    pid: int | None
    pulled: list[Net]
    maps: list[Map]
    console: str


@dataclass(frozen=True)
class SpStatus:
    """``state``: "running" or "off". ``cut``: whether it is cut off from its network."""

    name: str
    state: str
    cut: bool


@dataclass(frozen=True)
class SanStatus:
    name: str
    failover_mode: FailoverMode
    nodes: list[NodeStatus]
    sps: list[SpStatus]


class SanLab:
    """One SAN lab, whether it exists yet or not. Its calls block.

    Every call may raise Refused(auth.denied) without root, Refused(request.not_found) for what does not
    exist, Refused(server.unreachable) for a node that is off, Failed and Unknown.
    """

    def __init__(
        self, name: str = "san", root: Path | None = None, say: Callable[[str], object] = print
    ) -> None:
        if not re.fullmatch(NAME_PATTERN, name):
            raise Refused(
                "request.invalid", f"lab {name!r}", "is not a valid name", "use letters and digits"
            )
        self.name = name
        self.layout = SanLayout((root or labs_root()) / name)
        self._say = say
        self._network = SanNetwork(self.layout)
        self.array = SanArray(self.layout, self._network.namespace)

    def up(self, nodes: int, failover_mode: int = 4, outage: int = OUTAGE) -> None:
        """Make sure ``nodes`` nodes and both SPs run, and return when each node has both paths to every
        LUN. What runs is left alone, even if there is more; failover mode and outage are the lab's first."""
        need_root()
        first_mode = _checked(self.name, nodes, failover_mode, outage)
        made = image(self._say)
        self.layout.nodes.mkdir(parents=True, exist_ok=True)
        with self._locked():
            self._network.up()
            if not self.layout.spec.exists():
                self._make_array(first_mode, outage)
            for sp in SPS:
                self.array.start(sp)
            mode = self._spec().failover_mode
            known = self.layout.indexes()
            wanted = [Node(self.layout, i) for i in range(1, nodes + 1)]
            for node in wanted:
                node.create(made)
                if node.index not in known:
                    self.array.admit(node.index, mode)
            off = [node for node in wanted if node.process is None]
            _check_memory(self.name, len(off))
            at_once(off, lambda node: self._power_on(node, made))
            at_once(wanted, self._bring)

    def down(self) -> None:
        """Remove the lab and everything in it. One that does not exist is fine."""
        need_root()
        if not self.layout.directory.is_dir():
            return
        with self._locked():
            at_once([Node(self.layout, i) for i in self.layout.indexes()], Node.power_off)
            self.array.down()
            self._network.down()
            shutil.rmtree(self.layout.directory)
        for parent in list(self.layout.directory.parents)[:2]:
            with suppress(OSError):  # other labs are there
                parent.rmdir()

    def status(self) -> SanStatus:
        """What runs now."""
        self._must_exist()
        nodes = [Node(self.layout, i) for i in self.layout.indexes()]
        sps = [
            SpStatus(
                sp,
                "running" if self.array.process(sp) else "off",
                self._network.is_cut(sp),
            )
            for sp in SPS
        ]
        mode = self._spec().failover_mode
        return SanStatus(self.name, mode, [_status_of(node) for node in nodes], sps)

    def node(self, name: str) -> Node:
        self._must_exist()
        for index in self.layout.indexes():
            node = Node(self.layout, index)
            if node.name == name:
                return node
        raise Refused(
            "request.not_found",
            f"node {name} of SAN lab {self.name}",
            "does not exist",
            f"list what exists with: millpond lab san status --name {self.name}",
        )

    def exec(
        self, node: str, argv: Sequence[str], timeout: float = 60, text: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """Run a command on a node, ``text`` on its input; return code 124 after ``timeout`` seconds."""
        return self.node(node).exec(argv, timeout, text)

    def crash(self, node: str) -> None:
        """A power cut."""
        self.node(node).power_off()

    def boot(self, node: str) -> None:
        """Switch a node on; returns when its system is up. One that is on is left alone."""
        machine = self.node(node)
        with self._locked():
            if machine.process is None:
                self._power_on(machine, image(self._say))
        machine.wait_ready()

    def pull(self, node: str, net: Net) -> None:
        """Pull a node's cable: it sees the link go down."""
        self.node(node).set_cable(net, False)

    def plug(self, node: str, net: Net) -> None:
        self.node(node).set_cable(net, True)

    def kill_sp(self, sp: Sp) -> None:
        """Cut an SP's power."""
        self._must_exist()
        self.array.kill(sp)

    def boot_sp(self, sp: Sp) -> None:
        self._must_exist()
        self.array.start(sp)

    def cut(self, sp: Sp) -> None:
        """Cut an SP off from its network: no node sees a link go down."""
        self._must_exist()
        self._network.set_cut(sp, True)

    def mend(self, sp: Sp) -> None:
        self._must_exist()
        self._network.set_cut(sp, False)

    def repository(self, alias: str = "ovmsr1") -> Repository:
        """Have an OCFS2 repository on that LUN mounted on every node that is on, made first if there is
        none; doing it again mounts it on those that have booted since."""
        self._must_exist()
        nodes = [Node(self.layout, i) for i in self.layout.indexes()]
        running = [node for node in nodes if node.process is not None]
        if not running:
            nodes[0].running()
        found = repository_on(self.name, alias)
        with self._locked():
            bring(running, found)
        return found

    def _power_on(self, node: Node, made: Image) -> None:
        spec, shares = self._spec(), millpond_shares()
        archive = node_archive(
            *(node.index, self.layout.indexes(), timing_for(spec.outage)),
            *(spec.failover_mode, spec.luns, shares),
        )
        node.power_on(made, archive, shares)

    def _bring(self, node: Node) -> None:
        node.wait_ready()
        connect(node, len(self._spec().luns))

    def _make_array(self, failover_mode: FailoverMode, outage: int) -> None:
        """With its LUNs; what an earlier attempt left is thrown away."""
        self.array.down()
        if self.layout.array.exists():
            shutil.rmtree(self.layout.array)
        self.array.create()
        luns = {
            self.array.add_lun(number, alias, gib): alias
            for number, (alias, gib) in enumerate(LUNS.items())
        }
        made = json.dumps(asdict(Spec(failover_mode, outage, luns)))
        durable.write(self.layout.spec, made.encode())

    def _spec(self) -> Spec:
        return Spec(**json.loads(self.layout.spec.read_text()))

    def _must_exist(self) -> None:
        need_root()
        if not self.layout.directory.is_dir():
            raise not_found("SAN lab", self.name)

    def _locked(self) -> AbstractContextManager[None]:
        return locked(self.layout.directory)


def list_san_labs(root: Path | None = None) -> list[str]:
    """The names of the SAN labs that exist."""
    directory = root or labs_root()
    return sorted(p.name for p in directory.iterdir()) if directory.is_dir() else []


def millpond_shares() -> dict[str, str]:
    """The directories that Millpond runs from, by their 9p tags: nodes see them where they are here."""
    paths = [Path(sys.prefix), Path(millpond.__file__).parents[1]]
    apart = [p for p in paths if not any(p.is_relative_to(o) for o in paths if o != p)]
    return {f"millpond{number}": str(path) for number, path in enumerate(apart)}


def _checked(name: str, nodes: int, failover_mode: int, outage: int) -> FailoverMode:
    if not 1 <= nodes <= MAX_NODES:
        what, fix = f"cannot have {nodes} nodes", f"ask for 1 to {MAX_NODES}"
        raise Refused("request.invalid", f"SAN lab {name}", what, fix)
    if not 5 <= outage <= 100:
        what, fix = f"cannot bear an outage of {outage} s", "ask for 5 to 100"
        raise Refused("request.invalid", f"SAN lab {name}", what, fix)
    for mode in get_args(FailoverMode):
        if failover_mode == mode:
            return cast(FailoverMode, mode)
    what = f"knows no failover mode {failover_mode}"
    raise Refused("request.invalid", f"SAN lab {name}", what, "use 4 (ALUA) or 1")


def _check_memory(name: str, nodes: int) -> None:
    """Emulated machines that swap do not keep their timers, and then nothing here means anything."""
    _, free = memory()
    needed = nodes * (MEMORY_MIB + TRANSLATED_MIB)
    if needed > free:
        raise Refused(
            "request.invalid",
            f"SAN lab {name}",
            f"{nodes} more nodes need {needed} MiB of memory, and {free} MiB are free",
            "ask for fewer nodes",
        )


def _status_of(node: Node) -> NodeStatus:
    process, state = node.process, node.state()
    found: list[Map] = []
    with suppress(MillpondError):  # its power may be cut while we look
        found = maps(node) if state == "running" else []
    return NodeStatus(
        *(node.name, state, process.pid if process else None),
        *(node.pulled(), found, str(node.layout.console)),
    )
