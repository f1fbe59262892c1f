"""What is refused about bridges, in the same words by every implementation."""

from millpond.domain.errors import Refused


def taken(subject: str, message: str) -> Refused:
    """The name or the NIC is used for something else."""
    return Refused(
        "object.exists", subject, message, "choose another name or NIC, or delete the other first"
    )


def in_use(bridge: str, guests: list[str]) -> Refused:
    """Guests' interfaces are still plugged in."""
    return Refused(
        "bridge.in_use",
        f"bridge {bridge}",
        f"guests are plugged in: {', '.join(guests)}",
        "stop or migrate those guests, or plug them into another bridge",
        {"ports": guests},
    )


def no_nic(bridge: str, nic: str) -> Refused:
    """The server lacks the NIC."""
    return Refused(
        "request.not_found",
        f"bridge {bridge}",
        f"the server has no network interface {nic}",
        "list its interfaces with: millpond server inventory SERVER",
    )


def unsupported(bridge: str, what: str, module: str) -> Refused:
    """The kernel cannot make such an interface."""
    return Refused(
        "bridge.unsupported",
        f"bridge {bridge}",
        f"the server's kernel cannot make {what}",
        f"load the module {module} on the server, or use a kernel that has it",
    )
