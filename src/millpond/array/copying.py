"""What an SP copies in the background: the LUNs that it owns. If it dies, the peer owns them and goes on."""

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import closing
from errno import EDQUOT, ENOSPC
from pathlib import Path
from typing import Any, Protocol, TypeVar

from millpond.array.engine.change_map import ChangeMap, CopyLock
from millpond.array.engine.copy import Copy
from millpond.array.engine.file import LunFile
from millpond.array.exports import BLOCK, SpName
from millpond.array.hold import Hold
from millpond.array.model import clones, migrations
from millpond.array.model.clone_group import COPIED, Clone, CloneGroup, CloneState
from millpond.array.model.state import State
from millpond.array.model.types import Lun, Migration, Rate
from millpond.array.processor import Processor
from millpond.array.store import files
from millpond.array.store.store import NotHeld, Store

log = logging.getLogger(__name__)
EVERY = 0.5
"""Seconds between two looks at what there is to copy."""
RECORD_AGAIN = 10.0
"""Seconds until a copy that could neither go on nor be stopped is tried again."""
LAST = 32 << 20
"""Bytes that are copied while hosts wait; twice as much after each round that did not bring it down to
that, for hosts that write faster than can be copied."""
MOST = 512 << 20

T = TypeVar("T")


class Job(Protocol):
    """Something to copy, as the state says it now."""

    source: Lun
    into: Path
    changes: Path
    rate: Rate
    follows: bool
    """What hosts write is copied for as long as the job is there, as fast as it goes."""
    exact: bool
    """Hosts wait while the last of it is copied."""

    def finish(self, state: State) -> State: ...

    def stop(self, state: State, why: str) -> State: ...


class MigrationJob:
    follows = False
    exact = True

    def __init__(self, root: Path, state: State, migration: Migration) -> None:
        self.source = state.luns[migration.source]
        self.into = files.path_of(root, state.luns[migration.destination])
        self.changes = root / self.source.directory / migration.changes
        self.rate = migration.rate
        self._migration = migration

    def finish(self, state: State) -> State:
        return migrations.finish(state, self._migration)

    def stop(self, state: State, why: str) -> State:
        return migrations.stop(state, self._migration, why)


class CloneJob:
    def __init__(self, root: Path, state: State, group: CloneGroup, clone: Clone) -> None:
        self.source = state.luns[group.source]
        self.into = files.path_of(root, state.luns[clone.lun])
        self.changes = root / clone.directory / clone.changes
        self.follows = clone.state is CloneState.SYNCHRONIZED
        self.exact = clone.state is CloneState.REVERSING
        self.rate = clone.rate

    def finish(self, state: State) -> State:
        return clones.finish(state, self.changes.name)

    def stop(self, state: State, why: str) -> State:
        return clones.stop(state, self.changes.name, why)


def jobs(root: Path, state: State) -> dict[Path, Job]:
    """What is to be copied, by its map of changes."""
    found: list[Job] = [
        MigrationJob(root, state, migration)
        for migration in state.migrations.values()
        if not migration.stopped
    ]
    found += [
        CloneJob(root, state, group, clone)
        for group in state.clone_groups.values()
        for clone in group.clones
        if clone.state in COPIED
    ]
    return {job.changes: job for job in found}


def mine(processor: Processor, store: Store) -> dict[Path, Job]:
    """What this SP has to copy."""
    return {
        path: job
        for path, job in jobs(store.root, store.state()).items()
        if owner(processor, job.source) == processor.sp
    }


def owner(processor: Processor, lun: Lun) -> SpName:
    return processor.state.of(bytes.fromhex(lun.wwn)).owner or lun.default_owner


async def watch(processor: Processor, store: Store) -> None:
    """Until cancelled."""
    copying: dict[Path, asyncio.Task[None]] = {}
    while True:
        await asyncio.sleep(EVERY)
        try:
            copying = {path: task for path, task in copying.items() if not task.done()}
            for path in mine(processor, store).keys() - copying.keys():
                copying[path] = asyncio.ensure_future(Copier(processor, store, path).run())
        except Exception:
            log.exception("what there is to copy cannot be seen")


