"""A guest that was frozen is let go on, whatever its agent says."""

from typing import cast

import libvirt
import pytest

from millpond.adapters.libvirt.quiescing import quiet
from millpond.domain.backup import Quiesce


class _Guest:
    """Its agent freezes it, and falls silent before it says so."""

    frozen = False

    def agentSetResponseTimeout(self, seconds: int) -> None:  # noqa: N802
        assert 0 < seconds < 600

    def fsFreeze(self) -> None:  # noqa: N802
        self.frozen = True
        raise libvirt.libvirtError("the agent fell silent")

    def fsThaw(self) -> None:  # noqa: N802
        self.frozen = False


def test_an_agent_that_froze_and_fell_silent() -> None:
    guest = _Guest()
    with quiet(cast(libvirt.virDomain, guest), "vm", Quiesce.TRY) as why:
        assert why
        assert not guest.frozen


def test_nor_is_it_left_frozen_where_that_is_required() -> None:
    guest = _Guest()
    with (
        pytest.raises(libvirt.libvirtError),
        quiet(cast(libvirt.virDomain, guest), "vm", Quiesce.REQUIRE),
    ):
        raise AssertionError("not quiet")
    assert not guest.frozen
