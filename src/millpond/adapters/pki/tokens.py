"""Enrolment tokens: what an administrator carries from the manager to a new server."""

import hashlib
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Annotated

from pydantic import BaseModel, ConfigDict, SecretStr, StringConstraints, ValidationError

from millpond.domain.errors import Refused

_PREFIX = "mp1."


class EnrolmentToken(BaseModel):
    """``url`` of the manager, the SHA-256 fingerprint of its CA (hexadecimal), and a secret that
    proves the right to enrol, once. The secret shows as ``***``; only ``encode`` reveals it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: Annotated[str, StringConstraints(pattern=r"^https://[^/\s]+$")]
    ca_sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    secret: SecretStr

    def encode(self) -> str:
        """``mp1.`` and base64url (RFC 4648, no padding) of the JSON object."""
        plain = self.model_dump() | {"secret": self.secret.get_secret_value()}
        return _PREFIX + urlsafe_b64encode(json.dumps(plain).encode()).decode().rstrip("=")

    @classmethod
    def decode(cls, text: str) -> "EnrolmentToken":
        """Raises ``Refused(enrol.token)``."""
        text = text.strip()
        body = text.removeprefix(_PREFIX)
        try:
            if body == text:
                raise ValueError("no prefix")
            return cls.model_validate_json(urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        except (ValueError, ValidationError):
            # Not chained: the original would show the secret.
            raise Refused(
                "enrol.token",
                "enrolment token",
                "is not a token of this version",
                "copy it whole, as `millpond server add` shows it",
            ) from None


def new_secret() -> SecretStr:
    """256 random bits."""
    return SecretStr(secrets.token_urlsafe(32))


def secret_sha256(secret: SecretStr) -> str:
    """What the manager keeps of a secret; as it is random, a plain hash is enough."""
    return hashlib.sha256(secret.get_secret_value().encode()).hexdigest()
