"""Health, metrics, and the tickets of consoles."""

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy.exc import OperationalError

from millpond.domain.errors import Refused
from millpond.manager.consoles import LIFETIME, Tickets, is_input
from tests.api.running import Running, run


async def samples(running: Running) -> dict[str, float]:
    response = await running.client.get("/metrics")
    assert response.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    return {
        f"{s.name}{sorted(s.labels.values())}": s.value
        for family in text_string_to_metric_families(response.text)
        for s in family.samples
    }


async def test_metrics_count(running: Running) -> None:
    await running.client.get("/api/v1/vms/some-vm")
    await running.client.get("/api/v1/vms/another-vm")
    await running.client.get("/api/v1/nowhere/at/all")
    found = await samples(running)
    assert found["millpond_requests_total['/vms/{key}', '404', 'GET']"] == 2
    assert found["millpond_requests_total['(none)', '404', 'GET']"] == 1
    assert found["millpond_jobs['running']"] == 0
    assert found["millpond_vms['running']"] == 0
    assert found["millpond_servers['true']"] == 0
    assert any(name.startswith("millpond_event_lag_seconds_count") for name in found)


async def test_metrics_are_for_those_with_a_token(
    running: Running, tmp_path_factory: pytest.TempPathFactory
) -> None:
    for path in ("/metrics", "/api/v1/metrics"):
        assert (await running.anonymous.get(path)).status_code == 401
        assert (await running.client.get(path)).status_code == 200
    directory = tmp_path_factory.mktemp("public") / "state"
    async with run(directory, metrics_public=True) as public:
        assert (await public.anonymous.get("/metrics")).status_code == 200


async def test_health_says_when_the_database_is_gone(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in ("/healthz/live", "/healthz/ready"):
        assert (await running.anonymous.get(path)).json() == {"ok": True}

    def gone() -> None:
        raise OperationalError("SELECT 1", None, Exception("unable to open database file"))

    monkeypatch.setattr(running.context.store, "read", gone)
    assert (await running.anonymous.get("/healthz/live")).status_code == 200
    for path in ("/healthz/ready", "/api/v1/version", "/api/v1/vms"):
        response = await running.client.get(path)
        if path.endswith("version"):
            assert response.status_code == 200
        else:
            assert response.status_code == 503
            assert response.json()["error"]["code"] == "server.busy"
            assert response.headers["Retry-After"]


def test_a_ticket_expires() -> None:
    now = 1000.0
    tickets = Tickets(clock=lambda: now)
    secret, ticket = tickets.issue("vm", "serial", "admin")
    assert ticket.expires == now + LIFETIME
    now += LIFETIME
    with pytest.raises(Refused):
        tickets.redeem(secret)


def test_what_a_viewer_says_by_itself_is_nobody_sitting_there() -> None:
    assert all(is_input("serial", keys) for keys in (b"a", b"\x1b[A", b"\r", b"\x1b[24;80Rx"))
    assert not any(is_input("serial", said) for said in (b"\x1b[24;80R", b"\x1b[?1;2c\x1b[0n"))
    assert [is_input("vnc", bytes((kind, 0))) for kind in (3, 4, 5, 255)] == [
        False,
        True,
        True,
        True,
    ]


def test_tickets_nobody_used_are_forgotten() -> None:
    now = 1000.0
    tickets = Tickets(clock=lambda: now)
    for _ in range(100):
        tickets.issue("vm", "serial", "admin")
        now += LIFETIME / 2
    assert len(tickets._open) <= 3
