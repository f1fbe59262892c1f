"""Whether a VM's lease keeps its guest from being started elsewhere."""

from enum import Enum, auto

from millpond.domain.ha.silence import Condition, valid_proof
from millpond.domain.ha.view import HostView, VmLease, VmView
from millpond.domain.leases import HostState


class Hold(Enum):
    """``OPEN``: the next start gets the lease. ``CLEARABLE``: once it is cleared, with the proof of
    its holder's death. ``EXPIRED``: once whoever has seen its holder die has taken it and let go of
    it. ``HELD``: by a host that may live. ``UNREAD``: nobody has looked."""

    OPEN = auto()
    CLEARABLE = auto()
    EXPIRED = auto()
    HELD = auto()
    UNREAD = auto()


def hold(vm: VmView, holder: HostView | None, condition: Condition | None, now: float) -> Hold:
    """``holder`` is the member with the host id that holds the lease, None if no member has it;
    ``now`` is the observer's clock.

    A lease of an older generation is free, and so is one whose host gave its id back: any sanlock
    grants them. A generation newer than the host's own says that the two were read at different
    times, so it is held.
    """
    if vm.lease is VmLease.UNREAD:
        return Hold.UNREAD
    if vm.lease is VmLease.FREE:
        return Hold.OPEN
    if holder is None:
        return Hold.HELD
    generation = holder.generation
    if generation is not None and vm.lease_generation < generation:
        return Hold.OPEN
    if generation is not None and vm.lease_generation > generation:
        return Hold.HELD
    if holder.lease is HostState.FREE:
        return Hold.OPEN
    proof = valid_proof(holder)
    covered = proof and proof.is_fresh(now) and vm.lease_generation <= proof.generation
    if condition is Condition.PROVEN and covered:
        return Hold.CLEARABLE
    return Hold.EXPIRED if holder.lease is HostState.DEAD else Hold.HELD
