"""High availability of one server: runs with its membership, and answers as ``ports.ha``."""

import asyncio
from math import inf

from millpond.domain.errors import MillpondError, Refused
from millpond.domain.fencing import FenceAgent, FencingDocument
from millpond.domain.ha.failover import Failover
from millpond.domain.ha.pulse import Pulse
from millpond.domain.ha.status import HaStatus
from millpond.domain.mastership import deposed
from millpond.domain.server import Membership
from millpond.ha.env import Env
from millpond.ha.master import Master
from millpond.ha.place import Place
from millpond.ha.session import Session
from millpond.ha.standing import Standing

LOOK_SECONDS = 0.5
RECORD_SECONDS = 1.0
DEPOSED_SECONDS = 600.0
"""A deposed master that commanded this server is told of for this long."""
FORGET_SECONDS = 5.0
"""From giving the host id back until the membership is gone; one that cannot be removed goes on."""
GOING_SECONDS = 300.0
"""A server that was told to go down stays out of the lockspace so long, and then takes it that it
could not."""


class HaService:
    """``run`` is the whole of it; everything else only asks. One per agent."""

    def __init__(self, env: Env) -> None:
        self._env = env
        self._standing = Standing(env)
        self._session: Session | None = None
        self._going = 0.0
        self._leaving: Membership | None = None
        self._leaving_until = 0.0

    async def run(self) -> None:
        """Until cancelled: then the loops end, and guests and leases stay as they are."""
        try:
            while True:
                going = asyncio.get_running_loop().time() < self._going
                await self._follow(None if going else await self._env.agent.server.membership())
                await asyncio.sleep(LOOK_SECONDS)
        finally:
            if self._session is not None:
                await self._session.stop()

    async def _follow(self, membership: Membership | None) -> None:
        session = self._session
        if session is not None and (membership is None or not session.fits(membership)):
            self._session = None
            try:
                await session.leave()
            except MillpondError as error:
                self._env.note("the lockspace was not left", cause=str(error))
        if membership is self._leaving and asyncio.get_running_loop().time() < self._leaving_until:
            return  # it goes in a moment: to join now would take the host id for nobody
        self._leaving = None
        if membership is not None and self._session is None:
            self._session = Session(self._env, Place(membership), self._standing)
            self._session.start()

    # What its agent asks

    @property
    def held(self) -> bool | None:
        """Whether this process holds its pool's master lease (``domain.mastership``)."""
        return self._standing.held

    def told(self) -> HaStatus | None:
        """What a stream of events begins with; None where this server is no acting master."""
        try:
            return self._acting().status()
        except Refused:
            return None

    def record_changed(self, vm: str | None) -> None:
        """A record was written here: ``vm``'s, or with None the pool's own."""
        if self._session is not None:
            self._session.record_changed(vm)

    async def leave(self, pool: str) -> None:
        """To be called before the membership goes. Raises ``Refused(lease.held)`` while guests run
        here."""
        if self._session is None or self._session.place.pool != pool:
            return
        session, self._session = self._session, None
        self._leaving, self._leaving_until = await self._env.agent.server.membership(), inf
        try:
            await session.leave()
        except BaseException:
            self._leaving = None
            raise
        self._leaving_until = asyncio.get_running_loop().time() + FORGET_SECONDS

    async def admit(self, server: str, term: int | None) -> None:
        """Whether ``server`` may command this one, as the master of ``term`` (None: it did not say).
        One that is not known as master is looked up in the pool's record: storage is the truth, and
        so a new master introduces itself. Raises ``Refused``: ``auth.denied``, ``pool.deposed``,
        ``storage.unavailable``."""
        known = await self._env.agent.server.membership()
        if known is not None and term is not None and term < known.term:
            raise self._deposed(known, server, term)
        if known is not None and known.master == server:
            return
        if known is None or not await self._is_new_master(server):
            raise Refused(
                "auth.denied",
                f"server {server}",
                "may not talk to this agent",
                "only the manager and the master of this server's pool may",
            )

    async def _is_new_master(self, server: str) -> bool:
        try:
            async with asyncio.timeout(RECORD_SECONDS):
                return await self._standing.recognises(server)
        except TimeoutError:
            raise Refused(
                "storage.unavailable",
                "the pool's record",
                f"it could not be read within {RECORD_SECONDS:g} s",
                "check this server's paths to the cluster root",
            ) from None

    def _deposed(self, known: Membership, claimant: str, term: int) -> Refused:
        """Somebody commands as master and is not any more: an alarm, and the refusal."""
        said = f"server {claimant} commanded it as master of term {term}"
        if self._session is not None:
            now = f"but server {known.master} is, of term {known.term}"
            self._session.alarms.raised("deposed", f"{said}, {now}", DEPOSED_SECONDS)
        return deposed(known.pool_name, f"{said}, but its term is {known.term}")

    # The port

    async def pulse(self, pool: str, term: int, master: str) -> Pulse:
        session = self._session
        if session is None or session.place.pool != pool:
            raise Refused(
                "server.not_in_pool",
                f"server {self._env.me}",
                f"is not in pool {pool}",
                f"list the members with: millpond pool show {pool}",
            )
        known = await session.standing.membership()
        if term > known.term:
            await session.standing.record()
            known = await session.standing.membership()
        if (term, master) != (known.term, known.master):
            raise self._deposed(known, master, term)
        return await session.heard()

    async def status(self) -> HaStatus:
        return self._acting().status()

    async def failovers(self, limit: int) -> list[Failover]:
        return await self._env.failovers.failovers(await self._root(), limit)

    async def fencing(self) -> FencingDocument:
        await self._mastering()
        document = await self._env.fence_records.fencing(await self._root())
        return document.without_secrets()

    async def put_fencing(self, document: FencingDocument) -> None:
        session = await self._mastering()
        root = await self._root()
        current = await self._env.fence_records.fencing(root)
        complete = document.keeping_secrets(current)
        for devices in complete.members.values():
            for device in devices:
                await self._env.fencing.check(device)
        await self._env.fence_records.put_fencing(root, document)
        await session.fencer.read()
        if session.master is not None:
            session.master.check_devices()

    async def check_fencing(self, server: str) -> list[str]:
        return await (await self._mastering()).fencer.states(server)

    async def fence_agents(self) -> list[str]:
        return await self._env.fencing.agents()

    async def fence_agent(self, name: str) -> FenceAgent:
        return await self._env.fencing.describe(name)

    async def power(self, action: str) -> None:
        if action not in ("off", "reboot"):
            raise Refused("request.invalid", f"action {action}", "is none", "use off or reboot")
        hypervisor = self._env.agent.hypervisor
        coming = {c.vm for c in await hypervisor.coming()}
        guests = coming | {g.id for g in await hypervisor.guests()}
        if guests:
            raise Refused(
                "server.has_guests",
                f"server {self._env.me}",
                f"{len(guests)} guests run here, or are about to",
                f"move them away first: millpond server maintenance {self._env.me}",
            )
        self._going = asyncio.get_running_loop().time() + GOING_SECONDS
        await self._follow(None)
        self._env.power(action)

    async def _root(self) -> str:
        if self._session is None:
            raise Refused(
                "server.not_in_pool",
                f"server {self._env.me}",
                "it is in no pool",
                f"add it to one: millpond pool add-server POOL {self._env.me}",
            )
        return self._session.place.root

    async def _mastering(self) -> Session:
        """Raises ``Refused(server.role)`` unless this server is pool master."""
        session = self._session
        if session is None or (await session.standing.membership()).master != self._env.me:
            raise self._no_master()
        return session

    def _acting(self) -> Master:
        if self._session is None or self._session.master is None:
            raise self._no_master()
        return self._session.master

    def _no_master(self) -> Refused:
        return Refused(
            "server.role",
            f"server {self._env.me}",
            "is not the acting pool master",
            "ask the pool master",
        )
