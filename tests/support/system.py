"""A whole Millpond on loopback: a real manager and real agents whose guests are fakes.

Every process is a program of its own with its own directories, so each can be killed; the agents
are enrolled with tokens like any other.
"""

import atexit
import json
import os
import shutil
import signal
import socket
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Self
from uuid import NAMESPACE_DNS, uuid5

from millpond.adapters.templates.tiny import build_tiny
from tests.support.api import Api, Json
from tests.support.ports import free_port
from tests.support.scenarios import SHORTEST_OUTAGE, Stage
from tests.support.zygote import Zygote, alive, kill

_PROGRAMS = (
    "millpond.manager.main",
    "millpond.manager.serve",
    "millpond.manager.listen",
    "uvloop",
    "aiosqlite",
    "alembic.command",
    "uvicorn.protocols.http.h11_impl",
    "millpond.agent.main",
    "millpond.agent.serve",
    "millpond.agent.app",
    "millpond.agent.enrol",
    "millpond.agent.service",
    "millpond.adapters.fake.bridges",
    "millpond.adapters.fake.consoles",
    "millpond.adapters.fake.hypervisor",
    "anyio._backends._asyncio",
)
"""What they import, some of it not before it is needed: imported once, in the parent of all."""


@cache
def _zygote() -> Zygote:
    """One for all systems of this process: it ends with its standard input."""
    return Zygote(*_PROGRAMS)


@cache
def _tiny() -> Path:
    """The template ``tiny``, built once for all systems of this process."""
    where = tempfile.TemporaryDirectory(prefix="millpond-tiny-")
    atexit.register(where.cleanup)
    build_tiny(Path(where.name))
    return Path(where.name)


@dataclass
class Program:
    """One process that may be killed and started again with the same arguments."""

    zygote: Zygote
    module: str
    argv: list[str]
    env: dict[str, str]
    log: Path
    port: int
    address: str = "127.0.0.1"
    pid: int = 0

    @property
    def pid_file(self) -> Path:
        return self.log.with_suffix(".pid")

    def start(self) -> None:
        self.pid = self.zygote.spawn(self.module, self.argv, self.env, self.log)
        fresh = self.pid_file.with_suffix(".new")  # a fault hook may read it at any moment
        fresh.write_text(str(self.pid))
        fresh.replace(self.pid_file)

    def wait_ready(self, *, reborn: bool = False) -> None:
        """Until its port takes connections; with ``reborn`` somebody starts it if it is dead."""
        deadline = time.monotonic() + 60
        while True:
            with suppress(OSError), socket.create_connection((self.address, self.port), 1):
                return
            assert reborn or alive(self.pid), self.log.read_text()[-3000:]
            assert time.monotonic() < deadline, self.log.read_text()[-3000:]
            time.sleep(0.01)

    def kill(self) -> None:
        if self.pid:
            kill(self.pid)

    def end(self) -> None:
        """In an orderly way."""
        if self.pid:
            kill(self.pid, signal.SIGTERM)


