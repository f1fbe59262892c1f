"""A guest that libvirt has just started is ended only where it surely runs without its lease."""

from collections.abc import Callable
from typing import Any, cast

import libvirt
import pytest

from millpond.adapters.libvirt import leases
from millpond.adapters.libvirt.connection import Connection
from millpond.adapters.libvirt.domain_xml import Host
from millpond.adapters.libvirt.host import HostFacts
from millpond.adapters.libvirt.hypervisor import LibvirtHypervisor
from millpond.adapters.libvirt.metadata import Metadata
from millpond.adapters.tasks.runner import TaskRunner
from millpond.domain.errors import Refused
from millpond.domain.leases import HostState, LeaseHost, LeaseOwner, Lockspace, Resource
from millpond.domain.server import Acceleration
from millpond.domain.vm import GuestSpec
from millpond.ports.lockspace import Lockspaces
from tests.unit.test_domain_xml import POOL, host, meta

PLACE = Lockspace(name=POOL, path="/leases/lockspace", host_id=1, io_timeout=2)
NOTHING = Refused("storage.unavailable", "repository", "it does not answer", "wait")


class _Link:
    """libvirt, which lets whatever is started run at once."""

    def __init__(self, config: Metadata) -> None:
        self.meta = config
        self.there = False

    def listen(self, _: object) -> None:
        pass

    async def read(self, _: str, work: Callable[[Any], Any]) -> Any:
        return work(self)

    call = call_long = read

    def isAlive(self) -> bool:  # noqa: N802
        return True

    def lookupByUUIDString(self, _: str) -> "_Link":  # noqa: N802
        if not self.there:
            error = libvirt.libvirtError("gone")
            error.err = (libvirt.VIR_ERR_NO_DOMAIN, 0, "gone", 0, "", "", "", 0, 0)
            raise error
        return self

    def createXML(self, _: str) -> "_Link":  # noqa: N802
        self.there = True
        return self

    def destroy(self) -> None:
        self.there = False

    def metadata(self, *_: object) -> str:
        return self.meta.bare_xml()

    def state(self) -> list[int]:
        return [libvirt.VIR_DOMAIN_RUNNING, libvirt.VIR_DOMAIN_RUNNING_BOOTED]

    def info(self) -> list[int]:
        return [libvirt.VIR_DOMAIN_RUNNING, 1 << 20, 1 << 20, 1, 0]

    def XMLDesc(self) -> str:  # noqa: N802
        return "<domain/>"


class _Sanlock:
    """Free before the start; ``after`` it, what ``owner`` gives or raises."""

    def __init__(self, link: _Link, after: LeaseOwner | Refused | None) -> None:
        self._link, self._after = link, after

    async def joined(self, _: Lockspace) -> bool:
        return True

    async def owner(self, _: Resource) -> LeaseOwner | None:
        if isinstance(self._after, Refused) and self._link.there:
            raise self._after
        return cast(LeaseOwner | None, self._after if self._link.there else None)

    async def hosts(self, _: Lockspace) -> tuple[LeaseHost, ...]:
        return (
            LeaseHost(host_id=1, generation=3, timestamp=9, io_timeout=2, state=HostState.LIVE),
        )


class _Started:
    """A VM that is started."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, after: LeaseOwner | Refused | None) -> None:
        config = meta()
        self.link = _Link(config)

        async def place() -> Lockspace:
            return PLACE

        async def proven() -> Acceleration:
            return Acceleration.KVM

        async def host_facts(_: HostFacts) -> Host:
            return cast(Host, host())

        monkeypatch.setattr(leases, "takes_leases", lambda: True)
        monkeypatch.setattr(HostFacts, "for_domains", host_facts)
        self.hypervisor = LibvirtHypervisor(
            cast(Connection, self.link),
            TaskRunner(),
            proven,
            cast(Lockspaces, _Sanlock(self.link, after)),
            place,
        )
        self.spec = GuestSpec(
            config=config.config, directory=config.directory, lockspace=POOL, run=config.run
        )


@pytest.mark.parametrize("after", [NOTHING, LeaseOwner(host_id=1, generation=3)])
async def test_a_doubt_ends_nobody(
    monkeypatch: pytest.MonkeyPatch, after: LeaseOwner | Refused
) -> None:
    started = _Started(monkeypatch, after)
    assert (await started.hypervisor.start(started.spec)).run == started.spec.run
    assert started.link.there


@pytest.mark.parametrize(
    "after",
    [None, LeaseOwner(host_id=2, generation=1), LeaseOwner(host_id=1, generation=2)],
)
async def test_a_guest_that_surely_has_no_lease_is_ended(
    monkeypatch: pytest.MonkeyPatch, after: LeaseOwner | None
) -> None:
    started = _Started(monkeypatch, after)
    with pytest.raises(Refused, match="without its lease") as refusal:
        await started.hypervisor.start(started.spec)
    assert refusal.value.code == "lease.daemon"
    assert not started.link.there
