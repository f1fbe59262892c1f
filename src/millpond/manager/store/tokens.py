"""Sessions and API tokens: opaque secrets, of which only the SHA-256 is kept.

The secrets are 256 random bits, so a fast hash is enough: there is nothing to guess.
"""

import hashlib
import secrets
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from millpond.domain.names import new_id
from millpond.manager.store.engine import now
from millpond.manager.store.tables import tokens


class TokenKind(StrEnum):
    SESSION = "session"
    API = "api"


@dataclass(frozen=True)
class Token:
    """``expires`` is None for a token that lasts until it is revoked."""

    id: str
    user: str
    kind: TokenKind
    name: str
    created: float
    used: float
    expires: float | None


_COLUMNS = [tokens.c[name] for name in Token.__dataclass_fields__]


def hashed(secret: str) -> str:
    """What is stored of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


async def issue(
    connection: AsyncConnection,
    user: str,
    kind: TokenKind,
    name: str = "",
    lifetime: float | None = None,
) -> tuple[Token, str]:
    """A new token and its secret, which is never seen again. ``lifetime`` in seconds."""
    secret = ("mps_" if kind is TokenKind.SESSION else "mpt_") + secrets.token_urlsafe(32)
    at = now()
    token = Token(new_id(), user, kind, name, at, at, None if lifetime is None else at + lifetime)
    await connection.execute(insert(tokens).values(**token.__dict__, hash=hashed(secret)))
    return token, secret


async def find(connection: AsyncConnection, secret: str) -> Token | None:
    """The token with this secret, unless it has expired."""
    query = select(*_COLUMNS).where(tokens.c.hash == hashed(secret))
    row = (await connection.execute(query)).first()
    if row is None or (row.expires is not None and row.expires <= now()):
        return None
    return _token(row._mapping)


async def touch(connection: AsyncConnection, id_: str, expires: float | None) -> None:
    """Note that the token was used just now, and when it ends."""
    await connection.execute(
        update(tokens).where(tokens.c.id == id_).values(used=now(), expires=expires)
    )


async def of_user(connection: AsyncConnection, user: str, kind: TokenKind) -> list[Token]:
    query = select(*_COLUMNS).where(tokens.c.user == user, tokens.c.kind == kind.value)
    rows = await connection.execute(query.order_by(tokens.c.created, tokens.c.id))
    return [_token(row._mapping) for row in rows]


async def revoke(connection: AsyncConnection, id_: str, user: str) -> bool:
    """False if the user has no such token."""
    done = await connection.execute(delete(tokens).where(tokens.c.id == id_, tokens.c.user == user))
    return done.rowcount > 0


async def revoke_all(connection: AsyncConnection, user: str, kind: TokenKind) -> None:
    await connection.execute(
        delete(tokens).where(tokens.c.user == user, tokens.c.kind == kind.value)
    )


async def prune(connection: AsyncConnection) -> int:
    """Forget what has expired; how many."""
    done = await connection.execute(delete(tokens).where(tokens.c.expires <= now()))
    return done.rowcount


def _token(row: object) -> Token:
    values = dict(row)  # type: ignore[call-overload]
    return Token(**values | {"kind": TokenKind(values["kind"])})
