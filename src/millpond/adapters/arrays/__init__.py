"""Drivers of storage arrays."""
