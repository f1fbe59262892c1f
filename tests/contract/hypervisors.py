"""Two servers to hold the contract against: fakes in this process, or real ones of a lab."""

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest

from millpond.adapters.backups.backups import ServerBackups
from millpond.adapters.fake.bridges import FakeBridges
from millpond.adapters.fake.consoles import FakeConsoles
from millpond.adapters.fake.engine import FakeEngine, file_engine
from millpond.adapters.fake.guest_leases import SanlockLeases
from millpond.adapters.fake.guests import FakeGuest, GuestMemory
from millpond.adapters.fake.hypervisor import FakeHypervisor
from millpond.adapters.fake.layers import FakeLayers
from millpond.adapters.fake.live_copies import FakeLiveCopies
from millpond.adapters.fake.lockspace_daemon import FakeSanlock
from millpond.adapters.fake.lockspace_store import Delta, LeaseFile, MemoryStore, Slot
from millpond.adapters.pki.authority import CertificateAuthority
from millpond.adapters.rpc.codec import methods
from millpond.adapters.rpc.errors import from_json
from millpond.adapters.tasks.runner import TaskRunner
from millpond.adapters.templates.tiny import build_tiny
from millpond.domain.events import GuestChanged
from millpond.domain.job import TaskState, TaskStatus
from millpond.domain.leases import SLOT, Lockspace
from millpond.domain.names import new_id, new_mac
from millpond.domain.pool import BridgeSpec
from millpond.domain.vm import Disk, Guest, GuestSpec, Power, Vif, VmConfig
from millpond.lab.lab import Lab
from millpond.lab.layout import server_address, server_name
from millpond.ports.backups import Backups
from millpond.ports.hypervisor import Hypervisor
from millpond.ports.layers import Layers
from millpond.ports.tasks import Tasks
from tests.contract.hypervisor_child import talk

ROOT = Path(__file__).parents[2]
BRIDGE = "xenbr0"
LOCKSPACE = new_id()
DISK_SIZE = 1 << 20
REAL = [pytest.param("libvirt", marks=[pytest.mark.lab, pytest.mark.slow])]
BOTH = ["fake", "memory", *REAL]
"""Parameters of the fixture ``pair``: fakes whose guests are files, fakes whose guests are in memory and
run under leases, and libvirt."""
LEASED = ["memory", *REAL]


class Seen:
    """Whether a change says that the VM is now in this state (None: gone)."""

    def __init__(self, vm: str, power: Power | None) -> None:
        self.vm, self.power = vm, power

    def __call__(self, change: GuestChanged) -> bool:
        now = change.guest.power if change.guest else None
        return change.vm == self.vm and now is self.power


@dataclass
class Site:
    """One server. ``directory`` is the shared directory as its hypervisor sees it."""

    hypervisor: Hypervisor
    layers: Layers
    tasks: Tasks
    address: str
    directory: str
    talk: Callable[[str, str, str, str], Awaitable[str]]
    backups: Backups
    changes: list[GuestChanged] = field(default_factory=list)

    async def follow(self, task: str) -> TaskState:
        """Until the task has ended."""
        while (state := await self.tasks.state(task, 10)).status is TaskStatus.RUNNING:
            pass
        return state

    async def must(self, vm: str) -> Guest:
        guest = await self.hypervisor.guest(vm)
        assert guest is not None
        return guest

    async def ticks(self, vm: str) -> list[int]:
        text = await self.hypervisor.console_tail(vm, 1 << 20)
        return [int(n) for n in re.findall(r"millpond tick (\d+)\r?\n", text)]

    async def tick_after(self, vm: str, number: int, seconds: float = 150) -> int:
        """Wait until the guest has counted further than ``number``."""
        async with asyncio.timeout(seconds):
            while not (ticks := await self.ticks(vm)) or ticks[-1] <= number:
                await asyncio.sleep(0.1)
        return ticks[-1]

    async def change(self, seen: Callable[[GuestChanged], bool], seconds: float = 60) -> None:
        """Wait for an event, also one of the past."""
        async with asyncio.timeout(seconds):
            while not any(seen(c) for c in self.changes):
                await asyncio.sleep(0.02)


