"""``ports.certificate``: the key stays, so that key and certificate fit at every moment."""

import asyncio
import ssl
from collections.abc import Sequence
from datetime import UTC, datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509.oid import NameOID

from millpond.adapters import durable
from millpond.adapters.pki.authority import renewal_due
from millpond.adapters.pki.keys import new_request
from millpond.agent.enrolment import IdentityFiles
from millpond.agent.libvirt_identity import Rest, give_libvirt
from millpond.agent.settings import AgentSettings
from millpond.domain.errors import Failed, Refused


class OwnCertificate:
    """``contexts`` are what this agent shows its certificate with."""

    def __init__(
        self,
        settings: AgentSettings,
        files: IdentityFiles,
        contexts: Sequence[ssl.SSLContext],
        rest: Rest,
    ) -> None:
        self._settings = settings
        self._files = files
        self._contexts = contexts
        self._rest = rest

    async def request(self) -> str | None:
        if not renewal_due(self._present()):
            return None
        key = load_pem_private_key(self._files.key.read_bytes(), None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        return new_request(key).decode()

    async def install(self, certificate: str) -> None:
        """Libvirt first, for it is this agent's own copy that ``request`` looks at: what fails, or is
        cut off, before that is written stays due, and is done again."""
        self._check(certificate)
        async with self._rest():
            await asyncio.to_thread(give_libvirt, self._settings, self._files, certificate)
        try:
            durable.write(self._files.certificate, certificate.encode())
            for context in self._contexts:
                context.load_cert_chain(self._files.certificate, self._files.key)
        except OSError as error:
            raise Failed("install the certificate", str(error)) from error

    def _present(self) -> x509.Certificate:
        return x509.load_pem_x509_certificate(self._files.certificate.read_bytes())

    def _check(self, certificate: str) -> None:
        present = self._present()
        authority = x509.load_pem_x509_certificate(self._files.ca.read_bytes())
        try:
            fresh = x509.load_pem_x509_certificate(certificate.encode())
            fresh.verify_directly_issued_by(authority)
        except (ValueError, TypeError, InvalidSignature) as error:
            raise _refused(f"is not of this server's manager: {error}") from error
        if _holder(fresh) != _holder(present) or fresh.public_key() != present.public_key():
            raise _refused("is another server's, or for another key")
        if fresh.not_valid_after_utc <= present.not_valid_after_utc:
            raise _refused("does not last longer than the one that is there")
        if not fresh.not_valid_before_utc <= datetime.now(UTC) < fresh.not_valid_after_utc:
            raise _refused("is not valid now", "set the clocks of this server and of its manager")


def _holder(certificate: x509.Certificate) -> list[str | bytes]:
    return [n.value for n in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]


def _refused(
    message: str, fix: str = "enrol the server anew: millpond server token SERVER"
) -> Refused:
    return Refused("request.invalid", "the renewed certificate", message, fix)