class Copier:
    """Copies by the map ``path`` for as long as the state says so and this SP owns the LUN."""

    def __init__(self, processor: Processor, store: Store, path: Path) -> None:
        self._processor, self._store, self._path = processor, store, path
        self._loop = asyncio.get_running_loop()

    def _job(self) -> Job | None:
        return mine(self._processor, self._store).get(self._path)

    async def run(self) -> None:
        try:
            with closing(CopyLock(self._path)) as lock:
                changes = ChangeMap(self._path)
                while self._job():
                    lock.take()
                    await self._copy(changes)
                    lock.release()  # for those that fracture what follows
                    await asyncio.sleep(EVERY)
        except BlockingIOError:
            pass  # the peer has not let go of it yet
        except FileNotFoundError:
            log.info("%s has ended meanwhile", self._path.name)
        except NotHeld as error:
            log.warning("the copy by %s is not finished yet: %s", self._path.name, error)
        except OSError as error:
            await _in_thread(self._stop, error)
        except Exception:
            log.exception("the copy by %s failed", self._path.name)

    async def _copy(self, changes: ChangeMap) -> None:
        job = self._job()
        await _in_thread(changes.begin)
        if job is None or (job.follows and not await _in_thread(changes.differs)):
            return
        # On this thread: closing a file would give up the locks that COMPARE AND WRITE holds on it.
        source, into = files.path_of(self._store.root, job.source), job.into
        with closing(LunFile(str(source))) as one, closing(LunFile(str(into))) as two:
            copy = Copy(one, two, changes, job.source.blocks * BLOCK)
            most, slowly = LAST, not job.follows
            while await self._round(copy, slowly):
                if job.follows:
                    return
                if await _in_thread(copy.changes.marked) <= most:
                    await _in_thread(self._finish, copy)
                    return
                most, slowly = min(2 * most, MOST), False

    async def _round(self, copy: Copy, slowly: bool) -> bool:
        """Copy what has changed, from the first block to the last; False if it is not to go on."""
        offset = 0
        while job := self._job():
            begun = time.monotonic()
            done = await _in_thread(copy.piece, offset)
            if done is None:
                return True
            offset, length = done
            if slowly and job.rate.most:
                took = time.monotonic() - begun
                await asyncio.sleep(max(0.0, length / job.rate.most - took))
        return False

    def _finish(self, copy: Copy) -> None:
        """Raises ``NotHeld``, OSError."""
        job = self._job()
        if job is not None:
            copy.into.flush()  # most of it before hosts wait
            hold = LastPart(Hold(self._processor, self._loop), copy) if job.exact else None
            self._store.change(lambda state, _: job.finish(state), time.time(), hold)

    def _stop(self, error: OSError) -> None:
        job = self._job()
        log.error("the copy by %s stopped: %s", self._path.name, error)
        if job is not None:
            why = "Destination full" if error.errno in (ENOSPC, EDQUOT) else "I/O error"
            try:
                self._store.change(lambda state, _: job.stop(state, why), time.time())
            except OSError as full:
                log.error("and that cannot be recorded: %s", full)
                time.sleep(RECORD_AGAIN)


async def _in_thread(work: Callable[..., T], *arguments: object) -> T:
    """As asyncio.to_thread, but what has begun is waited for: another may copy as soon as this one's lock
    is gone."""
    done = asyncio.ensure_future(asyncio.to_thread(work, *arguments))
    try:
        return await asyncio.shield(done)
    except asyncio.CancelledError:
        await asyncio.wait([done])
        raise


class LastPart:
    """A hold in which the rest is copied before anything else."""

    def __init__(self, hold: Hold, copy: Copy) -> None:
        self._hold, self._copy = hold, copy

    def __enter__(self) -> "LastPart":
        self._hold.__enter__()
        try:
            self._copy.rest()
        except BaseException:
            self._hold.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, *_: Any) -> None:
        self._hold.__exit__(None, None, None)

    def verify(self) -> None:
        self._hold.verify()
