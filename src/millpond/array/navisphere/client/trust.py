"""Which SPs' certificates are trusted: those that the user accepted, or all at level ``low``."""

import ssl
import sys
from pathlib import Path

from millpond.adapters import durable

LEVELS = ("low", "medium", "high")


class Rejected(Exception):
    """The certificate is not trusted."""


class Trust:
    """Kept in ``directory``. At level ``medium`` the user is asked about a certificate that is not known
    yet, at ``high`` it is refused."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    @property
    def level(self) -> str:
        try:
            found = (self._directory / "level").read_text().strip()
        except FileNotFoundError:
            return "medium"
        return found if found in LEVELS else "medium"

    def set_level(self, level: str) -> None:
        """Raises OSError."""
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        durable.write(self._directory / "level", f"{level}\n".encode(), 0o600)

    def check(self, address: str, port: int, der: bytes) -> None:
        """Raises ``Rejected``, OSError."""
        if self.level == "low":
            return
        path = self._directory / f"{address.replace(':', '_')}-{port}.pem"
        pem = ssl.DER_cert_to_PEM_cert(der)
        if path.exists() and path.read_text() == pem:
            return
        answer = _ask(address, der) if self.level == "medium" else "3"
        if answer == "2":
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            durable.write(path, pem.encode(), 0o600)
        elif answer != "1":
            raise Rejected(f"The certificate of {address} was rejected.")


def _ask(address: str, der: bytes) -> str:
    from cryptography import x509  # here, for most commands have no use for it
    from cryptography.hazmat.primitives import hashes

    certificate = x509.load_der_x509_certificate(der)
    sys.stdout.write(
        f"Unable to validate the identity of the server at {address}. Its certificate is:\n"
        f"Subject:     {certificate.subject.rfc4514_string()}\n"
        f"Issuer:      {certificate.issuer.rfc4514_string()}\n"
        f"Serial#:     {certificate.serial_number:x}\n"
        f"SHA-256:     {certificate.fingerprint(hashes.SHA256()).hex(':')}\n"
        f"Valid From:  {certificate.not_valid_before_utc:%Y-%m-%d %H:%M:%S}\n"
        f"Valid To:    {certificate.not_valid_after_utc:%Y-%m-%d %H:%M:%S}\n"
        "Would you like to [1] accept it for this session, [2] accept and store it, [3] reject it? "
        "(1 is taken if you only press Return): "
    )
    sys.stdout.flush()
    line = sys.stdin.readline()
    sys.stdout.write("\n")
    return (line.strip() or "1") if line else "3"