@dataclass
class Pair:
    """Source and target, and the directory they share as this process sees it. ``lab`` and
    ``image`` where there is QEMU, ``leases`` where those are in memory."""

    source: Site
    target: Site
    shared: Path
    image: Path | None
    lab: Lab | None = None
    leases: MemoryStore | None = None

    def spec(self, *, boots: bool = False, **changes: Any) -> GuestSpec:
        """A new guest with its disk; one that boots runs the tiny template, where there is QEMU."""
        vm = new_id()
        directory = self.shared / "running_pool" / vm
        directory.mkdir(parents=True)
        disk = directory / "system.img"
        if boots and self.image is not None:
            shutil.copy(self.image, disk)
        else:
            disk.write_bytes(b"")
            with disk.open("r+b") as file:
                file.truncate(DISK_SIZE)
        config: dict[str, Any] = {
            "id": vm,
            "name": f"vm-{vm[:8]}",
            "memory": 96,
            "max_memory": 128,
            "vcpus": 1,
            "max_vcpus": 2,
            "disks": (Disk(target="vda", source="file:system.img", size=disk.stat().st_size),),
            "vifs": (Vif(mac=new_mac(), bridge=BRIDGE),),
        }
        spec = GuestSpec(
            config=VmConfig(**config | changes),
            directory=f"{self.source.directory}/running_pool/{vm}",
            lockspace=LOCKSPACE,
            run=new_id(),
        )
        if self.lab is not None:
            (directory / "lease").write_bytes(bytes(SLOT))
            lease = f"{LOCKSPACE}:{vm}:{spec.directory}/lease:0"
            done = self.lab.exec("srv1", ["sanlock", "direct", "init", "-r", lease])
            assert done.returncode == 0, done.stderr
        if self.leases is not None:
            path = f"{spec.directory}/lease"
            self.leases.create(path, LeaseFile(LOCKSPACE, slots={0: Slot(vm)}))
        return spec

    def file(self, spec: GuestSpec, name: str) -> tuple[str, Path]:
        """A path in the VM's directory: for the hypervisor, and for this process."""
        return f"{spec.directory}/{name}", self.shared / "running_pool" / spec.config.id / name


class SavedInFiles(GuestMemory):
    """Guests in memory whose disks and saved memory are files: other hypervisors share them."""

    def save(self, path: str, guest: FakeGuest) -> None:
        Path(path).write_text(guest.model_dump_json())

    def saved(self, path: str) -> FakeGuest | None:
        found = Path(path)
        return FakeGuest.model_validate_json(found.read_bytes()) if found.exists() else None

    def discard(self, path: str) -> None:
        Path(path).unlink(missing_ok=True)


def memory_engine(
    leases: MemoryStore, host_id: int, engines: dict[str, FakeEngine], delay: float
) -> FakeEngine:
    """One that has joined the lockspace already. ``engines`` by address."""
    sanlock = FakeSanlock(leases, f"host{host_id}")
    now = leases.now()
    member = Delta(f"host{host_id}", 1, 1, joined=now - 10, since=now - 10)
    with leases.edit("lockspace") as file:
        file.hosts[host_id] = member
    sanlock.took(Lockspace(name=LOCKSPACE, path="lockspace", host_id=host_id, io_timeout=1), member)
    engine: FakeEngine

    def lost(vm: str) -> None:
        engine.end(vm)

    engine = FakeEngine(
        SavedInFiles(time.time, {}, lambda path: os.access(path, os.R_OK)),
        lambda address: engines[address],
        SanlockLeases(sanlock, lost),
        delay=delay,
        handover=0.05,
    )
    return engine


async def memory_pair(root: Path, delay: float) -> Pair:
    """Two fake servers with guests in memory and leases, as the simulator has them."""
    leases = MemoryStore()
    leases.create("lockspace", LeaseFile(LOCKSPACE, 1))
    engines: dict[str, FakeEngine] = {}
    for host_id in (1, 2):
        engine = memory_engine(leases, host_id, engines, delay)
        engines[f"127.0.0.{host_id}"] = engine
    sites = [await fake_site(root, a, delay, e) for a, e in engines.items()]
    return Pair(sites[0], sites[1], root / "shared", None, leases=leases)


async def fake_site(
    root: Path, address: str, delay: float, engine: FakeEngine | None = None
) -> Site:
    """A fake server with one bridge; its guests are files unless ``engine`` says otherwise."""
    directory = root / address
    directory.mkdir(parents=True, exist_ok=True)
    bridges = FakeBridges(directory, new_id())
    await bridges.create(BridgeSpec(name=BRIDGE, nic="eth0"))
    tasks = TaskRunner()
    engine = engine or file_engine(directory, delay)
    hypervisor = FakeHypervisor(engine, new_id(), tasks, bridges)
    consoles = FakeConsoles(hypervisor)

    async def exchange(vm: str, kind: str, send: str, until: str) -> str:
        return (await talk(await consoles.open(vm, kind), send.encode(), until.encode())).decode()

    shared = str(root / "shared")
    backups = ServerBackups([shared], [], FakeLiveCopies(engine, directory / "marks"), tasks)
    layers = FakeLayers(engine, tasks, hypervisor)
    return Site(hypervisor, layers, tasks, address, shared, exchange, backups)


