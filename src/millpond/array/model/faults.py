"""Faults on demand, and their opposites. A disk that fails is rebuilt on a hot spare, or when it is replaced.

Redundancy is arithmetic here (see ``raid``), and so is a rebuild: it takes the time that reading and writing
what is on the disk would, and the group is degraded for as long.
"""

from millpond.array.model import pools, raid_groups, redundancy
from millpond.array.model.fault_types import Fault, FaultKind, Rebuild, key
from millpond.array.model.refusals import Refusal
from millpond.array.model.state import State, Usage
from millpond.array.model.types import SPS, Disk, Pool, RaidGroup, path_key
from millpond.array.model.units import BLOCKS

REBUILT = 64 * BLOCKS["mb"]
"""Blocks of a disk that are rebuilt in a second."""
SHORTEST = 2.0
"""Seconds of the shortest rebuild."""
MOST_DELAY = 60_000


def inject(state: State, usage: Usage, kind: FaultKind, subject: str, delay: int = 0) -> State:
    """Raises ``Refusal``."""
    subject, name = checked(state, kind, subject)
    if key(kind, subject) in state.faults:
        raise Refusal("fault.there", what=f"{kind.value} {subject}")
    if kind is FaultKind.SLOW and not 1 <= delay <= MOST_DELAY:
        raise Refusal("fault.delay", most=MOST_DELAY)
    fault = Fault(kind=kind, subject=subject, since=state.array.moment, delay=delay)
    state = state.put("faults", fault.key, fault).event(f"{name} {WORDS[kind][0]}")
    return _disk_lost(state, usage, subject) if kind is FaultKind.DISK else state


def repair(state: State, usage: Usage, kind: FaultKind, subject: str) -> State:
    """Raises ``Refusal``."""
    subject, name = checked(state, kind, subject)
    if key(kind, subject) not in state.faults:
        raise Refusal("fault.none", what=f"{kind.value} {subject}")
    before = state
    state = state.drop("faults", key(kind, subject)).event(f"{name} {WORDS[kind][1]}")
    return _disk_back(before, state, usage, subject) if kind is FaultKind.DISK else state


WORDS = {
    FaultKind.DISK: ("failed", "replaced"),
    FaultKind.SLOW: ("answers slowly", "answers in time again"),
    FaultKind.PORT: ("lost its link", "has its link again"),
    FaultKind.PATH: ("is down", "is up again"),
    FaultKind.POOL: ("has no space left", "has space again"),
    FaultKind.SP: ("is kept down", "may start again"),
    FaultKind.LINK: ("is cut", "is there again"),
}


def checked(state: State, kind: FaultKind, subject: str) -> tuple[str, str]:
    """The subject as it is kept, and as people call it. Raises ``Refusal``."""
    if kind in (FaultKind.DISK, FaultKind.SLOW):
        disk = _disk(state, subject)
        return disk.id, disk.place
    if kind is FaultKind.POOL:
        pool = _pool(state, subject)
        return str(pool.number), f"Storage Pool {pool.name}"
    if kind is FaultKind.SP:
        sp = next((sp for sp in SPS if sp == subject.upper()), None)
        if sp is None:
            raise Refusal("fault.sp")
        return sp, f"SP {sp}"
    if kind is FaultKind.LINK:
        if subject not in state.remotes:
            raise Refusal("link.none", what=subject)
        return subject, f"Link to array {subject}"
    port, _, initiator = subject.partition(" ")
    found = state.ports.get(port.upper())
    if found is None:
        raise Refusal("port.not_found")
    place = f"SP {found.sp} Port {found.number}"
    if kind is FaultKind.PORT:
        return port.upper(), place
    path = path_key(initiator, found.sp, found.number)
    if path not in state.initiators:
        raise Refusal("hba.not_found")
    return path, f"Path from {initiator} to {place}"


def _disk(state: State, name: str) -> Disk:
    disk = state.disks.get(name.upper())
    if disk is None:
        raise Refusal("disk.not_found", disk=name)
    return disk


def _pool(state: State, name: str) -> Pool:
    found = next((pool for pool in state.pools.values() if str(pool.number) == name), None)
    return found or pools.find(state, name=name)


def down(state: State, initiator: str, port: str) -> bool:
    """Whether nobody comes in through the port, or this initiator does not."""
    if not state.faults:
        return False
    keys = key(FaultKind.PORT, port), key(FaultKind.PATH, f"{port} {initiator.lower()}")
    return any(one in state.faults for one in keys)


def cut(state: State, serial: str) -> bool:
    """Whether there is no link to that array."""
    return key(FaultKind.LINK, serial) in state.faults


