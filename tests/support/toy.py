"""Operations whose world is a directory: each step makes a file, so that what a job did, and what
it left behind, can be seen by listing it."""

import asyncio
import os
import signal
import ssl
from base64 import b64encode
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet
from pydantic import Field
from sqlalchemy.exc import OperationalError

from millpond.adapters.rpc.client import Agents
from millpond.domain.errors import Failed, Refused, Unknown
from millpond.domain.job import Lock, Observation, Progress
from millpond.domain.names import Id, Name, new_id
from millpond.domain.permissions import Permission
from millpond.domain.pool import PoolDocument
from millpond.domain.vm import Model
from millpond.manager.arrays import Arrays
from millpond.manager.cache import Cache
from millpond.manager.events import Events
from millpond.manager.jobs import Jobs, JobSettings
from millpond.manager.jobs.sealing import Seal
from millpond.manager.store import Store
from millpond.manager.wake import Wakes
from millpond.manager.world import ManagerWorld, Means
from millpond.operations.base import Cancelled, Context, Operation, Step, seen

SEAL = Seal(b64encode(bytes(32)))
"""Managers of one database have one key."""


class ToySpec(Model):
    """``does`` says how each step behaves; see ``_act`` and ``_observe``."""

    name: Name
    does: dict[str, str] = Field(default={"a": "", "b": "", "c": ""})
    locks: tuple[Lock, ...] = ()
    password: str = "hunter2"
    children: tuple["ToySpec", ...] = Field(default=())


class ToyPlan(Model):
    id: Id


