"""Who is master of the pool, as this server knows it: the record on the cluster root is the truth."""

from dataclasses import dataclass

from millpond.domain.errors import Refused
from millpond.domain.pool import PoolDocument
from millpond.domain.server import Membership
from millpond.ha.env import Env
from millpond.operations.pools import membership_of


@dataclass
class Standing:
    """``held``: whether this process holds the pool's master lease; None while that is not settled
    (``domain.mastership``)."""

    env: Env
    held: bool | None = None

    async def membership(self) -> Membership:
        """Raises ``Refused(server.not_in_pool)``."""
        membership = await self.env.agent.server.membership()
        if membership is None:
            raise Refused(
                "server.not_in_pool",
                f"server {self.env.me}",
                "it is in no pool",
                f"add it to one: millpond pool add-server POOL {self.env.me}",
            )
        return membership

    async def record(self) -> PoolDocument | None:
        """The pool's record; None if it is gone, or another pool's. What it says of a newer master
        is remembered here. Raises ``Refused``: ``storage.unavailable``, ``pool.unreadable``."""
        membership = await self.membership()
        record = await self.env.records.pool(membership.cluster_root)
        if record is None or record.id != membership.pool:
            return None
        await self._learn(membership, record)
        return record

    async def recognises(self, server: str) -> bool:
        """Whether the record names ``server`` master. Storage is the truth: a claim alone is not
        believed. Raises what ``record`` raises."""
        record = await self.record()
        return record is not None and record.master.id == server

    async def _learn(self, known: Membership, record: PoolDocument) -> None:
        member = next((m for m in record.members if m.id == self.env.me), None)
        if member is None or record.term < known.term:
            return
        told = membership_of(record, member)
        if told != known:
            await self.env.agent.server.join(told)
        if (told.master, told.term) != (known.master, known.term):
            self.env.note("new master", master=record.master.name, term=record.term)
