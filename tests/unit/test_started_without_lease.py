"""A guest that libvirt has just started is ended only where it surely runs without its lease."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import libvirt
import pytest

from millpond.adapters.libvirt import leases
from millpond.adapters.libvirt.connection import Connection
from millpond.adapters.libvirt.domain_xml import Host, domain_xml
from millpond.adapters.libvirt.hypervisor import LibvirtHypervisor
from millpond.adapters.libvirt.metadata import Metadata
from millpond.adapters.tasks.runner import TaskRunner
from millpond.domain.errors import Refused, Unknown
from millpond.domain.leases import HostState, LeaseHost, LeaseOwner, Lockspace, Resource
from millpond.domain.server import Acceleration
from millpond.domain.vm import Guest, GuestSpec
from millpond.ports.lockspace import Lockspaces
from tests.unit.test_domain_xml import POOL, host, meta

PLACE = Lockspace(name=POOL, path="/leases/lockspace", host_id=1, io_timeout=2)
NOTHING = Refused("storage.unavailable", "repository", "it does not answer", "wait")


class _Link:
    """libvirt, which lets whatever is restored run at once."""

    def __init__(self, saved: Metadata) -> None:
        self.saved = domain_xml(saved, cast(Host, host()))
        self.meta = saved
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

    def saveImageGetXMLDesc(self, _: str) -> str:  # noqa: N802
        return self.saved

    def restoreFlags(self, *_: object) -> None:  # noqa: N802
        self.there = True

    def destroy(self) -> None:
        self.there = False

    def metadata(self, *_: object) -> str:
        return self.meta.bare_xml()

    def state(self) -> list[int]:
        return [libvirt.VIR_DOMAIN_RUNNING, libvirt.VIR_DOMAIN_RUNNING_RESTORED]

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


class _Restored:
    """A VM that is resumed, and the file it was saved to."""

    def __init__(
        self, image: Path, monkeypatch: pytest.MonkeyPatch, after: LeaseOwner | Refused | None
    ) -> None:
        self.image, saved = image, meta()
        image.write_bytes(b"memory")
        self.link = _Link(saved)

        async def place() -> Lockspace:
            return PLACE

        async def proven() -> Acceleration:
            return Acceleration.KVM

        async def hot(_: LibvirtHypervisor, spec: GuestSpec) -> Guest:
            guest = await self.hypervisor.guest(spec.config.id)
            assert guest is not None
            return guest

        monkeypatch.setattr(leases, "takes_leases", lambda: True)
        monkeypatch.setattr(LibvirtHypervisor, "apply", hot)
        self.hypervisor = LibvirtHypervisor(
            cast(Connection, self.link),
            TaskRunner(),
            proven,
            cast(Lockspaces, _Sanlock(self.link, after)),
            place,
        )
        self.spec = GuestSpec(
            config=saved.config, directory=saved.directory, lockspace=POOL, run=saved.run
        )

    async def resume(self) -> Guest:
        return await self.hypervisor.restore(self.spec, str(self.image))


@pytest.mark.parametrize("after", [NOTHING, LeaseOwner(host_id=1, generation=3)])
async def test_a_doubt_ends_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: LeaseOwner | Refused
) -> None:
    resumed = _Restored(tmp_path / "memory", monkeypatch, after)
    assert (await resumed.resume()).run == resumed.spec.run
    assert resumed.link.there
    assert resumed.image.exists(), "whoever asked for it removes it"


@pytest.mark.parametrize(
    "after",
    [None, LeaseOwner(host_id=2, generation=1), LeaseOwner(host_id=1, generation=2)],
)
async def test_memory_that_a_guest_ran_from_before_it_was_ended_is_never_loaded_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: LeaseOwner | None
) -> None:
    resumed = _Restored(tmp_path / "memory", monkeypatch, after)
    with pytest.raises(Refused, match=r"without its lease.*saved memory") as refusal:
        await resumed.resume()
    assert refusal.value.code == "lease.daemon"
    assert not resumed.link.there
    assert not resumed.image.exists()


async def test_nor_is_it_if_it_cannot_be_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then the guest runs on, and nobody takes its resume for failed."""
    resumed = _Restored(tmp_path / "memory", monkeypatch, None)

    def broken(*_: object, **__: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(Path, "unlink", broken)
    with pytest.raises(Unknown):
        await resumed.resume()
    assert resumed.link.there
