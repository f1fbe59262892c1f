"""What a VM that comes from elsewhere can be plugged into."""

import asyncio

from millpond.domain.errors import Failed, Refused, Unknown
from millpond.domain.pool import Member, PoolDocument
from millpond.domain.server import Role
from millpond.ports.world import World


async def bridges_of(world: World, pool: PoolDocument) -> frozenset[str]:
    """The names of the pool's bridges, and of those that its VM servers have besides. A server that
    does not answer keeps nobody from those of the others."""

    async def there(member: Member) -> set[str]:
        try:
            found = await world.agent(pool, member.id).bridges.bridges()
        except (Unknown, Refused, Failed):
            return set()
        return {b.name for b in found}

    found = await asyncio.gather(*(there(m) for m in pool.with_role(Role.VM)))
    return frozenset(b.name for b in pool.bridges).union(*found)
