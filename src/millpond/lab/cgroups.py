"""A private control group for each server, so that libvirt can set weights and quotas there
and a server can be frozen whole. Standard library only: the servers' PID 1 imports this.

Machines with the unified hierarchy (cgroups(7), version 2) and with the older one (version 1, or
both side by side) are served; without write access the lab does without.
"""

import os
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from millpond.lab.libc import CLONE_NEWCGROUP, mount, unshare

_V1_USED = {"cpu", "cpuacct", "blkio"}
_V1_ALL = _V1_USED | {
    "cpuset",
    "memory",
    "devices",
    "freezer",
    "blkio",
    "pids",
    "net_cls",
    "net_prio",
}


@dataclass(frozen=True)
class Hierarchy:
    """One mounted hierarchy; ``v1_controllers`` is empty for the unified one."""

    mountpoint: Path
    v1_controllers: tuple[str, ...]

    @property
    def unified(self) -> bool:
        return not self.v1_controllers

    def group(self, lab: str, server: str) -> Path:
        return self.mountpoint / f"millpond-lab-{lab}" / server

    def controls(self, controller: str, lab: str, server: str) -> bool:
        """Whether the server's group, which must exist, has the controller."""
        if self.unified:
            controllers = self.group(lab, server) / "cgroup.controllers"
            return controller in controllers.read_text().split()
        return controller in self.v1_controllers

    def controls_cpu(self, lab: str, server: str) -> bool:
        """Whether it can limit processor time."""
        return self.controls("cpu", lab, server)


def hierarchies() -> list[Hierarchy]:
    """The hierarchies of this machine that the lab uses and may write to."""
    found = {}
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        left, right = line.split(" - ", 1)
        kind, _, options = right.split(" ", 2)
        mountpoint = Path(left.split()[4])
        controllers = tuple(o for o in options.split(",") if o in _V1_ALL)
        wanted = kind == "cgroup2" or (kind == "cgroup" and _V1_USED & set(controllers))
        if wanted and os.access(mountpoint, os.W_OK):
            found[mountpoint] = Hierarchy(mountpoint, controllers if kind == "cgroup" else ())
    return list(found.values())


def libvirt_controllers(lab: str, server: str) -> list[str]:
    """What qemu.conf's cgroup_controllers may name once the groups are made: nothing if none of
    them controls the processors."""
    used = hierarchies()
    if not any(h.controls_cpu(lab, server) for h in used):
        return []
    found = {"cpu", "cpuacct"}
    if any(h.controls("blkio" if h.v1_controllers else "io", lab, server) for h in used):
        found.add("blkio")
    return sorted(found)


def create(lab: str, server: str) -> None:
    """Make the server's groups; those that exist are fine."""
    for hierarchy in hierarchies():
        group = hierarchy.group(lab, server)
        group.mkdir(parents=True, exist_ok=True)
        if hierarchy.unified:
            for parent in (hierarchy.mountpoint, group.parent):
                _hand_on(parent)


def enter(lab: str, server: str) -> None:
    """Move this process, a server's PID 1, into its groups and make them its whole view."""
    used = hierarchies()
    for hierarchy in used:
        (hierarchy.group(lab, server) / "cgroup.procs").write_text("0")
    unshare(CLONE_NEWCGROUP)
    for hierarchy in used:
        if hierarchy.unified and hierarchy.controls_cpu(lab, server):
            # Only a group without processes of its own may hand controllers to its children,
            # and libvirt makes children of this one.
            group = hierarchy.group(lab, server)
            (group / "system").mkdir(exist_ok=True)
            (group / "system/cgroup.procs").write_text("0")
            _hand_on(group)


def _hand_on(group: Path) -> None:
    """Let the group's children have its controllers, those of them that are ours to hand on."""
    for controller in ("cpu", "io"):
        with suppress(OSError):
            (group / "cgroup.subtree_control").write_text(f"+{controller}")


def mount_view(lab: str, server: str, directory: Path) -> None:
    """Mount what ``enter`` left visible on ``directory`` (the server's /sys/fs/cgroup)."""
    used = [h for h in hierarchies() if not h.unified or h.controls_cpu(lab, server)]
    if any(h.unified for h in used):
        mount("cgroup2", directory, "cgroup2")
        return
    mount("tmpfs", directory, "tmpfs", data="mode=755,size=64k")
    for hierarchy in used:
        name = ",".join(hierarchy.v1_controllers)
        (directory / name).mkdir()
        mount("cgroup", directory / name, "cgroup", data=name)


def set_frozen(lab: str, server: str, frozen: bool) -> bool:
    """Freeze or thaw every process of the server; False if this machine cannot."""
    for hierarchy in hierarchies():
        control = hierarchy.group(lab, server) / "cgroup.freeze"
        if hierarchy.unified and control.exists():
            control.write_text("1" if frozen else "0")
            return True
    return False


def is_frozen(lab: str, server: str) -> bool:
    for hierarchy in hierarchies():
        control = hierarchy.group(lab, server) / "cgroup.freeze"
        if hierarchy.unified and control.exists():
            return control.read_text().strip() == "1"
    return False


def remove(lab: str, servers: Sequence[str]) -> None:
    """Remove the groups of dead servers, and the lab's own when it is empty."""
    for hierarchy in hierarchies():
        for server in servers:
            _remove_tree(hierarchy.group(lab, server))
        with suppress(OSError):
            hierarchy.group(lab, "").rmdir()


def _remove_tree(group: Path) -> None:
    """A group vanishes when its last process has been reaped, which may take a moment."""
    for directory, _, _ in os.walk(group, topdown=False):
        for _ in range(100):
            try:
                Path(directory).rmdir()
                break
            except FileNotFoundError:
                break
            except OSError:
                time.sleep(0.02)
