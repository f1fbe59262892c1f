"""High availability as the API tells of it, with everything in it as long as it can get."""

from typing import Any

Json = dict[str, Any]

ID = "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11"
LONG = "N" + "x" * 61 + "E"
TEXT = "a description " * 20 + "END"

RULE: Json = {
    "name": LONG,
    "kind": "together",
    "vms": [LONG] * 3,
    "servers": [LONG] * 3,
    "strict": True,
}
SETTINGS: Json = {
    "enabled": True,
    "armed": True,
    "tolerate": 16,
    "isolation": "shutdown",
    "outage": 100,
    "rules": [RULE] * 2,
}
HOST: Json = {
    "server": ID,
    "name": LONG,
    "state": "storage-lost",
    "network_age": 1e6,
    "storage_age": None,
    "watchdog": "/dev/watchdog0",
    "devices": 16,
    "alarms": [TEXT],
}
POOL_HA: Json = {
    "pool": {"id": ID, "name": LONG},
    "master": {"id": ID, "name": LONG},
    "term": 999_999,
    "settings": SETTINGS,
    "sentence": TEXT,
    "hosts": [HOST],
    "waiting": [TEXT],
    "promised_fenced": 14.0,
    "promised_by_leases": 81.0,
    "last": {"failover": ID, "server": LONG, "seconds": 9.34, "promised": 14.0, "kept": True},
    "worst": {"failover": ID, "server": LONG, "seconds": None, "promised": 14.0, "kept": False},
    "alarms": [TEXT],
}
FAILOVER: Json = {
    "id": ID,
    "server": {"id": ID, "name": LONG},
    "term": 3,
    "silent": 1e9,
    "detected": 1e9 + 6.1,
    "decided": 1e9 + 6.2,
    "fenced": 1e9 + 8.0,
    "how": TEXT,
    "leases_cleared": 1e9 + 8.2,
    "vms": [
        {
            "vm": ID,
            "name": LONG,
            "server": LONG,
            "started": 1e9 + 9.34,
            "answered": None,
            "outcome": TEXT,
            "spared": False,
        }
    ],
    "ended": None,
    "promised": 14.0,
    "measured": 9.34,
    "kept": True,
}
DEVICE: Json = {
    "name": LONG,
    "agent": "fence_" + "a" * 40,
    "level": 9,
    "arguments": {"a" * 64: "v" * 1024, "ip": "192.0.2.21"},
    "secrets": {"p" * 64: "***"},
    "timeout": 300.0,
}
FENCING: Json = {"server": {"id": ID, "name": LONG}, "generation": 7, "devices": [DEVICE]}
AGENT: Json = {
    "name": "fence_" + "a" * 40,
    "description": TEXT,
    "parameters": [
        {
            "name": "p" * 64,
            "required": True,
            "secret": True,
            "default": TEXT,
            "description": TEXT,
        }
    ],
}
