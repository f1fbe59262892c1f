"""Add a server to a pool, remove one, change what one does."""

from pydantic import Field

from millpond.domain.errors import Failed, Refused
from millpond.domain.job import Observation
from millpond.domain.names import Name
from millpond.domain.pool import Member, PoolDocument, check_roles, free_host_id
from millpond.domain.server import Role
from millpond.operations.base import Context, Step, seen
from millpond.operations.create_pool import MissingBridge, NewMember, PoolCreatePlan
from millpond.operations.gather import Reached, enrolled, preflight, refuse_blocking
from millpond.operations.pools import (
    NEED_LEASES,
    PoolOperation,
    PoolPlan,
    PoolSpec,
    bridge_step,
    changed,
    direct,
    join_step,
    leave_step,
    lockspace_step,
    membership_of,
    record_step,
    same,
)
from millpond.ports.world import KnownServer, World


class PoolServerSpec(PoolSpec):
    server: Name = Field(description="Name or id of the server", examples=["srv3"])


class PoolAddServerSpec(PoolSpec, NewMember):
    pass


def member_by_key(pool: PoolDocument, key: str) -> Member:
    """A member by id or name; raises ``Refused(server.not_in_pool)``."""
    return next((m for m in pool.members if m.name == key), None) or pool.member(key)


def reached_members(world: World, pool: PoolDocument) -> list[Reached]:
    """The members, master first, as a preflight wants them."""
    ordered = sorted(pool.members, key=lambda m: m.id != pool.master.id)
    return [
        Reached(
            KnownServer(
                id=m.id, name=m.name, address=m.address, port=m.port, pool=pool.id, enrolled=True
            ),
            direct(world, m),
        )
        for m in ordered
    ]


class AddServer(PoolOperation[PoolAddServerSpec, PoolCreatePlan]):
    kind = "pool.add_server"
    summary = "Add an enrolled server to a pool it fits into"
    spec_type = PoolAddServerSpec
    plan_type = PoolCreatePlan

    async def plan(self, world: World, spec: PoolAddServerSpec) -> PoolCreatePlan:
        pool = await world.pool(spec.pool)
        new = await enrolled(world, spec.server)
        server = new.server
        if server.pool is not None:
            raise Refused(
                "server.in_pool",
                f"server {server.name}",
                "it belongs to a pool already",
                "remove it from that pool first",
            )
        if Role.MASTER in spec.roles:
            raise Refused(
                "pool.master",
                f"pool {pool.name}",
                f"{pool.master.name} is its pool master",
                "add the server without that role, then: "
                f"millpond pool roles {pool.name} {server.name} master,vm",
            )
        everyone = [*reached_members(world, pool), new]
        facts, differences = await preflight(
            everyone, pool.cluster_root, {b.name for b in pool.bridges}, pool.id
        )
        refuse_blocking(pool.name, [d for d in differences if d.server == server.name])
        inventory = next(f.inventory for f in facts if f.id == server.id)
        have = {b.name for b in inventory.bridges} if inventory else set()
        member = Member(
            id=server.id,
            name=server.name,
            address=server.address,
            port=server.port,
            host_id=free_host_id(pool.members),
            roles=spec.roles,
        )
        plan = changed(pool, members=(*pool.members, member))
        return PoolCreatePlan(
            before=plan.before,
            after=plan.after,
            bridges=tuple(
                MissingBridge(server=server.id, bridge=b)
                for b in pool.bridges
                if b.name not in have
            ),
        )

    def steps(self, world: World, spec: PoolAddServerSpec, plan: PoolCreatePlan) -> list[Step]:
        member = plan.after.members[-1]
        return [
            *(bridge_step(world, member, b.bridge) for b in plan.bridges),
            join_step(world, member, plan.after),
            *([lockspace_step(world, member, plan.after)] if member.roles & NEED_LEASES else []),
            record_step(world, plan.before, plan.after),
        ]


