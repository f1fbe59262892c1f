"""From the claims of fence devices to a proof: the only place that asks for one."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from millpond.domain.errors import Failed, MillpondError, Refused
from millpond.domain.fencing import SCSI_PR, DeviceState, FenceDevice, levels
from millpond.domain.ha.failover import SwitchedOff
from millpond.domain.ha.proof import Claim, Proof, moved, prove
from millpond.domain.ha.view import FenceState
from millpond.domain.leases import LeaseHost
from millpond.domain.pool import Member, PoolDocument
from millpond.ha.alarms import Alarms
from millpond.ha.env import Env
from millpond.ha.place import Place

PAUSES = (10.0, 20.0, 40.0, 80.0, 160.0, 300.0)
"""Seconds after so many failures in a row; then always the last."""
CHECK_SECONDS = 60.0
AT_ONCE = 8
GRACE = 5.0
"""Seconds beyond a device's own timeout: its adapter keeps to it."""


Lives = Callable[[str], bool | None]
"""Whether a server's lease advances now; None if it cannot be said."""
Silent = Callable[[], bool]
"""Whether the server to be fenced is silent now, by somebody who has kept watching."""


class _Alive(Exception):
    """It gave a sign of life before it was switched off."""


@dataclass
class Attempt:
    """How far the proof of one server's death has come. ``retry_at`` on the loop's clock. ``heard``:
    it answered while it was being fenced."""

    state: FenceState = FenceState.NONE
    proof: Proof | None = None
    retry_at: float = 0.0
    failures: int = 0
    heard: bool = False