@dataclass
class System:
    """``servers`` agents srv1..srvN with ``fake_memory`` MiB each, and a manager; enter it to
    bring it up."""

    directory: Path
    servers: int = 3
    fake_memory: int = 65_536
    manager_env: dict[str, str] = field(default_factory=dict)
    manager: Program = field(init=False)
    agents: dict[str, Program] = field(init=False, default_factory=dict)
    api: Api = field(init=False)

    @property
    def root(self) -> Path:
        """The cluster root, shared by all agents."""
        return self.directory / "OVS"

    @property
    def imports(self) -> Path:
        """The folder that all agents import from."""
        return self.directory / "import"

    @staticmethod
    def address(name: str) -> str:
        """``srv1`` is 127.0.0.2."""
        return f"127.0.0.{int(name.removeprefix('srv')) + 1}"

    def guests(self) -> dict[str, list[str]]:
        """The fake guests that exist, by VM id, and the servers they are on."""
        found: dict[str, list[str]] = {}
        for name, agent in self.agents.items():
            for guest in (self.directory / "guests" / agent.address / "guests").glob("*.json"):
                found.setdefault(guest.stem, []).append(name)
        return found

    @property
    def stage(self) -> Stage:
        return Stage(
            self.api,
            root=str(self.root),
            imports=str(self.imports),
            storage=str(self.directory),
        )

    def __enter__(self) -> Self:
        self.zygote = _zygote()
        self.root.mkdir(parents=True, exist_ok=True)
        self.imports.mkdir(exist_ok=True)
        try:
            self._start_manager()
            for n in range(1, self.servers + 1):
                self._start_agent(n)
            for agent in self.agents.values():
                agent.wait_ready()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for program in (*self.agents.values(), getattr(self, "manager", None)):
            if program is not None:
                program.kill()

    def make_pool(self) -> None:
        """Pool ``pool1`` of all servers, with template ``tiny``."""
        (self.root / "seed_pool").mkdir(exist_ok=True)
        shutil.copytree(_tiny(), self.root / "seed_pool" / "tiny")
        members = [
            {"server": name, "roles": ["master", "utility", "vm"] if n == 0 else ["vm"]}
            for n, name in enumerate(self.agents)
        ]
        body: Json = {"name": "pool1", "cluster_root": str(self.root), "members": members}
        body["ha"] = {"outage": SHORTEST_OUTAGE}
        body["bridges"] = [{"name": "xenbr0"}, {"name": "xenbr1"}]
        self.api.do("POST", "/pools", body)

    def rebuild_manager(self) -> None:
        """The manager is lost with its machine; the servers become those of an empty one."""
        self.manager.kill()
        shutil.rmtree(self.directory / "manager")
        self._start_manager()
        for name, agent in self.agents.items():
            self._enrol(name, agent.address, agent.port, agent.env, "--replace")

    def _program(
        self, name: str, module: str, argv: list[str], env: dict[str, str], port: int
    ) -> Program:
        return Program(self.zygote, module, argv, env, self.directory / f"{name}.log", port)

    def _start_manager(self) -> None:
        port, state = free_port(), self.directory / "manager"
        argv = ["run", "--listen", f"127.0.0.1:{port}", "--state-dir", str(state)]
        env = {"MILLPOND_MANAGER_ADVERTISE": f"https://127.0.0.1:{port}"} | self.manager_env
        self.manager = self._program("manager", "millpond.manager.main", argv, env, port)
        self.manager.start()
        self.manager.wait_ready()
        password = self._first_password()
        self.api = Api(f"https://127.0.0.1:{port}", str(state / "pki" / "ca.pem"))
        self.api.sign_in("admin", password)

    def _first_password(self) -> str:
        """It lies in a file until somebody signs in."""
        file = self.directory / "manager" / "first-password"
        deadline = time.monotonic() + 60
        while not (file.exists() and (password := file.read_text().strip())):
            assert time.monotonic() < deadline, self.manager.log.read_text()
            time.sleep(0.01)
        return password

    def _power(self, home: Path, name: str) -> str:
        """A program that ends a fake server's boot. Whoever wants the next one starts the agent."""
        boot = self.directory / "guests" / self.address(name) / "boot_id"
        script = home / "power"
        script.write_text(_POWER.format(boot=boot, pid=self.directory / f"{name}.pid"))
        script.chmod(0o755)
        return str(script)

    def _start_agent(self, n: int) -> None:
        # Fake servers find each other's guests by address: each needs one of its own.
        name = f"srv{n}"
        address = self.address(name)
        port = free_port(address)
        home = self.directory / name
        env = {
            "MILLPOND_AGENT_CONFIG_DIR": str(home / "etc"),
            "MILLPOND_AGENT_STATE_DIR": str(home / "state"),
            "MILLPOND_AGENT_PKI_DIR": str(home / "pki"),
            "MILLPOND_AGENT_LISTEN": address,
            "MILLPOND_AGENT_IMPORT_FOLDERS": json.dumps([str(self.imports)]),
            "MILLPOND_AGENT_FAKE_MEMORY": str(self.fake_memory),
            "MILLPOND_AGENT_FAKE_DIR": str(self.directory / "guests"),
            "MILLPOND_AGENT_PORT": str(port),
            "MILLPOND_AGENT_HYPERVISOR": "fake",
            "MILLPOND_AGENT_SERVER_ID": str(uuid5(NAMESPACE_DNS, name)),
        }
        home.mkdir()
        env |= {
            f"MILLPOND_AGENT_{verb}": self._power(home, name) for verb in ("POWER_OFF", "REBOOT")
        }
        self._enrol(name, address, port, env)
        assert (home / "etc" / "agent.json").exists()
        self.agents[name] = self._program(name, "millpond.agent.main", ["run"], env, port)
        self.agents[name].address = address
        self.agents[name].start()

    def _enrol(self, name: str, address: str, port: int, env: dict[str, str], *how: str) -> None:
        answer = self.api("POST", "/servers", {"name": name, "address": address, "port": port})
        argv = ["enrol", *how, answer["token"]]
        enrol = self._program(f"{name}-enrol", "millpond.agent.main", argv, env, port)
        enrol.start()
        deadline = time.monotonic() + 60
        while alive(enrol.pid):
            assert time.monotonic() < deadline, enrol.log.read_text()
            time.sleep(0.01)
        assert "enrolled with" in enrol.log.read_text(), enrol.log.read_text()


_POWER = """#!/bin/sh
kill -STOP $(cat {pid})  # or it would say meanwhile that it has booted anew
rm -f {boot}
kill -9 $(cat {pid})
"""


def environment() -> dict[str, str]:
    """For child programs: this one's, without Millpond's own variables."""
    return {k: v for k, v in os.environ.items() if not k.startswith("MILLPOND")}
