"""Local users. Passwords come hashed (argon2, by the caller)."""

from dataclasses import dataclass

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from millpond.domain.errors import Refused, not_found
from millpond.manager.store.engine import now
from millpond.manager.store.tables import users


@dataclass(frozen=True)
class User:
    """``password`` is an argon2 hash."""

    name: str
    password: str
    created: float


async def get(connection: AsyncConnection, name: str) -> User | None:
    row = (await connection.execute(select(users).where(users.c.name == name))).first()
    return User(**row._mapping) if row else None


async def everyone(connection: AsyncConnection) -> list[User]:
    """All users, by name."""
    rows = await connection.execute(select(users).order_by(users.c.name))
    return [User(**row._mapping) for row in rows]


async def count(connection: AsyncConnection) -> int:
    return (await connection.execute(select(func.count()).select_from(users))).scalar_one()


async def add(connection: AsyncConnection, name: str, password: str) -> User:
    """Raises ``Refused(object.exists)``."""
    user = User(name, password, now())
    try:
        async with connection.begin_nested():
            await connection.execute(insert(users).values(**user.__dict__))
    except IntegrityError as error:
        raise Refused(
            "object.exists", f"user {name}", "the name is taken", "choose another name"
        ) from error
    return user


async def set_password(connection: AsyncConnection, name: str, password: str) -> None:
    """Raises ``Refused(request.not_found)``."""
    done = await connection.execute(
        update(users).where(users.c.name == name).values(password=password)
    )
    if done.rowcount == 0:
        raise not_found("user", name)


async def remove(connection: AsyncConnection, name: str) -> None:
    """With all sessions and tokens of the user. Raises ``Refused``: ``request.not_found``, or
    ``user.last`` for the only one."""
    if await get(connection, name) is None:
        raise not_found("user", name)
    if await count(connection) == 1:
        raise Refused("user.last", f"user {name}", "is the last one", "create another user first")
    await connection.execute(delete(users).where(users.c.name == name))
