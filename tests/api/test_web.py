"""What browsers need: pages with their policy, and a session in a cookie that only our pages can use."""

import gzip
from contextlib import aclosing
from pathlib import Path

import httpx
import pytest

from millpond.manager.api.deps import COOKIE
from tests.api.running import PASSWORD, Running, client_of, run

OURS = {"Origin": "https://manager.test"}
CREDENTIALS = {"name": "admin", "password": PASSWORD}


async def signed_in(running: Running) -> httpx.AsyncClient:
    client = client_of(running.app)
    reply = await client.post("/api/v1/sessions/cookie", json=CREDENTIALS, headers=OURS)
    assert reply.status_code == 201
    assert reply.json()["user"] == "admin"
    assert "mps_" not in reply.text
    said = reply.headers["set-cookie"]
    for part in (f"{COOKIE}=mps_", "HttpOnly", "Secure", "SameSite=strict", "Path=/"):
        assert part in said
    return client


async def test_a_cookie_is_a_session(running: Running) -> None:
    async with aclosing(await signed_in(running)) as me:
        assert (await me.get("/api/v1/users/me")).json()["name"] == "admin"
        assert (await me.delete("/api/v1/sessions/current", headers=OURS)).status_code == 204
        assert (await me.get("/api/v1/users/me")).status_code == 401


@pytest.mark.parametrize("origin", [None, "null", "https://evil.test", "https://manager.test:1"])
async def test_a_cookie_changes_nothing_for_another_sites_page(
    running: Running, origin: str | None
) -> None:
    headers = {} if origin is None else {"Origin": origin}
    async with aclosing(await signed_in(running)) as me:
        reply = await me.post("/api/v1/tokens", json={"name": "x"}, headers=headers)
        assert (reply.status_code, reply.json()["error"]["code"]) == (403, "auth.origin")
        items = (await me.get("/api/v1/tokens")).json()["items"]
        assert [token["name"] for token in items] == ["tests"]
        reply = await me.post("/api/v1/tokens", json={"name": "x"}, headers=OURS)
        assert reply.status_code == 201


async def test_another_sites_page_signs_nobody_in(running: Running) -> None:
    headers = {"Origin": "https://evil.test"}
    reply = await running.anonymous.post(
        "/api/v1/sessions/cookie", json=CREDENTIALS, headers=headers
    )
    assert (reply.status_code, reply.json()["error"]["code"]) == (403, "auth.origin")


async def test_a_token_needs_no_origin(running: Running) -> None:
    reply = await running.client.post("/api/v1/tokens", json={"name": "x"})
    assert reply.status_code == 201


@pytest.fixture
def built(tmp_path: Path) -> Path:
    directory = tmp_path / "dist"
    (directory / "assets").mkdir(parents=True)
    (directory / "index.html").write_text("the page")
    (directory / "assets" / "index-1a2b.js").write_text("script")
    (directory / "assets" / "index-1a2b.js.gz").write_bytes(gzip.compress(b"script"))
    (tmp_path / "secret").write_text("not for browsers")
    return directory


async def test_pages(tmp_path: Path, built: Path) -> None:
    async with run(tmp_path / "state", web_dir=built) as running:
        get = running.anonymous.get
        assert (await get("/")).headers["location"] == "/ui/"
        for path in ("", "vms?power=running&name=web", "vms/some-id/console"):
            reply = await get(f"/ui/{path}")
            assert (reply.status_code, reply.text) == (200, "the page")
            assert reply.headers["cache-control"] == "no-cache"
            policy = reply.headers.get_list("content-security-policy")
            assert len(policy) == 1
            assert "script-src 'self'" in policy[0]
            assert "unsafe" not in policy[0]
        script = await get("/ui/assets/index-1a2b.js")
        assert script.text == "script"
        assert script.headers["content-encoding"] == "gzip"
        assert script.headers["content-type"].startswith("text/javascript")
        assert "immutable" in script.headers["cache-control"]
        plain = await get("/ui/assets/index-1a2b.js", headers={"Accept-Encoding": "identity"})
        assert (plain.text, "content-encoding" in plain.headers) == ("script", False)
        assert (await get("/ui/assets/index-old.js")).status_code == 404
        for path in ("/ui/..%2fsecret", "/ui/assets/..%2f..%2fsecret", "/ui//etc/hostname"):
            assert "not for browsers" not in (await get(path)).text
            assert (await get(path)).text in ("the page", "")
        for path in ("%00", "vms/%00", "x" * 300):
            assert (await get(f"/ui/{path}")).text == "the page"
        assert (await get("/ui/assets/%00")).status_code == 404
        assert (await get("/api/v1/nothing")).status_code == 404


async def test_a_manager_without_the_files_says_so(tmp_path: Path) -> None:
    async with run(tmp_path / "state", web_dir=tmp_path / "nothing") as running:
        reply = await running.anonymous.get("/ui/vms")
        assert reply.status_code == 503
        assert "make ui" in reply.text
