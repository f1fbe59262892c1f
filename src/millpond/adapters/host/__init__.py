"""This server: what it is, what it can do, which pool it is in."""

from millpond.adapters.host.acceleration import KnownAcceleration, ProvenAcceleration
from millpond.adapters.host.server import HostServer

__all__ = ["HostServer", "KnownAcceleration", "ProvenAcceleration"]
