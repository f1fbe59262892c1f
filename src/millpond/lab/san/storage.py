"""What a node does to reach the array's LUNs: open-iscsi logs in at both SPs, dm-multipath joins the
paths."""

import json
import time
from dataclasses import dataclass
from typing import Any

from millpond.domain.errors import Failed
from millpond.lab.san.layout import SPS, sp_address
from millpond.lab.san.node import Node

_SETTLE_SECONDS = 600.0
_LOGIN_SECONDS = 120.0
_ALREADY, _NOTHING_FOUND = 15, 21
"""iscsiadm(8): the session exists; no records, targets, sessions or portals are found."""


@dataclass(frozen=True)
class Map:
    """A multipathed LUN as a node sees it. ``active``: paths that answer; ``paths``: all."""

    alias: str
    wwid: str
    active: int
    paths: int


def connect(node: Node, luns: int) -> None:
    """Log in at both SPs, and return when so many LUNs have a path through each. Later boots log in by
    themselves. Raises Failed."""
    if node.exec(["iscsiadm", "-m", "node"]).returncode == _NOTHING_FOUND:
        for sp in SPS:  # each tells the other's ports, too
            seek = ["iscsiadm", "-m", "discovery", "-t", "sendtargets", "-p", sp_address(sp)]
            if node.exec(seek, _LOGIN_SECONDS).returncode == 0:
                break
    done = node.exec(["iscsiadm", "-m", "node", "-L", "automatic"], _LOGIN_SECONDS)
    if done.returncode not in (0, _ALREADY):
        raise Failed(f"log {node.name} in", done.stderr.strip())
    settle(node, luns, len(SPS))


def settle(node: Node, luns: int, paths: int) -> None:
    """Return when the node has so many maps with so many paths each that answer. Raises Failed."""
    deadline = time.monotonic() + _SETTLE_SECONDS
    while True:
        found = maps(node)
        if len(found) == luns and all(m.active == paths for m in found):
            return
        if time.monotonic() > deadline:
            raise Failed(
                f"reach the array from {node.name}",
                f"not {luns} LUNs with {paths} paths after {_SETTLE_SECONDS:.0f} s, but {found}",
            )
        time.sleep(0.5)


def maps(node: Node) -> list[Map]:
    """Empty as well if multipathd does not answer yet."""
    done = node.exec(["multipathd", "show", "maps", "json"])
    try:
        listed = json.loads(done.stdout)["maps"]
    except (json.JSONDecodeError, KeyError):
        return []
    return [_map(one) for one in listed]


def _map(one: dict[str, Any]) -> Map:
    paths = [path for group in one["path_groups"] for path in group["paths"]]
    active = sum(path["chk_st"] in ("ready", "ghost") for path in paths)
    return Map(one["name"], one["uuid"], active, len(paths))
