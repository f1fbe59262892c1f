"""Private keys (EC P-256) and certificate signing requests."""

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID


def new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Unencrypted PKCS #8, which OpenSSL, GnuTLS, libvirt and QEMU all read."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def new_request(key: ec.EllipticCurvePrivateKey) -> bytes:
    """A signing request (PEM) that proves possession of ``key`` and claims nothing else: the
    authority decides who its holder is."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "millpond-agent")])
    request = x509.CertificateSigningRequestBuilder().subject_name(subject)
    return request.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)
