"""``ports.drivers`` by virt-v2v."""

from millpond.adapters.drivers.server import ServerDrivers

__all__ = ["ServerDrivers"]
