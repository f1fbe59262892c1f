"""A guest in a lab that is looked into: by its agent, which virsh asks."""

import base64
import json
from pathlib import Path
from typing import Any

from tests.lab.pool import PoolLab, wait_until
from tests.support.api import Json


class Running:
    """A VM with a disk vdb, which ``prepare`` gets as a file before the guest starts."""

    def __init__(self, pool: PoolLab, name: str) -> None:
        self.pool, self.name = pool, name
        disk = {"target": "vdb", "size": 16 << 20, "format": "raw"}
        body = {"pool": "pool1", "name": name, "template": "tiny", "disks": [disk]}
        pool.api.do("POST", "/vms", body)
        self.id = pool.vm_id(name)
        self.directory = pool.lab.shared / "running_pool" / self.id
        self.prepare(self.directory / "vdb.raw")
        pool.api.do("POST", f"/vms/{name}/start", {})
        pool.counter(name)
        self.wait_ready()

    def prepare(self, image: Path) -> None:
        """Left empty, unless there is more to it."""

    def wait_ready(self) -> None:
        wait_until(lambda: self.agent("guest-ping") is not None, 150, "the guest's agent answers")

    def show(self) -> Json:
        return self.pool.api("GET", f"/vms/{self.name}")

    def do(self, method: str, path: str, body: Json | None = None) -> Json:
        return self.pool.api.do(method, f"/vms/{self.name}/snapshots{path}", body)

    def vdb(self) -> Json:
        found: Json = next(d for d in self.show()["config"]["disks"] if d["target"] == "vdb")
        return found

    def agent(self, command: str, **arguments: object) -> Any:
        """What the guest's agent answers."""
        asked = json.dumps({"execute": command, "arguments": arguments})
        server = self.show()["server"]["name"]
        done = self.pool.lab.exec(server, ["virsh", "qemu-agent-command", self.name, asked])
        return json.loads(done.stdout)["return"] if done.returncode == 0 else None

    def images(self) -> set[str]:
        return {p.name for p in self.directory.iterdir() if p.suffix in (".raw", ".qcow2")}

    def sh(self, script: str) -> str:
        """What a shell in the guest says of it."""
        asked = {"path": "/bin/sh", "arg": ["-ec", script], "capture-output": True}
        pid = self.agent("guest-exec", **asked)["pid"]
        ended: Json = {}

        def over() -> bool:
            ended.update(self.agent("guest-exec-status", pid=pid))
            return bool(ended["exited"])

        wait_until(over, 150, script)
        assert ended["exitcode"] == 0, script
        return base64.b64decode(ended.get("out-data", "")).decode()
