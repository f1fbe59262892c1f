"""Scenarios of ``tests.support.scenarios``'s kind for LUNs that pools have of arrays. The array is a fake, as the
servers are: what a real one does is the contract's."""

from itertools import count

from tests.support.api import ApiError, Json
from tests.support.scenarios import Request, Scenario, Stage

ARRAY, SIZE = "crasharray", 1 << 30
FAKE_ARRAYS = {"MILLPOND_MANAGER_FAKE_ARRAYS": "true"}
"""What the manager needs in its environment."""
_numbers = count(1)


def with_array(stage: Stage) -> str:
    """The name for a LUN, of an array that the manager knows."""
    try:
        login = {"addresses": ["192.0.2.1"], "user": "admin", "password": "no one's"}
        stage.api("POST", "/arrays", {"name": ARRAY} | login)
    except ApiError as error:
        assert error.code == "object.exists", error
    return f"lun{next(_numbers)}"


def with_lun(stage: Stage) -> str:
    name = with_array(stage)
    stage.api.do(*create_request(stage, name))
    return name


def create_request(stage: Stage, name: str) -> Request:
    body = {"name": name, "array": ARRAY, "array_pool": "pool", "size": SIZE}
    return "POST", f"/pools/{stage.pool}/luns", body


def delete_request(stage: Stage, name: str) -> Request:
    return "DELETE", f"/pools/{stage.pool}/luns/{name}", None


def luns_of(stage: Stage) -> dict[str, Json]:
    return {lun["name"]: lun for lun in stage.api.items(f"/pools/{stage.pool}/luns")}


def on_array(stage: Stage) -> dict[str, Json]:
    """By the names that the array has for them."""
    return {lun["name"]: lun for lun in stage.api.items(f"/arrays/{ARRAY}/luns")}


def _is_there(stage: Stage, name: str) -> bool:
    found, made = luns_of(stage).get(name), on_array(stage).get(f"{stage.pool}-{name}")
    return bool(found and made and (found["uid"], found["size"]) == (made["uid"], made["size"]))


def _is_gone(stage: Stage, name: str) -> bool:
    return name not in luns_of(stage) and f"{stage.pool}-{name}" not in on_array(stage)


def _drop(stage: Stage, name: str) -> None:
    if name in luns_of(stage):
        stage.api.do(*delete_request(stage, name))
    assert _is_gone(stage, name), "the array has kept a LUN that nobody knows"


LUN_SCENARIOS: dict[str, Scenario] = {
    "lun.create": Scenario(with_array, create_request, _is_there, _drop),
    "lun.delete": Scenario(with_lun, delete_request, _is_gone, _drop),
}