class RemotePort:
    """The methods of a port, carried to a ``hypervisor_child``."""

    def __init__(self, child: "LabChild", port: str) -> None:
        self._child, self._port = child, port

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        method = methods(self._port)[name]

        async def call(*args: Any, **kwargs: Any) -> Any:
            arguments = json.loads(method.encode_arguments(args, kwargs))
            value = await self._child.ask(port=self._port, method=name, args=arguments)
            return method.decode_result(json.dumps(value).encode())

        return call


class LabChild:
    """A ``hypervisor_child`` inside a lab server."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._ready = asyncio.Event()
        self.changes: list[GuestChanged] = []
        self._reader = asyncio.create_task(self._read())

    @classmethod
    async def start(cls, lab: Lab, server: str) -> "LabChild":
        program = [sys.executable, "-m", "tests.contract.hypervisor_child"]
        argv = lab.exec_argv(server, [*program, server.removeprefix("srv"), LOCKSPACE])
        # nsenter goes to the server's root directory, so the module is found by path.
        process = await asyncio.create_subprocess_exec(
            *argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            limit=1 << 24,
            env={"PYTHONPATH": f"{ROOT}:{ROOT / 'src'}", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
        )
        child = cls(process)
        async with asyncio.timeout(150):
            await child._ready.wait()
        return child

    async def ask(self, **request: Any) -> Any:
        n = len(self._waiting)
        self._waiting[n] = asyncio.get_running_loop().create_future()
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"n": n, **request}).encode() + b"\n")
        answer = await self._waiting[n]
        if "error" in answer:
            raise from_json(answer["error"], "ask")
        assert "broken" not in answer, answer["broken"]
        return answer["result"]

    async def _read(self) -> None:
        assert self._process.stdout is not None
        while line := await self._process.stdout.readline():
            message = json.loads(line)
            if "ready" in message:
                self._ready.set()
            elif "event" in message:
                self.changes.append(GuestChanged.model_validate(message["event"]))
            else:
                self._waiting[message["n"]].set_result(message)

    async def kill(self) -> None:
        """As a crash of the agent: in the middle of whatever it does."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        with suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()

    async def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            async with asyncio.timeout(5):
                await self._process.wait()
        except TimeoutError:
            await self.kill()
        await self._reader

    def site(self, index: int) -> Site:
        async def exchange(vm: str, kind: str, send: str, until: str) -> str:
            return str(await self.ask(port="console", vm=vm, kind=kind, send=send, until=until))

        return Site(
            cast(Hypervisor, RemotePort(self, "hypervisor")),
            cast(Layers, RemotePort(self, "layers")),
            cast(Tasks, RemotePort(self, "tasks")),
            server_address(index),
            "/OVS",
            exchange,
            cast(Backups, RemotePort(self, "backups")),
            self.changes,
        )


def secure(lab: Lab, authority: CertificateAuthority, indexes: tuple[int, ...]) -> None:
    """What enrolment does for libvirt and QEMU: certificates, and libvirtd restarted with TLS."""
    for index in indexes:
        pair = authority.manager_pair([server_name(index), server_address(index)])
        pki = lab.layout.server(index).etc / "pki"
        for directory in ("CA", "libvirt/private", "qemu"):
            (pki / directory).mkdir(parents=True, exist_ok=True)
        shutil.copy(authority.path, pki / "CA/cacert.pem")
        shutil.copy(authority.path, pki / "qemu/ca-cert.pem")
        for use in ("server", "client"):
            shutil.copy(pair[0], pki / f"libvirt/{use}cert.pem")
            shutil.copy(pair[1], pki / f"libvirt/private/{use}key.pem")
            shutil.copy(pair[0], pki / f"qemu/{use}-cert.pem")
            shutil.copy(pair[1], pki / f"qemu/{use}-key.pem")
        restart = [sys.executable, "-m", "millpond.lab.restart_libvirtd"]
        assert lab.exec(server_name(index), restart).returncode == 0


def prepare_lab(lab: Lab, directory: Path) -> Path:
    """Two servers with TLS between them; returns the tiny template's image."""
    lab.up(2)
    secure(lab, CertificateAuthority.open(directory / "ca"), (1, 2))
    build_tiny(directory / "tiny")
    return directory / "tiny/system.img"
