"""A manager's engine as a program of its own, to be killed: makes one job, or finds it again, and
prints how it ended. The crash test starts it (see ``test_crashes.py``)."""

import asyncio
import json
import os
from contextlib import suppress
from pathlib import Path

from millpond.domain.errors import Refused
from millpond.domain.job import JobState
from tests.support.toy import Engine, ToySpec


async def _work() -> None:
    order = json.loads(os.environ["ORDER"])
    engine = Engine(
        order["database"],
        Path(order["root"]),
        lease_seconds=order["lease"],
        fault_hook=order["hook"],
    )
    await engine.start()
    spec = ToySpec.model_validate(order["spec"])
    job = await engine.jobs.submit("toy.make", spec, user="admin", key="the job")
    if order["cancel"]:
        while f"act {spec.name} b" not in engine.toy.noted():
            await asyncio.sleep(0.005)
        with suppress(Refused):  # it has been cancelled, by one that was killed, and has just ended
            await engine.jobs.cancel(job.id)
    job = await engine.jobs.wait(job.id, 30)
    steps = [s.state for s in (await engine.jobs.steps([job.id]))[job.id]]
    left = [j.id for j in await engine.jobs.list() if j.state not in (JobState.DONE, job.state)]
    print("RESULT", json.dumps([job.state, job.error, job.result, steps, left]), flush=True)
    await engine.stop()


def main() -> None:
    asyncio.run(_work())
