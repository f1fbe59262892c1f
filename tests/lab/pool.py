"""A whole pool in a lab: three servers, the manager, template tiny, and a client of the API."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from millpond.lab.demo import Demo
from millpond.lab.lab import Lab
from tests.support.api import Api, ApiError, Json
from tests.support.truth import Counter


@dataclass
class PoolLab:
    lab: Lab
    api: Api
    counters: dict[str, Counter] = field(default_factory=dict)

    def vm_id(self, vm: str) -> str:
        return str(self.api("GET", f"/vms/{vm}")["id"])

    def create(self, name: str, on: str | None = None) -> str:
        """A running VM that has begun to count."""
        body = {
            "pool": "pool1",
            "name": name,
            "template": "tiny",
            "vifs": [{"bridge": "xenbr0"}],
            "start": True,
            "on": on,
        }
        self.api.do("POST", "/vms", body)
        self.counter(name)
        self.counts_on(name)
        return name

    def counter(self, vm: str) -> Counter:
        """The VM's counter, followed since this was first asked."""
        return self.counters.setdefault(vm, Counter(self.lab, self.vm_id(vm)))

    def counts_on(self, vm: str) -> None:
        """Wait until the guest has printed some more."""
        before = len(self.counter(vm).ticks())
        wait_until(lambda: len(self.counter(vm).ticks()) > before + 1, 150, f"{vm} counts on")

    def move(self, vm: str, target: str) -> Json:
        """Migrate it live; the job."""
        self.counter(vm).arriving(target)
        return self.api.do("POST", f"/vms/{vm}/migrate", {"to": target})

    def remove(self, name: str) -> None:
        if self.api("GET", f"/vms/{name}")["power"] != "stopped":
            self.api.do("POST", f"/vms/{name}/kill")
        self.api.do("DELETE", f"/vms/{name}")

    def boot(self, server: str) -> None:
        """Switch a server on; returns when guests can be started on it."""
        self.lab.boot(server)
        self.wait_joined(server)

    def wait_joined(self, server: str) -> None:
        """Its agent answers, and is in the pool's lockspace."""

        def joined() -> bool:
            try:
                return bool(self.api("GET", f"/servers/{server}/inventory")["joined"])
            except ApiError as unreachable:
                assert unreachable.status in (503, 504), unreachable
                return False

        wait_until(joined, 180, f"{server} has joined the pool's lockspace")

    def restart_manager(self) -> None:
        self.lab.manager_kill()
        self.lab.manager_up()


def wait_until(condition: Callable[[], object], seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s: {what}"
        time.sleep(0.1)


def pool_lab(directory: Path) -> AbstractContextManager[PoolLab]:
    """Brought up the way ``make demo`` does it; removed wholly at the end."""
    return _brought_up(directory, Demo.prepare)


def lab_without_pool(directory: Path) -> AbstractContextManager[PoolLab]:
    """The same three servers, in no pool."""
    return _brought_up(directory, Demo.gather)


@contextmanager
def _brought_up(
    directory: Path, bring_up: Callable[[Demo], tuple[str, str | None]]
) -> Iterator[PoolLab]:
    lab = Lab(f"pool{os.getpid()}", directory / "labs")
    try:
        url, password = bring_up(Demo(lab))
        assert password is not None
        assert password not in lab.layout.manager_log.read_text()
        api = Api(url, str(lab.layout.manager_state / "pki" / "ca.pem"))
        api.sign_in("admin", password)
        yield PoolLab(lab, api)
    finally:
        lab.down()