class RemoveServer(PoolOperation[PoolServerSpec, PoolPlan]):
    kind = "pool.remove_server"
    summary = "Take a server without guests out of its pool"
    spec_type = PoolServerSpec
    plan_type = PoolPlan

    async def plan(self, world: World, spec: PoolServerSpec) -> PoolPlan:
        pool = await world.pool(spec.pool)
        member = member_by_key(pool, spec.server)
        if member.id == pool.master.id:
            raise Refused(
                "pool.master",
                f"server {member.name}",
                "it is the pool master",
                "give another server that role first, or delete the pool: "
                f"millpond pool roles {pool.name} OTHER master,vm",
            )
        guests = [
            d.config.name
            for d in await world.vms(pool)
            if member.id in (d.placed_on, d.migrating_to)
        ]
        if guests:
            raise Refused(
                "server.has_guests",
                f"server {member.name}",
                f"{len(guests)} VMs are on it, such as {', '.join(sorted(guests)[:3])}",
                f"evacuate it first: millpond server maintenance {member.name}",
            )
        members = tuple(m for m in pool.members if m.id != member.id)
        check_roles(members, pool.name)
        return changed(pool, members=members)

    def steps(self, world: World, spec: PoolServerSpec, plan: PoolPlan) -> list[Step]:
        stay = {m.id for m in plan.after.members}
        gone = next(m for m in plan.before.members if m.id not in stay)
        return [
            record_step(world, plan.before, plan.after),
            leave_step(world, gone, plan.before),
        ]


class SetRoles(PoolOperation[PoolAddServerSpec, PoolPlan]):
    kind = "pool.set_roles"
    summary = "Change what a member does; the role master moves to it from the present master"
    spec_type = PoolAddServerSpec
    plan_type = PoolPlan

    async def plan(self, world: World, spec: PoolAddServerSpec) -> PoolPlan:
        pool = await world.pool(spec.pool)
        member = member_by_key(pool, spec.server)
        handed_over = Role.MASTER in spec.roles and member.id != pool.master.id
        members = []
        for m in pool.members:
            roles = spec.roles if m.id == member.id else m.roles
            if handed_over and m.id == pool.master.id:
                roles = roles - {Role.MASTER}
                if not roles:
                    raise Refused(
                        "pool.roles",
                        f"server {m.name}",
                        "it would be left with no role at all",
                        f"give it another first: millpond pool roles {pool.name} {m.name} master,vm",
                    )
            members.append(m.model_copy(update={"roles": roles}))
        check_roles(tuple(members), pool.name)
        term = pool.term + 1 if handed_over else pool.term
        return changed(pool, members=tuple(members), term=term)

    def steps(self, world: World, spec: PoolAddServerSpec, plan: PoolPlan) -> list[Step]:
        before, after = plan.before, plan.after
        if after.master.id == before.master.id:
            return [record_step(world, before, after)]
        return [_hand_over_step(world, before, after)]


def _hand_over_step(world: World, before: PoolDocument, after: PoolDocument) -> Step:
    """The old master writes who follows it, and is none from that moment: it cannot take it back.
    The new one is told, takes the lease that the old one lets go of, and introduces itself."""
    root, new = before.cluster_root, after.master
    old_records, new_server = direct(world, before.master).records, direct(world, new)
    wanted = membership_of(after, new)

    async def write() -> None:
        now = await old_records.pool(root)
        if now is not None and not same(now, after):
            await old_records.put_pool(after.model_copy(update={"generation": now.generation + 1}))

    async def observe() -> Observation:
        return seen(await new_server.server.membership() == wanted)

    async def act(_: Context) -> None:
        try:
            await write()
        except Refused as refused:
            if refused.code not in ("server.role", "pool.deposed"):
                raise  # else it has written it already
        await new_server.server.join(wanted)
        now = await new_server.records.pool(root)
        if now is None or not same(now, after):
            raise Failed("hand over", "the pool's record was changed meanwhile")
        await world.remember(now)

    return Step("hand over", observe, act, point_of_no_return=True)
