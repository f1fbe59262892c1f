"""What Millpond asks of the world, as Protocols.

The ports of an agent (hypervisor, bridges, disks, server, records, tasks) are also its wire: the
manager calls the very same methods, relayed by the pool master (see ``adapters/rpc``). So every
argument and result is a plain value or a model of ``millpond.domain``, and every method may raise
``Refused`` (nothing changed), ``Failed`` (tried, did not work) or ``Unknown`` (no answer).
"""
