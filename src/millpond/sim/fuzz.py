"""Random clusters in random trouble: a seed is a scenario that nobody has thought of.

Only faults that can be recovered from are drawn, together with their end:

* A BMC that lies is never combined with a server that is silent on network and storage yet alive.
  Nothing could tell it from a dead one: its guests would be started again while they run. That
  defeats every fence there is, and is why a device's word is also weighed against the storage.
* A server without a watchdog never stands still as a whole, and never loses sanlock and its agent
  together: then nothing is left on it that could end its guests. Millpond warns of such servers.
"""

from dataclasses import dataclass, field
from random import Random

from millpond.domain.ha.rules import AffinityRule, RuleKind
from millpond.domain.ha.settings import Isolation
from millpond.domain.timing import timing_for
from millpond.sim.cluster import ClusterSpec, ServerSpec, VmSpec
from millpond.sim.machine import BOOT_SECONDS
from millpond.sim.scenario import At, Outcome, Timeline, Trigger, play

TROUBLE_SECONDS = 50.0
"""Faults begin in this time."""
TO_THE_END = 11
"""Of so many seeds one is not ended early: what goes wrong late has to be seen, too. It shares no
factor with ``CALM``, so that either comes with and without the other."""
LONGEST = 60.0
"""Seconds a fault may last."""
CALM = 8
"""Of so many seeds one begins with a server's death that nothing interferes with for as long as a
failover may take: it is held to its promise (``bounds``)."""


@dataclass(frozen=True)
class Case:
    """What a seed stands for. Its timeline ends with ``heal``; all must be well when the cluster's
    ``duration`` has gone by after that."""

    cluster: ClusterSpec
    timeline: Timeline

    def run(self) -> Outcome:
        return play(self.cluster, self.timeline)


@dataclass
class _Draw:
    """A timeline in the making. ``liars`` are servers whose BMC lies at some time."""

    random: Random
    cluster: ClusterSpec
    liars: frozenset[str]
    events: list[tuple[float, str]] = field(default_factory=list)

    def fault(self, begin: str, end: str | None, longest: float = LONGEST) -> None:
        start = round(self.random.uniform(0, TROUBLE_SECONDS), 1)
        self.events.append((start, begin))
        if end is not None:
            self.events.append((round(start + self.random.uniform(1, longest), 1), end))

    def server(self) -> ServerSpec:
        return self.random.choice(self.cluster.server)

    def vm(self) -> VmSpec:
        return self.random.choice(self.cluster.vm)


def case_of(seed: int) -> Case:
    """The same case for the same seed, always."""
    random = Random(seed)  # noqa: S311 - chance, not secrets
    cluster = _cluster(random)
    liars = frozenset(s.name for s in cluster.server if s.fence and random.random() < 0.1)
    draw = _Draw(random, cluster, liars)
    for name in sorted(liars):
        draw.fault(f"bmc {name} lying", f"bmc {name} ok")
    for _ in range(random.randint(1, 6)):
        random.choice(_FAULTS)(draw)
    for _ in range(random.randint(1, 6)):
        _request(draw)
    calm = 0.0 if seed % CALM else _first_death(draw)
    at: dict[float, list[str]] = {}
    for t, line in sorted(draw.events):
        at.setdefault(t, []).append(line)
    healed = max(at) + 1
    at[healed] = ["heal"]
    events = tuple(At(t=t, do=tuple(do)) for t, do in at.items())
    early = bool(seed % TO_THE_END)
    when = _triggers(draw, calm, healed)
    return Case(cluster, Timeline(at=events, when=when, seed=seed, early=early))


def _cluster(random: Random) -> ClusterSpec:
    fence = random.choice((1.0, 1.0, 0.5, 0.0))
    watchdog = random.choice((1.0, 0.5))
    servers = tuple(
        ServerSpec(
            name=f"srv{n}",
            memory=random.choice((4096, 6144, 8192)),
            fence=random.random() < fence,
            watchdog=random.random() < watchdog,
        )
        for n in range(1, random.choice((3, 3, 4, 5)) + 1)
    )
    free = {s.name: s.memory - 512 for s in servers}
    vms = []
    for n in range(1, random.randint(4, 9)):
        memory = random.choice((512, 1024, 2048))
        room = [name for name, mib in free.items() if mib >= memory]
        on = random.choice(room) if room and random.random() < 0.8 else None
        if on is not None:
            free[on] -= memory
        vms.append(VmSpec(name=f"vm{n}", on=on, memory=memory, ha=random.random() < 0.8))
    outage = random.choice((5, 10, 20))
    duration = timing_for(outage).bound_by_leases + BOOT_SECONDS + 30
    return ClusterSpec(
        server=servers,
        vm=tuple(vms),
        rule=_rules(random, vms),
        isolation=random.choice((Isolation.KEEP, Isolation.KEEP, Isolation.SHUTDOWN)),
        tolerate=random.choice((0, 0, 0, 1)),
        outage=outage,
        duration=duration,
    )


def _rules(random: Random, vms: list[VmSpec]) -> tuple[AffinityRule, ...]:
    """None that is strict: whether a VM has room would depend on where the others are."""
    if len(vms) < 2 or random.random() < 0.7:
        return ()
    kind = random.choice((RuleKind.APART, RuleKind.TOGETHER))
    names = tuple(v.name for v in random.sample(vms, 2))
    return (AffinityRule(name="rule", kind=kind, vms=names, strict=False),)


def _first_death(draw: _Draw) -> float:
    """Put it before all else; the time until which nothing else happens."""
    start = round(draw.random.uniform(1, 20), 1)
    calm = start + timing_for(draw.cluster.outage).bound_by_leases + 1
    draw.events = [(round(t + calm, 1), line) for t, line in draw.events]
    draw.events.append((start, f"power {draw.server().name} off"))
    return calm


