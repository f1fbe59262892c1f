"""One-time secrets by which a server gets its certificate."""

import secrets

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from millpond.domain.errors import Refused
from millpond.manager.store.engine import now
from millpond.manager.store.servers import ServerRow, get
from millpond.manager.store.tables import enrolments
from millpond.manager.store.tokens import hashed

LIFETIME = 3600.0
"""Seconds a secret may wait to be used."""


async def issue(connection: AsyncConnection, server_id: str) -> str:
    """A secret for the server; earlier ones are void. Only its hash is kept."""
    secret = secrets.token_urlsafe(32)
    await connection.execute(delete(enrolments).where(enrolments.c.server_id == server_id))
    await connection.execute(
        insert(enrolments).values(
            hash=hashed(secret), server_id=server_id, expires=now() + LIFETIME, used=None
        )
    )
    return secret


async def redeem(connection: AsyncConnection, secret: str) -> ServerRow:
    """Use the secret up; the server it was for. Raises ``Refused(enrol.token)``. If the rest of
    the transaction fails the secret is unused again."""
    mine = enrolments.c.hash == hashed(secret)
    done = await connection.execute(
        update(enrolments)
        .where(mine, enrolments.c.used.is_(None), enrolments.c.expires > now())
        .values(used=now())
    )
    if done.rowcount == 0:
        raise Refused(
            "enrol.token",
            "enrolment",
            "the token is unknown, used or expired",
            "make a new one: millpond server token SERVER",
        )
    server_id = (await connection.execute(select(enrolments.c.server_id).where(mine))).scalar_one()
    return await get(connection, server_id)


async def prune(connection: AsyncConnection) -> int:
    """Forget secrets past their time; how many."""
    done = await connection.execute(delete(enrolments).where(enrolments.c.expires <= now()))
    return done.rowcount
