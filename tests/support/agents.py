"""Real ``millpond-agent`` processes with fake guests, enrolled with certificates made on the spot.

Each listens on a loopback address of its own (127.0.0.0/8 is all ours), as real servers do.
"""

import asyncio
import hashlib
import os
import signal
import ssl
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from uuid import NAMESPACE_DNS, uuid5

from millpond.adapters.pki.authority import CertificateAuthority
from millpond.adapters.pki.contexts import client_context
from millpond.adapters.pki.keys import key_pem, new_key, new_request
from millpond.adapters.rpc.client import Agents, Route
from millpond.agent.enrolment import Enrolment, IdentityFiles
from millpond.domain.errors import Unknown
from millpond.ports.agent import Agent
from tests.support.ports import free_port

PROGRAM = Path(sys.executable).with_name("millpond-agent")


def identity(name: str) -> str:
    """The id of the server with this name."""
    return str(uuid5(NAMESPACE_DNS, name))


@dataclass
class AgentProcess:
    """The server ``srv<number>`` in ``directory/srv<number>``."""

    directory: Path
    number: int
    port: int = 0
    process: "subprocess.Popen[bytes] | None" = field(default=None, repr=False)

    def __post_init__(self) -> None:
        self.home.mkdir(parents=True)
        self.port = free_port(self.address)

    @property
    def name(self) -> str:
        return f"srv{self.number}"

    @property
    def id(self) -> str:
        return identity(self.name)

    @property
    def address(self) -> str:
        return f"127.0.0.{10 + self.number}"

    @property
    def home(self) -> Path:
        return self.directory / self.name

    @property
    def files(self) -> IdentityFiles:
        return IdentityFiles(self.home / "etc")

    @property
    def log(self) -> str:
        return (self.home / "log").read_text()

    @property
    def route(self) -> Route:
        return Route(self.address, self.port, self.id)

    def environment(self) -> dict[str, str]:
        clean = {k: v for k, v in os.environ.items() if not k.startswith("MILLPOND")}
        return clean | {
            "MILLPOND_AGENT_CONFIG_DIR": str(self.home / "etc"),
            "MILLPOND_AGENT_STATE_DIR": str(self.home / "state"),
            "MILLPOND_AGENT_PKI_DIR": str(self.home / "pki"),
            "MILLPOND_AGENT_FAKE_DIR": str(self.directory / "guests"),
            "MILLPOND_AGENT_LISTEN": self.address,
            "MILLPOND_AGENT_PORT": str(self.port),
            "MILLPOND_AGENT_SERVER_ID": self.id,
            "MILLPOND_AGENT_HYPERVISOR": "fake",
        }

    def enrol(self, authority: CertificateAuthority) -> None:
        key = new_key()
        request = new_request(key).decode()
        certificate = authority.issue_agent(request, self.id, self.name, self.address)
        self.files.save(
            Enrolment(
                server=self.id,
                name=self.name,
                address=self.address,
                manager="https://manager.test",
                certificate_sha256=_sha256(certificate),
            ),
            authority.pem,
            certificate,
            key_pem(key),
        )

    def start(self) -> None:
        with (self.home / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [PROGRAM, "run"], env=self.environment(), stdout=log, stderr=log
            )

    def run(self, *argv: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Another command of the program, with this server's settings."""
        return subprocess.run(
            [PROGRAM, *argv],
            env=self.environment(),
            input=stdin,
            check=False,
            capture_output=True,
            text=True,
            timeout=60,
        )

    def kill(self, number: signal.Signals = signal.SIGKILL) -> int:
        """Signal it and return its exit status once it is gone."""
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(60)

    @property
    def cpu_seconds(self) -> float:
        """User and system time used so far (proc(5))."""
        assert self.process is not None
        text = Path(f"/proc/{self.process.pid}/stat").read_text()
        fields = text[text.rindex(")") + 2 :].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    async def ready(self, agents: Agents, seconds: float = 120) -> Agent:
        """Its ports, once it answers."""
        agent = agents.agent(self.route)
        deadline = time.monotonic() + seconds
        while True:
            try:
                await agent.server.membership()
            except Unknown:
                assert self.process is not None
                assert self.process.poll() is None, self.log
                assert time.monotonic() < deadline, self.log
                await asyncio.sleep(0.02)
            else:
                return agent

    def own_context(self) -> ssl.SSLContext:
        """For talking to others as this server's agent."""
        return client_context(self.files.ca, self.files.certificate, self.files.key)


def _sha256(certificate: str) -> str:
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(certificate)).hexdigest()