def _triggers(draw: _Draw, calm: float, healed: float) -> tuple[Trigger, ...]:
    """Trouble in the very moment in which something delicate happens. It ends when all does."""
    found = []
    for _ in range(draw.random.choice((0, 0, 1, 2))):
        line = draw.random.choice(_DELICATE)
        server = draw.server()
        harmless = server.name not in draw.liars
        faults = [f"power {server.name} reset", f"agent {server.name} kill", "manager crash"]
        if harmless:
            faults += [f"{what} {server.name} off" for what in ("power", "network", "storage")]
            faults += [f"network any {server.name} off", f"libvirt {server.name} stop"]
        if harmless and server.watchdog:
            faults.append(f"freeze {server.name}")
        fault = draw.random.choice(faults)
        found.append(Trigger(line=line, do=(fault,), after=calm, before=healed))
    return tuple(found)


_DELICATE = (
    "is arriving",
    "is handed over",
    "/libvirt: vm",
    "is left paused",
    "fencing: server",
    "fenced: server",
    "clearing the leases",
    "starting: vm",
    "is pool master",
    "needs a new master",
    "joining the lockspace",
    "is dead by its lease",
    "is running",
)
"""Parts of log lines."""


def _power_cut(draw: _Draw) -> None:
    name = draw.server().name
    draw.fault(f"power {name} off", f"power {name} on")


def _reset(draw: _Draw) -> None:
    draw.fault(f"power {draw.server().name} reset", None)


def _freeze(draw: _Draw) -> None:
    server = draw.server()
    if server.watchdog and server.name not in draw.liars:
        draw.fault(f"freeze {server.name}", f"thaw {server.name}")


def _network(draw: _Draw) -> None:
    server = draw.server()
    if server.name not in draw.liars:
        draw.fault(f"network {server.name} off", f"network {server.name} on")


def _one_way(draw: _Draw) -> None:
    server = draw.server().name
    if server not in draw.liars:
        pair = draw.random.choice((f"{server} any", f"any {server}"))
        draw.fault(f"network {pair} off", f"network {pair} on")


def _pair(draw: _Draw) -> None:
    one, other = draw.random.sample(draw.cluster.server, 2)
    if not {one.name, other.name} & draw.liars:
        draw.fault(f"network {one.name} {other.name} off", f"network {one.name} {other.name} on")


def _storage(draw: _Draw) -> None:
    server = draw.server().name
    if server not in draw.liars:
        draw.fault(f"storage {server} off", f"storage {server} on")


def _storage_for_all(draw: _Draw) -> None:
    if not draw.liars:
        draw.fault("storage all off", "storage all on", longest=40)


def _slow_storage(draw: _Draw) -> None:
    server = draw.server().name
    if server not in draw.liars:
        seconds = draw.random.choice((0.3, 1, 3))
        draw.fault(f"storage {server} slow {seconds}", f"storage {server} on")


def _bmc(draw: _Draw) -> None:
    server = draw.server()
    if server.fence and server.name not in draw.liars:
        how = draw.random.choice(("silent", "slow", "failing"))
        draw.fault(f"bmc {server.name} {how}", f"bmc {server.name} ok")


def _agent(draw: _Draw) -> None:
    draw.fault(f"agent {draw.server().name} kill", None)


def _agent_gone(draw: _Draw) -> None:
    server = draw.server()
    if server.watchdog and server.name not in draw.liars:
        how, back = draw.random.choice((("stop", "start"), ("freeze", "thaw")))
        draw.fault(f"agent {server.name} {how}", f"agent {server.name} {back}")


def _sanlock(draw: _Draw) -> None:
    server = draw.server().name
    if server not in draw.liars:
        how = draw.random.choice(("kill", "freeze"))
        draw.fault(f"sanlock {server} {how}", f"sanlock {server} mend")


def _libvirt(draw: _Draw) -> None:
    server = draw.server().name
    draw.fault(f"libvirt {server} stop", f"libvirt {server} start", longest=40)


def _slow_starts(draw: _Draw) -> None:
    server = draw.server().name
    seconds = draw.random.choice((15, 30, 45))
    draw.fault(f"libvirt {server} slow {seconds}", f"libvirt {server} slow 0")


def _clock(draw: _Draw) -> None:
    draw.fault(f"clock {draw.server().name} {draw.random.choice((-86400, 3600))}", None)


def _manager(draw: _Draw) -> None:
    draw.fault("manager crash", "manager start")


def _messages(draw: _Draw) -> None:
    how = draw.random.choice(("late", "twice"))
    draw.fault(f"messages {how} 0.1", f"messages {how} 0")


_FAULTS = (
    _power_cut,
    _power_cut,
    _power_cut,
    _reset,
    _freeze,
    _freeze,
    _network,
    _network,
    _one_way,
    _pair,
    _storage,
    _storage,
    _storage_for_all,
    _slow_storage,
    _bmc,
    _agent,
    _agent,
    _agent_gone,
    _sanlock,
    _libvirt,
    _slow_starts,
    _clock,
    _manager,
    _messages,
)


def _request(draw: _Draw) -> None:
    """What a user asks for."""
    vm = draw.vm().name
    server = draw.server().name
    draw.fault(
        draw.random.choice(
            (
                f"vm start {vm}",
                f"vm start {vm}",
                f"vm stop {vm}",
                f"vm kill {vm}",
                f"vm migrate {vm}",
                f"vm migrate {vm} {server}",
                f"vm migrate {vm} {server}",
                f"vm pause {vm}",
                f"vm unpause {vm}",
                f"vm suspend {vm}",
                f"vm resume {vm}",
                f"server maintenance {server}",
                f"server activate {server}",
                f"server reboot {server}",
            )
        ),
        None,
    )