class Toy(Operation[ToySpec, ToyPlan]):
    """Makes ``<name>.<step>`` for each step, and notes what it does in ``log``."""

    kind = "toy.make"
    summary = "Make files"
    permission = Permission.VM_MANAGE
    spec_type = ToySpec
    plan_type = ToyPlan

    def __init__(self, root: Path) -> None:
        self.root = root
        self.plans = 0
        self.while_planning: Any = None
        self.active = 0
        self.most_active = 0

    async def plan(self, world: Any, spec: ToySpec) -> ToyPlan:
        self.plans += 1
        if self.while_planning is not None:
            await self.while_planning()
        if spec.name == "refused":
            raise Refused("vm.state", "toy refused", "it is refused", "choose another name")
        return ToyPlan(id=new_id())

    def locks(self, spec: ToySpec, plan: ToyPlan) -> list[Lock]:
        return list(spec.locks) or [Lock(object=f"toy:{spec.name}")]

    def subject(self, spec: ToySpec, plan: ToyPlan) -> str:
        return f"toy:{plan.id}"

    def steps(self, world: Any, spec: ToySpec, plan: ToyPlan) -> list[Step]:
        return [self._step(world, spec, plan, name, how) for name, how in spec.does.items()]

    def _step(self, world: Any, spec: ToySpec, plan: ToyPlan, name: str, how: str) -> Step:
        made = self.root / f"{spec.name}.{name}"
        half = self.root / f"{spec.name}.{name}.half"

        async def observe() -> Observation:
            self._note(f"observe {spec.name} {name}")
            if "blind" in how and (self.root / "blind").exists():
                return Observation.UNKNOWN
            if "unheard" in how and (self.root / "unheard").exists():
                raise Unknown(name, "nobody answers")
            if half.exists():
                return Observation.PARTIAL
            if made.exists() and made.read_text() != plan.id:
                raise Failed(name, "another plan's file is there")
            return seen(made.exists())

        async def act(ctx: Context) -> Observation | None:
            self._note(f"act {spec.name} {name}")
            self.active += 1
            self.most_active = max(self.active, self.most_active)
            try:
                await self._act(how, ctx, world, spec, name)
                half.write_text(plan.id)
                self._die(f"{spec.name} {name} half")
                half.rename(made)
                self._die(f"{spec.name} {name} made")
                if "lost" in how and not (self.root / "answered").exists():
                    (self.root / "answered").touch()
                    raise Unknown(name, "the answer was lost")
                if "made-but-failed" in how:
                    raise Failed(name, "it says")
                return Observation.DONE if "tells" in how else None
            finally:
                self.active -= 1

        async def undo() -> None:
            self._note(f"undo {spec.name} {name}")
            half.unlink(missing_ok=True)
            self._die(f"{spec.name} {name} undone")
            if "unheard" in how and (self.root / "unheard").exists():
                raise Unknown(name, "nobody answers")
            if "stuck" in how and (self.root / "stuck").exists():
                raise Failed(name, "it cannot be taken back")
            made.unlink(missing_ok=True)

        return Step(name, observe, act, undo, point_of_no_return="final" in how)

    async def _act(self, how: str, ctx: Context, world: Any, spec: ToySpec, name: str) -> None:
        if "fail" in how.split():
            raise Failed(name, "it was told to fail")
        if "bug" in how:
            raise KeyError("oops")
        if "ineffective" in how:
            raise Unknown(name, "nothing ever comes of it")
        if "away" in how and not (self.root / "back").exists():
            raise Unknown(name, "the agent is being restarted")
        if "locked" in how and not (self.root / "unlocked").exists():
            (self.root / "unlocked").touch()
            raise OperationalError("UPDATE", {}, Exception("database is locked"))
        while "deaf" in how and not (self.root / "go").exists():
            await asyncio.sleep(0.02)
        if "slow" in how:
            while not (self.root / "go").exists():
                await ctx.report(Progress(percent=50, message="waiting"))
                if ctx.cancelled:
                    raise Cancelled
                await asyncio.sleep(0.02)
        if "children" in how:
            jobs = [await world.submit(self.kind, c, c.name) for c in spec.children]
            for job in jobs:
                await world.wait(job)
        await ctx.result({name: "acted"})

    def _note(self, line: str) -> None:
        with (self.root / "log").open("a") as log:
            log.write(line + "\n")

    def _die(self, point: str) -> None:
        """A crash in the middle, where the environment asks for one."""
        if os.environ.get("TOY_DIES_AT") == point:
            os.kill(os.getpid(), signal.SIGKILL)

    def noted(self) -> list[str]:
        """Everything that was done, in order."""
        log = self.root / "log"
        return log.read_text().splitlines() if log.exists() else []

    def files(self) -> list[str]:
        """What the jobs made."""
        return sorted(p.name for p in self.root.iterdir() if "." in p.name)


class Engine:
    """A manager without API and agents: store, events and jobs."""

    def __init__(self, url: str, root: Path, **settings: Any) -> None:
        root.mkdir(exist_ok=True)
        self.toy = Toy(root)
        self.store = Store(url)
        self.wakes = Wakes(self.store)
        self.events = Events(self.store, self.wakes)
        cache = Cache(self.store, self.events)
        agents = Agents(ssl.create_default_context())
        arrays = Arrays(self.store, Fernet.generate_key(), root / "arrays")
        means = Means(self.store, cache, agents, arrays, lambda: None, _no_master)
        self.jobs = Jobs(
            self.store,
            self.events,
            self.wakes,
            {Toy.kind: self.toy},
            lambda jobs, job: ManagerWorld(means, jobs, job),
            cache.flush,
            JobSettings(**{"lease_seconds": 2.0, "unknown_patience": 0.5, "seal": SEAL} | settings),
        )

    async def open(self) -> None:
        await self.store.open()
        await self.wakes.start()
        await self.events.start()

    async def start(self) -> None:
        await self.open()
        await self.jobs.start()

    async def stop(self, patience: float = 5.0) -> None:
        await self.jobs.stop(patience)
        await self.events.stop()
        await self.wakes.stop()
        await self.store.close()


async def _no_master(pool: PoolDocument) -> bool:
    """Toys have no pools, and so nobody looks for their masters."""
    return False
