"""What can be wrong with leases, in Millpond's words."""

from millpond.domain.errors import Refused


def damaged(path: str, how: str) -> Refused:
    return Refused(
        "lease.lockspace",
        path,
        how,
        "stop the guests that use it on all servers of the pool, remove the file, and repeat",
    )


def missing(path: str) -> Refused:
    return damaged(path, "there is no such lease")


def outdated(path: str) -> Refused:
    return damaged(path, "it is older than the pool's leases: a fresh file, or one restored")


def doubled(host_id: int) -> Refused:
    """sanlock takes two servers of one name for the same."""
    return Refused(
        "lease.host_id",
        f"host id {host_id}",
        "another server has taken it under this one's name",
        "find the copy of this server, and give it another our_host_name in sanlock.conf",
    )


def replaced(path: str) -> Refused:
    return Refused(
        "lease.replaced",
        path,
        "it was replaced while this server used it",
        "nothing: its guests are ended, and it joins the lockspace that is there now if that may be",
    )


def no_lockspace(path: str, leases: list[str]) -> Refused:
    """In a new lockspace every lease of the old one looks free, though its holder may live."""
    return Refused(
        "lease.lockspace",
        path,
        f"it is gone, but leases of it are there: {', '.join(leases[:3])}",
        "stop the pool's guests on all servers, remove those leases too, and repeat",
    )


def not_joined(pool: str) -> Refused:
    return Refused(
        "lease.lockspace",
        f"pool {pool}",
        "this server is not in the pool's lockspace",
        f"its agent joins it as soon as it can; see: millpond pool ha {pool}",
    )


def lost(path: str) -> Refused:
    """The storage does not answer."""
    return Refused(
        "storage.unavailable",
        path,
        "the storage of the lease does not answer",
        "check that the cluster root is mounted there and its paths work",
    )


def silent(how: str) -> Refused:
    return Refused(
        "lease.daemon",
        "sanlock",
        f"the lease daemon {how}",
        "see why with: systemctl status sanlock",
    )


def held(name: str, by: str) -> Refused:
    return Refused(
        "lease.held",
        f"lease {name}",
        f"{by} holds it",
        "wait until it lets go of it; a server that is dead has to be fenced, or waited for",
    )


def in_use(path: str, host_id: int) -> Refused:
    return Refused(
        "lease.held",
        path,
        f"the server with host id {host_id} has not left the lockspace",
        "make it leave its pool, or wait until it has; see: millpond server show SERVER",
    )


def held_since(name: str, by: str) -> Refused:
    return Refused(
        "lease.outdated",
        f"lease {name}",
        f"{by} has held it since",
        f"the paused guest is out of date; end it with: millpond vm kill {name}",
    )


def taken(host_id: int, by: str) -> Refused:
    return Refused(
        "lease.host_id",
        f"host id {host_id}",
        f"{by} uses it and lives",
        "give each server an id of its own: remove one from the pool and add it again",
    )
