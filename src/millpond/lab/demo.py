"""The demonstration: three servers, a pool, three guests that count. Everything after the lab itself
is done with the commands a user would type, and each is shown."""

import json
import re
import shlex
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rich.console import Console

from millpond.domain.errors import Failed
from millpond.domain.layout import SEED_POOL
from millpond.lab.lab import Lab
from millpond.lab.layout import server_address, server_name
from millpond.lab.processes import clean_environment

NAME = "demo"
SERVERS = 3
GUESTS = ("tick1", "tick2", "tick3")
OUTAGE = 10
"""Seconds the storage may be gone: half of what pools get otherwise, for a quicker failover."""

AGENT_PATIENCE = 120.0
"""Seconds until all agents have to answer with their new certificates."""

COUNTER_PATIENCE = 180.0
"""Seconds each guest may take to count; emulated on a busy machine they take ten to boot."""

_BIN = Path(sys.executable).parent
_TICK = re.compile(r"millpond tick (\d+)")


class Demo:
    """One run of the demonstration in a lab. Its commands talk to the lab's manager alone, with a
    login of their own: whoever runs it may be signed in to another."""

    def __init__(self, lab: Lab, port: int = 0) -> None:
        self._lab = lab
        self._port = port
        self._environment = clean_environment(_BIN) | {"XDG_CONFIG_HOME": str(self.login)}
        self._out = Console(highlight=False)

    @property
    def login(self) -> Path:
        """The directory with ``millpond/cli.toml``, the login to the lab's manager."""
        return self._lab.layout.directory / "login"

    @property
    def ca(self) -> Path:
        """The certificate of the manager's CA, which no other manager has."""
        return (self._lab.layout.manager_state / "pki" / "ca.pem").resolve()

    def run(self) -> tuple[str, str | None]:
        """Bring everything up and show the guests counting. What is there already is kept. The
        result is that of ``prepare``."""
        started = time.monotonic()
        url, password = self.prepare()
        self._make_guests()
        self._show_counting()
        self._out.print(f"\nReady after {time.monotonic() - started:.0f} s.")
        return url, password

    def prepare(self) -> tuple[str, str | None]:
        """Everything but the guests; the manager's address, and the first user's password unless
        an earlier run has used it."""
        found = self.gather()
        self._make_pool()
        self._set_fences()
        return found

    def gather(self) -> tuple[str, str | None]:
        """The servers, enrolled, and the manager; the result is that of ``prepare``."""
        self._out.print(f"[bold]Starting {SERVERS} servers and the manager[/bold]")
        self._lab.up(SERVERS)
        url = self._lab.manager_up(self._port)
        self._environment["MILLPOND_URL"] = url
        password = self._sign_in(url)
        self._enrol()
        return url, password

    def _millpond(self, *args: str, text: str = "", quiet: bool = False) -> str:
        if not quiet:
            self._out.print(
                f"$ millpond {shlex.join(args)}", style="cyan", markup=False, soft_wrap=True
            )
        done = subprocess.run(
            [str(_BIN / "millpond"), *args],
            input=text,
            capture_output=True,
            text=True,
            env=self._environment,
            timeout=300,
            check=False,
        )
        if done.returncode != 0:
            raise Failed(f"millpond {args[0]} {args[1]}", (done.stderr or done.stdout).strip())
        return done.stdout

    def _json(self, *args: str) -> object:
        return json.loads(self._millpond(*args, "--output", "json", quiet=True))

    def _names(self, *args: str) -> set[str]:
        found = self._json(*args)
        assert isinstance(found, list)
        return {item["name"] for item in found}

    def _sign_in(self, url: str) -> str | None:
        """Sign in with the first password; None if that was done in an earlier run."""
        first = self._lab.layout.manager_state / "first-password"
        if not first.exists():
            return None
        password = first.read_text().strip()
        self._millpond(
            *("login", url, "--user", "admin", "--ca", str(self.ca)),
            "--password-stdin",
            text=password + "\n",
        )
        return password

    def _enrol(self) -> None:
        """Give each server a token and let its agent redeem it."""
        known = self._names("server", "list")
        missing = [i for i in range(1, SERVERS + 1) if server_name(i) not in known]

        def enrol(index: int) -> None:
            name = server_name(index)
            answer = self._json("server", "add", name, "--address", server_address(index))
            assert isinstance(answer, dict)
            done = self._lab.exec(
                name,
                [str(_BIN / "millpond-agent"), "enrol", "-"],
                timeout=AGENT_PATIENCE,
                text=answer["token"] + "\n",
            )
            if done.returncode != 0:
                raise Failed(f"enrol {name}", (done.stderr or done.stdout).strip())
            self._out.print(f"  {name} has its certificate", markup=False)

        with ThreadPoolExecutor() as pool:
            list(pool.map(enrol, missing))

    def _await_agents(self) -> None:
        """An agent begins anew once it has its certificate. On a busy machine that takes a while."""
        deadline = time.monotonic() + AGENT_PATIENCE
        while silent := self._silent():
            if time.monotonic() > deadline:
                raise Failed("reach the agents", f"no answer from {', '.join(silent)}")
            time.sleep(0.2)

    def _silent(self) -> list[str]:
        found = self._json("server", "list")
        assert isinstance(found, list)
        return [s["name"] for s in found if not s["up"]]

    def _make_pool(self) -> None:
        if "pool1" in self._names("pool", "list"):
            return
        seeds = self._lab.shared / SEED_POOL
        seeds.mkdir(exist_ok=True)
        if not (seeds / "tiny" / "template.json").exists():
            self._millpond("template", "build", "tiny", "--into", str(seeds))
        self._await_agents()
        self._millpond(
            *("pool", "create", "pool1", "--lab"),
            *("--ha", "--tolerate", "1", "--outage", str(OUTAGE)),
            *("--server", "srv1:master,utility,vm"),
            *("--server", "srv2:vm"),
            *("--server", "srv3:vm"),
        )

    def _set_fences(self) -> None:
        """Each server's BMC, which the lab has made."""
        found = self._json("fence", "list")
        assert isinstance(found, list)
        fenced = {device["server"] for device in found}
        for name in map(server_name, range(1, SERVERS + 1)):
            if name not in fenced:
                arguments, password = self._lab.fence_arguments(name)
                given = [f"--argument={key}={value}" for key, value in arguments.items()]
                self._millpond(
                    *("fence", "set", name, "bmc", "--agent", "fence_ipmilan", *given),
                    *("--secret", "password@-"),
                    text=password + "\n",
                )

    def _make_guests(self) -> None:
        there = self._names("vm", "list")

        def make(name: str) -> None:
            self._millpond(
                *("vm", "create", name, "--pool", "pool1", "--template", "tiny"),
                *("--nic", "xenbr0", "--ha", "--start"),
            )

        for name in GUESTS:
            if name not in there:
                make(name)

    def _counter(self, name: str) -> int | None:
        log = self._millpond("vm", "console", name, "--log", quiet=True)
        ticks = _TICK.findall(log)
        return int(ticks[-1]) if ticks else None

    def _show_counting(self) -> None:
        """Wait until each guest's counter has been seen twice, higher the second time."""
        self._out.print("[bold]Waiting for the guests to count[/bold]")
        for name in GUESTS:
            deadline = time.monotonic() + COUNTER_PATIENCE
            first = last = self._counter(name)
            while first is None or last is None or last <= first:
                if time.monotonic() > deadline:
                    raise Failed(f"see {name} count", f"its console stays at {last}")
                time.sleep(1)
                first, last = first or last, self._counter(name)
            self._out.print(f"  {name}: {first} ... {last}", markup=False)
