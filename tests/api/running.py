"""The API on a real store, in this process; no servers behind it."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from fastapi import FastAPI

from millpond.manager.api.app import create_app
from millpond.manager.auth import hash_password
from millpond.manager.compose import composed
from millpond.manager.context import Context
from millpond.manager.settings import Settings
from millpond.manager.state import StateDirectory
from millpond.manager.store import tokens, users
from millpond.manager.store.tokens import TokenKind

PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class Running:
    """``client`` calls as admin, with an API token; ``anonymous`` without one."""

    context: Context
    app: FastAPI
    client: httpx.AsyncClient
    anonymous: httpx.AsyncClient


def client_of(app: FastAPI, token: str = "", address: str = "192.0.2.1") -> httpx.AsyncClient:
    """Calls the application directly, as from ``address``."""
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app, raise_app_exceptions=False, client=(address, 1)),
        base_url="https://manager.test",
        headers={"Authorization": f"Bearer {token}"} if token else {},
    )


async def admin_token(context: Context) -> str:
    """A user ``admin`` with ``PASSWORD``, and an API token of theirs."""
    async with context.store.write() as connection:
        if await users.get(connection, "admin") is None:
            await users.add(connection, "admin", hash_password(PASSWORD))
        else:
            await users.set_password(connection, "admin", hash_password(PASSWORD))
        _, secret = await tokens.issue(connection, "admin", TokenKind.API, "tests")
    return secret


@asynccontextmanager
async def run(directory: Path, **settings: object) -> AsyncIterator[Running]:
    """Everything but the listening sockets."""
    chosen = Settings.model_validate(
        {"state_dir": directory, "advertise": "https://manager.test:8443", **settings}
    )
    state = StateDirectory(directory)
    state.take()
    stack = AsyncExitStack()
    stack.callback(state.release)
    async with stack, composed(chosen, state) as context:
        app = create_app(context)
        token = await admin_token(context)
        async with client_of(app, token) as client, client_of(app) as anonymous:
            yield Running(context, app, client, anonymous)
