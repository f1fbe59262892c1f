"""VMs through the API of a real manager, on real agents with fake guests."""

import fcntl
import json
import ssl
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from itertools import count
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from millpond.adapters.records.directory import LOCK
from millpond.cli.wire import Wire
from tests.support.api import ApiError, Json
from tests.support.system import System
from tests.support.upgrade import refused_upgrade

_NUMBERS = count(1)


@pytest.fixture
def vm(system: System) -> str:
    """A new VM that is off."""
    name = f"vm{next(_NUMBERS)}"
    body = {"pool": "pool1", "name": name, "template": "tiny", "tags": ["test"]}
    system.api.do("POST", "/vms", body)
    return name


def refused(system: System, method: str, path: str, body: Any = None, **headers: str) -> ApiError:
    with pytest.raises(ApiError) as caught:
        system.api(method, path, body, **headers)
    assert caught.value.error["fix"]
    return caught.value


def test_a_vms_life(system: System, vm: str) -> None:
    assert system.api("GET", f"/vms/{vm}")["power"] == "stopped"
    for verb, power in (
        ("start", "running"),
        ("pause", "paused"),
        ("unpause", "running"),
        ("suspend", "suspended"),
        ("resume", "running"),
        ("reboot", "running"),
        ("reset", "running"),
        ("migrate", "running"),
        ("stop", "stopped"),
    ):
        job = system.api.do("POST", f"/vms/{vm}/{verb}")
        assert job["kind"] == f"vm.{verb}"
        assert job["subject_name"] == vm
        assert [s["state"] for s in job["steps"]] == ["done"] * len(job["steps"])
        assert system.api("GET", f"/vms/{vm}")["power"] == power, verb
    system.api.do("DELETE", f"/vms/{vm}")
    assert refused(system, "GET", f"/vms/{vm}").code == "request.not_found"


def test_a_vm_whose_first_start_fails_is_there_and_off(system: System) -> None:
    name = f"vm{next(_NUMBERS)}"
    nowhere = {"target": "vdb", "size": 1 << 20, "device": "/dev/mapper/nowhere"}
    body = {"pool": "pool1", "name": name, "template": "tiny", "disks": [nowhere], "start": True}
    job = system.api.ended(system.api("POST", "/vms", body)["id"])
    assert (job["state"], job["error"]["code"]) == ("failed", "hypervisor.refused")
    states = [(step["name"], step["state"]) for step in job["steps"]]
    assert states[-2:] == [("finish", "done"), ("start", "undone")]
    shown = system.api("GET", f"/vms/{name}")
    assert (shown["power"], shown["server"], shown["wanted"]) == ("stopped", None, "off")
    assert shown["id"] not in system.guests()
    system.api.do("DELETE", f"/vms/{name}")


def test_accepted_means_202_with_the_place_of_the_job(system: System, vm: str) -> None:
    response = system.api.request("POST", f"/vms/{vm}/start")
    assert response.status_code == 202
    job = response.json()
    assert response.headers["Location"] == f"/api/v1/jobs/{job['id']}"
    assert system.api.ended(job["id"])["state"] == "done"


def test_a_dry_run_explains_and_changes_nothing(system: System, vm: str) -> None:
    plan = system.api("POST", f"/vms/{vm}/start?dry_run=true")["plan"]
    verdicts = {v["server"]: v["suitable"] for v in plan["placement"]["verdicts"]}
    assert verdicts == {"srv1": True, "srv2": True, "srv3": True}
    assert system.api("GET", f"/vms/{vm}")["power"] == "stopped"
    assert system.api.items("/jobs?kind=vm.start&limit=1000") == [
        j for j in system.api.items("/jobs?kind=vm.start&limit=1000") if j["subject_name"] != vm
    ]


def test_one_key_one_job(system: System, vm: str) -> None:
    first = system.api("POST", f"/vms/{vm}/start", Idempotency_Key=f"start-{vm}")
    again = system.api("POST", f"/vms/{vm}/start", Idempotency_Key=f"start-{vm}")
    assert again["id"] == first["id"]
    system.api.ended(first["id"])
    late = system.api("POST", f"/vms/{vm}/start", Idempotency_Key=f"start-{vm}")
    assert late["id"] == first["id"]
    other = refused(
        system, "POST", f"/vms/{vm}/start", {"on": "srv2"}, Idempotency_Key=f"start-{vm}"
    )
    assert (other.status, other.code) == (409, "request.idempotency")


