"""What the tables of ``millpond array`` may have to hold at most."""

from typing import Any

from millpond.cli import array
from millpond.cli.output import Column
from tests.support.ha_samples import ID, LONG

ARRAYS: dict[str, tuple[tuple[Column, ...], dict[str, Any]]] = {
    "arrays": (
        array._ARRAYS,
        {
            "name": LONG,
            "kind": "navisphere",
            "addresses": ["192.0.2.100", "192.0.2.101"],
            "user": LONG,
            "id": ID,
        },
    ),
    "array pools": (
        array._POOLS,
        {"name": LONG, "free": 1 << 50, "size": 1 << 50, "subscribed": 1 << 51, "state": "Ready"},
    ),
    "array LUNs": (
        array._LUNS,
        {
            "number": 16_000,
            "name": LONG,
            "size": 1 << 44,
            "used": 1 << 44,
            "pool": LONG,
            "thin": True,
            "owner": "A",
            "state": "Ready",
            "uid": "60:06:01:60:12:60:3D:00:95:63:38:87:9D:69:E5:11",
        },
    ),
    "array ports": (
        array._PORTS,
        {
            "sp": "A",
            "number": 11,
            "address": "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
            "iqn": "iqn.1992-04.com.emc:cx.apm00153042305.b11",
        },
    ),
    "array groups": (
        array._GROUPS,
        {
            "name": LONG,
            "hosts": [{"name": LONG, "initiator": LONG, "ports": ["A-4", "B-4"]}] * 2,
            "luns": [{"hlu": 255, "lun": 16_000}] * 2,
        },
    ),
    "array snapshots": (
        array._SNAPSHOTS,
        {
            "name": LONG,
            "kind": "session",
            "luns": [16_000, 16_001],
            "group": LONG,
            "created": "05/19/15 18:42:44",
            "shown_as": [LONG],
        },
    ),
    "array mirrors": (
        array._MIRRORS,
        {
            "name": LONG,
            "kind": "async",
            "lun": 16_000,
            "primary": False,
            "status": "Mirrored/No Secondary Images",
            "faulted": True,
            "images": [
                {
                    "state": "Synchronizing",
                    "condition": "Administratively Fractured",
                    "rate": "Medium",
                    "progress": 100,
                    "behind": 100_000,
                },
                {
                    "state": "Synchronized",
                    "condition": "",
                    "rate": "",
                    "progress": None,
                    "behind": None,
                },
            ],
        },
    ),
    "array migrations": (
        array._MIGRATIONS,
        {
            "source": 16_000,
            "source_name": LONG,
            "destination": 16_001,
            "destination_name": LONG,
            "rate": "medium",
            "state": "STOPPED - Destination full",
            "progress": 100,
            "left": "10 hour(s) 10 minute(s) 10 second(s)",
        },
    ),
    "array policies": (
        array._POLICIES,
        {"name": LONG, "running": True, "classes": [LONG] * 3, "on_failure": "Fallback " + LONG},
    ),
    "array classes": (
        array._CLASSES,
        {
            "name": LONG,
            "running": True,
            "luns": [16_000] * 5,
            "io_type": "ReadWrite",
            "sizes": "0-1048576 KB",
            "control": "Cruise",
            "goal": "100000.0 IO/s",
        },
    ),
    "array loads": (
        array._LOADS,
        {
            "number": 16_000,
            "name": LONG,
            "reads": 123456.7,
            "writes": 123456.7,
            "bytes_read": 1.5e9,
            "bytes_written": 1.5e9,
            "response": None,
        },
    ),
}
