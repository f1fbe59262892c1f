"""``ports.host_luns`` where guests reach LUNs by QEMU's own initiator, through the relay: the kernel has no
part in it, so it needs neither open-iscsi nor multipath."""

import asyncio

from millpond.adapters.iscsi.attached import RELAY_PORT, Attached, AttachedLuns
from millpond.adapters.iscsi.looking import look
from millpond.domain.array import ArrayPort, qemu_initiator
from millpond.domain.errors import Refused
from millpond.domain.pool_lun import LunAnswer, PoolLun

ASK_SECONDS = 15.0
"""How long a port may take to say what it has: an SP that hangs takes a call and does not answer."""
RELAY_SECONDS = 15.0
"""How long the relay may take to start: a server may have it run only once there is a LUN."""
_PAUSE = 0.2


class RelayedLuns:
    """``server`` is this server's id. Who serves guests is ``adapters.iscsi.relay``, at ``relay`` of the
    loopback address."""

    def __init__(self, files: AttachedLuns, server: str, relay: int = RELAY_PORT) -> None:
        self._files = files
        self._server = server
        self._relay = relay

    async def initiator(self) -> str:
        return qemu_initiator(self._server)

    async def attached(self) -> list[PoolLun]:
        return [found.lun for found in self._files.all()]

    async def attach(self, lun: PoolLun) -> None:
        other = self._files.named(lun.name)
        if other is not None and other.lun.uid != lun.uid:
            raise Refused(
                "object.exists",
                f"LUN {lun.name}",
                f"this server has another one of that name ({other.lun.uid})",
                "choose another name",
            )
        self._files.keep(Attached(lun=lun, initiator=await self.initiator()))
        try:
            async with asyncio.timeout(RELAY_SECONDS):
                while not await self.is_relayed():  # noqa: ASYNC110 - another process
                    await asyncio.sleep(_PAUSE)
        except TimeoutError:
            if other is None:
                await self.detach(lun)
            raise Refused(
                "lun.no_relay",
                f"LUN {lun.name}",
                f"nothing passes this server's guests on to it (127.0.0.1:{self._relay})",
                "on the server: systemctl enable --now millpond-luns; then repeat",
            ) from None

    async def is_relayed(self) -> bool:
        """Whether guests' logins are taken now."""
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self._relay)
        except OSError:
            return False
        writer.close()
        return True

    async def seen(self, lun: PoolLun) -> list[LunAnswer]:
        answers = await asyncio.gather(*(self._at(port, lun.hlu) for port in lun.ports))
        return [answer for answer in answers if answer is not None]

    async def detach(self, lun: PoolLun) -> None:
        """QEMU has flushed it when it let go of it, and nobody else here keeps anything of it."""
        for found in self._files.all():
            if found.lun.uid == lun.uid:
                self._files.forget(found)

    async def _at(self, port: ArrayPort, hlu: int) -> LunAnswer | None:
        """What the port shows us there; None if nothing answers."""
        try:
            async with asyncio.timeout(ASK_SECONDS):
                uid, size = await look(port, await self.initiator(), hlu)
        except (OSError, EOFError, ValueError):
            return None
        return LunAnswer(port=port, uid=uid, size=size)