def test_two_starts_at_once(system: System, vm: str) -> None:
    """One is accepted; each other is told who holds the VM, or that it runs."""

    def start(_: int) -> httpx.Response:
        return system.api.request("POST", f"/vms/{vm}/start")

    with ThreadPoolExecutor(6) as pool:
        responses = list(pool.map(start, range(6)))
    accepted = [r.json() for r in responses if r.status_code == 202]
    assert len(accepted) == 1
    for response in responses:
        if response.status_code != 202:
            error = response.json()["error"]
            assert error["code"] in ("object.busy", "vm.state")
            if error["code"] == "object.busy":
                assert accepted[0]["id"] in error["message"]
    assert system.api.ended(accepted[0]["id"])["state"] == "done"


def test_delete_is_refused_while_it_runs(system: System, vm: str) -> None:
    system.api.do("POST", f"/vms/{vm}/start")
    error = refused(system, "DELETE", f"/vms/{vm}")
    assert (error.status, error.code) == (409, "vm.state")


def test_etags(system: System, vm: str) -> None:
    response = system.api.request("GET", f"/vms/{vm}")
    etag = response.headers["ETag"]
    assert etag == f'"{response.json()["generation"]}"'
    system.api.do("PATCH", f"/vms/{vm}", {"description": "one"}, If_Match=etag)
    error = refused(system, "PATCH", f"/vms/{vm}", {"description": "two"}, If_Match=etag)
    assert (error.status, error.code) == (412, "request.etag")
    error = refused(system, "DELETE", f"/vms/{vm}", If_Match=etag)
    assert error.status == 412
    system.api.do("PATCH", f"/vms/{vm}", {"description": "two"}, If_Match="*")
    assert system.api("GET", f"/vms/{vm}")["config"]["description"] == "two"


def test_what_needs_a_restart_is_pending(system: System, vm: str) -> None:
    system.api.do("POST", f"/vms/{vm}/start")
    system.api.do("PATCH", f"/vms/{vm}", {"keyboard": "de", "description": "no restart needed"})
    shown = system.api("GET", f"/vms/{vm}")
    assert shown["pending"] == {"keyboard": "de"}
    system.api.do("POST", f"/vms/{vm}/kill")
    system.api.do("POST", f"/vms/{vm}/start")
    assert system.api("GET", f"/vms/{vm}")["pending"] == {}


@pytest.mark.parametrize("verbs", [("start",), ("start", "pause"), ("start", "suspend")])
def test_a_name_that_a_guest_goes_by_is_not_given_away(
    system: System, vm: str, verbs: tuple[str, ...]
) -> None:
    for verb in verbs:
        system.api.do("POST", f"/vms/{vm}/{verb}")
    error = refused(system, "PATCH", f"/vms/{vm}", {"name": f"{vm}b"})
    assert error.code == "vm.not_hot"
    system.api.do("PATCH", f"/vms/{vm}", {"name": vm, "description": "that is no change"})
    system.api.do("POST", f"/vms/{vm}/kill")
    system.api.do("PATCH", f"/vms/{vm}", {"name": f"{vm}b"})
    assert system.api("GET", f"/vms/{vm}b")["config"]["description"] == "that is no change"


MAC = "00:16:3e:77:77:77"
LUN = "/dev/mapper/lun7"


@pytest.mark.parametrize("how", ["create", "edit", "vif.add"])
def test_a_mac_address_has_one_owner(system: System, vm: str, how: str) -> None:
    owner = f"vm{next(_NUMBERS)}"
    body = {"pool": "pool1", "name": owner, "vifs": [{"bridge": "xenbr0", "mac": MAC}]}
    system.api.do("POST", "/vms", body)
    request = {
        "create": ("POST", "/vms", body | {"name": f"vm{next(_NUMBERS)}"}),
        "edit": ("PATCH", f"/vms/{vm}", {"vifs": body["vifs"]}),
        "vif.add": ("POST", f"/vms/{vm}/vifs", {"bridge": "xenbr0", "mac": MAC.upper()}),
    }
    error = refused(system, *request[how])
    assert (error.code, error.error["subject"]) == ("object.exists", f"vif {MAC}")
    assert owner in error.error["message"]
    system.api.do("PATCH", f"/vms/{owner}", {"vifs": body["vifs"], "description": "its own"})
    system.api.do("DELETE", f"/vms/{owner}")
    system.api.do(*request[how])
    system.api.do("DELETE", f"/vms/{request['create'][2]['name'] if how == 'create' else vm}")


