"""What must not be left behind by an operation, however it went."""

import json
from pathlib import Path

from tests.support.scenarios import Stage


def leaks(root: Path, agents: list[Path], stage: Stage) -> list[str]:
    """Sentences about what should not be there: unfinished files, directories or guests without a
    record, two copies of a guest, jobs that still hold something."""
    found = [
        f"unfinished file {p}"
        for p in root.rglob("*")
        if ".partial" in p.name or p.suffix == ".tmp"
    ]
    pools = stage.api.items("/pools")
    vms = {vm["id"]: vm for vm in stage.api.items("/vms?limit=1000")}
    for directory in (root / "running_pool").glob("*"):
        if directory.name not in vms:
            found.append(f"directory without a VM: {directory.name}")
        elif pools and not (directory / "vm.json").exists():
            found.append(f"VM without a record: {directory.name}")
    for vm in vms.values():
        record = json.loads((root / "running_pool" / vm["id"] / "vm.json").read_text())
        if record["creating"] or record["migrating_to"] is not None:
            found.append(f"VM {vm['name']} is half done: {record}")
    running: dict[str, list[str]] = {}
    for agent in agents:
        for guest in (agent / "state").rglob("guests/*.json"):
            running.setdefault(guest.stem, []).append(agent.name)
    for vm_id, where in running.items():
        server = (vms.get(vm_id) or {}).get("server") or {}
        if where != [server.get("name")]:
            found.append(f"guest {vm_id} runs on {where}, recorded on {server}")
    for job in stage.api.items("/jobs?limit=1000"):
        if job["state"] in ("queued", "running", "held"):
            found.append(f"job {job['kind']} is {job['state']}")
    return found
