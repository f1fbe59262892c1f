"""What every way to the pool's LUNs owes its users, and what is made of it. The fake stands alone yet."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import pytest
from pydantic import ValidationError

from millpond.adapters.fake.luns import FakeLuns
from millpond.adapters.fencing.scsi_pr import ScsiPr
from millpond.domain.errors import Failed, Refused
from millpond.domain.fencing import DeviceState, FenceDevice, FencingDocument
from millpond.domain.ha.proof import FenceMethod
from millpond.domain.names import new_id
from millpond.ports.luns import Luns, Reservation

OURS, THEIRS = 0x1, 0x2


@dataclass
class Site:
    """Two LUNs ``a`` and ``b``, guarded, where keys ``OURS`` and ``THEIRS`` are registered. ``add``
    brings a third, ``unguard`` lets go of a LUN's reservation, ``silence`` makes it deaf, ``spoil``
    has it keep what is preempted."""

    luns: Luns
    add: Callable[[str], None]
    unguard: Callable[[str], None]
    silence: Callable[[str], None]
    spoil: Callable[[str], None]


def _fake() -> Site:
    luns = FakeLuns()
    both = Reservation(frozenset({OURS, THEIRS}), True)
    luns.held = {"a": both, "b": both}

    def add(lun: str) -> None:
        luns.held[lun] = both

    def unguard(lun: str) -> None:
        luns.held[lun] = luns.held[lun]._replace(guards=False)

    return Site(luns, add, unguard, luns.deaf.add, luns.stubborn.add)


@pytest.fixture(params=[_fake], ids=["fake"])
async def site(request: pytest.FixtureRequest) -> AsyncIterator[Site]:
    yield request.param()


def device(**changes: object) -> FenceDevice:
    fields: dict[str, object] = {"name": "pr", "agent": "scsi-pr", "arguments": {"key": "0x2"}}
    return FenceDevice.model_validate(fields | changes)


async def test_a_key_is_preempted_and_no_other(site: Site) -> None:
    assert await site.luns.data_luns() == {"a", "b"}
    for _ in range(2):
        await site.luns.preempt("a", THEIRS)
        assert await site.luns.reservation("a") == Reservation(frozenset({OURS}), True)
    assert THEIRS in (await site.luns.reservation("b")).keys


async def test_a_lun_that_does_not_answer_says_so(site: Site) -> None:
    site.silence("b")
    for call in (site.luns.reservation("b"), site.luns.preempt("b", THEIRS)):
        with pytest.raises(Failed):
            await call


async def test_one_claim_covers_every_lun(site: Site) -> None:
    fencing = ScsiPr(site.luns)
    assert await fencing.state(device()) is DeviceState.ON
    claim = await fencing.off(device())
    assert (claim.method, claim.device) == (FenceMethod.SCSI_PR, "pr")
    assert "all LUNs (2), read back" in claim.detail
    for lun in ("a", "b"):
        assert (await site.luns.reservation(lun)).keys == {OURS}
    assert await fencing.state(device()) is DeviceState.OFF
    await fencing.off(device())


@pytest.mark.parametrize("fault", ["silence", "unguard", "spoil"])
async def test_a_lun_it_may_still_write_to_is_no_claim(site: Site, fault: str) -> None:
    getattr(site, fault)("b")
    fencing = ScsiPr(site.luns)
    with pytest.raises(Failed, match=r"\bb\b"):
        await fencing.off(device())
    with pytest.raises(Failed, match=r"\bb\b"):
        await fencing.state(device())


async def test_a_lun_that_comes_meanwhile_is_no_claim(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    preempt = site.luns.preempt

    async def and_grow(lun: str, key: int) -> None:
        await preempt(lun, key)
        site.add("c")

    monkeypatch.setattr(site.luns, "preempt", and_grow)
    with pytest.raises(Failed, match="may still write to c"):
        await ScsiPr(site.luns).off(device())


async def test_what_a_device_may_be_given(site: Site) -> None:
    fencing = ScsiPr(site.luns)
    await fencing.check(device())
    for arguments in ({}, {"key": "0"}, {"key": "x"}, {"key": "1" * 17}, {"key": "2", "ip": "a"}):
        with pytest.raises(Refused) as refused:
            await fencing.check(device(arguments=arguments))
        assert refused.value.code == "fence.invalid"


def test_a_server_has_one_for_all_luns() -> None:
    with pytest.raises(ValidationError, match="one covers all LUNs"):
        FencingDocument(generation=1, members={new_id(): (device(), device(name="pr2"))})
