"""One node of a SAN lab: an emulated machine."""

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from millpond.adapters.templates.debian import run
from millpond.domain.errors import Failed, MillpondError, Refused
from millpond.lab.processes import Process, clean_environment, spawn, wait_for
from millpond.lab.san.guest_agent import GuestAgent
from millpond.lab.san.image import Image
from millpond.lab.san.layout import NETS, Net, SanLayout, node_mac, node_name
from millpond.lab.san.monitor import set_link
from millpond.lab.san.network import SanNetwork, tap

MEMORY_MIB = 1024
TRANSLATED_MIB = 256
"""QEMU's own memory for translated code, besides the machine's."""
BOOT_SECONDS = 600.0
"""A node answers after half a minute on an idle machine, and after minutes on a busy one."""

_KERNEL = (
    "console=ttyS0,115200 loglevel=5 net.ifnames=0 mitigations=off nokaslr audit=0 panic=5"
    " systemd.show_status=0 module_blacklist=kvm,ahci,psmouse,pcspkr,i2c_i801,lpc_ich,cfg80211,evdev"
)
"""Drivers of what a node has not, or does not need, are a third of its boot."""
_CPU = "Nehalem"
"""Not the most that QEMU can do: each feature has kernel modules that are loaded for it."""


class Node:
    """Raises Refused(server.unreachable) where a call needs the node running."""

    def __init__(self, layout: SanLayout, index: int) -> None:
        self.name = node_name(index)
        self.index = index
        self.layout = layout.node(index)
        self._lab = layout.directory.name
        self._network = SanNetwork(layout)
        self.agent = GuestAgent(self.layout.agent, self.name)

    @property
    def process(self) -> Process | None:
        """Its QEMU; None while it is off."""
        return Process.load(self.layout.pid)

    def create(self, image: Image) -> None:
        """Make its disk; a node that has one keeps it."""
        self.layout.directory.mkdir(parents=True, exist_ok=True)
        if not self.layout.disk.exists():
            backing = ("-b", str(image.disk), "-F", "raw")
            run("qemu-img", "create", "-q", "-f", "qcow2", *backing, str(self.layout.disk))

    def power_on(self, image: Image, archive: bytes, shares: Mapping[str, str]) -> None:
        """Start it with its ``node_files.node_archive``; does not wait until it has booted."""
        self.layout.initrd.write_bytes(image.initrd.read_bytes() + archive)
        self._network.add_node(self.index)
        argv = self._network.namespace.argv(self._qemu(image, shares))
        pid = spawn(argv, self.layout.log, clean_environment(Path("/usr/bin")))
        process = Process.of(pid)
        if process is not None:
            process.save(
                self.layout.pid
            )  # before it is waited for: whatever happens, it can be ended
        up = process and wait_for(
            lambda: self.layout.monitor.exists() or not process.alive or None, 10
        )
        if process is None or not up or not process.alive:
            self.power_off()
            raise Failed(f"boot {self.name}", f"QEMU ended; see {self.layout.log}")
        for net in NETS:
            if self.layout.pulled(net).exists():
                set_link(self.layout.monitor, f"net-{net}", False)

    def wait_ready(self) -> None:
        """Return when its system is up."""
        found = wait_for(self._answers_or_dead, BOOT_SECONDS)
        if not found or self.process is None:
            raise Failed(f"boot {self.name}", f"it does not answer; see {self.layout.console}")
        self.exec(["systemctl", "is-system-running", "--wait"], BOOT_SECONDS)

    def _answers_or_dead(self) -> bool | None:
        return self.process is None or self.agent.answers() or None

    def power_off(self) -> None:
        """A power cut."""
        process = self.process
        if process is not None:
            process.kill()
            if not process.wait_gone(10):
                raise Failed(f"cut the power of {self.name}", f"{process.pid} will not die")
        for path in (self.layout.pid, self.layout.monitor, self.layout.agent):
            path.unlink(missing_ok=True)

    def running(self) -> Process:
        process = self.process
        if process is None:
            raise Refused(
                "server.unreachable",
                f"node {self.name} of SAN lab {self._lab}",
                "is off",
                f"millpond lab san boot {self.name} --name {self._lab}",
            )
        return process

    def exec(
        self, argv: Sequence[str], timeout: float = 60, text: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """As ``GuestAgent.run``."""
        self.running()
        return self.agent.run(argv, timeout, text)

    def must(self, *argv: str, timeout: float = 60) -> str:
        """What the program printed; raises Failed if it did not end well."""
        done = self.exec(argv, timeout)
        if done.returncode != 0:
            said = (done.stderr or done.stdout).strip()
            raise Failed(f"{argv[0]} on {self.name}", said or f"it returned {done.returncode}")
        return done.stdout

    def set_cable(self, net: Net, plugged: bool) -> None:
        """Its cable stays as it is left when the node boots."""
        self.running()
        set_link(self.layout.monitor, f"net-{net}", plugged)
        if plugged:
            self.layout.pulled(net).unlink(missing_ok=True)
        else:
            self.layout.pulled(net).touch()

    def pulled(self) -> list[Net]:
        return [net for net in NETS if self.layout.pulled(net).exists()]

    def state(self) -> str:
        """ "off", "booting" or "running"."""
        if self.process is None:
            return "off"
        try:
            return "running" if self.agent.answers() else "booting"
        except MillpondError:
            return "booting"

    def _qemu(self, image: Image, shares: Mapping[str, str]) -> list[str]:
        here = self.layout
        argv = ["qemu-system-x86_64", "-name", self.name, "-nodefaults", "-display", "none"]
        argv += ["-machine", "q35", "-accel", f"tcg,thread=single,tb-size={TRANSLATED_MIB}"]
        argv += ["-cpu", _CPU, "-smp", "1", "-m", str(MEMORY_MIB)]
        argv += ["-kernel", str(image.kernel), "-initrd", str(here.initrd), "-append", _KERNEL]
        argv += ["-drive", f"if=none,id=root,file={here.disk},format=qcow2,cache=unsafe"]
        argv += ["-device", "virtio-blk-pci,drive=root", "-device", "virtio-rng-pci"]
        argv += ["-chardev", f"file,id=console,path={here.console},append=on"]
        argv += ["-serial", "chardev:console", "-qmp", f"unix:{here.monitor},server=on,wait=off"]
        argv += ["-chardev", f"socket,id=agent,path={here.agent},server=on,wait=off"]
        argv += ["-device", "virtio-serial-pci"]
        argv += ["-device", "virtserialport,chardev=agent,name=org.qemu.guest_agent.0"]
        for net in NETS:
            name, mac = tap(self.index, net), node_mac(self.index, net)
            argv += ["-netdev", f"tap,id={name},ifname={name},script=no,downscript=no"]
            argv += ["-device", f"virtio-net-pci,id=net-{net},netdev={name},mac={mac}"]
        for tag, path in shares.items():
            there = f"local,id={tag},path={path},security_model=none,readonly=on"
            argv += ["-fsdev", there, "-device", f"virtio-9p-pci,fsdev={tag},mount_tag={tag}"]
        return argv
