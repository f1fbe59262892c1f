"""The certificate of an OVF package (DSP0243, 5.1): an X.509 certificate, and a signature by its key
over the manifest."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, SHA512, HashAlgorithm

from millpond.domain.errors import Refused
from millpond.domain.foreign import too_large, unreadable

MAX_BYTES = 256 << 10
MIN_BITS = 1024
_HASHES: dict[str, HashAlgorithm] = {"SHA1": SHA1(), "SHA256": SHA256(), "SHA512": SHA512()}  # noqa: S303 - what producers sign with
_SIGNATURE = re.compile(rb"\s*(SHA1|SHA256|SHA512)\s*\(([^)]*)\)\s*=\s*([0-9A-Fa-f]+)")
_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)


class Signer(NamedTuple):
    """Who vouches for a package. ``trusted`` says whether an anchor stands behind the certificate, or is
    it; ``note`` says what else to know, or is empty."""

    subject: str
    issuer: str
    trusted: bool
    note: str


def check(
    data: bytes, manifest: bytes, what: str, anchors: Sequence[x509.Certificate], now: datetime
) -> Signer:
    """Raises ``Refused``: ``import.certificate`` if the signature is not over this manifest,
    ``import.unreadable``, ``import.too_large``."""
    if len(data) > MAX_BYTES:
        raise too_large(what, f"a certificate of {len(data)} bytes")
    signed, pem = _SIGNATURE.match(data), _PEM.findall(data)
    if signed is None or not pem:
        raise unreadable(what, "it is not a signature followed by a certificate")
    try:
        certificate = x509.load_pem_x509_certificate(pem[0])
        key = certificate.public_key()
    except ValueError as error:
        raise unreadable(what, str(error)) from error
    if not isinstance(key, rsa.RSAPublicKey) or key.key_size < MIN_BITS:
        raise _refused(what, f"its key is no RSA key of {MIN_BITS} bits or more")
    try:
        signature = bytes.fromhex(signed[3].decode())
        key.verify(signature, manifest, padding.PKCS1v15(), _HASHES[signed[1].decode()])
    except (InvalidSignature, ValueError) as error:
        raise _refused(what, "its signature is not over this manifest") from error
    return Signer(
        certificate.subject.rfc4514_string(),
        certificate.issuer.rfc4514_string(),
        any(_stands_behind(anchor, certificate, now) for anchor in anchors),
        _note(certificate, now),
    )


def _stands_behind(anchor: x509.Certificate, certificate: x509.Certificate, now: datetime) -> bool:
    if not _valid(anchor, now) or not _valid(certificate, now):
        return False
    if anchor == certificate:
        return True
    try:
        certificate.verify_directly_issued_by(anchor)
        basic = anchor.extensions.get_extension_for_class(x509.BasicConstraints).value
    except (ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
        return False
    return basic.ca


def _valid(certificate: x509.Certificate, now: datetime) -> bool:
    return certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc


def _note(certificate: x509.Certificate, now: datetime) -> str:
    if now > certificate.not_valid_after_utc:
        return f"the certificate expired on {certificate.not_valid_after_utc:%Y-%m-%d}"
    if now < certificate.not_valid_before_utc:
        return f"the certificate is valid from {certificate.not_valid_before_utc:%Y-%m-%d} on"
    if certificate.issuer == certificate.subject:
        return "the certificate is signed by its own key"
    return ""


def _refused(what: str, message: str) -> Refused:
    return Refused(
        "import.certificate",
        what,
        message,
        "fetch the package again from whoever signed it, or import it without its certificate file",
    )
