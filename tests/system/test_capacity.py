"""Placement never exceeds capacity, however many starts are planned at the same moment."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.api import Api, ApiError
from tests.support.system import System

MEMORY = 2048
RESERVE = 512


@pytest.fixture
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    with System(tmp_path_factory.mktemp("capacity"), servers=1, fake_memory=MEMORY) as made:
        made.make_pool()
        yield made


@pytest.mark.slow
def test_simultaneous_starts_share_one_servers_memory(system: System) -> None:
    names = [f"vm{n}" for n in range(6)]
    for name in names:
        body = {"pool": "pool1", "name": name, "template": "tiny", "memory": 512}
        system.api.do("POST", "/vms", body)

    def start(name: str) -> str:
        api = Api(system.api.url, system.api.ca, system.api.token)
        try:
            return str(api.ended(api("POST", f"/vms/{name}/start", {})["id"])["state"])
        except ApiError as refused:
            return refused.code

    with ThreadPoolExecutor(len(names)) as pool:
        outcomes = list(pool.map(start, names))
    running = [vm for vm in system.api.items("/vms") if vm["power"] == "running"]
    assert 512 * len(running) <= MEMORY - RESERVE
    assert outcomes.count("done") == len(running)
    assert set(outcomes) <= {"done", "failed", "placement.none"}
    assert sorted(system.guests()) == sorted(vm["id"] for vm in running)
