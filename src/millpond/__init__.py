"""Millpond: pools of virtual machines on the SAN you already own."""

__version__ = "0.1.0"
