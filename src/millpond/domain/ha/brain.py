"""The one function from what is known of a pool to what is done about it.

It keeps nothing between two calls: whatever an action achieved, or did not, is in the next view.
"""

from collections.abc import Iterable
from dataclasses import replace

from millpond.domain.ha.board import board_of, need_of
from millpond.domain.ha.decision import (
    Action,
    ClearLeases,
    Correct,
    Decision,
    Fence,
    FreeLeases,
    PowerOn,
    Release,
    Restart,
)
from millpond.domain.ha.facts import Facts, recorded
from millpond.domain.ha.holding import Hold
from millpond.domain.ha.restarting import (
    DEATH,
    ELSEWHERE,
    is_left,
    reason,
    settling,
    undisturbed,
    wait_for,
)
from millpond.domain.ha.silence import Condition, is_mass, valid_proof
from millpond.domain.ha.view import COMING, FenceState, HostView, PoolView, VmLease, VmView
from millpond.domain.placement import Board

QUIET = "nothing to do"
OFF = "HA is off for this pool"


def decide(view: PoolView) -> Decision:
    """What to do now. The same view gives the same decision, to the letter."""
    if not view.settings.enabled:
        return _without_ha(view)
    return _judged(view)


def _without_ha(view: PoolView) -> Decision:
    """Nobody is guarded then, so nobody is fenced and nothing started. What is left is to keep the
    records true: a VM whose guest is gone shall not claim its server for ever."""
    decision = _judged(view)
    sentence = f"{OFF}: {decision.sentence}" if decision.actions or decision.alarms else OFF
    return replace(decision, sentence=sentence)


def _judged(view: PoolView) -> Decision:
    if not view.storage_ok:
        return Decision((), "this server does not renew its own lease, so it judges nobody")
    if view.mastered_age <= 2 * view.timing.pulse:
        return Decision((), "listening before judging")
    decision = _Case(view).decision()
    if not view.settings.armed:
        sentence = f"HA is disarmed and only watches: {decision.sentence}"
        return Decision((), sentence, decision.waiting, decision.alarms)
    return decision


