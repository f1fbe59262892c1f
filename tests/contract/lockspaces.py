"""Three servers with leases on one storage: sanlock daemons with run directories of their own, or
fakes; the ones in memory live in virtual time."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from copy import deepcopy
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol, cast

from millpond.adapters.fake.lockspace import FakeLockspaces
from millpond.adapters.fake.lockspace_daemon import FakeSanlock
from millpond.adapters.fake.lockspace_leases import FakeLeases
from millpond.adapters.fake.lockspace_store import FileStore, MemoryStore
from millpond.adapters.rpc.errors import from_json
from millpond.domain.layout import lockspace_path, vm_directory, vm_lease
from millpond.domain.leases import Lockspace, Resource
from millpond.domain.names import new_id
from millpond.ports.leases import Leases
from millpond.ports.lockspace import Lockspaces
from millpond.sim.clock import VirtualLoop
from tests.contract.lockspace_child import pack, unpack

IO_TIMEOUT = 1
ROOT = Path(__file__).parents[2]


class Site(Protocol):
    """One server. Everything here happens to it; nobody in it is asked."""

    lockspaces: Lockspaces
    leases: Leases

    async def boot(self) -> None: ...

    def crash(self) -> None: ...

    async def restart_agent(self) -> None:
        """SIGKILL, and a new one."""
        ...

    async def killed(self) -> None:
        """Wait until sanlock has killed the agent."""
        ...

    def end_daemon(self) -> None: ...

    def freeze_daemon(self) -> None: ...

    def thaw_daemon(self) -> None: ...

    async def guest(self) -> int:
        """The PID of a process that sanlock knows, as libvirt introduces QEMU to it."""
        ...

    def end_guest(self, pid: int) -> None: ...


class World:
    def __init__(self, root: str, sites: tuple[Site, ...]) -> None:
        self.root = root
        self.pool = new_id()
        self.sites = sites

    def place(self, host_id: int, pool: str = "") -> Lockspace:
        return Lockspace(
            name=pool or self.pool,
            path=lockspace_path(self.root),
            host_id=host_id,
            io_timeout=IO_TIMEOUT,
        )

    def lease(self, vm: str) -> Resource:
        return vm_lease(vm_directory(self.root, vm), self.pool, vm)

    async def vm(self) -> Resource:
        """A new VM's lease."""
        vm = new_id()
        self.make_directory(vm_directory(self.root, vm))
        await self.sites[0].leases.create(self.root, self.pool, vm)
        return self.lease(vm)

    async def pooled(self, *host_ids: int) -> None:
        """The leases are laid out and these servers have joined."""
        await self.sites[0].leases.init(self.root, self.pool, IO_TIMEOUT)
        await asyncio.gather(
            *(self.sites[n - 1].lockspaces.join(self.place(n)) for n in host_ids or (1, 2, 3))
        )

    def make_directory(self, path: str) -> None:
        Path(path).mkdir(parents=True)

    def truncate(self, path: str) -> None:
        os.truncate(path, 100)

    def copy(self, path: str) -> Any:
        return Path(path).read_bytes()

    def put(self, path: str, copy: Any) -> None:
        """Another file takes its place, as when one is restored."""
        fresh = Path(f"{path}.restored")
        fresh.write_bytes(copy)
        fresh.rename(path)

    def remove(self, path: str) -> None:
        Path(path).unlink()


Scenario = Callable[[World], Awaitable[None]]


class FakeSite:
    def __init__(self, store: MemoryStore | FileStore, name: str) -> None:
        self._daemon = FakeSanlock(store, name)
        self._place = name
        self.leases: Leases = FakeLeases(store)
        self._killed = asyncio.Event()
        self._agent = self._start_agent()
        self.lockspaces: Lockspaces = self._agent
        self._guests = 0

    def _start_agent(self) -> FakeLockspaces:
        return FakeLockspaces(self._daemon, "agent", self._kill_agent)

    def _kill_agent(self) -> None:
        self._killed.set()
        self._agent.die()

    async def killed(self) -> None:
        await self._killed.wait()

    async def boot(self) -> None:
        self._killed.clear()
        self._agent = self.lockspaces = self._start_agent()

    def crash(self) -> None:
        self._daemon.crash()

    async def restart_agent(self) -> None:
        self._agent.die()
        await self.boot()

    def end_daemon(self) -> None:
        self._daemon.end()

    def freeze_daemon(self) -> None:
        self._daemon.freeze()

    def thaw_daemon(self) -> None:
        self._daemon.thaw()

    async def guest(self) -> int:
        self._guests += 1
        return self._guests

    def end_guest(self, pid: int) -> None:
        self._daemon.processes[f"pid-{pid}"].die()


class MemoryWorld(World):
    def __init__(self) -> None:
        self.store = MemoryStore()
        super().__init__("/OVS", tuple(FakeSite(self.store, f"srv{n}") for n in (1, 2, 3)))

    def make_directory(self, path: str) -> None:
        """Paths are but names."""

    def truncate(self, path: str) -> None:
        self.store.damage(path)

    def copy(self, path: str) -> Any:
        return deepcopy(self.store.files[path])

    def put(self, path: str, copy: Any) -> None:
        self.store.put(path, copy)

    def remove(self, path: str) -> None:
        self.store.remove(path)


class FilesWorld(World):
    """Nothing renews what is copied, and so it says when the last renewal was."""

    def copy(self, path: str) -> Any:
        file = FileStore().read(path)
        for delta in file.hosts.values():
            delta.until = delta.renewed(asyncio.get_running_loop().time())
        return json.dumps(asdict(file)).encode()


