"""One database behind both SQLite and PostgreSQL."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import ColumnElement, Double, cast, event, extract, func, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from millpond.manager.store.migrate import migrate

BUSY_MS = 30_000
"""How long SQLite waits for another process's lock (a ``reset-password`` beside the manager)."""


class Store:
    """The manager's database. ``url`` is ``sqlite+aiosqlite:///PATH`` or
    ``postgresql+psycopg://...``."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._readers: AsyncEngine
        self._writer: AsyncEngine
        self._turn = asyncio.Lock()

    async def open(self) -> None:
        """Bring the schema up to date and connect. Raises SQLAlchemyError."""
        self._writer = self._connect("BEGIN IMMEDIATE")
        self._readers = self._connect("BEGIN") if self.is_sqlite else self._writer
        async with self._writer.begin() as connection:
            await connection.run_sync(migrate)

    async def close(self) -> None:
        await self._writer.dispose()
        await self._readers.dispose()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A connection that sees one moment of the database (SQLite) or each statement's
        (PostgreSQL, read committed). Only for reading."""
        async with self._readers.connect() as connection:
            yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A transaction: committed, and on the disk, when the block ends; taken back if it raises.

        On SQLite it has the write lock from its first moment, so it never fails half-way for
        want of it; writers of this process queue here, in order."""
        if self.is_sqlite:
            async with self._turn, self._writer.begin() as connection:
                yield connection
        else:
            async with self._writer.begin() as connection:
                yield connection

    async def serialize(self, connection: AsyncConnection, what: int) -> None:
        """Until the transaction ends, no other one that asked for ``what`` goes on. SQLite has one
        writer at a time anyway."""
        if not self.is_sqlite:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:what)"), {"what": what})

    def clock(self) -> ColumnElement[float]:
        """The database's own clock, in seconds since 1970: the one clock all managers share."""
        if self.is_sqlite:
            return (func.julianday("now", type_=Double()) - 2440587.5) * 86400.0
        return cast(extract("epoch", func.clock_timestamp()), Double)

    def _connect(self, begin: str) -> AsyncEngine:
        if not self.is_sqlite:
            return create_async_engine(self.url, pool_size=10, max_overflow=20, pool_pre_ping=True)
        engine = create_async_engine(self.url, pool_size=4, max_overflow=4)

        @event.listens_for(engine.sync_engine, "connect")
        def _set_up(connection: Any, _record: Any) -> None:
            # The driver would open deferred transactions by itself; ours begin as we say below.
            connection.isolation_level = None
            cursor = connection.cursor()
            for pragma in (
                f"busy_timeout={BUSY_MS}",
                "journal_mode=WAL",
                "synchronous=FULL",
                "foreign_keys=ON",
            ):
                cursor.execute(f"PRAGMA {pragma}")
            cursor.close()

        @event.listens_for(engine.sync_engine, "begin")
        def _begin(connection: Any) -> None:
            connection.exec_driver_sql(begin)

        return engine


def now() -> float:
    """Seconds since 1970 UTC, for times shown to people; leases use ``Store.clock``."""
    return time.time()
