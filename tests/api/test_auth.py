"""Signing in, sessions, API tokens, users; and patience with guesses."""

import asyncio
import time

import pytest
from sqlalchemy import select

from millpond.domain.errors import Refused
from millpond.manager import auth
from millpond.manager.auth import PER_ADDRESS, PER_PAIR, Guesses, check_password_rules
from millpond.manager.store.tables import tokens, users
from tests.api.running import PASSWORD, Running, client_of


async def sign_in(
    running: Running, name: str = "admin", password: str = PASSWORD, address: str = "192.0.2.1"
) -> tuple[int, dict[str, str]]:
    async with client_of(running.app, address=address) as client:
        body = {"name": name, "password": password}
        response = await client.post("/api/v1/sessions", json=body)
        return response.status_code, response.json()


async def test_sign_in_and_out(on_both: Running) -> None:
    status, session = await sign_in(on_both)
    assert status == 201
    assert session["token"].startswith("mps_")
    async with client_of(on_both.app, session["token"]) as me:
        assert (await me.get("/api/v1/users/me")).json()["name"] == "admin"
        assert (await me.delete("/api/v1/sessions/current")).status_code == 204
        assert (await me.get("/api/v1/users/me")).status_code == 401


async def test_a_session_ends_by_itself(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    _, session = await sign_in(running)
    async with running.context.store.write() as connection:
        past = {"expires": time.time() - 1}
        await connection.execute(tokens.update().where(tokens.c.kind == "session").values(**past))
    async with client_of(running.app, session["token"]) as me:
        assert (await me.get("/api/v1/users/me")).status_code == 401


async def test_use_prolongs_a_session(running: Running) -> None:
    _, session = await sign_in(running)
    long_ago = time.time() - 3600
    async with running.context.store.write() as connection:
        await connection.execute(
            tokens.update()
            .where(tokens.c.kind == "session")
            .values(used=long_ago, expires=time.time() + 60)
        )
    async with client_of(running.app, session["token"]) as me:
        assert (await me.get("/api/v1/users/me")).status_code == 200
    async with running.context.store.read() as connection:
        row = (await connection.execute(select(tokens).where(tokens.c.kind == "session"))).one()
    assert row.used > long_ago + 3000
    assert row.expires > time.time() + 3600


async def test_the_first_password_is_deleted_once_somebody_signed_in(running: Running) -> None:
    path = running.context.settings.state_dir / "first-password"
    path.write_text("x")
    assert (await sign_in(running, password="wrong wrong"))[0] == 401
    assert path.exists()
    assert (await sign_in(running))[0] == 201
    assert not path.exists()


async def test_secrets_are_stored_as_hashes_only(running: Running) -> None:
    _, session = await sign_in(running)
    issued = (await running.client.post("/api/v1/tokens", json={"name": "script"})).json()
    async with running.context.store.read() as connection:
        text = str((await connection.execute(select(tokens))).all())
        text += str((await connection.execute(select(users))).all())
    for secret in (session["token"], issued["secret"], PASSWORD):
        assert secret not in text
    assert "$argon2id$" in text


async def test_wrong_passwords_and_unknown_users_look_alike(running: Running) -> None:
    wrong = await sign_in(running, password="wrong password")
    unknown = await sign_in(running, name="nobody", password="wrong password")
    assert wrong == unknown
    assert wrong[0] == 401


async def test_an_unknown_user_takes_as_long_as_a_wrong_password(running: Running) -> None:
    """Both verify an argon2 hash: without it the unknown one would be hundreds of times faster."""

    async def fastest(name: str, first: int) -> float:
        times = []
        for n in range(4):
            began = time.perf_counter()
            await sign_in(running, name, "wrong password", f"192.0.2.{first + n}")
            times.append(time.perf_counter() - began)
        return min(times)

    await sign_in(running, "nobody", "x", "192.0.2.9")  # makes the hash that nobody has
    assert await fastest("nobody", 10) > 0.3 * await fastest("admin", 20)


async def test_guesses_are_limited_and_the_right_password_is_not_lost(running: Running) -> None:
    for _ in range(PER_PAIR):
        assert (await sign_in(running, password="wrong guess"))[0] == 401
    status, reply = await sign_in(running)  # even the right one waits now
    assert status == 429
    assert reply["error"]["details"]["retry_after"] > 0  # type: ignore[index, operator]
    assert (await sign_in(running, address="192.0.2.2"))[0] == 201  # the user is not locked out


async def test_guesses_made_at_once_are_limited_too(running: Running) -> None:
    tries = [sign_in(running, password=f"guess number {n}") for n in range(PER_PAIR * 3)]
    statuses = [status for status, _ in await asyncio.gather(*tries)]
    assert statuses.count(401) == PER_PAIR
    assert statuses.count(429) == PER_PAIR * 2


async def test_a_refusal_for_rate_says_when_to_come_again(running: Running) -> None:
    for _ in range(PER_PAIR):
        await sign_in(running, password="wrong guess")
    async with client_of(running.app) as client:
        body = {"name": "admin", "password": "x"}
        response = await client.post("/api/v1/sessions", json=body)
    assert 0 < int(response.headers["Retry-After"]) <= auth.WINDOW + 1


def test_an_address_that_guesses_many_users_is_limited() -> None:
    guesses = Guesses()
    for n in range(PER_ADDRESS):
        guesses.begin(f"user{n}", "192.0.2.1")
    with pytest.raises(Refused):
        guesses.begin("another", "192.0.2.1")
    guesses.begin("another", "192.0.2.2")


def test_guesses_are_forgotten_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr("millpond.manager.auth.time.monotonic", lambda: now)
    guesses = Guesses()
    for _ in range(PER_PAIR):
        guesses.begin("anna", "192.0.2.1")
    with pytest.raises(Refused):
        guesses.begin("anna", "192.0.2.1")
    now += auth.WINDOW + 1
    guesses.begin("anna", "192.0.2.1")


def test_memory_of_guesses_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Guesses, "_MOST", 30)
    guesses = Guesses()
    for n in range(1000):
        guesses.begin(f"user{n}", f"192.0.2.{n}")
    assert len(guesses._times) <= 30


