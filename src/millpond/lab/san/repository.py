"""An OCFS2 repository on a LUN, on all nodes: o2cb, mkfs.ocfs2, and then Millpond's own adapter, which
runs on each node."""

import sys
from collections.abc import Sequence
from uuid import NAMESPACE_URL, uuid5

from millpond.domain.errors import Failed
from millpond.domain.repository import MOUNTS, Repository, RepositoryKind
from millpond.lab.guards import at_once
from millpond.lab.san.layout import CLUSTER, MAX_NODES
from millpond.lab.san.node import Node

_O2CB = ("env", "_SYSTEMCTL_SKIP_REDIRECT=1", "/etc/init.d/o2cb", "start")
"""Directly: by way of D-Bus it fails where a machine is slow."""
_SECONDS = 300.0
"""mkfs.ocfs2 and a first mount take ten on an idle machine."""


def repository_on(lab: str, alias: str) -> Repository:
    """The lab's repository on the LUN of that name: its id follows from both."""
    uuid = str(uuid5(NAMESPACE_URL, f"millpond-san-lab:{lab}:{alias}"))
    return Repository(
        id=uuid,
        name=alias,
        kind=RepositoryKind.OCFS2,
        source=f"/dev/mapper/{alias}",
        mount=f"{MOUNTS}/{uuid}",
    )


def bring(nodes: Sequence[Node], repository: Repository) -> None:
    """Have it mounted on these nodes, made first if its LUN has no file system. Raises Failed."""
    at_once(nodes, lambda node: node.must(*_O2CB, timeout=_SECONDS))
    first = nodes[0]
    if not _is_made(first, repository.source):
        stack = ("--cluster-stack=o2cb", f"--cluster-name={CLUSTER}", "-F")
        options = ("-T", "vmstore", "-N", str(MAX_NODES), "--fs-features=refcount")
        make = ("mkfs.ocfs2", *stack, *options, "-L", repository.name, repository.source)
        first.must(*make, timeout=_SECONDS)
        _on(first, repository, "lay_out")
    at_once(nodes, lambda node: _on(node, repository, "mount"))


def _is_made(node: Node, device: str) -> bool:
    """Whether there is an OCFS2 on it. Raises Failed if it cannot be read, or there is something else: only
    what is empty for certain is made anew."""
    node.must(
        "dd", f"if={device}", "of=/dev/null", "bs=1M", "count=1", "iflag=direct", timeout=_SECONDS
    )
    found = node.exec(["blkid", "-p", "-o", "value", "-s", "TYPE", device], _SECONDS)
    if found.returncode == 2 and not found.stdout.strip():
        return False
    if found.returncode == 0 and found.stdout.strip() == "ocfs2":
        return True
    said = (found.stdout + found.stderr).strip() or f"blkid returned {found.returncode}"
    raise Failed(f"look at {device} on {node.name}", said)


def _on(node: Node, repository: Repository, what: str) -> None:
    program = [sys.executable, "-P", "-m", "millpond.lab.san.repository_here", what]
    done = node.exec(program, _SECONDS, repository.model_dump_json())
    if done.returncode != 0:
        raise Failed(f"{what} {repository.name} on {node.name}", done.stderr.strip())
