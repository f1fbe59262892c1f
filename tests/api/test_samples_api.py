"""What VMs and servers have used lately."""

import pytest

from millpond.domain.events import Usage
from millpond.domain.names import new_id
from millpond.domain.usage import ServerCounters
from millpond.manager.store import servers
from tests.api.running import Running


async def test_samples_of_a_server(running: Running) -> None:
    async with running.context.store.write() as connection:
        row = await servers.add(connection, "srv1", "192.0.2.11", 8899)
    reply = await running.client.get("/api/v1/servers/srv1/samples")
    assert reply.json() == {"start": 0, "step": 20, "cpu": [], "memory": []}
    for n in range(2):
        host = ServerCounters(cpu_time=10.0 * n, cpus=2, memory=1 << 30)
        told = Usage(server=row.id, clock=20.0 * n, host=host, guests=())
        await running.context.watcher.heard(told)
    for span, step in (("hour", 20), ("day", 300)):
        reply = await running.client.get(f"/api/v1/servers/{row.id}/samples?span={span}")
        found = reply.json()
        assert (found["step"], found["cpu"][-1], found["memory"][-1]) == (step, 25.0, 1 << 30)


@pytest.mark.parametrize("kind", ["vms", "servers"])
async def test_refusals(running: Running, kind: str) -> None:
    reply = await running.client.get(f"/api/v1/{kind}/{new_id()}/samples")
    assert (reply.status_code, reply.json()["error"]["code"]) == (404, "request.not_found")
    reply = await running.anonymous.get(f"/api/v1/{kind}/{new_id()}/samples")
    assert reply.status_code == 401
