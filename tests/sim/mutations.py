"""Safety rules, each with a way to take it out. ``tests/sim/test_mutations.py`` shows that somebody
notices: a scenario whose log is no longer the expected one, or, for the rules that keep guests from
running twice, an invariant."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from millpond.adapters.fake import guest_leases, lockspace
from millpond.adapters.fake.lockspace_store import slot_of
from millpond.adapters.fake.processes import FakeProcesses
from millpond.domain import mastership
from millpond.domain.ha import brain, facts, holding, restarting, silence
from millpond.domain.ha.affinity import Affinity
from millpond.domain.ha.decision import Correct
from millpond.domain.ha.holding import Hold
from millpond.domain.ha.proof import Claim, FenceMethod, Proof
from millpond.domain.ha.silence import Condition
from millpond.domain.ha.view import FenceState, PoolView
from millpond.domain.placement import Board, Candidate
from millpond.ha import (
    actions,
    election,
    fencing,
    guard,
    keeper,
    master,
    monitor,
    service,
    sightings,
    succession,
)
from millpond.operations import admitting, placing
from millpond.operations.vms import Vm
from millpond.sim import program

Patch = Callable[[pytest.MonkeyPatch], None]


@dataclass(frozen=True)
class Mutation:
    """``by`` are scenarios that notice. ``violates``: the invariant that has to notice; empty if a
    changed log is enough."""

    name: str
    patch: Patch
    by: tuple[str, ...]
    violates: str = ""


MUTATIONS: list[Mutation] = []


def mutation(name: str, *by: str, violates: str = "") -> Callable[[Patch], Patch]:
    def note(patch: Patch) -> Patch:
        MUTATIONS.append(Mutation(name, patch, by, violates))
        return patch

    return note


async def _nothing(*_: Any, **__: Any) -> None:
    pass


def _claimed(before: Any) -> Proof:
    claims = (Claim(FenceMethod.POWER, "none", "none"),)
    now = asyncio.get_running_loop().time()
    return Proof(before.host_id, before.generation, before.timestamp, now, claims)


# Proof of death


@mutation(
    "fence before restart",
    "zombie-wakes-after-its-lease",
    "host-freezes-no-fence-device",
    violates="proven death",
)
def _no_fence(patch: pytest.MonkeyPatch) -> None:
    async def fence(self: Any, member: Any, before: Any, silent: Any) -> Proof:
        attempt = self.attempt(member.id)
        proof = _claimed(before)
        attempt.proof, attempt.state = proof, FenceState.PROVEN
        return proof

    patch.setattr(fencing.Fencer, "fence", fence)
    patch.setattr(fencing.Fencer, "fenceable", lambda self, server: True)


@mutation(
    "a proof is weighed against the storage", "bmc-lies-of-a-living-server", violates="proven death"
)
def _no_contradiction(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(fencing, "moved", lambda before, after: False)
    patch.setattr(fencing, "prove", lambda before, claims, after, now: _claimed(after))


@mutation(
    "all devices of a level have to confirm",
    "bmc-lies-and-the-strip-does-not",
    violates="proven death",
)
def _one_device_is_enough(patch: pytest.MonkeyPatch) -> None:
    real = fencing.Fencer._all_off

    async def all_off(self: Any, level: Any) -> Any:
        return await real(self, level[:1])

    patch.setattr(fencing.Fencer, "_all_off", all_off)


@mutation(
    "a fence is called off by a sign of life", "host-wakes-between-two-devices", violates="fence"
)
def _no_last_look(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(monitor.Monitor, "silent", lambda self, member: True)
    patch.setattr(fencing.Attempt, "heard", property(lambda _: False, lambda _, heard: None))


@mutation("a silent network alone is no death", "network-of-a-member-is-cut", violates="fence")
def _network_alone(patch: pytest.MonkeyPatch) -> None:
    real = silence.conditions

    def conditions(view: PoolView) -> dict[str, Condition]:
        found = real(view)
        return {k: Condition.SILENT if c is Condition.ISOLATED else c for k, c in found.items()}

    patch.setattr(facts, "conditions", conditions)
    _no_last_look(patch)


@mutation("silent storage alone is no death", "storage-of-a-member-is-lost", violates="fence")
def _storage_alone(patch: pytest.MonkeyPatch) -> None:
    real = silence.conditions

    def conditions(view: PoolView) -> dict[str, Condition]:
        found = real(view)
        return {k: Condition.SILENT if c is Condition.STORAGE_LOST else c for k, c in found.items()}

    patch.setattr(facts, "conditions", conditions)
    _no_last_look(patch)


@mutation("a new master listens before it judges", "master-crash-bmc")
def _no_listening(patch: pytest.MonkeyPatch) -> None:
    real = brain.decide
    patch.setattr(master, "decide", lambda view: real(replace(view, mastered_age=1e9)))


@mutation(
    "who was asleep does not take it for the silence of others",
    "master-agent-hangs",
)
def _no_watch(patch: pytest.MonkeyPatch) -> None:
    real = sightings.Watch.__init__

    def init(self: Any, longest: float) -> None:
        real(self, 1e9)

    patch.setattr(sightings.Watch, "__init__", init)
    patch.setattr(monitor.Monitor, "_watch_ourselves", lambda self: None)


@mutation("a blind master judges nobody", "blind-master-and-isolated-member")
def _blind(patch: pytest.MonkeyPatch) -> None:
    real = brain.decide
    patch.setattr(master, "decide", lambda view: real(replace(view, storage_ok=True)))
    patch.setattr(sightings.Watch, "blind", lambda self: None)
    patch.setattr(monitor.Monitor, "_watch_ourselves", lambda self: None)


@mutation("most silent at once have a common cause", "most-hosts-crash-at-once")
def _no_mass(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(silence, "is_mass", lambda mute, found: False)


@mutation("who lied is not relied upon", "bmc-lies-of-a-living-server")
def _trusted(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(fencing.Fencer, "_distrust", lambda *_: None)


# Leases


@mutation("a guest runs under its lease", "host-freezes-no-fence-device", violates="lease")
def _no_lease(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(guest_leases.SanlockLeases, "check_free", _nothing)
    patch.setattr(guest_leases.SanlockLeases, "take", _nothing)


@mutation(
    "a proof is of one generation",
    "fenced-server-returns-without-network",
)
def _any_generation(patch: pytest.MonkeyPatch) -> None:
    for module in (silence, holding, brain):
        patch.setattr(module, "valid_proof", lambda host: host.proof)


@mutation(
    "only a free lease is started on", "network-of-a-member-is-cut", "agent-of-a-member-is-stopped"
)
def _held_is_open(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(facts, "hold", lambda vm, holder, condition, now: Hold.OPEN)


@mutation(
    "a guest that stood still goes on only under its own lease",
    "migration-stale-copy-never-runs",
    violates="stale memory",
)
def _any_version(patch: pytest.MonkeyPatch) -> None:
    real = lockspace.FakeLockspaces.keep

    async def keep(self: Any, resource: Any, pid: int, version: int = 0) -> int:
        slot = slot_of(self._store.read(resource.path), resource)
        return await real(self, resource, pid, slot.version)

    patch.setattr(lockspace.FakeLockspaces, "keep", keep)


@mutation(
    "the keeper ends guests without sanlock",
    "sanlock-and-network-die-no-watchdog",
    violates="one host",
)
def _no_keeper(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(keeper.Keeper, "stop_guests", _nothing)


@mutation(
    "the keeper ends guests past a dead libvirt", "sanlock-and-libvirt-die", violates="one host"
)
def _no_last_resort(patch: pytest.MonkeyPatch) -> None:
    async def none(self: Any) -> int:
        return 0

    patch.setattr(FakeProcesses, "kill", none)


@mutation(
    "a guest's process counts while libvirt is silent", "paused-guest-arrives-without-its-lease"
)
def _no_processes(patch: pytest.MonkeyPatch) -> None:
    async def none(self: Any) -> frozenset[str]:
        return frozenset()

    patch.setattr(FakeProcesses, "living", none)


@mutation("no guest is left when a server joins again", "sanlock-is-restarted")
def _joins_with_guests(patch: pytest.MonkeyPatch) -> None:
    async def none(self: Any) -> bool:
        return False

    patch.setattr(keeper.Keeper, "_has_guests", none)


@mutation(
    "sanlock gives only what its holder has lost",
    "host-freezes-no-fence-device",
    "sanlock-freezes-no-watchdog",
)
def _granted_to_all(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(lockspace.FakeLockspaces, "_owner_in_the_way", lambda *_: None)


@mutation("a paused guest keeps its lease", "paused-guest-keeps-its-lease")
def _no_keep(patch: pytest.MonkeyPatch) -> None:
    async def keep(self: Any, resource: Any, pid: int, version: int = 0) -> int:
        return version

    patch.setattr(lockspace.FakeLockspaces, "keep", keep)


@mutation("guests end where nobody sees the lease renewed", "lockspace-is-replaced-by-a-copy")
def _no_look_at_the_renewal(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(keeper.Keeper, "_check_renewal", _nothing)


@mutation(
    "a lease is cleared only of a host that still stands still",
    "bmc-lies-until-the-lease-is-cleared",
    violates="proven death",
)
def _no_look_before_clearing(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(lockspace, "check_proof", lambda proof, found, now: None)


@mutation(
    "a proof ends with the next renewal",
    "bmc-lies-until-the-lease-is-cleared",
    violates="proven death",
)
def _proven_for_ever(patch: pytest.MonkeyPatch) -> None:
    def stands(self: Proof, generation: int, timestamp: int) -> bool:
        return generation <= self.generation

    patch.setattr(Proof, "stands", stands)


@mutation("who lives on after its proof has a liar", "bmc-lies-and-the-server-wakes")
def _still_trusted(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(fencing.Fencer, "seen", lambda self, member, delta: None)


@mutation(
    "a guest whose lease was given away is ended",
    "bmc-lies-and-the-server-wakes",
    violates="one host",
)
def _no_guard(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(guard.Guard, "look", _nothing)


# One master


@mutation(
    "a deposed master does not write",
    "master-is-handed-over-in-a-failover",
    violates="one master",
)
def _no_check_of_writes(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(program, "check_write", lambda *_: None)
    patch.setattr(mastership, "check_write", lambda *_: None)


@mutation("a master of an older term is refused", "message-of-an-old-master-comes-late")
def _any_term(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(service.HaService, "admit", _nothing)


@mutation("one successor at a time", "master-crash-bmc", "master-crash-no-fence-device")
def _no_succession_lock(patch: pytest.MonkeyPatch) -> None:
    real = succession.Succession._acquired

    async def acquired(self: Any, resource: Any) -> bool:
        return True if resource.name == "succession" else await real(self, resource)

    patch.setattr(succession.Succession, "_acquired", acquired)
    patch.setattr(election.Election, "_rank", _no_rank)


async def _no_rank(self: Any, record: Any) -> float:
    return 0.0


@mutation("a successor makes sure that the master is silent", "master-thaws-in-mid-succession")
def _no_second_look(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(succession.Succession, "_check_silence", lambda self, holder: None)
    patch.setattr(succession, "answers", _nothing)


@mutation(
    "a master whose server answers is not fenced", "storage-of-the-master-is-lost", violates="fence"
)
def _no_question(patch: pytest.MonkeyPatch) -> None:
    async def nobody(*_: Any) -> bool:
        return False

    patch.setattr(succession, "answers", nobody)


@mutation("who reaches nobody does not ask for the role", "switch-is-gone")
def _anybody_asks(patch: pytest.MonkeyPatch) -> None:
    async def anybody(*_: Any) -> bool:
        return True

    patch.setattr(election, "any_answers", anybody)


@mutation("a master that hears anybody keeps the role", "network-cut-between-master-and-member")
def _always_makes_way(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(master.Master, "unanswered", lambda self: 1e9)


@mutation("who makes way does not take the role again", "master-makes-way-for-a-slow-one")
def _takes_again(patch: pytest.MonkeyPatch) -> None:
    async def take_unless_asked(self: Any, term: int) -> None:
        self._tasks.start("take", self._take(term))

    patch.setattr(election.Election, "_take_unless_asked", take_unless_asked)


@mutation("who loses the master lease ends its agent", "sanlock-of-the-master-dies")
def _no_end(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(election.Election, "_lost", lambda self, why: None)


# Operations and room


@mutation(
    "what an older manager process still sends is refused", "start-of-an-old-manager-comes-late"
)
def _any_fence(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(program.Program, "_check_fence", lambda self, caller: None)


@mutation("a guest is recorded only where its lease is", "guest-under-a-damaged-lease")
def _believed_without_lease(patch: pytest.MonkeyPatch) -> None:
    def elsewhere(self: Any, vm: Any, host: Any) -> None:
        if host.id != vm.placed_on and vm.changed_age > restarting.settling(self.view.timing):
            self.actions.append(Correct(vm.id, host.id, "it runs there"))

    patch.setattr(brain._Case, "_elsewhere", elsewhere)


@mutation("a server without a host id is no place for a guest", "room-appears-later")
def _not_joined_is_fine(patch: pytest.MonkeyPatch) -> None:
    real = brain.decide

    def decide(view: PoolView) -> Any:
        return real(replace(view, hosts=tuple(replace(h, joined=True) for h in view.hosts)))

    patch.setattr(master, "decide", decide)


@mutation("nor does a user find a place there", "start-on-a-server-that-joins")
def _users_start_anywhere(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(placing, "Candidate", lambda **of: Candidate(**of | {"joined": True}))


@mutation("a server in maintenance is no target", "maintenance-is-no-target")
def _maintenance_is_fine(patch: pytest.MonkeyPatch) -> None:
    real = Board.objection

    def objection(self: Any, need: Any, spot: Any) -> str | None:
        return real(self, need, replace(spot, unfit=None))

    patch.setattr(Board, "objection", objection)


@mutation("strict rules hold", "kept-apart-without-room", "kept-off-a-server")
def _no_rules(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Affinity, "objection", lambda *_: None)


@mutation("an operation has time to make its record true", "admission-of-two-starts")
def _no_grace(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(restarting, "_raced", lambda vm, t: False)


@mutation("an operation that came first has the last word", "user-is-faster-than-ha")
def _no_claim(patch: pytest.MonkeyPatch) -> None:
    async def write(self: Any, **changes: Any) -> None:
        await Vm.write(self, **changes)

    patch.setattr(actions._Claimed, "write", write)
    patch.setattr(Vm, "claim_step", Vm.record_step)


@mutation("a hand-over is waited for", "migration-cut-in-the-hand-over")
def _no_patience(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(facts.Facts, "coming", lambda self, vm: [])
    patch.setattr(restarting, "_handing_over", lambda facts, vm: False)
    patch.setattr(restarting, "_raced", lambda vm, t: False)


@mutation("what a server brings to life is left to it", "slow-restore")
def _no_coming(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(facts.Facts, "coming", lambda self, vm: [])
    patch.setattr(monitor.Monitor, "_wait_for_unseen", lambda self, pool, where: None)


@mutation("memory is given once", "host-crash-no-room", violates="capacity")
def _no_capacity(patch: pytest.MonkeyPatch) -> None:
    real = Board.objection

    def objection(self: Any, need: Any, spot: Any) -> str | None:
        found = real(self, need, spot)
        return None if found is not None and "MiB are free" in found else found

    patch.setattr(Board, "objection", objection)
    patch.setattr(placing, "committed_by", lambda documents: {})


@mutation(
    "what was arriving is ended before its room is given away",
    "migration-source-dies-and-room-is-short",
    violates="capacity",
)
def _no_end_of_arrivals(patch: pytest.MonkeyPatch) -> None:
    async def end_arrival(self: Any, server: str | None) -> None:
        """It is left to libvirt."""

    patch.setattr(actions._Claimed, "end_arrival", end_arrival)


@mutation("two claims to one place do not both stay", "two-starts-one-place", violates="capacity")
def _no_second_count(patch: pytest.MonkeyPatch) -> None:
    def placed_step(vm: Any, name: str, before: Any, _place: Any, _room: Any, **wanted: Any) -> Any:
        return vm.record_step(name, before, **wanted)

    from millpond.operations import start_vm

    patch.setattr(start_vm, "placed_step", placed_step)


@mutation("room is kept for failures", "admission-refuses-a-start")
def _no_admission(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(admitting, "_admit", lambda *_: None)


@mutation("a crashing guest is restarted ever more slowly", "guest-keeps-crashing")
def _no_back_off(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(restarting, "BACK_OFF", (0,))


@mutation("who disarms HA is left alone", "disarmed")
def _always_armed(patch: pytest.MonkeyPatch) -> None:
    real = brain.decide

    def decide(view: PoolView) -> Any:
        return real(replace(view, settings=view.settings.model_copy(update={"armed": True})))

    patch.setattr(master, "decide", decide)
