"""kill -9 at every step boundary of every operation, of the manager and of each agent.

A dry run of each scenario lists its boundaries (the manager's fault hook reports them); then the
scenario is played once for each boundary and victim. Whatever died is started again, as a service
manager would, and the job must end in the very state it ends in without a crash, with nothing left
behind. ``tests/lab/test_crash_matrix.py`` does the same to libvirtd under real guests.
"""

import json
import stat
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.support.leaks import leaks
from tests.support.scenarios import SCENARIOS, Scenario, Stage
from tests.support.system import Program, System
from tests.support.zygote import alive

pytestmark = pytest.mark.slow

_HOOK = """#!{python}
import json, os, pathlib, signal, sys
here = pathlib.Path({directory!r})
boundary = sys.argv[1:4]
with (here / "boundaries").open("a") as log:
    log.write(json.dumps(boundary) + "\\n")
order = here / "order"
try:
    wanted = json.loads(order.read_text())
except FileNotFoundError:
    sys.exit()
if boundary == wanted["boundary"]:
    order.unlink()
    for victim in wanted["victims"]:
        os.kill(int((here / "pids" / victim).read_text()), signal.SIGKILL)
"""


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    directory = tmp_path_factory.mktemp("crash")
    hook = directory / "hook"
    hook.write_text(_HOOK.format(python=sys.executable, directory=str(directory)))
    hook.chmod(hook.stat().st_mode | stat.S_IXUSR)
    with System(directory, manager_env={"MILLPOND_MANAGER_FAULT_HOOK": str(hook)}) as made:
        made.make_pool()
        yield made


@contextmanager
def _kept_alive(programs: list[Program]) -> Iterator[None]:
    """What systemd does: a program that died is started again."""
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.02):
            for program in programs:
                if not alive(program.pid):
                    program.start()

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _play(system: System, stage: Stage, scenario: Scenario, order: dict[str, object] | None) -> str:
    """One run of the scenario; the job's id. With ``order``, something is killed on the way."""
    subject = scenario.prepare(stage)
    method, path, body = scenario.request(stage, subject)
    (system.directory / "boundaries").unlink(missing_ok=True)
    if order is not None:
        (system.directory / "order").write_text(json.dumps(order))
    key = f"crash-{time.monotonic_ns()}"
    job = system.api.ended(system.api(method, path, body, Idempotency_Key=key)["id"])
    assert not (system.directory / "order").exists(), "nothing was killed"
    assert job["state"] == "done", (job, order)
    for program in (system.manager, *system.agents.values()):
        program.wait_ready()
    deadline = time.monotonic() + 20
    while not scenario.check(stage, subject):
        assert time.monotonic() < deadline, (order, "the end state is not what it should be")
        time.sleep(0.1)
    assert leaks(system.root, [system.directory / name for name in system.agents], stage) == []
    scenario.restore(stage, subject)
    stage.clean()
    return str(job["id"])


def _boundaries(system: System) -> list[list[str]]:
    """What the last run reported: [operation, step, phase], children's included. Between the end
    of a step and the beginning of the next nothing happens: that is one boundary."""
    lines = (system.directory / "boundaries").read_text().splitlines()
    seen = [json.loads(line) for line in lines]
    kept: list[list[str]] = []
    for n, boundary in enumerate(seen):
        between = boundary[2] == "before" and n > 0 and seen[n - 1][2] == "after"
        if not between and boundary not in kept:
            kept.append(boundary)
    return kept


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", SCENARIOS)
def test_any_crash_at_any_boundary(system: System, name: str) -> None:
    stage, scenario = system.stage, SCENARIOS[name]
    victims = [["manager"], sorted(system.agents)]
    with _kept_alive([system.manager, *system.agents.values()]):
        subject = scenario.prepare(stage)
        (system.directory / "boundaries").unlink(missing_ok=True)
        assert system.api.do(*scenario.request(stage, subject))
        boundaries = _boundaries(system)
        scenario.restore(stage, subject)
        stage.clean()
        assert boundaries
        for boundary in boundaries:
            for killed in victims:
                _play(system, stage, scenario, {"boundary": boundary, "victims": killed})
