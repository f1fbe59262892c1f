"""Who speaks for a job: the highest fence seen, and lower ones are refused."""

import asyncio
from collections import OrderedDict
from pathlib import Path

from millpond.domain.errors import Refused

_REMEMBERED = 10_000  # jobs; those of the oldest are long over


class Fences:
    """Kept in the file ``path``, for the agent that was killed must still refuse the manager that
    was replaced. Not fsynced: after a power cut the server's guests are gone, and so is what an
    old manager could do to them. Raises OSError."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: OrderedDict[str, int] = OrderedDict()
        self._lock = asyncio.Lock()
        if path.exists():
            for line in path.read_text().splitlines():
                job, _, fence = line.partition(" ")
                if fence.isdigit():  # the last line may be torn
                    self._note(job, int(fence))
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(path.name + ".new")
        fresh.write_text("".join(f"{job} {fence}\n" for job, fence in self._seen.items()))
        fresh.rename(path)

    async def check(self, job: str, fence: int) -> None:
        """Raises ``Refused(job.fenced)`` if ``job`` came with a higher fence before."""
        async with self._lock:
            seen = self._seen.get(job)
            if seen is not None and fence < seen:
                raise Refused(
                    "job.fenced",
                    f"job {job}",
                    f"comes with fence {fence}, but {seen} was seen",
                    "nothing: another manager process carries the job on",
                )
            if fence != seen:
                self._note(job, fence)
                with self._path.open("a") as file:
                    file.write(f"{job} {fence}\n")

    def _note(self, job: str, fence: int) -> None:
        self._seen[job] = max(fence, self._seen.get(job, fence))
        self._seen.move_to_end(job)
        if len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
