"""``ports.adoption`` on the file systems of this server."""

from millpond.adapters.adoption.adoption import Facts, ServerAdoption

__all__ = ["Facts", "ServerAdoption"]
