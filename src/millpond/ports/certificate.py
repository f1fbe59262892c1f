"""A server's certificate, which its manager renews before it runs out."""

from typing import Protocol


class Certificate(Protocol):
    async def request(self) -> str | None:
        """A signing request (PEM) for the key this server has; None while no renewal is due. To be
        asked of the server itself, never through the pool master: that the answer came from this
        server is all that the manager knows of it."""
        ...

    async def install(self, certificate: str) -> None:
        """Use this one (PEM) from the next connection on; those that are open stay. Raises
        ``Refused(request.invalid)`` unless the manager's authority issued it for this server and its
        key, it is valid now and lasts longer than the present one; ``Refused(server.busy)`` while the
        hypervisor is at work that taking it up would break off; ``Failed`` if it cannot be installed.
        A renewal stays due then."""
        ...