@dataclass
class Fencer:
    """A device that was caught in a lie is not relied upon until a check finds that it says on of a
    server that lives. One that does not answer is an alarm, and tried all the same."""

    env: Env
    place: Place
    alarms: Alarms
    _attempts: dict[str, Attempt] = field(default_factory=dict)
    _liars: dict[tuple[str, str], str] = field(default_factory=dict)
    _known: dict[str, tuple[FenceDevice, ...]] = field(default_factory=dict)
    _were_off: dict[str, SwitchedOff] = field(default_factory=dict)

    def attempt(self, server: str) -> Attempt:
        return self._attempts.setdefault(server, Attempt())

    def alive(self, server: str) -> None:
        """It was heard of: what was proven of it is over, and what is being tried goes no further."""
        found = self._attempts.get(server)
        if found is None:
            return
        if found.state is FenceState.RUNNING:
            found.heard = True
            return
        del self._attempts[server]
        self.alarms.over(f"fence {server}")

    def seen(self, member: Member, delta: LeaseHost) -> None:
        """Its delta lease as it is now: if it has renewed that since its death was proven, it lives,
        and its devices lied."""
        proof = self.attempt(member.id).proof
        if proof is None or delta.generation != proof.generation:
            return
        if not proof.stands(delta.generation, delta.timestamp):
            del self._attempts[member.id]
            names = [claim.device for claim in proof.claims]
            for device in (d for d in self.devices(member.id) if d.name in names):
                self._distrust(member, device, "it said off, and the server lived on")

    def remember(self, off: Mapping[str, SwitchedOff]) -> None:
        """What earlier masters have switched off, by server id."""
        self._were_off = dict(off)

    def switched_off(self, server: str, generation: int | None) -> bool:
        """Whether an earlier master did that to the server as it was in this generation."""
        off = self._were_off.get(server)
        return off is not None and off.generation == generation

    def fenceable(self, server: str) -> bool:
        """Whether some level of its devices works, as far as is known."""
        return any(not self._ails(server, level) for level in levels(self.devices(server)))

    def devices(self, server: str) -> tuple[FenceDevice, ...]:
        """As last read."""
        return self._known.get(server, ())

    async def read(self) -> None:
        """Look up the devices. Raises ``Refused``."""
        document = await self.env.fence_records.fencing(self.place.root)
        self._known = dict(document.members)

    async def fence(self, member: Member, before: LeaseHost, silent: Silent) -> Proof | None:
        """Cut ``member`` off by its devices as last read; ``before`` is its delta lease as it was when
        that was decided. None: it gave a sign of life, and was left alone. Raises ``Failed``,
        ``Refused``: then ``attempt`` says when to try again."""
        attempt = self.attempt(member.id)
        attempt.state, attempt.proof, attempt.heard = FenceState.RUNNING, None, False
        try:
            attempt.proof = await self._prove(member, before, silent)
        except _Alive:
            del self._attempts[member.id]
            self.alarms.over(f"fence {member.id}")
            return None
        except BaseException as error:
            attempt.state = FenceState.FAILED
            pause = PAUSES[min(attempt.failures, len(PAUSES) - 1)]
            attempt.failures += 1
            attempt.retry_at = asyncio.get_running_loop().time() + pause
            if isinstance(error, MillpondError):
                self.alarms.raised(
                    f"fence {member.id}",
                    f"{member.name} could not be fenced: {error}; its VMs start elsewhere once its"
                    " lease has run out",
                )
            raise
        attempt.state, attempt.failures = FenceState.PROVEN, 0
        self.alarms.over(f"fence {member.id}")
        return attempt.proof

    async def _prove(self, member: Member, before: LeaseHost, silent: Silent) -> Proof:
        """A level takes as long as its devices' timeouts, so each is preceded by another look."""
        reasons = []
        for level in levels(self.devices(member.id)):
            if why := self._ails(member.id, level):
                reasons.append(why)
                continue
            if self.attempt(member.id).heard or not silent():
                raise _Alive
            try:
                claims = await self._all_off(level)
            except MillpondError as error:
                reasons.append(str(error))
                continue
            return await self._weigh(member, before, claims, level)
        raise Failed("fence", "; ".join(reasons) or "it has no fence device")

    async def _weigh(
        self,
        member: Member,
        before: LeaseHost,
        claims: tuple[Claim, ...],
        level: tuple[FenceDevice, ...],
    ) -> Proof:
        after = await self._delta(before.host_id)
        if moved(before, after):
            # Waking up as it was switched off, it had the time for one renewal.
            await asyncio.sleep(self.place.timing.storage_silent)
            said = await asyncio.gather(*(self._is_on(member, d) for d in level))
            claims = claims if all(on is False for on in said) else ()
            before, after = after, await self._delta(before.host_id)
        try:
            return prove(before, claims, after, asyncio.get_running_loop().time())
        except Refused as refused:
            if refused.code == "fence.contradicted":
                for device in level:
                    self._distrust(member, device, "it said off while the server lived")
            raise

    async def _delta(self, host_id: int) -> LeaseHost:
        for host in await self.env.lockspaces.hosts(self.place.lockspace):
            if host.host_id == host_id:
                return host
        raise Failed("fence", f"host {host_id} is not in the lockspace any more")

    async def _all_off(self, level: tuple[FenceDevice, ...]) -> tuple[Claim, ...]:
        """All devices of a level have to confirm. Raises ``Failed`` of the first that does not."""
        answers = await asyncio.gather(*(self._off(d) for d in level), return_exceptions=True)
        for answer in answers:
            if isinstance(answer, BaseException):
                raise answer
        return tuple(a for a in answers if isinstance(a, Claim))

    async def _off(self, device: FenceDevice) -> Claim:
        try:
            async with asyncio.timeout(device.timeout + GRACE):
                return await self.env.fencing.off(device)
        except TimeoutError:
            raise Failed(f"fence device {device.name}", "it did not answer in time") from None

    async def power_on(self, server: str) -> None:
        """Let it come back: by the devices that cut its power off, or those of its first level. Raises
        ``Failed``."""
        proof, off = self.attempt(server).proof, self._were_off.get(server)
        names = [c.device for c in proof.claims] if proof else list(off.devices if off else ())
        power = tuple(d for d in self.devices(server) if d.agent != SCSI_PR)
        devices = [d for d in power if d.name in names]
        known = levels(power)
        for device in devices or (known[0] if known else ()):
            await self.env.fencing.on(device)

    async def check(self, pool: PoolDocument, lives: Lives) -> None:
        """Ask every device for its server's state, changing nothing. Raises ``Refused``."""
        await self.read()
        slots = asyncio.Semaphore(AT_ONCE)

        async def one(member: Member, device: FenceDevice) -> None:
            async with slots:
                await self._check(member, device, lives)

        await asyncio.gather(*(one(m, d) for m in pool.members for d in self.devices(m.id)))
        there = {(m.id, d.name) for m in pool.members for d in self.devices(m.id)}
        for server, device in [key for key in self._liars if key not in there]:
            self._trust(server, device)

    async def _check(self, member: Member, device: FenceDevice, lives: Lives) -> None:
        """A server that has just lost its power is off, and still passes for alive: one that says off
        is asked again when it cannot any more."""
        on = await self._is_on(member, device)
        if on is False and lives(member.id):
            t = self.place.timing
            await asyncio.sleep(max(t.network_silent, t.storage_silent) + 2 * t.pulse)
            on = await self._is_on(member, device)
        if on is not None and lives(member.id):
            if on:
                self._trust(member.id, device.name)
            else:
                self._distrust(member, device, "it says off while the server lives")

    async def _is_on(self, member: Member, device: FenceDevice) -> bool | None:
        """None, and an alarm, if it does not answer."""
        key = f"mute {member.id} {device.name}"
        try:
            async with asyncio.timeout(device.timeout + GRACE):
                on = await self.env.fencing.state(device) is DeviceState.ON
        except (MillpondError, TimeoutError) as error:
            self._alarm(key, member, device, f"does not answer: {error or 'silence'}")
            return None
        self.alarms.over(key)
        return on

    async def states(self, server: str) -> list[str]:
        """One sentence for each device. Raises ``Failed`` naming those that do not answer."""
        await self.read()
        devices = self.devices(server)
        answers = await asyncio.gather(
            *(self.env.fencing.state(d) for d in devices), return_exceptions=True
        )
        mute = [
            f"{d.name}: {a}"
            for d, a in zip(devices, answers, strict=True)
            if isinstance(a, BaseException)
        ]
        if mute:
            raise Failed("check the fence devices", "; ".join(mute))
        return [
            f"{d.name}: {a.value}"
            for d, a in zip(devices, answers, strict=True)
            if isinstance(a, DeviceState)
        ]

    def _ails(self, server: str, level: tuple[FenceDevice, ...]) -> str:
        """Why a level cannot be relied upon; empty if it can."""
        names = [d.name for d in level if (server, d.name) in self._liars]
        return "; ".join(f"{name}: {self._liars[server, name]}" for name in names)

    def _distrust(self, member: Member, device: FenceDevice, why: str) -> None:
        self._liars[member.id, device.name] = why
        key = f"liar {member.id} {device.name}"
        self._alarm(key, member, device, f"is not relied upon: {why}")

    def _trust(self, server: str, device: str) -> None:
        self._liars.pop((server, device), None)
        self.alarms.over(f"liar {server} {device}")

    def _alarm(self, key: str, member: Member, device: FenceDevice, what: str) -> None:
        see = f"see: millpond fence check {member.name}"
        self.alarms.raised(key, f"fence device {device.name} of {member.name} {what}; {see}")
