"""A VM in a second repository, which is an XFS of its own: it runs, moves live, and fails over.

What happened is asked of the file system, of sanlock's leases on it, and of each server's virsh.
"""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.contract.mounts import xfs
from tests.lab.pool import PoolLab, pool_lab, wait_until
from tests.support.api import Json
from tests.support.truth import guest_xml, runs_on

pytestmark = [pytest.mark.lab, pytest.mark.slow, pytest.mark.thorough]

WHERE = "/pools/pool1/repositories"


@dataclass
class Lab:
    pool: PoolLab
    data: Path


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """The servers see what is mounted below /tmp when they boot."""
    directory = tmp_path_factory.mktemp("repository")
    with xfs(directory / "data", directory / "image") as data, pool_lab(directory) as pool:
        body = {"name": "data", "kind": "local", "source": str(data)}
        pool.api.do("POST", WHERE, body)
        yield Lab(pool, data)


def create(lab: Lab, name: str, server: str) -> Json:
    body = {"pool": "pool1", "name": name, "template": "tiny", "repository": "data", "ha": True}
    lab.pool.api.do("POST", "/vms", body | {"start": True, "on": server})
    lab.pool.counter(name)
    lab.pool.counts_on(name)
    return lab.pool.api("GET", f"/vms/{name}")


def test_a_vm_runs_moves_and_fails_over_in_a_second_repository(made: Lab) -> None:
    api, lab = made.pool.api, made.pool.lab
    shown = api("GET", f"{WHERE}/data")
    assert shown["servers"] == ["srv1", "srv2", "srv3"]
    assert shown["total"] < 400 << 20  # the loop file's, not the machine's

    vm = create(made, "there", "srv2")
    directory = made.data / "running_pool" / vm["id"]
    assert {"vm.json", "vda.raw", "lease"} <= {p.name for p in directory.iterdir()}
    assert not (lab.shared / "running_pool" / vm["id"]).exists()
    xml = guest_xml(lab, "srv2", "there")
    assert f"{directory}/lease" in xml
    assert f"{directory}/vda.raw" in xml

    moved = made.pool.move("there", "srv3")
    assert moved["state"] == "done"
    assert runs_on(lab, "there") == ["srv3"]
    made.pool.counts_on("there")
    assert made.pool.counter("there").unbroken()

    promised = api("GET", "/pools/pool1/ha")["promised_fenced"]
    began = time.monotonic()
    lab.crash("srv3")
    seen: list[str] = []

    def elsewhere() -> bool:
        nonlocal seen
        seen = runs_on(lab, "there")
        assert len(seen) <= 1, seen
        return bool(seen) and seen != ["srv3"]

    wait_until(elsewhere, 2 * promised, "it runs elsewhere")
    print(f"there runs on {seen[0]} after {time.monotonic() - began:.1f} s, promised {promised}")
    record = json.loads((directory / "vm.json").read_text())
    assert record["placed_on"] == api("GET", f"/servers/{seen[0]}")["id"]
    wait_until(
        lambda: api("GET", "/vms/there")["server"]["name"] == seen[0], 90, "the manager heard of it"
    )


def test_a_server_that_boots_has_it_again(made: Lab) -> None:
    """After the test before: srv3 was powered on by the pool, or is now."""
    made.pool.boot("srv3")

    def again() -> bool:
        return "srv3" in made.pool.api("GET", f"{WHERE}/data")["servers"]

    wait_until(again, 120, "srv3 has it again")


def test_refusals_and_a_clean_end(made: Lab) -> None:
    api = made.pool.api
    made.pool.remove("there")
    assert list((made.data / "running_pool").iterdir()) == []
    api.do("DELETE", f"{WHERE}/data?contents=true")
    assert [p.name for p in made.data.iterdir()] == []
