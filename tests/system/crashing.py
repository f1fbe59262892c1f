"""A system whose manager and agents are killed at step boundaries, and started again at once as a
service manager would."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.crashes import Crashes, Victims, rehearse
from tests.support.leaks import leaks
from tests.support.lun_scenarios import FAKE_ARRAYS
from tests.support.scenarios import Scenario
from tests.support.system import Program, System
from tests.support.zygote import alive


@contextmanager
def crashing_system(directory: Path) -> Iterator[System]:
    """With its pool, and a manager that asks the hook at every boundary."""
    crashes = Crashes(directory)
    env = {"MILLPOND_MANAGER_FAULT_HOOK": str(crashes.hook)} | FAKE_ARRAYS
    with System(directory, manager_env=env) as made:
        crashes.install()
        made.make_pool()
        yield made


def survives_any_crash(system: System, scenario: Scenario) -> None:
    """Of the manager, and of all agents at once."""
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
            scenario,
            {
                "the manager": lambda: Victims((system.manager.pid_file,)),
                "every agent": lambda: Victims(tuple(a.pid_file for a in agents)),
            },
            settle,
            lambda: leaks(system.root, stage, system.guests()),
        )


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
