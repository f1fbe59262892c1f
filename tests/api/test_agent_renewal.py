"""A manager renews the certificates of real agents, over HTTPS, while they serve."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from structlog.testing import CapturingLogger

from millpond.adapters.pki import authority as authority_module
from millpond.adapters.pki.authority import CertificateAuthority
from millpond.adapters.pki.keys import new_key, new_request
from millpond.adapters.rpc.client import Agents
from millpond.manager import renewals
from millpond.manager.renewals import renew_due
from millpond.manager.store import Store, servers
from tests.api.test_agent import Site, guest_spec, is_refused, site  # noqa: F401 - a fixture
from tests.support.agents import AgentProcess


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = Store(f"sqlite+aiosqlite:///{tmp_path / 'manager.db'}")
    await opened.open()
    yield opened
    await opened.close()


async def known(store: Store, server: AgentProcess) -> None:
    async with store.write() as connection:
        row = await servers.add(connection, server.name, server.address, server.port)
        await servers.enrolled(connection, row.id, server.id, server.port)


async def shown(site: Site, server: AgentProcess) -> x509.Certificate:  # noqa: F811
    """What the server shows to whoever connects now."""
    _, writer = await asyncio.open_connection(
        server.address, server.port, ssl=site.agents.context, server_hostname=server.id
    )
    tls: ssl.SSLObject = writer.get_extra_info("ssl_object")
    der = tls.getpeercert(binary_form=True)
    writer.close()
    assert der is not None
    return x509.load_der_x509_certificate(der)


def days_left(certificate: x509.Certificate) -> int:
    return (certificate.not_valid_after_utc - datetime.now(UTC)).days


async def test_a_certificate_is_renewed_in_time_and_nothing_stops_for_it(
    site: Site,  # noqa: F811
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(authority_module, "LEAF_LIFE", timedelta(days=239))
        due = site.server(1)
    fresh, gone = site.server(2), site.server(3)
    for server in (due, fresh, gone):
        await known(store, server)
    agent, _ = await due.ready(site.agents), await fresh.ready(site.agents)
    spec = guest_spec()
    await agent.hypervisor.start(spec)
    before = await shown(site, due)
    untouched = await shown(site, fresh)
    gone.kill()
    await renew_due(store, site.agents, site.authority)
    after = await shown(site, due)
    assert days_left(before) < 240 < 720 < days_left(after)
    assert after.public_key() == before.public_key()
    assert after.subject == before.subject
    own = Agents(due.own_context())  # what is on its disk now is admitted, too
    with is_refused("auth.denied"):
        await own.agent(fresh.route).hypervisor.guests()
    own.close()
    assert (await agent.hypervisor.guests())[0].run == spec.run
    assert "stopped serving" not in due.log
    assert await shown(site, fresh) == untouched
    await renew_due(store, site.agents, site.authority)
    assert await shown(site, due) == after


async def test_a_certificate_that_does_not_fit_is_refused(
    site: Site,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(authority_module, "LEAF_LIFE", timedelta(days=100))
    server = site.server(1)
    agent = await server.ready(site.agents)
    before = await shown(site, server)
    request = await agent.certificate.request()
    assert request is not None
    monkeypatch.undo()
    names = (server.id, server.name, server.address)
    stranger = CertificateAuthority.open(tmp_path / "stranger")
    others_key = new_request(new_key()).decode()
    other = site.authority.issue_agent(request, "11111111-2222-3333-4444-555555555555", *names[1:])
    monkeypatch.setattr(authority_module, "LEAF_LIFE", timedelta(days=99))
    shorter = site.authority.issue_agent(request, *names)
    monkeypatch.undo()
    for certificate in (
        "no certificate",
        stranger.issue_agent(request, *names),
        site.authority.issue_agent(others_key, *names),
        other,
        shorter,
    ):
        with is_refused("request.invalid"):
            await agent.certificate.install(certificate)
    assert await shown(site, server) == before
    await agent.certificate.install(site.authority.issue_agent(request, *names))
    assert await agent.certificate.request() is None


async def test_one_server_does_not_end_the_renewals_of_the_others(
    site: Site,  # noqa: F811
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(authority_module, "LEAF_LIFE", timedelta(days=100))
        bad, good = site.server(1), site.server(2)
    for server in (bad, good):
        await known(store, server)
        await server.ready(site.agents)
    issue = site.authority.issue_agent

    def breaks(request: str, server: str, name: str, address: str) -> str:
        if server == bad.id:
            raise LookupError("nobody thought of this")
        return issue(request, server, name, address)

    monkeypatch.setattr(site.authority, "issue_agent", breaks)
    log = CapturingLogger()
    monkeypatch.setattr(renewals, "log", log)
    await renew_due(store, site.agents, site.authority)
    assert days_left(await shown(site, bad)) < 100 < days_left(await shown(site, good))
    warned = next(call for call in log.calls if call.method_name == "warning")
    assert (warned.args, warned.kwargs["server"]) == (("certificate.not_renewed",), bad.name)
    assert (warned.kwargs["error"], warned.kwargs["exc_info"]) == ("nobody thought of this", True)
