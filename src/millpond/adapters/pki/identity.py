"""Whom a certificate names."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class PeerKind(StrEnum):
    """The certificate's OU."""

    MANAGER = "manager"
    AGENT = "agent"


@dataclass(frozen=True)
class Identity:
    """``name`` is the certificate's CN: a server's id (host UUID), or ``manager``."""

    kind: PeerKind
    name: str

    def __str__(self) -> str:
        return f"{self.kind.value} {self.name}"


MANAGER = Identity(PeerKind.MANAGER, "manager")


def identity_of(certificate: Mapping[str, Any] | None) -> Identity | None:
    """The identity in what ``SSLObject.getpeercert()`` returned for a certificate that was
    verified against our CA; None if it names none of ours (such as exactly one CN and one OU)."""
    if not certificate:
        return None
    values: dict[str, list[str]] = {"commonName": [], "organizationalUnitName": []}
    for relative_name in certificate.get("subject", ()):
        for key, value in relative_name:
            values.setdefault(key, []).append(value)
    match values["commonName"], values["organizationalUnitName"]:
        case [name], ["agent"]:
            return Identity(PeerKind.AGENT, name)
        case ["manager"], ["manager"]:
            return MANAGER
    return None
