"""An agent takes its renewed certificate, and gives libvirt it, whole or not at all."""

import asyncio
from contextlib import nullcontext
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from millpond.adapters.libvirt.traffic import Traffic
from millpond.adapters.pki import authority as authority_module
from millpond.adapters.pki.authority import CertificateAuthority
from millpond.agent.libvirt_identity import Rest
from millpond.agent.renewal import OwnCertificate
from millpond.agent.settings import AgentSettings, HypervisorKind
from millpond.domain.errors import Failed, Refused, Unknown
from tests.support.agents import AgentProcess


@pytest.fixture
def authority(tmp_path: Path) -> CertificateAuthority:
    return CertificateAuthority.open(tmp_path / "pki")


def enrolled(
    directory: Path, authority: CertificateAuthority, life: timedelta, patch: pytest.MonkeyPatch
) -> AgentProcess:
    """Not started; its certificate is good for ``life`` from now."""
    server = AgentProcess(directory, 1)
    with patch.context() as context:
        context.setattr(authority_module, "LEAF_LIFE", life)
        server.enrol(authority)
    return server


def own(server: AgentProcess, libvirt_restart: str, rest: Rest = nullcontext) -> OwnCertificate:
    settings = AgentSettings(
        config_dir=server.home / "etc",
        pki_dir=server.home / "pki",
        hypervisor=HypervisorKind.LIBVIRT,
        libvirt_restart=libvirt_restart,
    )
    return OwnCertificate(settings, server.files, (), rest)


async def renewed(own: OwnCertificate, server: AgentProcess, by: CertificateAuthority) -> str:
    request = await own.request()
    assert request is not None
    return by.issue_agent(request, server.id, server.name, server.address)


async def test_a_renewal_that_libvirt_did_not_take_up_is_repeated(
    tmp_path: Path, authority: CertificateAuthority, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = enrolled(tmp_path, authority, timedelta(days=100), monkeypatch)
    certificate = own(server, "false")
    first = await renewed(certificate, server, authority)
    with pytest.raises(Failed, match="restart libvirt"):
        await certificate.install(first)
    certificate = own(server, "true")
    second = await renewed(certificate, server, authority)
    await certificate.install(second)
    assert await certificate.request() is None
    for path in ("libvirt/servercert.pem", "libvirt/clientcert.pem", "qemu/server-cert.pem"):
        assert (server.home / "pki" / path).read_text() == second
    assert server.files.certificate.read_text() == second


@pytest.mark.parametrize(
    ("what", "days"), [("_BACKDATED", -1), ("LEAF_LIFE", -1)], ids=["early", "late"]
)
async def test_a_certificate_that_is_not_valid_now_is_refused(
    tmp_path: Path,
    authority: CertificateAuthority,
    monkeypatch: pytest.MonkeyPatch,
    what: str,
    days: int,
) -> None:
    """As from a manager whose clock is far ahead, or behind."""
    server = enrolled(tmp_path, authority, timedelta(days=-2), monkeypatch)
    certificate = own(server, "true")
    before = server.files.certificate.read_text()
    with monkeypatch.context() as patch:
        patch.setattr(authority_module, what, timedelta(days=days))
        invalid = await renewed(certificate, server, authority)
    with pytest.raises(Refused, match="is not valid now"):
        await certificate.install(invalid)
    assert server.files.certificate.read_text() == before
    assert not (server.home / "pki").exists()


async def idle() -> bool:
    """libvirtd is at nothing by itself."""
    return False


async def test_libvirt_is_restarted_between_calls(
    tmp_path: Path, authority: CertificateAuthority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that is under way is waited for, and one that comes meanwhile waits."""
    server = enrolled(tmp_path, authority, timedelta(days=100), monkeypatch)
    began, over = tmp_path / "began", tmp_path / "over"
    traffic = Traffic(10.0)
    restart = f"sh -c 'touch {began}; sleep 0.5; touch {over}'"
    certificate = own(server, restart, partial(traffic.rest, idle))
    fresh = await renewed(certificate, server, authority)
    with traffic.call():
        installing = asyncio.create_task(certificate.install(fresh))
        await asyncio.sleep(0.5)
        assert not began.exists()
    while not began.exists():
        await asyncio.sleep(0.01)
    await traffic.wait("start")
    assert over.exists()
    await installing
    assert server.files.certificate.read_text() == fresh


async def test_libvirt_that_is_never_idle_is_not_restarted(
    tmp_path: Path, authority: CertificateAuthority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a migration that takes long. It keeps no call waiting, and the renewal stays due."""
    server = enrolled(tmp_path, authority, timedelta(days=100), monkeypatch)
    traffic = Traffic(0.2)

    async def moving() -> bool:
        return True

    rest = partial(traffic.rest, moving, patience=1.0)
    certificate = own(server, f"touch {tmp_path}/restarted", rest)
    fresh = await renewed(certificate, server, authority)
    installing = asyncio.create_task(certificate.install(fresh))
    while not installing.done():
        await traffic.wait("cancel the migration")
        await asyncio.sleep(0.05)
    with pytest.raises(Refused) as caught:
        await installing
    assert caught.value.code == "server.busy"
    assert not (tmp_path / "restarted").exists()
    assert await certificate.request() is not None
    assert not traffic.resting


async def test_a_call_is_not_kept_waiting_for_ever() -> None:
    traffic = Traffic(0.2)
    async with traffic.rest(idle):
        with pytest.raises(Unknown, match="being restarted"):
            await traffic.wait("start")
    await traffic.wait("start")
