"""A guest's file systems, frozen by its agent for the moment in which its disks are copied."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import libvirt

from millpond.adapters.guest_agent_errors import no_agent
from millpond.adapters.libvirt.errors import words
from millpond.domain.backup import Quiesce
from millpond.domain.errors import Failed

NO_AGENT = frozenset({libvirt.VIR_ERR_AGENT_UNRESPONSIVE, libvirt.VIR_ERR_AGENT_UNSYNCED})
AGENT_SECONDS = 60
"""The guest's own programs run before it is frozen; a database may write all that it has then."""


@contextmanager
def quiet(domain: libvirt.virDomain, subject: str, how: Quiesce) -> Iterator[str]:
    """Its file systems stand still within; why they do not, if that was to be tried only ("" if they do,
    or were not to). Raises ``Refused(snapshot.agent)``, and ``Failed`` if they cannot be let go on."""
    if how is Quiesce.NO:
        yield ""
        return
    try:
        domain.agentSetResponseTimeout(AGENT_SECONDS)
        domain.fsFreeze()
    except libvirt.libvirtError as error:
        with suppress(libvirt.libvirtError):
            domain.fsThaw()  # it may have frozen before it fell silent
        if how is Quiesce.REQUIRE:
            if error.get_error_code() not in NO_AGENT:
                raise
            raise no_agent(subject, "do without: --quiesce try", words(error)) from error
        yield words(error)
        return
    try:
        yield ""
    finally:
        try:
            domain.fsThaw()
        except libvirt.libvirtError as error:
            raise Failed("quiesce", f"its file systems cannot be thawed: {words(error)}") from error


def thaw(domain: libvirt.virDomain) -> None:
    """Let them go on if they stand still. A guest that stands still itself, or has no agent that answers,
    cannot have been frozen by one."""
    try:
        domain.fsThaw()
    except libvirt.libvirtError as error:
        if error.get_error_code() not in {*NO_AGENT, libvirt.VIR_ERR_OPERATION_INVALID}:
            raise
