"""Servers: making them known, enrolling them, forgetting them."""

import re
import ssl
import time
from typing import Any

import pytest
from cryptography import x509
from sqlalchemy import update

from millpond.adapters.pki.keys import new_key, new_request
from millpond.adapters.pki.tokens import EnrolmentToken
from millpond.domain.job import JobState, Lock, Progress
from millpond.domain.names import new_id
from millpond.manager.store import jobs
from millpond.manager.store.tables import enrolments
from tests.api.running import Running

SRV1 = {"name": "srv1", "address": "192.0.2.11"}


async def add(running: Running, **body: Any) -> tuple[dict[str, Any], EnrolmentToken]:
    response = await running.client.post("/api/v1/servers", json=SRV1 | body)
    assert response.status_code == 201, response.text
    reply = response.json()
    assert response.headers["Location"] == f"/api/v1/servers/{reply['server']['id']}"
    return reply["server"], EnrolmentToken.decode(reply["token"])


async def redeem(running: Running, secret: str, **body: Any) -> tuple[int, dict[str, Any]]:
    """As the agent does: without any other proof of who it is."""
    request = {
        "secret": secret,
        "csr": new_request(new_key()).decode(),
        "server_id": new_id(),
        "port": 8899,
    }
    response = await running.anonymous.post("/api/v1/enrolments/redeem", json=request | body)
    return response.status_code, response.json()


async def test_a_server_enrols_with_its_token(on_both: Running) -> None:
    server, token = await add(on_both)
    assert not server["enrolled"]
    assert token.url == "https://manager.test:8443"
    assert token.ca_sha256 == on_both.context.authority.fingerprint
    host = new_id()
    secret = token.secret.get_secret_value()
    status, reply = await redeem(on_both, secret, server_id=host, port=9000)
    assert status == 200
    certificate = x509.load_pem_x509_certificate(reply["certificate"].encode())
    assert host in certificate.subject.rfc4514_string()
    assert reply["ca"] == on_both.context.authority.pem
    assert ssl.PEM_cert_to_DER_cert(reply["ca"])
    shown = (await on_both.client.get("/api/v1/servers/srv1")).json()
    assert (shown["id"], shown["port"], shown["enrolled"]) == (host, 9000, True)
    status, reply = await redeem(on_both, secret, server_id=host)
    assert (status, reply["error"]["code"]) == (403, "enrol.token")


async def test_a_bad_signing_request_does_not_use_the_token_up(running: Running) -> None:
    _, token = await add(running)
    secret = token.secret.get_secret_value()
    status, reply = await redeem(running, secret, csr="no request at all")
    assert (status, reply["error"]["code"]) == (422, "request.invalid")
    assert (await redeem(running, secret))[0] == 200


async def test_tokens_that_prove_nothing(running: Running) -> None:
    _, token = await add(running)
    first = token.secret.get_secret_value()
    again = await running.client.post("/api/v1/servers/srv1/token")
    second = EnrolmentToken.decode(again.json()["token"]).secret.get_secret_value()
    assert (await redeem(running, first))[0] == 403  # made void by the second
    assert (await redeem(running, "guessed"))[0] == 403
    async with running.context.store.write() as connection:
        await connection.execute(update(enrolments).values(expires=time.time() - 1))
    assert (await redeem(running, second))[0] == 403


async def test_one_host_is_one_server(running: Running) -> None:
    _, one = await add(running)
    _, two = await add(running, name="srv2")
    host = new_id()
    assert (await redeem(running, one.secret.get_secret_value(), server_id=host))[0] == 200
    status, reply = await redeem(running, two.secret.get_secret_value(), server_id=host)
    assert (status, reply["error"]["code"]) == (409, "object.exists")
    assert "srv1" in reply["error"]["message"]


async def test_servers_are_listed_and_forgotten(running: Running) -> None:
    for name in ("srv2", "srv1", "srv3"):
        await add(running, name=name)
    taken = await running.client.post("/api/v1/servers", json=SRV1)
    assert taken.json()["error"]["code"] == "object.exists"
    page = (await running.client.get("/api/v1/servers?limit=2")).json()
    rest = (await running.client.get(f"/api/v1/servers?limit=2&after={page['next']}")).json()
    assert [s["name"] for s in page["items"] + rest["items"]] == ["srv1", "srv2", "srv3"]
    assert rest["next"] is None
    assert (await running.client.delete("/api/v1/servers/srv1")).status_code == 204
    assert (await running.client.get("/api/v1/servers/srv1")).status_code == 404


async def test_a_server_that_a_job_takes_into_a_pool_is_not_forgotten(on_both: Running) -> None:
    server, _ = await add(on_both)
    store, id_ = on_both.context.store, new_id()
    job = {
        "id": id_,
        "kind": "pool.create",
        "state": JobState.HELD.value,
        "subject": f"pool:{new_id()}",
        "subject_name": "pool1",
        "user": "admin",
        "spec_hash": "",
        "spec": "{}",
        "plan": "{}",
        "progress": Progress().model_dump_json(),
        "result": "{}",
        "cancel": False,
        "created": time.time(),
        "fence": 0,
    }
    async with store.write() as connection:
        await jobs.accept(connection, job, [], [Lock(object=f"server:{server['id']}")])
    refused = await on_both.client.delete("/api/v1/servers/srv1")
    error = refused.json()["error"]
    assert (refused.status_code, error["code"]) == (409, "object.busy")
    assert id_ in error["message"] and "pool.create" in error["message"]
    assert (await on_both.client.get("/api/v1/servers/srv1")).status_code == 200
    async with store.write() as connection:
        await jobs.release(store, connection, id_)
    assert (await on_both.client.delete("/api/v1/servers/srv1")).status_code == 204


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/servers/srv1/inventory", None),
        ("POST", "/pools/adopt", {"server": "srv1"}),
        ("POST", "/pools/preflight", {"name": "p", "members": [{"server": "srv1"}]}),
    ],
)
async def test_a_server_without_certificate_can_do_nothing(
    running: Running, method: str, path: str, body: Any
) -> None:
    await add(running)
    response = await running.client.request(method, f"/api/v1{path}", json=body)
    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (409, "server.not_enrolled")
    assert re.search(r"millpond-agent enrol", error["fix"])
