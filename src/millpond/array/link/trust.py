"""Whom an SP trusts at the other end of a link: exactly the certificates that its administrator gave it."""

import ssl
from collections.abc import Iterable
from pathlib import Path

from millpond.adapters import durable
from millpond.adapters.pki.contexts import client_context, server_context
from millpond.array.exports import SpName
from millpond.array.model.mirror_types import Remote

Files = tuple[Path, Path]
"""The SP's own certificate and key."""


def for_server(root: Path, sp: SpName, remotes: Iterable[Remote], own: Files) -> ssl.SSLContext:
    """Raises OSError."""
    return server_context(*own, _kept(root / f"links-{sp.lower()}.pem", remotes))


def for_client(root: Path, sp: SpName, remote: Remote, own: Files) -> ssl.SSLContext:
    """Raises OSError."""
    kept = _kept(root / f"link-{remote.serial}-{sp.lower()}.pem", [remote])
    return client_context(kept, *own)


def whose(remotes: Iterable[Remote], shown: bytes | None) -> Remote | None:
    """The array that has the certificate ``shown`` (DER)."""
    for remote in remotes:
        for certificate in remote.certificates.values():
            if shown == ssl.PEM_cert_to_DER_cert(certificate):
                return remote
    return None


def _kept(path: Path, remotes: Iterable[Remote]) -> Path:
    """One file for one SP: nobody else writes it."""
    certificates = [text for remote in remotes for text in remote.certificates.values()]
    durable.write(path, "\n".join(certificates).encode(), 0o600)
    return path
