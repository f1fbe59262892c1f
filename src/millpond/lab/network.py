"""The lab's switch: a network namespace with one bridge per NIC of the servers.

Nothing connects it to the machine's own network, so labs may use the same addresses and guests
reach nothing outside.
"""

from contextlib import suppress

from millpond.domain.errors import Failed
from millpond.lab.layout import (
    MANAGER_ADDRESS,
    NICS,
    PREFIX_LENGTH,
    LabLayout,
    nic_mac,
    switch_mac,
)
from millpond.lab.netns import NetworkNamespace
from millpond.lab.processes import Process


class Switch:
    """It is on as long as its namespace lives."""

    def __init__(self, layout: LabLayout) -> None:
        again = f"millpond lab up --name {layout.directory.name}"
        self._namespace = NetworkNamespace(layout.switch_pid, again)

    @property
    def holder(self) -> Process | None:
        return self._namespace.holder

    def namespace(self) -> str:
        """The namespace's path, for nsenter(1). Raises Failed if the switch is off."""
        return self._namespace.path

    def up(self) -> None:
        """Start the switch; one that runs is left alone."""
        if not self._namespace.up():
            return
        lines = ["link set lo up"]
        for number in range(len(NICS)):
            lines.append(
                f"link add sw{number} address {switch_mac(number)} type bridge forward_delay 0"
            )
            lines.append(f"link set sw{number} up")
        lines.append(f"addr add {MANAGER_ADDRESS}/{PREFIX_LENGTH} dev sw0")
        self._ip(lines)

    def down(self) -> None:
        """Remove the namespace with everything in it."""
        self._namespace.down()

    def connect(self, index: int, server: Process) -> None:
        """Plug every NIC of a starting server in."""
        lines = []
        for number, nic in enumerate(NICS):
            port = _port(index, number)
            lines.append(
                f"link add {port} type veth"
                f" peer name {nic} address {nic_mac(index, number)} netns {server.pid}"
            )
            lines.append(f"link set {port} master sw{number} up")
        self._ip(lines)

    def disconnect(self, index: int) -> None:
        """Remove the ports of a dead server. The kernel does so by itself, but later."""
        for number in range(len(NICS)):
            with suppress(Failed):
                self._ip([f"link del {_port(index, number)}"])

    def set_link(self, index: int, nic: str, up: bool) -> None:
        """Plug or pull the cable of one NIC ("eth0")."""
        self._ip([f"link set {_port(index, NICS.index(nic))} {'up' if up else 'down'}"])

    def link_is_up(self, index: int, nic: str) -> bool:
        """Whether the cable is in, on a running server."""
        shown = self._ip([f"link show {_port(index, NICS.index(nic))}"])
        return ",UP" in shown.split(">")[0]

    def set_address(self, address: str, there: bool) -> None:
        """Give the switch an address of a BMC, or take it away: then nobody answers for it."""
        with suppress(Failed):  # it is as it should be
            self._ip([f"addr {'add' if there else 'del'} {address}/32 dev sw0"])

    def has_address(self, address: str) -> bool:
        return f"inet {address}/32" in self._ip(["addr show dev sw0"])

    def _ip(self, lines: list[str]) -> str:
        return self._namespace.ip(lines)


def _port(index: int, nic: int) -> str:
    return f"s{index}e{nic}"
