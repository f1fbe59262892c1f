"""The identity an agent was given, on disk."""

from pathlib import Path

import pytest

from millpond.adapters import durable
from millpond.agent.enrolment import Enrolment, IdentityFiles, install_for_hypervisor
from millpond.domain.names import new_id


def enrolment(server: str) -> Enrolment:
    return Enrolment(
        server=server,
        name="srv1",
        address="192.0.2.1",
        manager="https://manager.test",
        certificate_sha256="ab" * 32,
    )


def test_identity_is_read_back_and_the_key_is_private(tmp_path: Path) -> None:
    files = IdentityFiles(tmp_path / "etc")
    assert files.load() is None
    given = enrolment(new_id())
    files.save(given, "CA", "CERT", b"KEY")
    assert files.load() == given
    assert (files.ca.read_text(), files.certificate.read_text()) == ("CA", "CERT")
    assert files.key.stat().st_mode & 0o777 == 0o600


def test_half_a_replacement_is_no_identity(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key never stands beside another key's certificate in the eyes of the agent."""
    files = IdentityFiles(tmp_path)
    files.save(enrolment(new_id()), "CA", "CERT", b"KEY")
    written: list[Path] = []
    write = durable.write

    def full_after_two(path: Path, data: bytes, mode: int = 0o644) -> None:
        if len(written) == 2:
            raise OSError("no space left on device")
        written.append(path)
        write(path, data, mode)

    monkeypatch.setattr(durable, "write", full_after_two)
    with pytest.raises(OSError, match="no space"):
        files.save(enrolment(new_id()), "CA2", "CERT2", b"KEY2")
    assert files.load() is None


def test_libvirt_and_qemu_find_the_identity_where_they_look(tmp_path: Path) -> None:
    files = IdentityFiles(tmp_path / "etc")
    files.save(enrolment(new_id()), "CA", "CERT", b"KEY")
    install_for_hypervisor(files, "NEW", tmp_path / "pki")
    found = {
        str(p.relative_to(tmp_path / "pki")): (p.read_text(), p.stat().st_mode & 0o777)
        for p in (tmp_path / "pki").rglob("*.pem")
    }
    ca, certificate, key = ("CA", 0o644), ("NEW", 0o644), ("KEY", 0o600)
    assert found == {
        "CA/cacert.pem": ca,
        "libvirt/servercert.pem": certificate,
        "libvirt/private/serverkey.pem": key,
        "libvirt/clientcert.pem": certificate,
        "libvirt/private/clientkey.pem": key,
        "qemu/ca-cert.pem": ca,
        "qemu/server-cert.pem": certificate,
        "qemu/server-key.pem": key,
        "qemu/client-cert.pem": certificate,
        "qemu/client-key.pem": key,
    }