def test_a_block_device_has_one_owner(system: System) -> None:
    disk = {"target": "vdb", "size": 1 << 20, "device": LUN}
    one, two = ({"pool": "pool1", "name": f"vm{next(_NUMBERS)}", "disks": [disk]} for _ in range(2))
    system.api.do("POST", "/vms", one)
    error = refused(system, "POST", "/vms", two)
    assert (error.code, error.error["subject"]) == ("object.exists", f"disk {LUN}")
    assert str(one["name"]) in error.error["message"]
    system.api.do("DELETE", f"/vms/{one['name']}")
    system.api.do("POST", "/vms", two)
    system.api.do("DELETE", f"/vms/{two['name']}")


@pytest.mark.parametrize(
    "same",
    [
        {"vifs": [{"bridge": "xenbr0", "mac": "00:16:3e:77:77:78"}]},
        {"disks": [{"target": "vdb", "size": 1 << 20, "device": "/dev/mapper/" + "lun" * 60}]},
    ],
)
def test_of_two_who_ask_for_it_at_once_one_gets_it(system: System, same: dict[str, Any]) -> None:
    names = [f"vm{next(_NUMBERS)}" for _ in range(8)]

    def create(name: str) -> str:
        try:
            system.api.do("POST", "/vms", {"pool": "pool1", "name": name} | same)
        except ApiError as error:
            return error.code
        return "made"

    with ThreadPoolExecutor(len(names)) as threads:
        outcomes = list(threads.map(create, names))
    assert outcomes.count("made") == 1
    assert set(outcomes) <= {"made", "object.exists", "object.busy"}
    system.api.do("DELETE", f"/vms/{names[outcomes.index('made')]}")


def test_vifs(system: System, vm: str) -> None:
    system.api.do("POST", f"/vms/{vm}/vifs", {"bridge": "xenbr0", "mac": "00:16:3e:0a:0b:0c"})
    mac = "00:16:3e:0a:0b:0c"
    system.api.do("PATCH", f"/vms/{vm}/vifs/{mac}", {"rate_limit": 1000})
    (vif,) = system.api("GET", f"/vms/{vm}")["config"]["vifs"]
    assert (vif["mac"], vif["bridge"], vif["rate_limit"]) == (mac, "xenbr0", 1000)
    system.api.do("DELETE", f"/vms/{vm}/vifs/{mac}")
    assert system.api("GET", f"/vms/{vm}")["config"]["vifs"] == []
    error = refused(system, "DELETE", f"/vms/{vm}/vifs/{mac}")
    assert error.code in ("request.not_found", "vm.devices")


