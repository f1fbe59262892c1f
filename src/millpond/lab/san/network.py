"""The lab's three networks: a bridge each, in one network namespace."""

from millpond.lab.netns import NetworkNamespace
from millpond.lab.san.layout import NETS, SPS, Net, SanLayout, Sp, sp_address


class SanNetwork:
    """An SP hangs on the bridge of its network by a cable of its own, and so does each node."""

    def __init__(self, layout: SanLayout) -> None:
        again = f"millpond lab san up --name {layout.directory.name}"
        self.namespace = NetworkNamespace(layout.network_pid, again)

    def up(self) -> None:
        if not self.namespace.up():
            return
        lines = ["link set lo up"]
        for net in NETS:
            lines.append(f"link add sw{net} type bridge forward_delay 0")
            lines.append(f"link set sw{net} up")
        for sp in SPS:
            lines.append(f"link add sp{sp} type veth peer name sp{sp}-port")
            lines.append(f"link set sp{sp}-port master sw{sp} up")
            lines.append(f"link set sp{sp} up")
            lines.append(f"addr add {sp_address(sp)}/24 dev sp{sp}")
        self.namespace.ip(lines)

    def down(self) -> None:
        self.namespace.down()

    def add_node(self, index: int) -> None:
        """Taps for QEMU; those of its last run are gone with it, or taken away now."""
        self.remove_node(index)
        lines = []
        for net in NETS:
            lines.append(f"tuntap add dev {tap(index, net)} mode tap")
            lines.append(f"link set {tap(index, net)} master sw{net} up")
        self.namespace.ip(lines)

    def remove_node(self, index: int) -> None:
        there = self.namespace.ip(["link show type tun"])
        taps = [tap(index, net) for net in NETS]
        self.namespace.ip([f"link del {name}" for name in taps if f" {name}:" in there])

    def set_cut(self, sp: Sp, cut: bool) -> None:
        """Between the SP and its network. Nobody's link goes down but the SP's: what is sent is lost."""
        self.namespace.ip([f"link set sp{sp}-port {'down' if cut else 'up'}"])

    def is_cut(self, sp: Sp) -> bool:
        shown = self.namespace.ip([f"link show dev sp{sp}-port"])
        return ",UP" not in shown.split(">")[0]


def tap(index: int, net: Net) -> str:
    return f"n{index}{net}"