class _Case:
    """One decision in the making. First the VMs, each for itself; then the servers; last the places
    for those VMs that are to be started, all together."""

    def __init__(self, view: PoolView) -> None:
        self.view = view
        self.facts = Facts(view)
        self.actions: list[Action] = []
        self.said: list[str] = []
        self.waiting: list[str] = []
        self.alarms: list[str] = []
        self.start: list[VmView] = []
        self.started: dict[str, list[str]] = {}
        self.released: dict[str, list[str]] = {}
        self.clear: dict[str, list[VmView]] = {}
        self.free: dict[str, list[VmView]] = {}

    def decision(self) -> Decision:
        facts, at_work, unwell = self.facts, [], []
        for vm in self.view.vms:
            seen = facts.seen.get(vm.id)
            if vm.busy:
                at_work.append(vm.name)
            elif seen is None or len(seen) > 1 or seen[0].id != vm.placed_on or is_left(facts, vm):
                unwell.append(vm)
        for vm in sorted(unwell, key=lambda v: (-v.priority, -v.max_memory, v.name)):
            self._look_at(vm)
        if self.start:
            self._start()
        for host in sorted(self.view.hosts, key=lambda h: h.name):
            self._server(host)
        for why, started in self.started.items():
            self.said.append(f"starting {_few(started)}, as {why}")
        releasing = (f"releasing {_few(vms)}, as {why}" for why, vms in self.released.items())
        if at_work:
            self.said.append(f"at work on {_few(sorted(at_work))}")
        if self.waiting:
            self.said.append(f"off for now: {_few(sorted(w.split(':')[0] for w in self.waiting))}")
        return Decision(
            tuple(self.actions),
            "; ".join([*self.alarms, *releasing, *self.said]) or QUIET,
            tuple(self.waiting),
            tuple(self.alarms),
        )

    # One VM that is not seen on just the server of its record.

    def _look_at(self, vm: VmView) -> None:
        running = self.facts.runs_on(vm)
        if len(running) > 1:
            self._doubled(vm, running)
        elif here := running or self.facts.stands_on(vm):
            self._elsewhere(vm, here[0])
        else:
            self._missing(vm)

    def _doubled(self, vm: VmView, running: list[HostView]) -> None:
        """Two pulses from before and after a hand-over look like two guests, too."""
        servers = {h.id for h in running}
        moving = servers == {vm.placed_on, vm.migrating_to}
        if not moving and vm.changed_age > self.view.timing.network_silent:
            names = " and ".join(sorted(h.name for h in running))
            self.alarms.append(f"{vm.name} runs on {names} at once: it is left alone")

    def _elsewhere(self, vm: VmView, host: HostView) -> None:
        """Believe a guest that runs where its record does not say so, if its lease is not somebody
        else's; of one that was not even moving there, only if the lease is surely that server's."""
        if host.id == vm.placed_on or vm.changed_age <= settling(self.view.timing):
            return
        moved = host.id == vm.migrating_to and vm.lease is not VmLease.HELD
        if moved or self.facts.holder(vm) is host:
            why = "its record does not say so"
            self.actions.append(Correct(vm.id, host.id, why))
            self.said.append(f"recording that {vm.name} runs on {host.name}")

    def _missing(self, vm: VmView) -> None:
        if vm.coming_age > COMING:
            self.alarms.append(
                f"{vm.name} has been coming to life for more than {COMING / 60:.0f} min and does not"
                " run: it is not waited for any more; see what libvirt does on its server"
            )
        hold = self.facts.hold(vm)
        holder = self.facts.holder(vm)
        if hold is Hold.CLEARABLE and holder is not None:
            self.clear.setdefault(holder.id, []).append(vm)
        elif hold is Hold.EXPIRED and holder is not None:
            self.free.setdefault(holder.id, []).append(vm)
        elif self.facts.coming(vm):
            return
        elif not self.facts.guarded(vm):
            if hold is Hold.OPEN and self._is_off(vm):
                self._release(vm, reason(self.facts, vm))
        else:
            wait = wait_for(self.facts, vm, hold)
            if wait is None:
                self.start.append(vm)
            elif wait:
                self.waiting.append(f"{vm.name}: {wait}")

    def _is_off(self, vm: VmView) -> bool:
        """Whether it is recorded on servers that surely do not run it any more."""
        if self.facts.over(vm):
            return True
        off = self.facts.absent(vm) and undisturbed(vm, self.view.timing)
        return bool(recorded(vm)) and off

    def _release(self, vm: VmView, why: str) -> None:
        self.actions.append(Release(vm.id, why, self.facts.arriving_on(vm)))
        self.released.setdefault(why, []).append(vm.name)

    # The servers.

    def _server(self, host: HostView) -> None:
        self._state(host)
        if vms := self.free.get(host.id):
            self.actions.append(FreeLeases(host.id, _ids(vms)))
            self.said.append(f"freeing the leases of {_names(vms)} that {host.name} has lost")

    def _state(self, host: HostView) -> None:
        condition = self.facts.condition[host.id]
        if condition is Condition.PROVEN:
            self._proven(host)
        elif condition is Condition.SILENT:
            self._silent(host)
        elif condition is Condition.DOUBTFUL:
            self.said.append(f"{host.name} is silent{self._doubt()}")
        elif condition is Condition.EXPIRED and host.switched_off:
            self._let_back(host)
        elif condition in DEATH:
            self._dead(host)
        elif condition is not Condition.ONLINE:
            self.said.append(f"{host.name} {_TOLD[condition]}")
        elif valid_proof(host) is not None:
            self.alarms.append(f"{host.name} lives, although its fence devices confirmed it is off")
        elif not host.hypervisor:
            self.said.append(f"libvirt on {host.name} does not answer")

    def _dead(self, host: HostView) -> None:
        """Said once: with the VMs that are started because of it, if there are any."""
        death = f"{host.name} is {DEATH[self.facts.condition[host.id]]}"
        if death not in self.started:
            self.said.append(death)

    def _doubt(self) -> str:
        found = self.facts.condition.values()
        mute = sum(1 for c in found if c in (Condition.SILENT, Condition.DOUBTFUL))
        if is_mass(mute, found):
            return ", as most others are: waiting until its leases are lost"
        return ": watching it a little longer"

    def _proven(self, host: HostView) -> None:
        proof = valid_proof(host)
        vms = self.clear.get(host.id)
        if proof is not None and vms:
            self.actions.append(ClearLeases(host.id, proof, _ids(vms)))
            self.said.append(f"{host.name} is proven dead: clearing the leases of {_names(vms)}")
        else:
            self._let_back(host)

    def _let_back(self, host: HostView) -> None:
        """It was switched off for the sake of its VMs."""
        dead = f"{host.name} is {DEATH[self.facts.condition[host.id]]}"
        if any(self._left_of(host, vm) for vm in self.view.vms):
            self._dead(host)
        elif host.maintenance:
            self.said.append(f"{dead} and stays off for its maintenance")
        else:
            self.actions.append(PowerOn(host.id))
            self.said.append(f"{dead}, nothing is left of it: powering it on")

    def _left_of(self, host: HostView, vm: VmView) -> bool:
        return host.id in recorded(vm) or (vm.busy and self.facts.holder(vm) is host)

    def _silent(self, host: HostView) -> None:
        silent = f"{host.name} is silent on network and storage"
        if not any(self._wants_proof(vm, host) for vm in self.view.vms):
            self.said.append(f"{silent}: no HA VM depends on it")
        elif host.fence is FenceState.RUNNING:
            self.said.append(f"{silent}: fencing it")
        elif not host.fenceable:
            self.said.append(f"{silent}: no fence device works, waiting for its lease to run out")
        elif self.view.now < host.retry_at:
            self.said.append(f"{silent}: fencing failed, trying again later")
        else:
            self.actions.append(Fence(host.id, "silent on network and storage"))
            self.said.append(f"{silent}: fencing it")

    def _wants_proof(self, vm: VmView, host: HostView) -> bool:
        """Whether an HA VM cannot be helped before it is known what became of the server."""
        there = host.id in recorded(vm) or self.facts.holder(vm) is host
        if not there or not self.facts.guarded(vm) or self.facts.runs_on(vm):
            return False
        return self.facts.hold(vm) is not Hold.OPEN

    # Those to be started.

    def _start(self) -> None:
        board = board_of(self.facts)
        memory = {vm.name: vm.max_memory for vm in self.start}
        for vm in self.start:
            group = sum(memory.get(name, 0) for name in board.companions(vm.name))
            server = self._choose(board, vm, group)
            if server is not None:
                del memory[vm.name]
                why = reason(self.facts, vm)
                arriving_on = self.facts.arriving_on(vm)
                self.actions.append(Restart(vm.id, server, vm.placed_on, why, arriving_on))
                started = self.started.setdefault(why, [])
                started.append(f"{vm.name} on {self.facts.name(server)}")

    def _choose(self, board: Board, vm: VmView, group: int) -> str | None:
        """Where it starts: back where it was if that lives, unless it failed there before, or would have to
        end what is left of it. Until its turn has come, and if it finds no place, it keeps the room that
        its record claims."""
        need = need_of(vm)
        left = is_left(self.facts, vm)
        has_it = set() if left else {h.id for h in self.facts.seen.get(vm.id, ())}
        claims = [s for s in board.spots if vm.name in s.vms and s.id not in has_it]
        for spot in claims:
            board.take(need, spot)
        verdicts = [
            (s, "it still has a guest of it" if s.id in has_it else board.objection(need, s))
            for s in board.spots
        ]
        fitting = [s for s, objection in verdicts if objection is None]
        if not fitting:
            for spot in claims:
                board.put(need, spot)
            self.waiting.append(
                f"{vm.name}: no server can take it: "
                + "; ".join(f"{s.name}: {objection}" for s, objection in verdicts)
            )
            if self.facts.lost(vm):
                self._release(vm, f"{reason(self.facts, vm)} and no other server can take it")
            return None
        home = [s for s in fitting if s.id == vm.placed_on]
        if left or vm.attempts >= ELSEWHERE:
            fitting = [s for s in fitting if s.id != vm.placed_on] or fitting
        elif home:
            fitting = home
        best = board.best(need, fitting, group)
        for spot in claims:
            if spot is not best and spot.id == self.facts.arriving_on(vm):
                board.put(need, spot)  # that copy has not been ended yet
        board.put(need, best)
        return best.id


_TOLD = {
    Condition.ISOLATED: "does not answer but renews its lease: its VMs are left to it",
    Condition.STORAGE_LOST: "answers but renews no lease on the storage",
}


def _ids(vms: Iterable[VmView]) -> tuple[str, ...]:
    return tuple(sorted(vm.id for vm in vms))


def _names(vms: Iterable[VmView]) -> str:
    return _few(sorted(vm.name for vm in vms))


def _few(names: Iterable[str], most: int = 8) -> str:
    listed = list(names)
    more = len(listed) - most
    return ", ".join(listed[:most]) + (f" and {more} more" if more > 0 else "")
