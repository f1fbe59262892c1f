"""``ports.host_luns`` of a fake server: files, as the real one's, and an array that answers."""

from millpond.adapters.iscsi.luns import RelayedLuns
from millpond.domain.pool_lun import LunAnswer, PoolLun


class FakeHostLuns(RelayedLuns):
    """What it is asked about is in its place, whichever way is taken: a fake array has no ports. But a LUN whose
    name ends in ``-elsewhere`` is nowhere, as if the server had no way to the array. Its guests
    log in nowhere."""

    async def is_relayed(self) -> bool:
        return True

    async def seen(self, lun: PoolLun) -> list[LunAnswer]:
        if lun.name.endswith("-elsewhere"):
            return []
        return [LunAnswer(port=port, uid=lun.uid, size=lun.size) for port in lun.ports]
