"""What an SP's front end sees of the model."""

from collections.abc import Mapping
from typing import Literal

from millpond.array.exports import ArrayIdentity, Chap, ExportedLun, SpName
from millpond.array.model import faults, initiators, mount_points, qos, redundancy, uses
from millpond.array.model.state import State
from millpond.array.model.types import SPS, Lun, path_key
from millpond.array.store import files
from millpond.array.store.store import Store


class StoredMasking:
    """``millpond.array.exports.Masking``, out of a store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def identity(self) -> ArrayIdentity:
        array = self._store.state().array
        return ArrayIdentity(array.serial, array.name)

    def revision(self) -> int:
        return self._store.revision

    def luns(self, initiator: str, sp: SpName, port: int) -> Mapping[int, ExportedLun]:
        state = self._store.state()
        path = state.initiators.get(path_key(initiator, sp, port))
        if path is None or path.group is None:
            return {}
        hlus = state.groups[path.group].hlus
        return {hlu: self._exported(state, state.luns[alu]) for hlu, alu in hlus.items()}

    def ports(self) -> Mapping[SpName, Mapping[int, str]]:
        ports = self._store.state().ports.values()
        return {
            sp: {port.number: port.address for port in ports if port.sp == sp and port.address}
            for sp in SPS
        }

    def chap(self, initiator: str) -> Chap | None:
        secret = self._store.state().secrets.get(initiator)
        return Chap(**secret.model_dump()) if secret else None

    def down(self, initiator: str, sp: SpName, port: int) -> bool:
        return faults.down(self._store.state(), initiator, f"{sp}{port}")

    def failover_mode(self, initiator: str) -> Literal[1, 4]:
        paths = initiators.of(self._store.state(), initiator)
        return paths[0].failover_mode if paths else 4

    def _exported(self, state: State, lun: Lun) -> ExportedLun:
        return ExportedLun(
            alu=lun.number,
            wwn=bytes.fromhex(lun.wwn),
            name=lun.name,
            blocks=lun.blocks,
            path=str(files.path_of(self._store.root, lun)),
            default_sp=lun.default_owner,
            thin=lun.kind == "Thin",
            usable=uses.usable(state, lun.number),
            changes=tuple(map(str, files.maps_of(self._store.root, state, lun))),
            mirror=self._mirror(state, lun),
            inactive=lun.primary is not None and not lun.data,
            read_only=mount_points.read_only(state, lun),
            faulted=redundancy.lun_health(state, lun) is redundancy.Health.FAULTED,
            delays=redundancy.delays(state, lun),
            limits=qos.limits(state, lun),
        )

    def _mirror(self, state: State, lun: Lun) -> tuple[str, str] | None:
        mirror = uses.mirror_of(state, lun.number)
        if mirror is None or not (mirror.primary and mirror.remote) or mirror.asynchronous:
            return None
        return mirror.uid, str(files.mirror_map(self._store.root, mirror))