def test_lists_are_paged_and_filtered(system: System, vm: str) -> None:
    for _ in range(4):
        name = f"page{next(_NUMBERS)}"
        system.api.do("POST", "/vms", {"pool": "pool1", "name": name, "template": "tiny"})
    everything = [v["name"] for v in system.api.items("/vms?limit=1000")]
    assert everything == sorted(everything)
    seen: list[str] = []
    after = ""
    while True:
        page = system.api("GET", f"/vms?limit=2{after}")
        assert len(page["items"]) <= 2
        seen += [v["name"] for v in page["items"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert seen == everything
    assert [v["name"] for v in system.api.items(f"/vms?name={vm}")] == [vm]
    assert vm in [v["name"] for v in system.api.items("/vms?tag=test&pool=pool1&power=stopped")]
    assert all(v["power"] == "running" for v in system.api.items("/vms?power=running"))
    assert refused(system, "GET", "/vms?pool=none").code == "request.not_found"
    assert refused(system, "GET", "/vms?power=flying").status == 422


def test_jobs_are_listed_newest_first(system: System, vm: str) -> None:
    subject = f"vm:{system.api('GET', f'/vms/{vm}')['id']}"
    system.api.do("POST", f"/vms/{vm}/start")
    system.api.do("POST", f"/vms/{vm}/kill")
    kinds = [j["kind"] for j in system.api.items(f"/jobs?subject={subject}")]
    assert kinds == ["vm.kill", "vm.start", "vm.create"]
    page = system.api("GET", f"/jobs?subject={subject}&limit=2")
    rest = system.api("GET", f"/jobs?subject={subject}&limit=2&after={page['next']}")
    assert [j["kind"] for j in page["items"] + rest["items"]] == kinds
    ended = page["items"][0]["id"]
    assert refused(system, "POST", f"/jobs/{ended}/cancel").code == "job.finished"
    assert refused(system, "POST", f"/jobs/{ended}/resume").code == "job.finished"


def test_a_running_job_can_be_cancelled(system: System, vm: str) -> None:
    """While another server writes records, a migration waits with its first step."""
    system.api.do("POST", f"/vms/{vm}/start")
    before = system.api("GET", f"/vms/{vm}")["server"]
    with (system.root / LOCK).open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        job = system.api("POST", f"/vms/{vm}/migrate")["id"]
        assert system.api("POST", f"/jobs/{job}/cancel")["cancel_requested"]
        assert system.api("GET", f"/jobs/{job}")["state"] == "running", "nothing is half written"
    assert system.api.ended(job)["state"] == "cancelled"
    shown = system.api("GET", f"/vms/{vm}")
    assert (shown["power"], shown["server"]) == ("running", before)


def test_a_resume_that_fails_or_is_cancelled_leaves_the_vm_suspended(
    system: System, vm: str
) -> None:
    for verb in ("start", "suspend"):
        system.api.do("POST", f"/vms/{vm}/{verb}")
    (image,) = system.root.rglob(f"{system.api('GET', f'/vms/{vm}')['id']}/suspend.img")
    lost = image.rename(image.with_suffix(".lost"))
    job = system.api.ended(system.api("POST", f"/vms/{vm}/resume")["id"])
    assert job["state"] == "failed"
    _is_suspended(system, vm, job)
    lost.rename(image)
    with (system.root / LOCK).open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        waiting = system.api("POST", f"/vms/{vm}/resume")["id"]
        system.api("POST", f"/jobs/{waiting}/cancel")
    job = system.api.ended(waiting)
    assert job["state"] == "cancelled"
    _is_suspended(system, vm, job)
    system.api.do("POST", f"/vms/{vm}/resume")
    assert system.api("GET", f"/vms/{vm}")["power"] == "running"


def _is_suspended(system: System, vm: str, job: Json) -> None:
    """``job`` left nothing of itself behind."""
    assert not [step for step in job["steps"] if step["state"] == "done"]
    shown = system.api("GET", f"/vms/{vm}")
    assert (shown["power"], shown["server"], shown["wanted"]) == ("suspended", None, "suspended")
    assert shown["id"] not in system.guests()


# Events


class Stream(threading.Thread):
    """Listens in the background until it has heard what ``enough`` accepts."""

    def __init__(self, system: System, last: int | None = None) -> None:
        super().__init__(daemon=True)
        self.system = system
        self.last = last
        self.heard: list[dict[str, Any]] = []
        self.open = threading.Event()
        self.start()

    def run(self) -> None:
        api = self.system.api
        headers = {"Authorization": f"Bearer {api.token}"}
        if self.last is not None:
            headers["Last-Event-ID"] = str(self.last)
        context = ssl.create_default_context(cafile=api.ca)
        with httpx.stream(
            "GET", f"{api.url}/api/v1/events", headers=headers, verify=context, timeout=60
        ) as response:
            assert response.headers["Content-Type"].startswith("text/event-stream")
            self.open.set()
            with suppress(httpx.TransportError):  # the manager ends with the tests
                self._read(response)

    def _read(self, response: httpx.Response) -> None:
        for line in response.iter_lines():
            if line.startswith("data:"):
                self.heard.append(json.loads(line[5:]))

    def wait_for(self, what: str) -> dict[str, Any]:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            for event in list(self.heard):
                if what in json.dumps(event):
                    return event
            time.sleep(0.02)
        raise AssertionError(f"{what} was not among {self.heard}")


def test_events_are_streamed_as_they_happen_and_again_from_any_number(
    system: System, vm: str
) -> None:
    stream = Stream(system)
    assert stream.open.wait(60)
    job = system.api.do("POST", f"/vms/{vm}/start")
    heard = stream.wait_for(job["id"])
    assert heard["kind"] == "job"
    again = Stream(system, last=heard["seq"] - 1)
    assert again.wait_for(job["id"]) == heard
    assert again.heard[0]["seq"] == heard["seq"]
    log = system.api.items("/events/log?limit=1000")
    assert heard in log
    assert [e["seq"] for e in log] == sorted((e["seq"] for e in log), reverse=True)
    vm_events = system.api.items(f"/events/log?kind=vm&subject=vm:{job['subject'][3:]}")
    assert {e["kind"] for e in vm_events} == {"vm"}


# Consoles


def ticket(system: System, vm: str, kind: str = "serial") -> dict[str, Any]:
    return system.api("POST", f"/vms/{vm}/console", {"kind": kind})


def dial(system: System, url: str, origin: str | None = None) -> Wire:
    context = ssl.create_default_context(cafile=system.api.ca)
    headers = {"Origin": origin} if origin else None
    base = system.api.url.replace("https", "wss")
    return Wire(connect(base + url, ssl=context, additional_headers=headers, proxy=None))


def test_a_console_carries_bytes_both_ways(system: System, vm: str) -> None:
    system.api.do("POST", f"/vms/{vm}/start")
    given = ticket(system, vm)
    assert 0 < given["expires"] - time.time() <= 30
    with dial(system, given["url"]) as console:
        console.send(b"hello\n")
        received = b""
        deadline = time.monotonic() + 60
        while b"hello" not in received and time.monotonic() < deadline:
            received += console.recv(timeout=60)
    assert b"hello" in received


def test_a_console_ends_with_the_token_that_opened_it(system: System, vm: str) -> None:
    system.api.do("POST", f"/vms/{vm}/start")
    made = system.api("POST", "/tokens", {"name": "viewer"})
    viewer = replace(system.api, token=made["secret"])
    url = viewer("POST", f"/vms/{vm}/console", {"kind": "serial"})["url"]
    with dial(system, url) as console:
        console.recv(timeout=60)
        system.api("DELETE", f"/tokens/{made['token']['id']}")
        deadline = time.monotonic() + 60
        with pytest.raises(ConnectionClosed):
            while time.monotonic() < deadline:
                console.recv(timeout=60)


def test_a_console_opens_each_time(system: System, vm: str) -> None:
    """Of clients that read and wrote in two threads one in fifty hung."""
    system.api.do("POST", f"/vms/{vm}/start")
    for _ in range(100):
        with dial(system, ticket(system, vm)["url"]) as console:
            assert console.recv(timeout=60)


def test_a_ticket_is_good_for_once(system: System, vm: str) -> None:
    system.api.do("POST", f"/vms/{vm}/start")
    given = ticket(system, vm)
    with dial(system, given["url"]):
        pass
    assert refused_upgrade(system.api, given["url"]) == (403, "console.ticket")
    assert refused_upgrade(system.api, "/api/v1/consoles/guessed") == (403, "console.ticket")


def test_a_page_of_another_site_gets_no_console(system: System, vm: str) -> None:
    system.api.do("POST", f"/vms/{vm}/start")
    given = ticket(system, vm)
    assert refused_upgrade(system.api, given["url"], "https://evil.test") == (403, "console.ticket")
    with dial(system, given["url"], system.api.url):
        pass  # the right page may still use it


def test_a_vm_that_is_off_has_no_console(system: System, vm: str) -> None:
    assert refused(system, "POST", f"/vms/{vm}/console").code == "vm.state"
    assert refused(system, "GET", f"/vms/{vm}/console/log").code == "vm.state"


def test_the_console_log_is_text(system: System, vm: str) -> None:
    system.api.do("POST", f"/vms/{vm}/start")
    response = system.api.request("GET", f"/vms/{vm}/console/log?bytes=100")
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert len(response.content) <= 100


def test_roles_are_changed_to_what_is_said(system: System) -> None:
    """Without a word of them, a server would have lost those it had."""
    error = refused(system, "PATCH", "/pools/pool1/servers/srv1", {})
    assert error.code == "request.invalid"
    (first, *_) = system.api("GET", "/pools/pool1")["members"]
    assert set(first["roles"]) == {"master", "utility", "vm"}
