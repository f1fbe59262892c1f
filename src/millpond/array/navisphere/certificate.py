"""An SP's own certificate: it signs it itself, and clients ask their user whether to trust it."""

import ipaddress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from millpond.adapters import durable
from millpond.adapters.pki.keys import key_pem, new_key
from millpond.array.exports import SpName

LIFE = timedelta(days=3650)


def ensure(root: Path, sp: SpName, serial: str, address: str) -> tuple[Path, Path]:
    """Certificate and key (PEM) of the SP; made when they are asked for first. Raises OSError."""
    certificate, key = root / f"sp-{sp.lower()}.pem", root / f"sp-{sp.lower()}.key"
    if not (certificate.exists() and key.exists()):
        private = new_key()
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"{serial} SP {sp}")])
        now = datetime.now(UTC)
        names = [x509.IPAddress(ipaddress.ip_address(address))]
        signed = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(private.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + LIFE)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .sign(private, hashes.SHA256())
        )
        durable.write(key, key_pem(private), 0o600)
        durable.write(certificate, signed.public_bytes(Encoding.PEM))
    return certificate, key
