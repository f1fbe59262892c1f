"""The members as places for guests, with everything that is on them already."""

from millpond.domain.ha.affinity import Affinity
from millpond.domain.ha.facts import Facts, recorded
from millpond.domain.ha.silence import OVER, Condition
from millpond.domain.ha.view import FenceState, HostView, VmView
from millpond.domain.leases import HostState
from millpond.domain.placement import Board, Need, Spot


def need_of(vm: VmView) -> Need:
    return Need(vm.name, vm.max_memory, vm.bridges, vm.preferred, vm.repositories)


def board_of(facts: Facts) -> Board:
    """A VM takes room by its record, by our own start of it, and where it is seen. What was on a dead
    server is nowhere."""
    spots = {
        h.id: Spot(
            h.id,
            h.name,
            _unfit(facts, h),
            h.memory,
            0,
            h.bridges,
            leaving=h.maintenance,
            repositories=h.repositories,
        )
        for h in facts.view.hosts
    }
    board = Board(spots.values(), Affinity(facts.view.settings.rules))
    for vm in facts.view.vms:
        seen = {host.id for host in facts.seen.get(vm.id, ())}
        for server in seen | {s for s in (*recorded(vm), vm.target) if s is not None}:
            if facts.condition.get(server) not in OVER and server in spots:
                board.put(need_of(vm), spots[server])
    return board


def _unfit(facts: Facts, host: HostView) -> str | None:
    """Why the server takes no guest at all."""
    if not host.vm_role:
        return "it does not have the role vm"
    if host.maintenance:
        return "it is in maintenance"
    condition = facts.condition[host.id]
    if condition is not Condition.ONLINE:
        return _CONDITION[condition]
    if not host.hypervisor:
        return "its libvirt does not answer"
    if host.generation is None or not host.joined:
        return "it has not joined the lockspace"
    if host.lease is HostState.FAIL:
        return "it is losing its leases"
    fencing = host.fence in (FenceState.RUNNING, FenceState.PROVEN)
    return "it is being fenced" if fencing else None


_CONDITION = {
    Condition.ISOLATED: "it does not answer",
    Condition.STORAGE_LOST: "it has lost the storage",
    Condition.DOUBTFUL: "it does not answer",
    Condition.SILENT: "it is silent",
    Condition.PROVEN: "it is dead",
    Condition.EXPIRED: "it is dead",
    Condition.LEFT: "it is out of the lockspace",
}
