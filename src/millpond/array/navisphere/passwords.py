"""Passwords of the array's users, as argon2id hashes."""

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from millpond.array.model.refusals import Refusal


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


@cache
def _nobody() -> str:
    """Verified for users that do not exist, so that a refusal takes as long for them."""
    return _hasher().hash("nobody has this password")


def hashed(password: str) -> str:
    """Takes some 50 ms and 64 MiB. Raises ``Refusal(user.password)``."""
    if not 6 <= len(password) <= 64:
        raise Refusal("user.password")
    return _hasher().hash(password)


def matches(stored: str | None, password: str) -> bool:
    """False for a user that does not exist (None)."""
    try:
        return _hasher().verify(stored or _nobody(), password) and stored is not None
    except (Argon2Error, InvalidHashError):
        return False
