"""Whether a guest that no server shows is to be started again now, or what that waits for."""

from millpond.domain.ha.facts import Facts, recorded
from millpond.domain.ha.holding import Hold
from millpond.domain.ha.silence import OVER, Condition
from millpond.domain.ha.view import VmLease, VmView
from millpond.domain.timing import Timing

BACK_OFF = (0, 10, 30, 60, 120)
"""Seconds after so many failed starts in a row; then always the last."""

ELSEWHERE = 2
"""Failed starts after which another server is tried, if one can take it."""

GONE = 3
"""Pulses that must miss a guest: an orderly restart has it gone for a moment."""


def settling(t: Timing) -> float:
    """Seconds that whoever wrote a record may take to make it true."""
    return t.start + 2 * t.pulse


def undisturbed(vm: VmView, t: Timing) -> bool:
    """Whether its guest has been gone, and its record been left alone, for so long that nobody can be
    about to start it, to reboot it or to hand it over."""
    return min(vm.gone_age, vm.changed_age) > settling(t)


def is_left(facts: Facts, vm: VmView) -> bool:
    """Whether all there is of it is a copy where its record says that can never run on: a migration left
    it there, and whoever ran the guest since is dead, for the lease is open."""
    seen = facts.seen.get(vm.id, ())
    return (
        len(seen) == 1
        and seen[0].id == vm.placed_on
        and seen[0].guests[vm.id].outdated
        and facts.hold(vm) is Hold.OPEN
    )


def wait_for(facts: Facts, vm: VmView, hold: Hold) -> str | None:
    """None: start it. Else what it waits for, empty if that is nobody's concern: a server's state that
    is told of the server, or a moment's patience."""
    t = facts.view.timing
    if hold is not Hold.OPEN:
        return _withheld(facts, vm) if facts.absent(vm) and undisturbed(vm, t) else ""
    # Nobody brings a guest to life on a dead server, nor moves it away from there.
    dead = vm.placed_on is not None and facts.condition.get(vm.placed_on) in OVER
    if not dead and (_raced(vm, t) or _handing_over(facts, vm)):
        return ""
    if dead and vm.attempt_age > vm.gone_age:
        return None  # the last start went well; what ended the guest was its server's death
    delay = BACK_OFF[min(vm.attempts, len(BACK_OFF) - 1)]
    if vm.attempt_age < delay and vm.attempts:
        times = "one failed start" if vm.attempts == 1 else f"{vm.attempts} failed starts"
        return f"it waits {delay} s after {times}"
    return None


def _withheld(facts: Facts, vm: VmView) -> str:
    holder = facts.holder(vm)
    if vm.lease is VmLease.UNREAD:
        return "its lease cannot be read"
    if holder is None:
        return f"its lease is held by host id {vm.lease_host}, which no member has"
    online = facts.condition[holder.id] is Condition.ONLINE
    return f"its lease is held by {holder.name}" if online else ""


def _raced(vm: VmView, t: Timing) -> bool:
    """Whether an operation may be at work on it: it records the server first and starts the guest
    then, or (a reboot) has it gone for a moment. What we wrote ourselves for a start that has failed
    since is nobody's work."""
    if vm.gone_age <= GONE * t.pulse:
        return True
    ours = vm.attempts > 0 and vm.attempt_age <= vm.changed_age
    return bool(recorded(vm)) and vm.changed_age <= settling(t) and not ours


def _handing_over(facts: Facts, vm: VmView) -> bool:
    """Whether a migration may be in the moment at which neither side holds the lease: not if either
    end is known to have no part in it."""
    if vm.migrating_to is None:
        return False
    return not any(facts.knows_absent(vm, server) for server in recorded(vm))


def reason(facts: Facts, vm: VmView) -> str:
    """Why it is started, as half a sentence."""
    servers = recorded(vm)
    if not servers:
        return "there is room for it"
    for server in servers:
        condition = facts.condition.get(server)
        if condition in OVER:
            return f"{facts.name(server)} is {DEATH[condition]}"
    server = servers[0]
    if any(h.id == server for h in facts.seen.get(vm.id, ())):
        return f"what is left of it on {facts.name(server)} is out of date"
    if facts.answers(server):
        return f"its guest is gone from {facts.name(server)}"
    return f"{facts.name(server)} holds its lease no more"


DEATH = {
    Condition.PROVEN: "proven dead",
    Condition.EXPIRED: "dead by its lease",
    Condition.LEFT: "out of the lockspace",
}
