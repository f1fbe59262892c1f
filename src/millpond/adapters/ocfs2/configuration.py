"""o2cb(7)'s files: ocfs2.cluster.conf(5), and o2cb.sysconfig(5)."""

from collections.abc import Mapping

from millpond.domain.timing import Timing

_PORT = 7777


def cluster_conf(cluster: str, nodes: Mapping[str, str]) -> str:
    """The same on all servers: their host names -> addresses, in an order that stays, for a node keeps
    its number."""
    stanzas = [_stanza("cluster", {"node_count": len(nodes), "name": cluster})]
    for number, (name, address) in enumerate(nodes.items()):
        node = {"ip_port": _PORT, "ip_address": address, "number": number, "name": name}
        stanzas.append(_stanza("node", node | {"cluster": cluster}))
    return "\n".join(stanzas)


def o2cb_settings(cluster: str, timing: Timing) -> str:
    """What is read when the cluster stack starts."""
    settings = {
        "O2CB_ENABLED": "true",
        "O2CB_STACK": "o2cb",
        "O2CB_BOOTCLUSTER": cluster,
        "O2CB_HEARTBEAT_THRESHOLD": timing.o2cb_threshold,
        "O2CB_IDLE_TIMEOUT_MS": timing.o2cb_idle_ms,
        "O2CB_KEEPALIVE_DELAY_MS": 2000,
        "O2CB_RECONNECT_DELAY_MS": 2000,
    }
    return "".join(f"{key}={value}\n" for key, value in settings.items())


def _stanza(kind: str, settings: Mapping[str, object]) -> str:
    """The parser wants tabs."""
    return f"{kind}:\n" + "".join(f"\t{key} = {value}\n" for key, value in settings.items())
