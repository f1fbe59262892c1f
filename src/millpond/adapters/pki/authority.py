"""The certificate authority of one manager, in one directory.

``ca.pem`` ``ca.key``            the authority itself, 10 years
``manager.pem`` ``manager.key``  what the manager shows, 2 years, with ``ca.pem`` after it: an agent
                                 that enrols knows nothing but the fingerprint of the latter

Extensions are those that libvirt's and QEMU's checks ask for (their tls-creds documentation): both
usages for TLS, digitalSignature and keyEncipherment, addresses as IP names.
"""

import base64
import ipaddress
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from millpond.adapters import durable
from millpond.adapters.pki.identity import MANAGER, Identity, PeerKind
from millpond.adapters.pki.keys import key_pem, new_key
from millpond.domain.errors import Refused

CA_LIFE = timedelta(days=3650)
LEAF_LIFE = timedelta(days=730)
RENEW_BEFORE = timedelta(days=240)  # a third of a leaf's life is left
_BACKDATED = timedelta(days=7)
"""Certificates begin that long before they are issued. A server whose clock is behind, or is set back
after it enrolled, must not take its whole pool's certificates for not yet valid: it would be isolated
for something that harms nobody. A later beginning would protect nothing: nobody but the holder has the
key, which is fresh, or, in a renewal, the one that had a certificate all that time."""


class CertificateAuthority:
    """Made by ``open``. Methods raise OSError if the directory cannot be used."""

    def __init__(
        self, directory: Path, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey
    ) -> None:
        self._directory = directory
        self._certificate = certificate
        self._key = key

    @classmethod
    def open(cls, directory: Path) -> "CertificateAuthority":
        """Load the authority in ``directory`` (mode 0700), or make one there."""
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        path, key_path = directory / "ca.pem", directory / "ca.key"
        if not path.exists():
            key = new_key()
            durable.write(key_path, key_pem(key), 0o600)
            durable.write(path, _self_signed(key).public_bytes(Encoding.PEM), 0o644)
        loaded = load_pem_private_key(key_path.read_bytes(), None)
        assert isinstance(loaded, ec.EllipticCurvePrivateKey)
        return cls(directory, x509.load_pem_x509_certificate(path.read_bytes()), loaded)

    @property
    def path(self) -> Path:
        """The authority's certificate."""
        return self._directory / "ca.pem"

    @property
    def pem(self) -> str:
        return self._certificate.public_bytes(Encoding.PEM).decode()

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate's DER form, lower-case hexadecimal."""
        return self._certificate.fingerprint(hashes.SHA256()).hex()

    def derived_key(self, purpose: bytes) -> bytes:
        """A secret that whoever has the authority's key can make again: 32 bytes in URL-safe Base64."""
        derive = HKDF(hashes.SHA256(), 32, salt=None, info=purpose)
        return base64.urlsafe_b64encode(derive.derive(key_pem(self._key)))

    def issue_agent(self, request: str, server: str, name: str, address: str) -> str:
        """A certificate (PEM) for the key of ``request`` (PEM): the agent of server ``server`` (its
        id) known as ``name`` at ``address``. Only the key is taken from the request. Raises
        ``Refused(request.invalid)`` unless it is a P-256 key that signed the request."""
        key = _requested_key(request)
        identity = Identity(PeerKind.AGENT, server)
        # The id stands among the names too, so that plain host name verification proves it.
        certificate = self._issue(key, identity, [name, address, server])
        return certificate.public_bytes(Encoding.PEM).decode()

    def manager_pair(self, names: Sequence[str]) -> tuple[Path, Path]:
        """The paths of the manager's certificate (with the authority's after it) and key, valid for
        ``names`` (host names and IP addresses); made, or renewed, when that is due."""
        path, key_path = self._directory / "manager.pem", self._directory / "manager.key"
        if not (key_path.exists() and self._still_good(path, names)):
            key = new_key()
            certificate = self._issue(key.public_key(), MANAGER, names)
            path.unlink(missing_ok=True)  # never a certificate beside another's key
            durable.write(key_path, key_pem(key), 0o600)
            durable.write(path, certificate.public_bytes(Encoding.PEM) + self.pem.encode(), 0o644)
        return path, key_path

    def _still_good(self, path: Path, names: Sequence[str]) -> bool:
        if not path.exists():
            return False
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
        has = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        return (
            not renewal_due(certificate)
            and certificate.issuer == self._certificate.subject
            and set(has) == set(_alternative_names(names))
        )

    def _issue(
        self, key: ec.EllipticCurvePublicKey, identity: Identity, names: Sequence[str]
    ) -> x509.Certificate:
        builder = _builder(_subject(identity), self._certificate.subject, key, LEAF_LIFE)
        usages = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
        authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        return (
            builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_key_usage(leaf=True), critical=True)
            .add_extension(x509.ExtendedKeyUsage(usages), critical=False)
            .add_extension(x509.SubjectAlternativeName(_alternative_names(names)), critical=False)
            .add_extension(authority, critical=False)
            .sign(self._key, hashes.SHA256())
        )


def renewal_due(certificate: x509.Certificate) -> bool:
    return certificate.not_valid_after_utc - datetime.now(UTC) < RENEW_BEFORE


def _self_signed(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    # The serial number keeps two managers' authorities apart where both are trusted.
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Millpond"),
            x509.NameAttribute(NameOID.COMMON_NAME, "Millpond manager CA"),
            x509.NameAttribute(NameOID.SERIAL_NUMBER, f"{x509.random_serial_number():x}"[:16]),
        ]
    )
    return (
        _builder(subject, subject, key.public_key(), CA_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(leaf=False), critical=True)
        .sign(key, hashes.SHA256())
    )


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, life: timedelta
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACKDATED)
        .not_valid_after(now + life)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _subject(identity: Identity) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Millpond"),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, identity.kind.value),
            x509.NameAttribute(NameOID.COMMON_NAME, identity.name),
        ]
    )


def _key_usage(leaf: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=leaf,
        key_encipherment=leaf,
        key_cert_sign=not leaf,
        crl_sign=not leaf,
        content_commitment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _alternative_names(names: Sequence[str]) -> list[x509.GeneralName]:
    found: list[x509.GeneralName] = []
    for name in dict.fromkeys(names):
        try:
            found.append(x509.IPAddress(ipaddress.ip_address(name)))
        except ValueError:
            found.append(x509.DNSName(name))
    return found


def _requested_key(request: str) -> ec.EllipticCurvePublicKey:
    try:
        loaded = x509.load_pem_x509_csr(request.encode())
        key = loaded.public_key()
        valid = loaded.is_signature_valid
    except (ValueError, InvalidSignature, UnsupportedAlgorithm) as error:
        raise _bad_request(f"cannot be read: {error}") from error
    if not valid:
        raise _bad_request("was not signed by its own key")
    if not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name != "secp256r1":
        raise _bad_request("is not for an EC P-256 key")
    return key


def _bad_request(message: str) -> Refused:
    return Refused(
        "request.invalid",
        "certificate signing request",
        message,
        "make it with: millpond-agent enrol TOKEN",
    )
