"""Registered arrays: the API asks two real SPs through naviseccli, and keeps their password to itself."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.running import Running, run
from tests.support.arrays import INITIATOR, PASSWORD, SERIAL, USER, RunningArray, furnished

GIB = 1 << 30


@pytest.fixture(scope="module")
def array(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningArray]:
    with furnished(tmp_path_factory.mktemp("array")) as found:
        yield found


def _request(array: RunningArray, **changes: object) -> dict[str, object]:
    addresses = [array.addresses["A"], array.addresses["B"]]
    body = {"name": "cx4", "addresses": addresses, "user": USER, "password": PASSWORD}
    return body | changes


def _code(reply: object) -> str:
    return str(reply.json()["error"]["code"])  # type: ignore[attr-defined]


@pytest.mark.slow
async def test_an_array_is_registered_looked_at_and_forgotten(
    array: RunningArray, tmp_path: Path
) -> None:
    state = tmp_path / "state"
    async with run(state) as first:
        added = await first.client.post("/api/v1/arrays", json=_request(array))
        assert added.status_code == 201, added.text
        assert PASSWORD not in added.text
        for again in (_request(array), _request(array, name="another")):
            assert _code(await first.client.post("/api/v1/arrays", json=again)) == "object.exists"
    kept = [path for path in state.rglob("*") if path.is_file()]
    assert not [path for path in kept if PASSWORD.encode() in path.read_bytes()]
    async with run(state) as second:
        shown = (await second.client.get("/api/v1/arrays/cx4")).json()
        assert (shown["health"]["serial"], shown["well"]) == (SERIAL, True)
        (pool,) = shown["pools"]
        assert pool["name"] == "gold"
        assert pool["size"] > pool["free"] - GIB > 300 * GIB
        assert pool["subscribed"] >= 5 * GIB
        (lun,) = (await second.client.get("/api/v1/arrays/cx4/luns")).json()["items"]
        assert (lun["number"], lun["name"], lun["size"], lun["thin"]) == (3, "data", 5 * GIB, True)
        (port,) = (await second.client.get("/api/v1/arrays/cx4/ports")).json()["items"]
        assert (port["sp"], port["number"], port["address"]) == ("B", 1, array.addresses["B"])
        (group,) = (await second.client.get("/api/v1/arrays/cx4/groups")).json()["items"]
        host = {"name": "erp1", "initiator": INITIATOR, "ports": ["B-1"]}
        assert group == {"name": "erp", "hosts": [host], "luns": [{"hlu": 7, "lun": 3}]}
        kept = (await second.client.get("/api/v1/arrays/cx4/snapshots")).json()
        assert kept["items"] == []
        for listing in ("mirrors", "migrations"):
            there = await second.client.get(f"/api/v1/arrays/cx4/{listing}")
            assert there.json()["items"] == []
        qos = (await second.client.get("/api/v1/arrays/cx4/qos")).json()
        assert qos == {"policies": [], "classes": []}
        array.kill("A")
        try:
            hurt = (await second.client.get("/api/v1/arrays/cx4")).json()
        finally:
            array.start("A")
        assert hurt["well"] is False
        assert hurt["health"]["answers"][array.addresses["A"]] is False
        assert any("SP A" in fault for fault in hurt["health"]["faults"])
        assert (await second.client.delete("/api/v1/arrays/cx4")).status_code == 204
        assert (await second.client.get("/api/v1/arrays")).json()["items"] == []
        assert not list((state / "arrays").iterdir())
        back = await second.client.post("/api/v1/arrays", json=_request(array, name="other"))
        assert back.json()["id"] == shown["id"], "pools' records name it by that"
        assert [path.name for path in (state / "arrays").iterdir()] == [shown["id"]]
    assert "data" in array.run("lun", "-list").stdout, "the array itself hears nothing of it"


@pytest.mark.slow
async def test_what_hosts_do_is_told_once_the_array_was_asked_twice(
    array: RunningArray, running: Running
) -> None:
    added = (await running.client.post("/api/v1/arrays", json=_request(array))).json()
    load, whole = "/api/v1/arrays/cx4/performance", "/api/v1/arrays/cx4/samples"
    assert (await running.client.get(load)).json()["items"] == []
    assert (await running.client.get(whole)).json()["reads"] == []
    arrays = running.context.arrays
    driver = arrays.driver(await arrays.get("cx4"))
    for _ in range(2):
        running.context.array_samples.heard(added["id"], await driver.counters())
    (lun,) = (await running.client.get(load)).json()["items"]
    assert (lun["number"], lun["name"], lun["reads"], lun["response"]) == (3, "data", 0, 0)
    for of in ("", "A", "3"):
        told = (await running.client.get(whole, params={"of": of, "span": "day"})).json()
        assert (told["step"], told["reads"], told["bytes_written"]) == (300, [0], [0])
    wrong = await running.client.get(whole, params={"of": "C"})
    assert (wrong.status_code, _code(wrong)) == (422, "request.invalid")
    assert (await running.client.delete("/api/v1/arrays/cx4")).status_code == 204


@pytest.mark.slow
async def test_a_wrong_password_registers_nothing(array: RunningArray, running: Running) -> None:
    wrong = await running.client.post("/api/v1/arrays", json=_request(array, password="not this"))
    assert (wrong.status_code, _code(wrong)) == (409, "array.login")
    assert "not this" not in wrong.text
    assert (await running.client.get("/api/v1/arrays")).json()["items"] == []


@pytest.mark.slow
async def test_nobody_answers(running: Running) -> None:
    body = {"name": "gone", "addresses": ["127.254.9.9"], "user": "admin", "password": "secret"}
    gone = await running.client.post("/api/v1/arrays", json=body)
    assert (gone.status_code, _code(gone)) == (409, "array.unreachable")


async def test_one_that_is_administered_elsewhere(running: Running) -> None:
    body = {"name": "big", "kind": "plain"}
    assert (await running.client.post("/api/v1/arrays", json=body)).status_code == 201
    for listing in ("groups", "snapshots", "mirrors", "migrations", "performance"):
        there = await running.client.get(f"/api/v1/arrays/big/{listing}")
        assert there.json()["items"] == []
    shown = (await running.client.get("/api/v1/arrays/big")).json()
    assert (shown["kind"], shown["pools"], shown["well"]) == ("plain", [], True)
    for wrong in ({"user": "admin"}, {"kind": "navisphere"}, {"kind": "navisphere", "user": "x"}):
        reply = await running.client.post("/api/v1/arrays", json=body | {"name": "no"} | wrong)
        assert (reply.status_code, _code(reply)) == (422, "request.invalid")
