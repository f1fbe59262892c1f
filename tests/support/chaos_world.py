"""A lab that is none, the pool in it, and its manager's API: just enough for chaos to break it.

Guests write their stamp whenever somebody looks. A guest whose server is off or hangs runs on another
one after ``failover`` seconds; with its server's power goes that of guests that HA has ``forgotten``.
"""

from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from millpond.domain.errors import Refused
from millpond.lab.chaos import stamps
from millpond.lab.chaos.census import Sight
from millpond.lab.chaos.clock import Clock
from millpond.lab.lab import Lab

SERVERS = ("srv1", "srv2", "srv3")
FENCED, BY_LEASES = 40.0, 90.0


@dataclass
class Guest:
    name: str
    disk: Path
    server: str
    power: str = "running"
    boot: int = 1
    number: int = 0
    gone: float | None = None


class World(Lab):
    """The lab. ``api`` is the manager's; ``done`` are the calls that changed something."""

    def __init__(self, directory: Path, clock: Clock) -> None:
        super().__init__("lab", directory)
        self.clock = clock
        self.failover = 15.0
        self.forgotten: set[str] = set()
        self.is_lab = True
        self.devices = 1
        self.guests: dict[str, Guest] = {}
        """By VM id."""
        self.done: list[str] = []
        self.off: set[str] = set()
        self.hanging: set[str] = set()
        self.api = Api(self)

    def create(self, name: str) -> str:
        vm = str(uuid5(NAMESPACE_URL, name))
        disk = self.shared / "running_pool" / vm / f"{stamps.TARGET}.raw"
        disk.parent.mkdir(parents=True)
        disk.write_bytes(bytes(stamps.SIZE))
        self.guests[vm] = Guest(name, disk, SERVERS[len(self.guests) % len(SERVERS)], "stopped")
        return vm

    def sight(self, _: Lab) -> Sight:
        for vm, guest in self.guests.items():
            self._fail_over(guest)
            if guest.power == "running" and guest.server not in self.off | self.hanging:
                guest.number += 1
                with guest.disk.open("r+b") as file:
                    file.seek(512)
                    file.write(f"{vm}-{guest.boot} {guest.number}".encode().ljust(512))
        live = {vm: (g.server,) for vm, g in self.guests.items() if g.power != "stopped"}
        return Sight(
            {v: s for v, s in live.items() if s[0] not in self.off}, frozenset(self.hanging)
        )

    def _fail_over(self, guest: Guest) -> None:
        down = guest.server in self.off | self.hanging and guest.power == "running"
        if not down:
            guest.gone = None
        elif guest.gone is None:
            guest.gone = self.clock.now()
        elif self.clock.now() - guest.gone >= self.failover:
            guest.server = next(s for s in SERVERS if s not in self.off | self.hanging)
            guest.boot, guest.number, guest.gone = guest.boot + 1, 0, None

    def status(self) -> Any:
        return SimpleNamespace(servers=[SimpleNamespace(name=name) for name in SERVERS])

    def _must_run(self, server: str) -> None:
        if server in self.off:
            raise Refused("server.unreachable", server, "is off", "boot it")

    def crash(self, server: str) -> None:
        self.done.append(f"crash {server}")
        self.off.add(server)
        for guest in self.guests.values():
            if guest.server == server and guest.name in self.forgotten:
                guest.power = "stopped"

    def boot(self, server: str) -> None:
        self.off.discard(server)

    def freeze(self, server: str) -> None:
        self._must_run(server)
        self.done.append(f"freeze {server}")
        self.hanging.add(server)

    def thaw(self, server: str) -> None:
        self._must_run(server)
        self.hanging.discard(server)

    def unplug(self, server: str, nic: str = "eth0") -> None:
        self._must_run(server)
        self.done.append(f"unplug {server}")

    def plug(self, server: str, nic: str = "eth0") -> None:
        self._must_run(server)

    def daemon_pid(self, server: str, daemon: str) -> int | None:
        self._must_run(server)
        self.done.append(f"kill {daemon} {server}")
        return None

    def set_bmc(self, server: str, lit: bool | None = None, lies: bool | None = None) -> None:
        if (lit, lies) != (True, False):
            self.done.append(f"bmc {server} {lit} {lies}")

    def manager_kill(self) -> None:
        self.done.append("kill manager")

    def manager_up(self, listen_port: int = 0) -> str:
        return ""


@dataclass
class Api:
    """Every operation is done when it is asked for, unless its job is to be ``stuck``."""

    world: World
    names: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    stuck: str = ""

    def get(self, where: str, **_: Any) -> Any:
        match where.strip("/").split("/"):
            case ["pools", _]:
                return {"lab": self.world.is_lab}
            case ["pools", _, "ha"]:
                return self._ha()
            case ["vms", name]:
                vm = self.names[name]
                return {"id": vm, "power": self.world.guests[vm].power}
            case ["jobs", job]:
                return {"id": job, "kind": "vm", "state": job.partition("-")[0]}
        raise AssertionError(where)

    def _ha(self) -> Any:
        down = self.world.off | self.world.hanging
        hosts = [
            {"name": s, "state": "silent" if s in down else "online", "devices": self.world.devices}
            for s in SERVERS
        ]
        settings = {"isolation": "keep"}
        promised = {"promised_fenced": FENCED, "promised_by_leases": BY_LEASES}
        return {"hosts": hosts, "alarms": [], "settings": settings, **promised}

    def items(self, where: str, **_: Any) -> list[dict[str, Any]]:
        return [{"name": name, "id": vm} for name, vm in self.names.items()]

    def submit(self, method: str, where: str, body: Any = None) -> dict[str, Any]:
        self.asked.append(f"{method} {where}")
        match where.strip("/").split("/"):
            case ["vms"]:
                self.names[body["name"]] = self.world.create(body["name"])
            case ["vms", name, verb]:
                self._carry_out(self.world.guests[self.names[name]], verb)
                if verb == self.stuck:
                    return {"id": f"running-{len(self.asked)}"}
        return {"id": f"done-{len(self.asked)}"}

    def _carry_out(self, guest: Guest, verb: str) -> None:
        if verb in ("reset", "start"):
            guest.boot, guest.number = guest.boot + 1, 0
        power = {"start": "running", "unpause": "running", "pause": "paused", "kill": "stopped"}
        guest.power = power.get(verb, guest.power)
