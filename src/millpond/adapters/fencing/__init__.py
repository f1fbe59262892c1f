"""``ports.fencing`` on Debian's fence-agents."""

from millpond.adapters.fencing.fencing import LocalFencing

__all__ = ["LocalFencing"]
