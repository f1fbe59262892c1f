"""Who is asking: passwords, sessions, API tokens, and patience with wrong guesses."""

import asyncio
import hashlib
import secrets
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from millpond.domain.errors import Refused
from millpond.domain.permissions import Permission
from millpond.manager.store import Store, tokens, users
from millpond.manager.store.tokens import Token, TokenKind

MIN_PASSWORD = 10
MAX_PASSWORD = 1024
WINDOW = 300.0
"""Seconds a wrong guess is remembered."""
PER_PAIR, PER_ADDRESS, PER_USER = 5, 20, 50
"""Wrong guesses within ``WINDOW``. A user's own limit is the highest, so that a stranger who
guesses from one address locks out that address and not the user."""
TOUCH = 60.0
"""Seconds between notes of a token's use: each is a write that waits for the disk."""
LOOK = 15.0
"""Seconds between looks at the session behind what goes on for long."""

FIRST_USER = "admin"


@dataclass(frozen=True)
class Identity:
    """The caller: the user, and the token that said so."""

    user: str
    token: Token


def granted(_user: str) -> frozenset[Permission]:
    """What a user may do. Everybody may do everything until roles exist; the question is asked on
    every route already."""
    return frozenset(Permission)


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()  # argon2id with the parameters of RFC 9106, second choice: 64 MiB


@cache
def _nobody() -> str:
    """Verified for users that do not exist, so that a refusal takes as long for them."""
    return _hasher().hash(secrets.token_hex(16))


def hash_password(password: str) -> str:
    """An argon2id hash; takes some 50 ms of a CPU and 64 MiB."""
    return _hasher().hash(password)


def check_password_rules(user: str, password: str) -> None:
    """Raises ``Refused(request.invalid)``. Length is what counts (NIST SP 800-63B)."""
    problem = ""
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        problem = f"must have {MIN_PASSWORD} to {MAX_PASSWORD} characters"
    elif password.lower() == user.lower() or len(set(password)) < 4:
        problem = "is too easy to guess"
    if problem:
        raise Refused(
            "request.invalid",
            f"user {user}",
            f"the password {problem}",
            "choose a longer one, such as four random words",
        )


def _matches(hashed: str, password: str) -> bool:
    try:
        return _hasher().verify(hashed, password)
    except (Argon2Error, InvalidHashError):
        return False


class Guesses:
    """Wrong guesses by user, by address and by both, in memory: a restart forgives."""

    _MOST = 20_000

    def __init__(self) -> None:
        self._times: OrderedDict[tuple[str, str], deque[float]] = OrderedDict()

    def begin(self, user: str, address: str) -> None:
        """Count a guess before it is tried, so that many at once are counted too. Raises
        ``Refused(auth.rate)``; its details say in how many seconds to come again."""
        at = time.monotonic()
        keys = self._keys(user, address)
        for key, most in zip(keys, (PER_PAIR, PER_ADDRESS, PER_USER), strict=True):
            times = self._recent(key, at)
            if len(times) >= most:
                wait = int(WINDOW - (at - times[0])) + 1
                raise Refused(
                    "auth.rate",
                    "sign-in",
                    "too many failed sign-ins",
                    f"wait {wait} s, then try again",
                    {"retry_after": wait},
                )
        for key in keys:
            self._times.setdefault(key, deque()).append(at)
            self._times.move_to_end(key)
        while len(self._times) > self._MOST:
            self._times.popitem(last=False)

    def right(self, user: str, address: str) -> None:
        """The guess was right: it does not count, nor do the user's earlier ones from there."""
        pair, by_address, by_user = self._keys(user, address)
        self._times.pop(pair, None)
        for key in (by_address, by_user):
            if times := self._times.get(key):
                times.pop()

    def _recent(self, key: tuple[str, str], at: float) -> deque[float]:
        times = self._times.get(key, deque())
        while times and at - times[0] > WINDOW:
            times.popleft()
        return times

    @staticmethod
    def _keys(user: str, address: str) -> tuple[tuple[str, str], ...]:
        short = hashlib.sha256(user.encode()).hexdigest()
        return (short, address), ("", address), (short, "")


class Auth:
    """Sign-in and tokens. ``first_password`` is the file the first start left for the
    administrator: it is deleted once somebody has signed in."""

    def __init__(self, store: Store, session_seconds: float, first_password: Path) -> None:
        self._store = store
        self._session = session_seconds
        self._first_password = first_password
        self._guesses = Guesses()
        self._hashing = asyncio.Semaphore(2)

    async def sign_in(self, name: str, password: str, address: str) -> tuple[Token, str]:
        """A new session and its secret. Raises ``Refused``: ``auth.required`` or ``auth.rate``."""
        await self._verify(name, password, address)
        async with self._store.write() as connection:
            session = await tokens.issue(
                connection, name, TokenKind.SESSION, lifetime=self._session
            )
        await asyncio.to_thread(self._first_password.unlink, missing_ok=True)
        return session

    async def _verify(self, name: str, password: str, address: str) -> None:
        self._guesses.begin(name, address)
        async with self._store.read() as connection:
            user = await users.get(connection, name)
        async with self._hashing:
            stored = user.password if user else await asyncio.to_thread(_nobody)
            right = await asyncio.to_thread(_matches, stored, password)
        if not (user and right):
            raise Refused(
                "auth.required",
                "sign-in",
                "the user name or the password is wrong",
                "check both; on the manager, a new password is set with: "
                "millpond-manager reset-password USER",
            )
        self._guesses.right(name, address)

    async def identify(self, secret: str) -> Identity | None:
        """The caller behind a session or API token; None if it is unknown or has expired."""
        async with self._store.read() as connection:
            token = await tokens.find(connection, secret)
        if token is None:
            return None
        if time.time() - token.used > TOUCH:
            lasts = token.kind is TokenKind.API
            expires = token.expires if lasts else time.time() + self._session
            async with self._store.write() as connection:
                await tokens.touch(connection, token.id, expires)
        return Identity(token.user, token)

    async def ended(self, secret: str, used: Callable[[], bool] = lambda: False) -> None:
        """Return when the session or API token is none any more. To look is not to use it, unless
        somebody has since the last look (``used``): a session that nobody uses ends at its time."""
        while True:
            await asyncio.sleep(LOOK)
            if used():
                valid = await self.identify(secret) is not None
            else:
                async with self._store.read() as connection:
                    valid = await tokens.find(connection, secret) is not None
            if not valid:
                return

    async def hash(self, user: str, password: str) -> str:
        """The hash of a new password. Raises ``Refused(request.invalid)`` if it is too weak."""
        check_password_rules(user, password)
        async with self._hashing:
            return await asyncio.to_thread(hash_password, password)

    async def change_password(self, me: Identity, old: str, new: str, address: str) -> None:
        """All other sessions of the user end. Raises ``Refused``: ``auth.required``, ``auth.rate``,
        ``request.invalid``."""
        check_password_rules(me.user, new)
        await self._verify(me.user, old, address)
        hashed = await self.hash(me.user, new)
        async with self._store.write() as connection:
            await users.set_password(connection, me.user, hashed)
            for token in await tokens.of_user(connection, me.user, TokenKind.SESSION):
                if token.id != me.token.id:
                    await tokens.revoke(connection, token.id, me.user)
