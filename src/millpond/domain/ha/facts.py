"""What follows from a view before anything is decided: who lives, who is seen where."""

from millpond.domain.ha.holding import Hold, hold
from millpond.domain.ha.silence import OVER, Condition, conditions
from millpond.domain.ha.view import COMING, HostView, PoolView, VmLease, VmView
from millpond.domain.vm import Power, Wanted


class Facts:
    """``condition`` by server id. ``seen``: by VM id, the members that answer and say right now that
    they have its guest."""

    def __init__(self, view: PoolView) -> None:
        self.view = view
        self.condition = conditions(view)
        self.hosts = {h.id: h for h in view.hosts}
        self._by_host_id = {h.host_id: h for h in view.hosts}
        self.seen: dict[str, list[HostView]] = {}
        for host in view.hosts:
            if host.hypervisor and self.answers(host.id):
                for vm, guest in host.guests.items():
                    if guest.power is not Power.STOPPED:
                        self.seen.setdefault(vm, []).append(host)

    def answers(self, server: str) -> bool:
        return self.condition.get(server) in (Condition.ONLINE, Condition.STORAGE_LOST)

    def name(self, server: str) -> str:
        host = self.hosts.get(server)
        return host.name if host else server

    def runs_on(self, vm: VmView) -> list[HostView]:
        """Where its guest's processors are seen to run; it is paused on the target of a migration."""
        return [h for h in self.seen.get(vm.id, ()) if h.guests[vm.id].power is Power.RUNNING]

    def stands_on(self, vm: VmView) -> list[HostView]:
        """Where it is paused and is the guest itself, for it holds the lease: at most one server. Other
        paused guests are copies that a migration left, or has not ended."""
        seen, holder = self.seen.get(vm.id, ()), self.holder(vm)
        return [h for h in seen if h is holder and self.hold(vm) is Hold.HELD]

    def knows_absent(self, vm: VmView, server: str) -> bool:
        """Whether the server surely has no guest of it."""
        if self.condition.get(server) in OVER:
            return True
        host = self.hosts.get(server)
        return (
            host is not None
            and host.hypervisor
            and self.answers(server)
            and host not in self.seen.get(vm.id, ())
            and host not in self.coming(vm)
        )

    def coming(self, vm: VmView) -> list[HostView]:
        """The members in good health that say that they are bringing its guest to life, if they have
        not said so for too long. What was arriving when its source died does not come any more."""
        if vm.coming_age > COMING:
            return []
        left = vm.migrating_to if self.condition.get(vm.placed_on or "") in OVER else None
        return [
            h
            for h in self.view.hosts
            if vm.id in h.coming and self.condition[h.id] is Condition.ONLINE and h.id != left
        ]

    def over(self, vm: VmView) -> bool:
        """Whether it is recorded on servers, all of which are dead or gone."""
        servers = recorded(vm)
        return bool(servers) and all(self.condition.get(s) in OVER for s in servers)

    def lost(self, vm: VmView) -> bool:
        """Whether it is recorded on a dead server, which stays off as long as it is, and is surely on no
        other one that its record names."""
        dead = any(self.condition.get(s) in OVER for s in recorded(vm))
        return dead and self.absent(vm)

    def absent(self, vm: VmView) -> bool:
        """Whether none of the servers it is recorded on, if there are any, has a guest of it."""
        return all(self.knows_absent(vm, server) for server in recorded(vm))

    def arriving_on(self, vm: VmView) -> str | None:
        """Where a copy of it may be left that was arriving when its source died: libvirt keeps that
        for half a minute, claimed by nobody, and with it its memory and its id. A source that lives
        ends it itself, or may yet hand over."""
        target = vm.migrating_to
        if target is None or vm.placed_on is None or self.condition.get(vm.placed_on) not in OVER:
            return None
        return target if self.answers(target) and self.knows_absent(vm, target) else None

    def guarded(self, vm: VmView) -> bool:
        """Whether HA is to see to it that it runs."""
        return self.view.settings.enabled and vm.ha and vm.wanted is Wanted.ON

    def holder(self, vm: VmView) -> HostView | None:
        """The member with the host id that the storage names as its lease's owner."""
        return self._by_host_id.get(vm.lease_host) if vm.lease is VmLease.HELD else None

    def hold(self, vm: VmView) -> Hold:
        holder = self.holder(vm)
        condition = self.condition[holder.id] if holder else None
        return hold(vm, holder, condition, self.view.now)


def recorded(vm: VmView) -> tuple[str, ...]:
    """The servers its record names: where it is, and where it is moving to."""
    return tuple(s for s in (vm.placed_on, vm.migrating_to) if s is not None)
