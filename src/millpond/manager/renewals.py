"""Renews the servers' certificates long before they run out: a pool whose certificates all expire is
one whose servers cannot talk to each other."""

import asyncio

import structlog
from sqlalchemy.exc import SQLAlchemyError

from millpond.adapters.pki.authority import CertificateAuthority
from millpond.adapters.rpc.client import Agents, Route
from millpond.domain.errors import MillpondError
from millpond.manager.store import Store
from millpond.manager.store import servers as known_servers
from millpond.manager.store.servers import ServerRow

log = structlog.get_logger(__name__)

LOOK_SECONDS = 3600.0
"""A renewal is due 240 days before it is needed, so whoever does not answer is asked again often."""


async def renew_forever(store: Store, agents: Agents, authority: CertificateAuthority) -> None:
    while True:
        try:
            await renew_due(store, agents, authority)
        except SQLAlchemyError as error:
            log.error("renewals.database", error=str(error))
        await asyncio.sleep(LOOK_SECONDS)


async def renew_due(store: Store, agents: Agents, authority: CertificateAuthority) -> None:
    """One server after the other, for each restarts its libvirt. Those that do not answer, or refuse,
    are left for the next time, and so are those whose answer makes no sense, whatever it breaks: one
    server must not end the others' renewals. Raises ``SQLAlchemyError``."""
    async with store.read() as connection:
        rows = [row for row in await known_servers.everyone(connection) if row.enrolled]
    for row in rows:
        try:
            await _renew(row, agents, authority)
        except Exception as error:
            unforeseen = not isinstance(error, MillpondError)
            log.warning(
                "certificate.not_renewed", server=row.name, error=str(error), exc_info=unforeseen
            )


async def _renew(row: ServerRow, agents: Agents, authority: CertificateAuthority) -> None:
    """Asked directly: the connection proves that it is this server's key that is signed for."""
    certificate = agents.agent(Route(row.address, row.port, row.id)).certificate
    request = await certificate.request()
    if request is not None:
        await certificate.install(authority.issue_agent(request, row.id, row.name, row.address))
        log.info("certificate.renewed", server=row.name)