class _Remote:
    def __init__(self, agent: "_Agent", port: str) -> None:
        self._agent, self._port = agent, port

    def __getattr__(self, method: str) -> Callable[..., Awaitable[Any]]:
        return lambda *args, **names: self._agent.ask(self._port, method, args, names)


class _Agent:
    """A ``lockspace_child``."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self._asked = 0
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._reader = asyncio.create_task(self._read())

    async def ask(self, port: str, method: str, args: Any, names: Any) -> Any:
        self._asked += 1
        n = self._asked
        self._waiting[n] = asyncio.get_running_loop().create_future()
        self._say({"n": n, "port": port, "method": method, "args": pack((args, names))})
        try:
            answer = await self._waiting[n]
        except asyncio.CancelledError:
            self._say({"cancel": n})
            raise
        if "error" in answer:
            raise from_json(answer["error"], method)
        assert "broken" not in answer, answer["broken"]
        return unpack(answer["result"])

    async def close(self) -> None:
        """After its end."""
        await self.process.wait()
        await self._reader
        assert self.process.stdin is not None
        self.process.stdin.close()

    def _say(self, message: dict[str, Any]) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(message).encode() + b"\n")

    async def _read(self) -> None:
        assert self.process.stdout is not None
        while line := await self.process.stdout.readline():
            message = json.loads(line)
            self._waiting.pop(message["n"]).set_result(message)


class SanlockSite:
    lockspaces: Lockspaces
    leases: Leases

    def __init__(self, directory: Path, name: str) -> None:
        directory.mkdir()
        self._name = name
        self._log = directory / "sanlock.err"
        run = {"SANLOCK_RUN_DIR": str(directory), "SANLOCK_PRIVILEGED": "0"}
        self._environment = os.environ | run | {"PYTHONPATH": f"{ROOT}:{ROOT / 'src'}"}
        self._socket = directory / "sanlock.sock"
        self._daemon: subprocess.Popen[bytes] | None = None
        self._agent: _Agent | None = None
        self._agents: list[_Agent] = []
        self._guests: dict[int, subprocess.Popen[str]] = {}

    async def boot(self) -> None:
        argv = ["sanlock", "daemon", "-D", "-U", "root", "-G", "root", "-e", self._name]
        argv += ["-S", "-1", "-w", "0", "-h", "0", "-l", "0"]
        self._socket.unlink(missing_ok=True)
        with self._log.open("ab") as log:
            self._daemon = subprocess.Popen(argv, env=self._environment, stdout=log, stderr=log)
        async with asyncio.timeout(60):
            while not self._socket.exists():
                await asyncio.sleep(0.02)
        await self._start_agent()

    async def _start_agent(self) -> None:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.contract.lockspace_child",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=self._environment,
        )
        assert process.stdout is not None
        await process.stdout.readline()  # on a busy machine its imports take seconds
        self._agent = _Agent(process)
        self._agents.append(self._agent)
        self.lockspaces = cast(Lockspaces, _Remote(self._agent, "lockspaces"))
        self.leases = cast(Leases, _Remote(self._agent, "leases"))

    def crash(self) -> None:
        for guest in self._guests.values():
            guest.kill()
            guest.wait()
        if self._agent is not None and self._agent.process.returncode is None:
            self._agent.process.kill()
        self.end_daemon()

    async def close(self) -> None:
        self.crash()
        for agent in self._agents:
            await agent.close()

    async def killed(self) -> None:
        assert self._agent is not None
        await self._agent.process.wait()

    async def restart_agent(self) -> None:
        assert self._agent is not None
        if self._agent.process.returncode is None:
            self._agent.process.kill()
        await self._agent.process.wait()
        await self._start_agent()

    def end_daemon(self) -> None:
        assert self._daemon is not None
        self._daemon.kill()
        self._daemon.wait()

    def freeze_daemon(self) -> None:
        assert self._daemon is not None
        self._daemon.send_signal(signal.SIGSTOP)

    def thaw_daemon(self) -> None:
        assert self._daemon is not None
        self._daemon.send_signal(signal.SIGCONT)

    async def guest(self) -> int:
        program = "import sanlock, sys; sanlock.register(); print(); sys.stdin.read()"
        started = subprocess.Popen(
            [sys.executable, "-c", program],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=self._environment,
            text=True,
        )
        assert started.stdout is not None
        await asyncio.to_thread(started.stdout.readline)
        self._guests[started.pid] = started
        return started.pid

    def end_guest(self, pid: int) -> None:
        guest = self._guests.pop(pid)
        guest.kill()
        guest.wait()


def play_in_memory(scenario: Scenario) -> None:
    _play_fast(scenario, MemoryWorld())


def play_in_files(scenario: Scenario, directory: Path) -> None:
    store = FileStore()
    sites = tuple(FakeSite(store, f"srv{n}") for n in (1, 2, 3))
    _play_fast(scenario, FilesWorld(str(directory), sites))


def _play_fast(scenario: Scenario, world: World) -> None:
    loop = VirtualLoop()
    try:
        loop.run_until_complete(scenario(world))
    finally:
        loop.close()


def play_with_sanlock(scenario: Scenario, directory: Path) -> None:
    async def play() -> None:
        (directory / "OVS").mkdir()
        sites = tuple(SanlockSite(directory / f"srv{n}", f"srv{n}") for n in (1, 2, 3))
        try:
            for site in sites:
                await site.boot()
            await scenario(World(str(directory / "OVS"), sites))
        finally:
            for site in sites:
                await site.close()

    asyncio.run(play())
