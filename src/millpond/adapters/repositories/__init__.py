"""``ports.repositories`` on this server: mount(8), findmnt(8), and what lies in a repository's tree."""

from millpond.adapters.repositories.host import HostRepositories

__all__ = ["HostRepositories"]
