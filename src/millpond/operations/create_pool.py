"""Create a pool: preflight, then record and leases, members (master first) and bridges."""

from pydantic import Field

from millpond.domain.errors import Refused
from millpond.domain.ha.settings import HaSettings, Isolation
from millpond.domain.job import Lock, Observation
from millpond.domain.names import AbsolutePath, Name, Text, new_id
from millpond.domain.pool import BridgeSpec, Member, PoolDocument, check_roles
from millpond.domain.server import Role
from millpond.domain.timing import timing_for
from millpond.domain.vm import Model
from millpond.operations.base import Context, Step, seen
from millpond.operations.gather import Reached, enrolled, preflight, refuse_blocking
from millpond.operations.pools import (
    NEED_LEASES,
    MissingBridge,
    PoolOperation,
    PoolPlan,
    check_free_pool_name,
    direct,
    join_step,
    lockspace_step,
    new_bridge_steps,
    remember_step,
)
from millpond.ports.world import World


class NewMember(Model):
    server: Name = Field(description="Name or id of an enrolled server", examples=["srv1"])
    roles: frozenset[Role] = Field(
        default=frozenset({Role.VM}), min_length=1, examples=[["master", "utility", "vm"]]
    )


class NewHa(Model):
    """High availability as a pool is born with it."""

    enabled: bool = Field(default=False, description="Guard the VMs that ask for it")
    tolerate: int = Field(default=0, ge=0, le=16, description="Server failures to keep room for")
    isolation: Isolation = Field(
        default=Isolation.KEEP, description="What a server does that hears no pool master"
    )
    outage: int = Field(
        default=HaSettings().outage,
        ge=5,
        le=100,
        description="Seconds the storage may be gone without consequences; fixed for good",
    )


class PoolCreateSpec(Model):
    name: Name = Field(examples=["pool1"])
    description: Text = ""
    cluster_root: AbsolutePath = Field(default="/OVS", examples=["/OVS"])
    members: tuple[NewMember, ...] = Field(min_length=1, max_length=255)
    bridges: tuple[BridgeSpec, ...] = Field(default=(), max_length=64)
    bandwidth: int = Field(default=0, ge=0, le=1_000_000, description="MiB/s per live migration")
    migrations: int = Field(default=2, ge=1, le=32)
    ha: NewHa = NewHa()
    lab: bool = Field(default=False, description="Its servers may be broken by `millpond chaos`")


class PoolCreatePlan(PoolPlan):
    """``before`` and ``after`` are the same new record; ``bridges`` are those to be made."""

    bridges: tuple[MissingBridge, ...]


async def members_of(world: World, spec: PoolCreateSpec) -> tuple[list[Member], list[Reached]]:
    """The members a request names, master first. Raises ``Refused`` for roles and enrolment."""
    found: list[tuple[Member, Reached]] = []
    for host_id, wanted in enumerate(spec.members, start=1):
        reached = await enrolled(world, wanted.server)
        server = reached.server
        member = Member(
            id=server.id,
            name=server.name,
            address=server.address,
            port=server.port,
            roles=wanted.roles,
            host_id=host_id,
        )
        found.append((member, reached))
    ids = [m.id for m, _ in found]
    if len(set(ids)) != len(ids):
        raise Refused(
            "request.invalid", f"pool {spec.name}", "a server is named twice", "name each once"
        )
    check_roles(tuple(m for m, _ in found), spec.name)
    found.sort(key=lambda pair: Role.MASTER not in pair[0].roles)
    return [m for m, _ in found], [r for _, r in found]


class CreatePool(PoolOperation[PoolCreateSpec, PoolCreatePlan]):
    kind = "pool.create"
    summary = "Make a pool of enrolled servers that fit together"
    spec_type = PoolCreateSpec
    plan_type = PoolCreatePlan

    async def plan(self, world: World, spec: PoolCreateSpec) -> PoolCreatePlan:
        await check_free_pool_name(world, spec.name)
        members, reached = await members_of(world, spec)
        facts, differences = await preflight(
            reached, spec.cluster_root, {b.name for b in spec.bridges}
        )
        refuse_blocking(spec.name, differences)
        there = await reached[0].agent.records.pool(spec.cluster_root)
        if there is not None:
            raise Refused(
                "object.exists",
                f"pool {spec.name}",
                f"{spec.cluster_root} already holds the record of pool {there.name}",
                f"take that pool over with: millpond pool adopt {there.master.name}, or use another "
                "cluster root",
            )
        have = {f.id: {b.name for b in f.inventory.bridges} for f in facts if f.inventory}
        document = PoolDocument(
            id=new_id(),
            generation=1,
            members=tuple(members),
            ha=HaSettings(**dict(spec.ha)),
            **spec.model_dump(exclude={"members", "ha"}),
        )
        missing = tuple(
            MissingBridge(server=m.id, bridge=b)
            for b in spec.bridges
            for m in members
            if b.name not in have[m.id]
        )
        return PoolCreatePlan(before=document, after=document, bridges=missing)

    def locks(self, spec: PoolCreateSpec, plan: PoolCreatePlan) -> list[Lock]:
        return [
            Lock(object=f"pool:{plan.after.id}"),
            Lock(object=f"pool-name:{spec.name}"),
            *(Lock(object=f"server:{m.id}") for m in plan.after.members),
        ]

    def steps(self, world: World, spec: PoolCreateSpec, plan: PoolCreatePlan) -> list[Step]:
        pool = plan.after
        return [
            _born_step(world, pool),
            *(join_step(world, m, pool) for m in pool.members),
            *new_bridge_steps(world, pool, plan.bridges),
            *(lockspace_step(world, m, pool) for m in pool.members if m.roles & NEED_LEASES),
            remember_step(world, pool),
        ]


def _born_step(world: World, pool: PoolDocument) -> Step:
    """Lay out the repository and its leases, and write the pool's first record."""
    master = direct(world, pool.master)
    records, leases = master.records, master.leases

    async def observe() -> Observation:
        now = await records.pool(pool.cluster_root)
        return seen(now is not None and now.id == pool.id)

    async def act(_: Context) -> None:
        await records.init(pool.cluster_root)
        await leases.init(pool.cluster_root, pool.id, timing_for(pool.ha.outage).io_timeout)
        await records.put_pool(pool)

    async def undo() -> None:
        await records.delete_pool(pool.cluster_root, pool.id)
        await leases.remove(pool.cluster_root, pool.id)

    return Step("record", observe, act, undo)
