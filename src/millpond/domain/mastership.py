"""Who may write a pool's records. The cluster root is the truth: a server that was master and has not
heard yet that another one is finds it there, under the lock that every writer takes."""

from millpond.domain.errors import Refused
from millpond.domain.pool import PoolDocument
from millpond.domain.server import Membership


def check_write(
    me: str,
    membership: Membership | None,
    held: bool | None,
    current: PoolDocument | None,
    wanted: PoolDocument | None = None,
) -> None:
    """Raise ``Refused(pool.deposed)``, ``server.role`` or ``pool.unreadable`` unless server ``me``
    may write now.

    ``current`` is the pool's record, read under the lock of all its records; ``wanted`` what is to
    replace it, None where another record is to be written. ``held`` says whether this process holds
    the pool's master lease: None while that is not settled, as in the first seconds of an agent. A
    server in no pool may write the record that makes it a master.
    """
    if wanted is not None and current is not None and _takes_over(me, held, current, wanted):
        return
    if membership is None:
        return
    if membership.master != me:
        raise Refused(
            "server.role",
            f"pool {membership.pool_name}",
            "this server is not the pool master",
            f"ask the pool master, at {membership.master_address}",
        )
    if current is None:
        if wanted is None:
            raise Refused(
                "pool.unreadable",
                f"pool {membership.pool_name}",
                f"{membership.cluster_root} holds no record of it any more",
                "mount the pool's repository there",
            )
        return
    if (current.master.id, current.term) != (me, membership.term):
        raise deposed(
            membership.pool_name,
            f"its record names {current.master.name} master, of term {current.term}",
        )
    if held is False:
        raise deposed(membership.pool_name, "this server does not hold the pool's master lease")


def deposed(pool: str, message: str) -> Refused:
    """The refusal for a master of an older term."""
    return Refused(
        "pool.deposed",
        f"pool {pool}",
        message,
        "nothing: the manager finds the new master by itself",
    )


def _takes_over(me: str, held: bool | None, current: PoolDocument, wanted: PoolDocument) -> bool:
    """The holder of the master lease makes itself master, of the next term."""
    return held is True and wanted.master.id == me and wanted.term == current.term + 1
