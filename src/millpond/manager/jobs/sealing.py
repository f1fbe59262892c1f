"""What is secret in a request does not lie in the database in plain: a job keeps it sealed until it needs it."""

import json
from collections.abc import Callable
from typing import Any

from cryptography.fernet import Fernet, InvalidToken

from millpond.domain.errors import Failed
from millpond.manager.store.jobs import SECRET_FIELDS


class Seal:
    """``key``: 32 bytes in URL-safe Base64. Without one it is good for this process alone."""

    def __init__(self, key: bytes | None = None) -> None:
        self._fernet = Fernet(key or Fernet.generate_key())

    def close(self, spec: str) -> str:
        """The spec with its secrets sealed."""
        return _each_secret(spec, lambda secret: self._fernet.encrypt(secret.encode()).decode())

    def open(self, spec: str) -> str:
        """The spec as it was asked for. Raises ``Failed`` for what another key has sealed."""
        return _each_secret(spec, self._opened)

    def _opened(self, sealed: str) -> str:
        try:
            return self._fernet.decrypt(sealed).decode()
        except InvalidToken as error:
            raise Failed("resume", "another manager sealed its secrets; cancel it") from error


def _each_secret(spec: str, change: Callable[[str], str]) -> str:
    if not any(f'"{name}"' in spec for name in SECRET_FIELDS):
        return spec

    def walk(value: Any) -> Any:
        if isinstance(value, dict):
            return {
                k: change(v) if k in SECRET_FIELDS and isinstance(v, str) else walk(v)
                for k, v in value.items()
            }
        return [walk(v) for v in value] if isinstance(value, list) else value

    return json.dumps(walk(json.loads(spec)))
