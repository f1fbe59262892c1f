"""The identity an agent was given, on disk."""

from pathlib import Path

from pydantic import ValidationError

from millpond.adapters import durable
from millpond.domain.names import Address, Id, Name
from millpond.domain.vm import Model


class Enrolment(Model):
    """``agent.json``. Written last, so that it stands for a complete set; its content differs with
    every enrolment, so that a running agent sees that it has a new identity. A renewal changes
    ``cert.pem`` alone: ``certificate_sha256`` is of the certificate that came with the enrolment."""

    server: Id
    name: Name
    address: Address
    manager: str
    certificate_sha256: str


class IdentityFiles:
    """``ca.pem``, ``cert.pem``, ``key.pem`` and ``agent.json`` in the agent's config directory."""

    def __init__(self, config_dir: Path) -> None:
        self._directory = config_dir
        self.ca = config_dir / "ca.pem"
        self.certificate = config_dir / "cert.pem"
        self.key = config_dir / "key.pem"
        self._record = config_dir / "agent.json"

    def load(self) -> Enrolment | None:
        """None while the agent is not enrolled. Raises OSError."""
        try:
            return Enrolment.model_validate_json(self._record.read_bytes())
        except (FileNotFoundError, ValidationError):
            return None

    def save(self, enrolment: Enrolment, ca: str, certificate: str, key: bytes) -> None:
        """Replace all four; PEM. Raises OSError."""
        self._directory.mkdir(mode=0o755, parents=True, exist_ok=True)
        self._record.unlink(missing_ok=True)
        durable.write(self.key, key, 0o600)
        durable.write(self.ca, ca.encode())
        durable.write(self.certificate, certificate.encode())
        durable.write(self._record, enrolment.model_dump_json(indent=2).encode())


def install_for_hypervisor(files: IdentityFiles, certificate: str, pki_dir: Path) -> None:
    """Copy the identity, with ``certificate`` (PEM) for its own, to where libvirt (its remote support)
    and QEMU (``default_tls_x509_cert_dir`` in qemu.conf) look for theirs, below ``pki_dir``. Raises
    OSError."""
    ca, own, key = files.ca.read_bytes(), certificate.encode(), files.key.read_bytes()
    for path, data, mode in (
        ("CA/cacert.pem", ca, 0o644),
        ("libvirt/servercert.pem", own, 0o644),
        ("libvirt/private/serverkey.pem", key, 0o600),
        ("libvirt/clientcert.pem", own, 0o644),
        ("libvirt/private/clientkey.pem", key, 0o600),
        ("qemu/ca-cert.pem", ca, 0o644),
        ("qemu/server-cert.pem", own, 0o644),
        ("qemu/server-key.pem", key, 0o600),
        ("qemu/client-cert.pem", own, 0o644),
        ("qemu/client-key.pem", key, 0o600),
    ):
        target = pki_dir / path
        target.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        durable.write(target, data, mode)