@pytest.mark.parametrize("password", ["short", "aaaaaaaaaaaa", "annaannaanna", "x" * 1025])
def test_passwords_that_are_too_weak(password: str) -> None:
    with pytest.raises(Refused):
        check_password_rules("AnnaAnnaAnna", password)


async def test_changing_the_password_ends_other_sessions(on_both: Running) -> None:
    (_, here), (_, there) = await sign_in(on_both), await sign_in(on_both)
    async with (
        client_of(on_both.app, here["token"]) as me,
        client_of(on_both.app, there["token"]) as other,
    ):
        body = {"old": "not the password", "new": "another long one"}
        assert (await me.post("/api/v1/users/me/password", json=body)).status_code == 401
        body["old"] = PASSWORD
        assert (await me.post("/api/v1/users/me/password", json=body)).status_code == 204
        assert (await me.get("/api/v1/users/me")).status_code == 200
        assert (await other.get("/api/v1/users/me")).status_code == 401
    assert (await sign_in(on_both))[0] == 401
    assert (await sign_in(on_both, password="another long one"))[0] == 201


async def test_api_tokens(on_both: Running) -> None:
    made = await on_both.client.post("/api/v1/tokens", json={"name": "script", "days": 1})
    assert made.status_code == 201
    issued = made.json()
    assert issued["secret"].startswith("mpt_")
    async with client_of(on_both.app, issued["secret"]) as script:
        listed = (await script.get("/api/v1/tokens")).json()["items"]
        assert issued["token"]["id"] in [t["id"] for t in listed]
        assert "secret" not in str(listed)
        assert (await script.delete("/api/v1/sessions/current")).status_code == 422
        assert (await script.delete(f"/api/v1/tokens/{issued['token']['id']}")).status_code == 204
        assert (await script.get("/api/v1/vms")).status_code == 401
    gone = await on_both.client.delete(f"/api/v1/tokens/{issued['token']['id']}")
    assert gone.status_code == 404


async def test_users(on_both: Running) -> None:
    new = {"name": "anna", "password": "four random plain words"}
    assert (await on_both.client.post("/api/v1/users", json=new)).status_code == 201
    again = await on_both.client.post("/api/v1/users", json=new)
    assert again.json()["error"]["code"] == "object.exists"
    me = await on_both.client.post("/api/v1/users", json=new | {"name": "me"})
    assert me.json()["error"]["code"] == "object.exists"
    _, session = await sign_in(on_both, "anna", new["password"])
    async with client_of(on_both.app, session["token"]) as anna:
        names = [u["name"] for u in (await anna.get("/api/v1/users")).json()["items"]]
        assert names == ["admin", "anna"]
        assert (await on_both.client.delete("/api/v1/users/anna")).status_code == 204
        assert (await anna.get("/api/v1/users/me")).status_code == 401
    last = await on_both.client.delete("/api/v1/users/admin")
    assert last.json()["error"]["code"] == "user.last"


async def test_users_come_in_pages(on_both: Running) -> None:
    for n in range(5):
        async with on_both.context.store.write() as connection:
            await connection.execute(users.insert().values(name=f"u{n}", password="", created=0.0))
    seen, after = [], ""
    while True:
        page = (await on_both.client.get(f"/api/v1/users?limit=2{after}")).json()
        seen += [u["name"] for u in page["items"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert seen == ["admin", "u0", "u1", "u2", "u3", "u4"]
