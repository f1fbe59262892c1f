"""The pool this server is in, remembered across restarts."""

from pathlib import Path

from millpond.adapters import durable
from millpond.domain.errors import Refused
from millpond.domain.mastership import deposed
from millpond.domain.server import Membership


class MembershipFile:
    """``state_dir/membership.json``. Read once: nobody else writes it."""

    def __init__(self, state_dir: Path) -> None:
        self._path = state_dir / "membership.json"
        self._current = self._load()

    @property
    def current(self) -> Membership | None:
        return self._current

    def join(self, membership: Membership) -> None:
        """Durable when it returns. Raises ``Refused``: ``server.in_pool``, ``pool.deposed`` for a
        master of an older term than the one that is known."""
        current = self._current
        if current is not None and current.pool != membership.pool:
            raise Refused(
                "server.in_pool",
                "server",
                f"it belongs to pool {current.pool_name} ({current.pool})",
                "remove it from that pool first",
            )
        if current is not None and membership.term < current.term:
            raise deposed(
                current.pool_name,
                f"this server knows the master of term {current.term}, not {membership.term}",
            )
        if current != membership:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            durable.write(self._path, membership.model_dump_json(indent=2).encode())
            self._current = membership

    def leave(self, pool: str) -> None:
        """Does nothing unless it is in this pool."""
        if self._current is None or self._current.pool != pool:
            return
        self._path.unlink(missing_ok=True)
        durable.sync_directory(self._path.parent)
        self._current = None

    def _load(self) -> Membership | None:
        if not self._path.exists():
            return None
        return Membership.model_validate_json(self._path.read_bytes())
