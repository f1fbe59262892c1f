"""What makes a node of the image: its archive is unpacked over its disk at every boot."""

import gzip
import hashlib
from collections.abc import Mapping

from millpond.adapters.iscsi.configuration import iscsid_conf
from millpond.adapters.multipath.configuration import FailoverMode, multipath_conf
from millpond.adapters.ocfs2.configuration import cluster_conf, o2cb_settings
from millpond.adapters.templates.cpio import Archive
from millpond.domain.timing import Timing
from millpond.lab.san.layout import (
    CLUSTER,
    NETS,
    initiator_name,
    node_address,
    node_mac,
    node_name,
)

_NETWORK = """\
[Match]
MACAddress={mac}

[Network]
Address={address}/24
LinkLocalAddressing=no
IPv6AcceptRA=no
"""

_LINK = """\
[Match]
MACAddress={mac}

[Link]
Name=net-{net}
"""


def node_archive(
    index: int,
    indexes: list[int],
    timing: Timing,
    mode: FailoverMode,
    aliases: Mapping[str, str],
    shares: Mapping[str, str],
) -> bytes:
    """``indexes``: of all nodes. ``aliases``: of LUNs, by WWID. ``shares``: directories of this machine
    that a node sees, read-only, where they are here: by their tags (9p)."""
    name = node_name(index)
    hosts = "".join(f"{node_address(i, 'm')} {node_name(i)}\n" for i in indexes)
    addresses = {node_name(i): node_address(i, "m") for i in indexes}
    options = "trans=virtio,version=9p2000.L,cache=loose,ro"
    files = {
        "etc/hostname": f"{name}\n",
        "etc/hosts": f"127.0.0.1 localhost\n{hosts}",
        "etc/machine-id": f"{hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()}\n",
        "etc/iscsi/initiatorname.iscsi": f"InitiatorName={initiator_name(index)}\n",
        "etc/iscsi/iscsid.conf": iscsid_conf(timing),
        "etc/multipath.conf": multipath_conf(timing, mode, aliases),
        "etc/ocfs2/cluster.conf": cluster_conf(CLUSTER, addresses),
        "etc/default/o2cb": o2cb_settings(CLUSTER, timing),
        "etc/fstab": "".join(f"{tag} {path} 9p {options} 0 0\n" for tag, path in shares.items()),
    }
    for net in NETS:
        mac, address = node_mac(index, net), node_address(index, net)
        files[f"etc/systemd/network/10-{net}.link"] = _LINK.format(mac=mac, net=net)
        files[f"etc/systemd/network/10-{net}.network"] = _NETWORK.format(mac=mac, address=address)
    archive = Archive()
    for path, text in files.items():
        archive.add_file(f"node/{path}", text.encode())
    return gzip.compress(archive.finish(), 1, mtime=0)
