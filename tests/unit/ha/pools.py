"""Small pools to decide about: three servers in good health, and what can happen to them."""

from dataclasses import replace

from millpond.domain.ha.decision import Action, Decision
from millpond.domain.ha.proof import Claim, FenceMethod, Proof
from millpond.domain.ha.rules import AffinityRule, RuleKind
from millpond.domain.ha.settings import HaSettings
from millpond.domain.ha.view import FenceState, GuestView, HostView, PoolView, VmLease, VmView
from millpond.domain.leases import HostState
from millpond.domain.timing import timing_for
from millpond.domain.vm import Power, Wanted

T = timing_for(10)
NOW = 1000.0
CLAIM = Claim(FenceMethod.POWER, "ipmi", "chassis power is off")
BRIDGES = frozenset({"xenbr0"})


def host(name: str, *vms: str, **changes: object) -> HostView:
    """A healthy member that has the guests ``vms``; its id is its name, its host id its number."""
    healthy = HostView(
        id=name,
        name=name,
        host_id=int(name.removeprefix("srv")),
        generation=1,
        network_age=0.5,
        storage_age=2.0,
        lease=HostState.LIVE,
        hypervisor=True,
        guests={vm: GuestView(f"run-{vm}", Power.RUNNING) for vm in vms},
        vm_role=True,
        maintenance=False,
        memory=8192,
        bridges=BRIDGES,
        fenceable=True,
        timestamp=100,
    )
    return replace(healthy, **changes)  # type: ignore[arg-type]


def vm(name: str, on: str | None = None, **changes: object) -> VmView:
    """An HA VM that shall run, placed on ``on``; nobody has touched it for long."""
    wanted = VmView(
        id=name,
        name=name,
        ha=True,
        priority=100,
        wanted=Wanted.ON,
        placed_on=on,
        migrating_to=None,
        run=f"run-{name}",
        max_memory=1024,
        bridges=BRIDGES,
        preferred=(),
        changed_age=1000.0,
        busy=False,
    )
    return replace(wanted, **changes)  # type: ignore[arg-type]


def pool(hosts: list[HostView], vms: list[VmView], **changes: object) -> PoolView:
    """As srv1, its master for long, sees it."""
    view = PoolView(
        now=NOW,
        mastered_age=1000.0,
        storage_ok=True,
        me="srv1",
        timing=T,
        settings=HaSettings(enabled=True, outage=10),
        hosts=tuple(hosts),
        vms=tuple(vms),
    )
    return replace(view, **changes)  # type: ignore[arg-type]


def silent(name: str, *vms: str, **changes: object) -> HostView:
    """A member of which nothing was heard, on the network or on the storage, for long enough."""
    ages = {"network_age": T.network_silent + 1, "storage_age": T.storage_silent + 1}
    return host(name, *vms, **(ages | changes))


def proven(name: str, *vms: str, **changes: object) -> HostView:
    """A silent member whose fence device has confirmed that it is off."""
    number = int(name.removeprefix("srv"))
    proof = Proof(number, 1, 100, NOW, (CLAIM,))
    return silent(name, *vms, **({"fence": FenceState.PROVEN, "proof": proof} | changes))


def expired(name: str, *vms: str, **changes: object) -> HostView:
    return silent(name, *vms, **({"lease": HostState.DEAD} | changes))


def held(name: str, on: str, by: str | None = None, generation: int = 1, **more: object) -> VmView:
    """A VM whose lease the storage gives to ``by`` (``on``, if that is left out)."""
    number = int((by or on).removeprefix("srv"))
    lease = {"lease": VmLease.HELD, "lease_host": number, "lease_generation": generation}
    return vm(name, on, **(lease | more))


def free(name: str, on: str | None, **more: object) -> VmView:
    return vm(name, on, lease=VmLease.FREE, **more)


def rule(kind: RuleKind, vms: str, servers: str = "", *, strict: bool = True) -> AffinityRule:
    return AffinityRule(
        name=f"{kind}-rule",
        kind=kind,
        vms=tuple(vms.split()),
        servers=tuple(servers.split()),
        strict=strict,
    )


def of(kind: type[Action], decision: Decision) -> list[Action]:
    return [a for a in decision.actions if isinstance(a, kind)]
