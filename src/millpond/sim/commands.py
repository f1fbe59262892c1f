"""What can be done to a simulated world, in words: ``network srv1 off``, ``vm migrate web1 srv2``.

``COMMANDS`` is the whole vocabulary; docs/explanation/simulator.md lists it.
"""

import shlex
from collections.abc import Callable
from contextlib import suppress
from copy import deepcopy
from typing import TYPE_CHECKING

from millpond.adapters.fake.fencing import Fault
from millpond.adapters.fake.lockspace import FakeLockspaces
from millpond.adapters.fake.lockspace_daemon import FakeSanlock
from millpond.adapters.fake.lockspace_store import LeaseFile
from millpond.domain.errors import Refused
from millpond.domain.job import JobState
from millpond.domain.layout import lockspace_path, vm_directory, vm_lease
from millpond.domain.server import Role
from millpond.ha.place import Place
from millpond.operations.registry import OPERATIONS
from millpond.sim.clock import Process
from millpond.sim.cluster import ROOT

if TYPE_CHECKING:
    from millpond.sim.machine import Machine
    from millpond.sim.simulation import Simulation

POOL = "pool1"


class BadCommand(ValueError):
    """A line of a timeline that means nothing; the text says why."""


def carry_out(world: "Simulation", line: str) -> None:
    """Do what ``line`` says. Raises ``BadCommand``."""
    words = shlex.split(line)
    if not words or words[0] not in COMMANDS:
        raise BadCommand(f"{line!r}: the first word is one of {', '.join(sorted(COMMANDS))}")
    try:
        COMMANDS[words[0]](world, words[1:])
    except (KeyError, ValueError, IndexError) as error:
        raise BadCommand(f"{line!r}: {error}") from error


def _servers(world: "Simulation", name: str) -> "list[Machine]":
    return list(world.machines.values()) if name == "all" else [world.machines[name]]


def _power(world: "Simulation", words: list[str]) -> None:
    """power SERVER|all off|on|reset"""
    for machine in _servers(world, words[0]):
        match words[1]:
            case "off":
                machine.power_off()
            case "on":
                machine.power_on()
            case "reset":
                machine.reset()
            case other:
                raise ValueError(f"power is off, on or reset, not {other}")


def _freeze(world: "Simulation", words: list[str]) -> None:
    """freeze SERVER"""
    world.machines[words[0]].freeze()


def _thaw(world: "Simulation", words: list[str]) -> None:
    """thaw SERVER|all"""
    for machine in _servers(world, words[0]):
        machine.thaw()


def _guest(world: "Simulation", words: list[str]) -> None:
    """guest VM dies: its QEMU ends by itself"""
    vm = world.manager.database.names[words[0]]
    if words[1] != "dies":
        raise ValueError(f"a guest dies, it does not {words[1]}")
    for machine in world.machines.values():
        if vm in machine.running():
            machine.engine.end(vm)


def _damage(world: "Simulation", words: list[str]) -> None:
    """damage lockspace|VM: its lease file is overwritten"""
    vm = world.manager.database.names.get(words[0], "")
    if not vm and words[0] != "lockspace":
        raise ValueError(f"there is no VM {words[0]}")
    root = ROOT
    path = vm_lease(vm_directory(root, vm), world.pool_id, vm).path if vm else lockspace_path(root)
    world.storage.leases.damage(path)


def _replace(world: "Simulation", words: list[str]) -> None:
    """replace lockspace copy|new: another file takes its place, a copy of it or one nobody used"""
    path, leases = lockspace_path(ROOT), world.storage.leases
    if words[0] != "lockspace":
        raise ValueError(f"a lockspace is replaced, not {words[0]}")
    match words[1]:
        case "copy":
            leases.put(path, deepcopy(leases.read(path)))
        case "new":
            leases.put(path, LeaseFile(world.pool_id, world.timing.io_timeout))
        case other:
            raise ValueError(f"it is replaced by a copy or a new one, not {other}")


