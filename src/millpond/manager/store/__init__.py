"""The manager's database: tables, and one module of queries per family of tables.

Every query is a function whose first argument is a connection from ``Store.read`` or
``Store.write``; what must be true together is done on one connection. Times are seconds since
1970 UTC; documents are JSON text, so that reads can hand them on without validating them again.
"""

from millpond.manager.store.engine import Store

__all__ = ["Store"]
