"""Linux bridges, VLANs and bonds over netlink."""

from millpond.adapters.bridges.linux import LinuxBridges

__all__ = ["LinuxBridges"]