def _heal(world: "Simulation", words: list[str]) -> None:
    """heal: all faults end, servers get power, and an operator resumes the jobs that are held"""
    world.heal()


def _network(world: "Simulation", words: list[str]) -> None:
    """network all on; network SERVER off|on; network FROM TO off|on: one way, where FROM or TO may
    be ``any``"""
    cut = {"off": True, "on": False}[words[-1]]
    names = [*world.machines, "manager"]
    if words[0] == "all":
        pairs = {(a, b) for a in names for b in names}
    elif len(words) == 2:
        pairs = {(words[0], n) for n in names} | {(n, words[0]) for n in names}
    else:
        sources, targets = (names if w == "any" else [w] for w in words[:2])
        pairs = {(a, b) for a in sources for b in targets}
    for name in words[:-1]:
        if name not in (*names, "any", "all"):
            raise ValueError(f"there is no server {name}")
    pairs = {(a, b) for a, b in pairs if a != b}
    world.network.cut = world.network.cut | pairs if cut else world.network.cut - pairs
    world.network.check()


def _latency(world: "Simulation", words: list[str]) -> None:
    """latency FROM TO SECONDS"""
    for name in words[:2]:
        if name not in (*world.machines, "manager"):
            raise ValueError(f"there is no server {name}")
    world.network.slow[(words[0], words[1])] = float(words[2])


def _messages(world: "Simulation", words: list[str]) -> None:
    """messages late|twice PROBABILITY"""
    match words[0]:
        case "late":
            world.network.late = float(words[1])
        case "twice":
            world.network.twice = float(words[1])
        case other:
            raise ValueError(f"messages come late or twice, not {other}")


def _storage(world: "Simulation", words: list[str]) -> None:
    """storage SERVER|all off|on; storage SERVER|all slow SECONDS"""
    for machine in _servers(world, words[0]):
        match words[1:]:
            case ["off"]:
                machine.lose_storage()
            case ["on"]:
                machine.slow_storage(0.0)
                machine.regain_storage()
            case ["slow", seconds]:
                machine.slow_storage(float(seconds))
            case other:
                raise ValueError(f"storage is off, on or slow SECONDS, not {' '.join(other)}")


def _bmc(world: "Simulation", words: list[str]) -> None:
    """bmc SERVER ok|silent|slow|failing|lying"""
    machine = world.machines[words[0]]
    word = "none" if words[1] == "ok" else words[1]
    world.fencing.faults[machine.hardware.address] = Fault(word)


def _certificate(world: "Simulation", words: list[str]) -> None:
    """certificate SERVER expired|renewed"""
    name, expired = world.machines[words[0]].name, world.network.expired
    match words[1]:
        case "expired":
            expired.add(name)
        case "renewed":
            expired.discard(name)
        case other:
            raise ValueError(f"a certificate is expired or renewed, not {other}")


def _agent(world: "Simulation", words: list[str]) -> None:
    """agent SERVER kill|stop|start|freeze|thaw: killed, it is started again at once"""
    machine = world.machines[words[0]]
    match words[1]:
        case "kill":
            world.kill_agent(machine)
        case "stop":
            machine.kill_agent()
        case "start":
            if machine.agent is None:
                world.start_agent(machine)
        case "freeze" if machine.agent:
            machine.agent.freeze()
        case "thaw" if machine.agent and not machine.frozen:
            machine.agent.thaw()
        case "freeze" | "thaw":
            pass
        case other:
            raise ValueError(f"an agent takes kill, stop, start, freeze or thaw, not {other}")


def _sanlock(world: "Simulation", words: list[str]) -> None:
    """sanlock SERVER kill|freeze; sanlock SERVER mend: it runs again, or a new one does"""
    machine = world.machines[words[0]]
    match words[1]:
        case "kill":
            machine.harm_sanlock("dead")
        case "freeze":
            machine.harm_sanlock("frozen")
        case "mend":
            machine.mend()
        case other:
            raise ValueError(f"sanlock takes kill, freeze or mend, not {other}")


