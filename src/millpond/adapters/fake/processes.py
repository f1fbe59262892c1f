"""``ha.env.GuestProcesses`` of fake guests."""

from millpond.adapters.fake.engine import FakeEngine


class FakeProcesses:
    def __init__(self, engine: FakeEngine) -> None:
        self._engine = engine

    async def living(self) -> frozenset[str]:
        return frozenset(self._engine.store.all())

    async def kill(self) -> int:
        found = list(self._engine.store.all())
        for vm in found:
            self._engine.end(vm)
        return len(found)
