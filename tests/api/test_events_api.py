"""The stream of events: it ends with the session, or the token, that opened it."""

import asyncio
import time

import pytest

from millpond.manager import auth
from millpond.manager.store import tokens
from millpond.manager.store.tables import tokens as table
from millpond.manager.store.tokens import Token, TokenKind
from tests.api.running import Running, client_of

LOOK = 0.2


async def _revoke(running: Running, token: str) -> None:
    async with running.context.store.write() as connection:
        assert await tokens.revoke(connection, token, "admin")


async def _expire(running: Running, token: str) -> None:
    async with running.context.store.write() as connection:
        past = {"expires": time.time() - 1}
        await connection.execute(table.update().where(table.c.id == token).values(**past))


@pytest.mark.parametrize("end", [_revoke, _expire])
async def test_a_stream_ends_with_its_session(
    running: Running, monkeypatch: pytest.MonkeyPatch, end: object
) -> None:
    monkeypatch.setattr(auth, "LOOK", LOOK)
    async with running.context.store.write() as connection:
        token, secret = await tokens.issue(connection, "admin", TokenKind.SESSION, lifetime=3600)
    since = {"Last-Event-ID": str(running.context.events.last)}  # however late it is opened
    async with client_of(running.app, secret) as client:
        stream = asyncio.create_task(client.get("/api/v1/events", headers=since, timeout=None))
        for heard in ("first", "second"):  # it outlives looks at a session that is valid
            await asyncio.sleep(3 * LOOK)
            await running.context.events.publish("user", f"user:{heard}", {})
        await asyncio.sleep(LOOK)
        assert not stream.done()
        await end(running, token.id)  # type: ignore[operator]
        reply = await asyncio.wait_for(stream, 20)
        await running.context.events.publish("user", "user:third", {})
    assert reply.status_code == 200
    assert [name in reply.text for name in ("first", "second", "third")] == [True, True, False]


async def test_an_open_stream_keeps_no_session_alive(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A look at the session is no use of it: a browser nobody sits at is signed out."""
    monkeypatch.setattr(auth, "LOOK", LOOK)
    monkeypatch.setattr(auth, "TOUCH", -1)  # every use is noted
    async with running.context.store.write() as connection:
        token, secret = await tokens.issue(connection, "admin", TokenKind.SESSION, lifetime=3600)
    async with client_of(running.app, secret) as client:
        stream = asyncio.create_task(client.get("/api/v1/events", timeout=None))
        opened = await _used_after(running, token)
        await asyncio.sleep(10 * LOOK)
        assert (await _sessions(running))[token.id] == opened
        await _revoke(running, token.id)
        assert (await asyncio.wait_for(stream, 20)).status_code == 200


async def _sessions(running: Running) -> dict[str, Token]:
    async with running.context.store.read() as connection:
        found = await tokens.of_user(connection, "admin", TokenKind.SESSION)
    return {token.id: token for token in found}


async def _used_after(running: Running, issued: Token) -> Token:
    """The session once the stream's request has used it."""
    async with asyncio.timeout(20):
        while (found := (await _sessions(running))[issued.id]).used == issued.used:
            await asyncio.sleep(0.05)
    return found