def _libvirt(world: "Simulation", words: list[str]) -> None:
    """libvirt SERVER stop|start; libvirt SERVER slow SECONDS: starts and restores take longer"""
    machine = world.machines[words[0]]
    if words[1] == "slow":
        machine.slow_libvirtd(float(words[2]))
    else:
        {"stop": machine.stop_libvirtd, "start": machine.start_libvirtd}[words[1]]()


def _clock(world: "Simulation", words: list[str]) -> None:
    """clock SERVER SECONDS: its wall clock jumps"""
    world.machines[words[0]].clock_offset += float(words[1])


def _clone(world: "Simulation", words: list[str]) -> None:
    """clone SERVER: a copy of it boots, and its sanlock takes the same host id under the same name"""
    machine = world.machines[words[0]]
    if machine.membership is None:
        raise ValueError(f"{words[0]} is in no pool")
    copy = FakeLockspaces(FakeSanlock(world.storage.leases, machine.name), "agent")
    place = Place(machine.membership).lockspace

    async def boot() -> None:
        with suppress(Refused):  # the one it was copied from has thrown it out again
            await copy.join(place)

    Process(world.loop, f"{machine.name}'s copy").spawn(boot())


def _manager(world: "Simulation", words: list[str]) -> None:
    """manager crash|start; manager resume: an operator resumes every job that is held"""
    manager = world.manager
    match words[0]:
        case "crash":
            manager.crash()
        case "start" if not manager.running:
            manager.start()
        case "start":
            pass
        case "resume":
            for job in list(manager.database.table.jobs.values()):
                if job.state is JobState.HELD:
                    manager.resume(job)
        case other:
            raise ValueError(f"a manager takes crash, start or resume, not {other}")


def _vm(world: "Simulation", words: list[str]) -> None:
    """vm start|migrate VM [SERVER]; vm stop|kill|pause|unpause|suspend|resume VM"""
    action, vm = words[:2]
    spec: dict[str, object] = {"vm": vm}
    if len(words) > 2:
        spec["to" if action == "migrate" else "on"] = words[2]
    if action == "stop":
        spec |= {"timeout": 30, "force": True}
    _ask(world, f"vm.{action}", spec)


def _server(world: "Simulation", words: list[str]) -> None:
    """server maintenance|activate|reboot|shutdown SERVER"""
    _ask(world, f"server.{words[0]}", {"server": words[1]})


def _pool(world: "Simulation", words: list[str]) -> None:
    """pool arm|disarm; pool master SERVER: the role moves there"""
    if words[0] == "master":
        spec: dict[str, object] = {"pool": POOL, "server": words[1], "roles": list(Role)}
        _ask(world, "pool.set_roles", spec)
    else:
        _ask(world, f"pool.{words[0]}", {"pool": POOL})


def _ask(world: "Simulation", kind: str, spec: dict[str, object]) -> None:
    if kind not in OPERATIONS:
        raise ValueError(f"there is no operation {kind}")
    world.manager.ask(kind, OPERATIONS[kind].spec_type.model_validate(spec))


COMMANDS: dict[str, Callable[["Simulation", list[str]], None]] = {
    "agent": _agent,
    "bmc": _bmc,
    "certificate": _certificate,
    "clock": _clock,
    "clone": _clone,
    "damage": _damage,
    "freeze": _freeze,
    "guest": _guest,
    "heal": _heal,
    "latency": _latency,
    "libvirt": _libvirt,
    "manager": _manager,
    "messages": _messages,
    "network": _network,
    "pool": _pool,
    "power": _power,
    "replace": _replace,
    "sanlock": _sanlock,
    "server": _server,
    "storage": _storage,
    "thaw": _thaw,
    "vm": _vm,
}
