"""What the kernel of this server says: CPUs, memory, NUMA, boots (proc(5), sysfs(5))."""

import os
import re
from pathlib import Path

from millpond.domain.server import Cpu, NumaNode

_NUMBERS = re.compile(r"\d+|\D+")


def boot_id(root: Path = Path("/")) -> str:
    """A UUID that is new after every boot (random(4))."""
    return (root / "proc/sys/kernel/random/boot_id").read_text().strip()


def newest_kernel(boot: Path) -> Path | None:
    """The kernel image with the highest version in ``boot``."""
    found = sorted(boot.glob("vmlinuz-*"), key=lambda path: _version_key(path.name))
    return found[-1] if found else None


def _version_key(name: str) -> list[tuple[int, str]]:
    parts = _NUMBERS.findall(name)
    return [(int(part), "") if part.isdigit() else (-1, part) for part in parts]


def memory(root: Path = Path("/")) -> tuple[int, int]:
    """MiB in all, and MiB that can be given out without swapping."""
    fields = _fields((root / "proc/meminfo").read_text())
    return _mib(fields["MemTotal"]), _mib(fields["MemAvailable"])


def cpu_time(root: Path = Path("/")) -> float:
    """Seconds since the boot that processors were busy, all together."""
    user, nice, system, _idle, _iowait, irq, softirq, steal, *_ = (
        int(ticks) for ticks in (root / "proc/stat").read_text().split("\n", 1)[0].split()[1:]
    )
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


def cpu(root: Path = Path("/")) -> Cpu:
    """Model and topology. Flags are those every processor has."""
    blocks = [
        _fields(text) for text in (root / "proc/cpuinfo").read_text().split("\n\n") if text.strip()
    ]
    first = blocks[0]
    flags = set(first.get("flags", "").split())
    for block in blocks[1:]:
        flags &= set(block.get("flags", "").split())
    sockets = {block.get("physical id", "0") for block in blocks}
    cores = {
        (block.get("physical id", "0"), block.get("core id", str(n)))
        for n, block in enumerate(blocks)
    }
    return Cpu(
        model=first.get("model name", "unknown"),
        vendor=first.get("vendor_id", "unknown"),
        flags=tuple(sorted(flags)),
        sockets=len(sockets),
        cores=max(1, len(cores) // len(sockets)),
        threads=max(1, len(blocks) // len(cores)),
        mhz=float(first.get("cpu MHz", 0)),
    )


def numa(root: Path = Path("/")) -> tuple[NumaNode, ...]:
    """The NUMA nodes; none where the kernel knows of none."""
    nodes = []
    for place in (root / "sys/devices/system/node").glob("node[0-9]*"):
        number = int(place.name.removeprefix("node"))
        prefix = f"Node {number} "
        lines = (place / "meminfo").read_text().replace(prefix, "")
        nodes.append(
            NumaNode(
                node=number,
                memory=_mib(_fields(lines)["MemTotal"]),
                cpus=_list((place / "cpulist").read_text()),
            )
        )
    return tuple(sorted(nodes, key=lambda node: node.node))


def _fields(text: str) -> dict[str, str]:
    pairs = (line.partition(":") for line in text.splitlines() if ":" in line)
    return {name.strip(): value.strip() for name, _, value in pairs}


def _mib(value: str) -> int:
    """From the kernel's ``12345 kB``."""
    return int(value.split()[0]) // 1024


def _list(text: str) -> tuple[int, ...]:
    """From the kernel's ``0-3,8``."""
    found: list[int] = []
    for part in text.strip().split(","):
        low, _, high = part.partition("-")
        if low:
            found += range(int(low), int(high or low) + 1)
    return tuple(found)
