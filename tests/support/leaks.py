"""What must not be left behind by an operation, however it went."""

import json
from pathlib import Path

from tests.support.api import Json
from tests.support.scenarios import Stage


def _directory(root: Path, stage: Stage, vm: Json) -> Path:
    """Of a VM, in its repository."""
    if vm["repository"] is not None:
        where = f"/pools/{stage.pool}/repositories/{vm['repository']['id']}"
        root = Path(stage.api("GET", where)["mount"])
    return root / "running_pool" / str(vm["id"])


def leaks(root: Path, stage: Stage, running: dict[str, list[str]]) -> list[str]:
    """What ``_leaks`` finds. What goes while it is looked at is not gone yet."""
    try:
        return _leaks(root, stage, running)
    except FileNotFoundError as going:
        return [f"it goes just now: {going.filename}"]


def _leaks(root: Path, stage: Stage, running: dict[str, list[str]]) -> list[str]:
    """Sentences about what should not be there: unfinished files, directories or guests without a
    record, two copies of a guest, jobs that still hold something. ``root`` is the cluster root;
    ``running`` maps the ids of the guests that exist to the servers they are on."""
    found = [
        f"unfinished file {p}"
        for p in root.rglob("*")
        if ".partial" in p.name or p.suffix in (".tmp", ".moved", ".restored")
    ]
    pools = stage.api.items("/pools")
    images = [i for p in pools for i in stage.api.items(f"/pools/{p['name']}/images")]
    waiting = {i["id"] for i in images if i["state"] == "pending"}
    found += [
        f"import without an image: {p.name}"
        for p in (root / ".staging").glob("*")
        if pools and p.name not in waiting
    ]
    found += [f"image {i['name']} is half done" for i in images if i["state"] == "importing"]
    found += [
        f"folder without a template: {p.name}"
        for p in (root / "seed_pool").glob("*")
        if not (p / "template.json").exists()
    ]
    vms = {vm["id"]: vm for vm in stage.api.items("/vms?limit=1000")}
    for directory in (root / "running_pool").glob("*"):
        if directory.name not in vms:
            found.append(f"directory without a VM: {directory.name}")
        elif pools and not (directory / "vm.json").exists():
            found.append(f"VM without a record: {directory.name}")
    for vm in vms.values():
        record = json.loads((_directory(root, stage, vm) / "vm.json").read_text())
        unborn = record["creating"] and record["arriving"] is None
        if unborn or record["migrating_to"] is not None:
            found.append(f"VM {vm['name']} is half done: {record}")
    for vm_id, where in running.items():
        server = (vms.get(vm_id) or {}).get("server") or {}
        if where != [server.get("name")]:
            found.append(f"guest {vm_id} runs on {where}, recorded on {server}")
    for vm in vms.values():
        if vm["power"] in ("running", "paused") and vm["id"] not in running:
            found.append(f"VM {vm['name']} is said to be {vm['power']}, but no server has it")
    for job in stage.api.items("/jobs?limit=1000"):
        if job["state"] in ("queued", "running", "held"):
            found.append(f"job {job['kind']} is {job['state']}")
    return found
