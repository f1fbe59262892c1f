"""Leases on shared storage through sanlock(8), by Debian's python3-sanlock (3.8.5).

Names are bytes there, calls block (each runs in a thread of its own, for a lost storage keeps it
there), and all of them go through the daemon's socket in ``SANLOCK_RUN_DIR`` (/run/sanlock). In a
container without CAP_SYS_RESOURCE the daemon itself starts only with ``SANLOCK_PRIVILEGED=0``.
"""
