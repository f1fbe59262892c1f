"""kill -9 at every step boundary of every operation, of the manager and of the agents.

Whatever dies is started again at once, as a service manager would. The guests are fakes, which
makes a crash cost a second; ``tests/lab/test_crash_matrix.py`` kills libvirtd under real ones.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.support.crashes import Crashes, Victims, rehearse
from tests.support.leaks import leaks
from tests.support.scenarios import SCENARIOS
from tests.support.system import Program, System
from tests.support.zygote import alive

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    directory = tmp_path_factory.mktemp("crash")
    hook = Crashes(directory).hook
    with System(directory, manager_env={"MILLPOND_MANAGER_FAULT_HOOK": str(hook)}) as made:
        Crashes(directory).install()
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


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", SCENARIOS)
def test_any_crash_at_any_boundary(system: System, name: str) -> None:
    agents = list(system.agents.values())
    programs = [system.manager, *agents]
    stage = system.stage

    def settle() -> None:
        for program in programs:
            program.wait_ready(reborn=True)

    with _kept_alive(programs):
        rehearse(
            Crashes(system.directory),
            stage,
            SCENARIOS[name],
            {
                "the manager": lambda: Victims((system.manager.pid_file,)),
                "every agent": lambda: Victims(tuple(a.pid_file for a in agents)),
            },
            settle,
            lambda: leaks(system.root, stage, system.guests()),
        )
