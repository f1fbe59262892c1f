"""QEMU's own monitor, through libvirt (QEMU's docs/interop/qemu-qmp-ref): for what libvirt cannot do.

Its backup jobs know a disk's bitmaps by checkpoints, which a transient domain loses; they forget how a job
ended when libvirtd is restarted; and QEMU, as whoever it runs and however it is confined, has to get at the
place the backup goes to. A file that is handed over open needs none of that.
"""

import json
from typing import Any

import libvirt
import libvirt_qemu

from millpond.domain.errors import Failed


def command(domain: libvirt.virDomain, name: str, /, **arguments: Any) -> Any:
    """What it returns; ``_`` in arguments' names stands for ``-``. Raises ``Failed`` with QEMU's words."""
    return _answer(name, libvirt_qemu.qemuMonitorCommand(domain, _text(name, arguments), 0))


def give(domain: libvirt.virDomain, file: int, fdset: int) -> None:
    """Let QEMU have an open file: it may open ``/dev/fdset/<fdset>``, whoever it is and wherever the file
    lies."""
    text = _text("add-fd", {"fdset_id": fdset})
    answer, _ = libvirt_qemu.qemuMonitorCommandWithFiles(domain, text, [file], 0)
    _answer("add-fd", answer)


def _text(name: str, arguments: dict[str, Any]) -> str:
    given = {key.replace("_", "-"): value for key, value in arguments.items()}
    return json.dumps({"execute": name, "arguments": given})


def _answer(name: str, text: str) -> Any:
    answer = json.loads(text)
    if "error" in answer:
        raise Failed(name, str(answer["error"].get("desc", "QEMU refused it")))
    return answer["return"]