def kept_down(state: State, sp: str) -> bool:
    return key(FaultKind.SP, sp) in state.faults


# -- disks


def _disk_lost(state: State, usage: Usage, disk: str) -> State:
    """What it stood in for, or was rebuilt from or onto, is missing again."""
    again = [disk]
    for rebuild in state.rebuilds.values():
        if disk in (rebuild.disk, rebuild.onto, rebuild.spare):
            state = state.drop("rebuilds", rebuild.disk)
            again.append(rebuild.disk)
            if rebuild.disk != disk and not redundancy.failed(state, rebuild.disk):
                state = _rebuild(state, usage, rebuild.disk, rebuild.disk)
    for one in dict.fromkeys(again):
        state = _onto_spare(state, usage, one)
    return state


def _onto_spare(state: State, usage: Usage, disk: str) -> State:
    home = redundancy.home_of(state, disk)
    if home is None or home.raid_type not in redundancy.TOLERATED:
        return state
    if disk in state.rebuilds or not redundancy.failed(state, disk):
        return state
    if redundancy.health(state, home) is redundancy.Health.FAULTED:
        return state.event(f"{name_of(home)} faulted: more disks failed than it can do without")
    lost = state.disks[disk]
    for spare in spares(state):
        if spare.tier is lost.tier and spare.blocks >= lost.blocks:
            return _rebuild(state, usage, disk, spare.id)
    return state.event(f"{name_of(home)} degraded: there is no hot spare for {lost.place}")


def spares(state: State) -> list[Disk]:
    """Hot spares that work and do not stand in for anything."""
    busy = {rebuild.onto for rebuild in state.rebuilds.values()}
    busy |= {rebuild.spare for rebuild in state.rebuilds.values()}
    return [
        state.disks[disk]
        for group in state.raid_groups.values()
        if group.raid_type == "hot_spare"
        for disk in group.disks
        if disk not in busy and not redundancy.failed(state, disk)
    ]


def _disk_back(before: State, state: State, usage: Usage, disk: str) -> State:
    """A group that had lost too many gets its disks back with what was on them; any other has to rebuild."""
    home, rebuild = redundancy.home_of(state, disk), state.rebuilds.get(disk)
    if home is None or home.raid_type not in redundancy.TOLERATED:
        return state.drop("rebuilds", disk)
    if redundancy.health(before, home) is redundancy.Health.FAULTED:
        return state
    spare = rebuild.onto if rebuild and rebuild.done else ""
    return _rebuild(state, usage, disk, disk, spare)


def _rebuild(state: State, usage: Usage, disk: str, onto: str, spare: str = "") -> State:
    begun = state.array.moment
    seconds = max(SHORTEST, _filled(state, usage, disk) / REBUILT)
    rebuild = Rebuild(disk=disk, onto=onto, begun=begun, seconds=seconds, spare=spare)
    word = "Copying back" if spare else "Rebuild"
    text = f"{word} of {state.disks[disk].place} onto {state.disks[onto].place} started"
    return state.put("rebuilds", disk, rebuild).event(text)


def _filled(state: State, usage: Usage, disk: str) -> float:
    """Blocks of the disk that hold something."""
    home = redundancy.home_of(state, disk)
    if home is None:
        return 0.0
    if isinstance(home, Pool):
        capacity = pools.capacity(state, home, usage)
        used, whole = capacity.consumed, capacity.user
    else:
        used = sum(blocks for _, blocks in raid_groups.pieces(state, home))
        whole = raid_groups.capacity(state, home)
    return state.disks[disk].blocks * used / whole if whole else 0.0


def name_of(home: Pool | RaidGroup) -> str:
    return f"Storage Pool {home.name}" if isinstance(home, Pool) else f"RAID group {home.number}"


def due(state: State, now: float) -> list[Rebuild]:
    """Rebuilds whose time is over."""
    return [r for r in state.rebuilds.values() if not r.done and now >= r.begun + r.seconds]


def finish(state: State, now: float) -> State:
    """A spare stands in from now on; a disk that was replaced is as it was, and its spare is free."""
    for rebuild in due(state, now):
        onto = state.disks[rebuild.onto].place
        if rebuild.onto == rebuild.disk:
            state = state.drop("rebuilds", rebuild.disk)
        else:
            done = rebuild.model_copy(update={"done": True})
            state = state.put("rebuilds", rebuild.disk, done)
        state = state.event(f"Rebuild of {state.disks[rebuild.disk].place} onto {onto} complete")
    return state
