"""Asking a guest to power off."""

import asyncio
import logging

import libvirt
from lxml import etree

from millpond.adapters.libvirt import view
from millpond.adapters.libvirt.connection import Connection
from millpond.adapters.libvirt.domain_xml import AGENT_CHANNEL
from millpond.adapters.libvirt.errors import words
from millpond.domain.errors import MillpondError

_log = logging.getLogger(__name__)
_asking: set[asyncio.Task[None]] = set()  # asyncio itself keeps only weak references


async def press_power_button(connection: Connection, vm: str) -> None:
    """The ACPI button, and the guest agent's command if an agent is connected.

    The agent's answer is not waited for: it may be long in coming, or never come.
    """

    def press(link: libvirt.virConnect) -> bool:
        try:
            domain = view.lookup(link, vm)
            if domain is None or view.metadata(domain) is None:
                return False
            domain.shutdownFlags(libvirt.VIR_DOMAIN_SHUTDOWN_ACPI_POWER_BTN)
            return _agent_connected(domain)
        except libvirt.libvirtError as error:
            if view.ended(error):
                return False
            raise

    if await connection.call("shutdown", press):
        task = asyncio.create_task(_ask_agent(connection, vm))
        _asking.add(task)
        task.add_done_callback(_asking.discard)


def _agent_connected(domain: libvirt.virDomain) -> bool:
    channels = etree.fromstring(domain.XMLDesc()).iterfind("devices/channel/target")
    return any(c.get("name") == AGENT_CHANNEL and c.get("state") == "connected" for c in channels)


async def _ask_agent(connection: Connection, vm: str) -> None:
    def ask(link: libvirt.virConnect) -> None:
        domain = view.lookup(link, vm)
        if domain is not None:
            domain.shutdownFlags(libvirt.VIR_DOMAIN_SHUTDOWN_GUEST_AGENT)

    try:
        await connection.call_long("shutdown", ask)
    except (libvirt.libvirtError, MillpondError) as error:
        text = words(error) if isinstance(error, libvirt.libvirtError) else str(error)
        _log.info("guest agent of %s: %s", vm, text)
