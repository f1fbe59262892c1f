"""What no fence agent may be given, and what is a secret, by the names fence-agents uses.

The names are those of fencing.py and of the agents of fence-agents 4.12; a test goes through all
that are installed.
"""

import re
from collections.abc import Collection

NO_POWER_SWITCH = {
    "fence_ack_manual": "it believes whoever calls it",
    "fence_scsi": "it fences disks, not servers; use a device of the agent scsi-pr",
    "fence_mpath": "it fences disks, not servers; use a device of the agent scsi-pr",
    "fence_dummy": "it switches nothing",
    "fence_crosslink": "it takes silence for proof of death",
    "fence_compute": "it tells OpenStack something and switches nothing",
    "fence_evacuate": "it tells OpenStack something and switches nothing",
}
"""Agents that can say "off" of a server that is not."""

_TELLS_ALL = {"fence_vmware": "vmware-cmd"}


def tool_told_secrets(agent: str, arguments: Collection[str]) -> str | None:
    """The program that ``agent`` runs with its secrets as arguments, for all to see in the list of
    processes; None if there is none. ``arguments`` are those that it knows. All agents over SNMP
    (fencing_snmp.py) take the paths of net-snmp's tools, and leave them no other way."""
    return "snmpset" if "snmpset_path" in arguments else _TELLS_ALL.get(agent)


_OURS = frozenset({"action", "help", "version", "quiet"})
_LOGS = frozenset({"verbose", "verbose_level", "debug", "debug_file", "logfile", "boto3_debug"})
_RUNS = re.compile(r"(_script|_path|-path)$|^(exec|ssh_options|openrc|kubeconfig|runon.*)$")
_WRITES = frozenset({"cookie_file", "status_file", "token_file", "store_path"})
_SHOWN = frozenset({"hexadecimal_kg"})

_SECRET_NAME = re.compile(r"passw|secret|^token$|^apikey$|^community$")
_SECRET_WORDS = re.compile(r"\b(password|passphrase|secret|api key|api token)\b", re.IGNORECASE)


def why_refused(name: str) -> str | None:
    """Why no agent may be given the argument ``name``; None if it may."""
    if name in _OURS:
        return "is Millpond's own business"
    if name in _LOGS:
        return "would put secrets into a log"
    if name in _WRITES:
        return "would have the agent write a file of anybody's choice"
    if _RUNS.search(name) and name != "api_path":
        return "would have the agent run a program of anybody's choice"
    if name in _SHOWN:
        return "would be shown in the list of processes"
    if name == "missing_as_off":
        return "would take an outlet that does not exist for one that is off"
    return None


def is_secret(name: str, kind: str, description: str) -> bool:
    """The description decides for agents that nobody here has heard of."""
    if kind == "boolean":
        return False
    return bool(_SECRET_NAME.search(name) or _SECRET_WORDS.search(description))
