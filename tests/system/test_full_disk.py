"""A full repository: a clear refusal, nothing half-done, and everything works again with room."""

import subprocess
from collections.abc import Iterator

import pytest

from tests.support.api import ApiError
from tests.support.leaks import leaks
from tests.support.system import System

pytestmark = [pytest.mark.slow, pytest.mark.thorough]

SIZE = "96M"
"""Room for the template and about three clones of its 18 MiB."""


@pytest.fixture
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    directory = tmp_path_factory.mktemp("full")
    root = directory / "OVS"
    root.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "none", str(root)], check=True)
    try:
        with System(directory, servers=1) as made:
            made.make_pool()
            yield made
    finally:
        subprocess.run(["umount", "--lazy", str(root)], check=True)


def _create(system: System, name: str, template: str | None = "tiny") -> tuple[str, str]:
    """The job's state, or that it was not even accepted, and why."""
    body = {"pool": "pool1", "name": name, "template": template, "memory": 96, "cloning": "full"}
    try:
        accepted = system.api("POST", "/vms", body)
    except ApiError as error:
        return "refused", error.code
    job = system.api.ended(accepted["id"])
    return job["state"], (job["error"] or {}).get("code", "")


def test_a_full_repository_refuses_and_recovers(system: System) -> None:
    outcomes = {name: _create(system, name) for name in (f"vm{n}" for n in range(8))}
    made = [name for name, outcome in outcomes.items() if outcome[0] == "done"]
    refused = [name for name in outcomes if name not in made]
    assert made and refused
    assert {outcomes[name] for name in refused} == {("refused", "storage.full")}
    assert [vm["name"] for vm in system.api.items("/vms")] == made
    assert leaks(system.root, system.stage, system.guests()) == []
    system.api.do("DELETE", f"/vms/{made[0]}")
    assert _create(system, refused[0]) == ("done", "")


def test_the_reserve_is_kept_free(system: System) -> None:
    """What is needed and what is there are told before anything is written."""
    system.api.do("PATCH", "/pools/pool1", {"reserve": 80})
    with pytest.raises(ApiError) as caught:
        body = {"pool": "pool1", "name": "big", "template": "tiny", "cloning": "full"}
        system.api("POST", "/vms", body)
    assert caught.value.code == "storage.full"
    told = caught.value.error["details"]
    assert told["needed"] > 10 << 20
    assert told["total"] == 96 << 20
    assert told["needed"] + told["kept"] > told["free"] > told["needed"]
    assert not list((system.root / "running_pool").iterdir())
    system.api.do("PATCH", "/pools/pool1", {"reserve": 0})
    assert _create(system, "big") == ("done", "")


def test_not_even_room_for_a_record(system: System) -> None:
    assert _create(system, "first") == ("done", "")
    filler = system.root / "filler"
    with filler.open("wb", buffering=0) as file, pytest.raises(OSError, match="No space"):
        while True:
            file.write(b"\0" * 4096)
    state, code = _create(system, "second", template=None)  # nothing to copy: only its record
    assert (state, code) == ("failed", "storage.full")
    assert [vm["name"] for vm in system.api.items("/vms")] == ["first"]
    filler.unlink()
    system.api.do("PATCH", "/vms/first", {"description": "there is room again"})
    assert leaks(system.root, system.stage, system.guests()) == []
