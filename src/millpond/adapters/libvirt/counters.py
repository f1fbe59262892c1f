"""What guests have used, by one call for all of them. Blocking: runs in a thread.

The names of the figures are those of virConnectGetAllDomainStats (libvirt-domain.h).
"""

import libvirt

from millpond.domain.usage import GuestCounters

_GROUPS = (
    libvirt.VIR_DOMAIN_STATS_CPU_TOTAL
    | libvirt.VIR_DOMAIN_STATS_VCPU
    | libvirt.VIR_DOMAIN_STATS_BALLOON
    | libvirt.VIR_DOMAIN_STATS_BLOCK
    | libvirt.VIR_DOMAIN_STATS_INTERFACE
)
_HOW = (
    libvirt.VIR_CONNECT_GET_ALL_DOMAINS_STATS_RUNNING
    | libvirt.VIR_CONNECT_GET_ALL_DOMAINS_STATS_NOWAIT  # for a domain that is being changed
)


def read(connection: libvirt.virConnect) -> list[GuestCounters]:
    found = connection.getAllDomainStats(_GROUPS, _HOW)
    return [_of(domain.UUIDString(), stats) for domain, stats in found if _is_whole(stats)]


def _is_whole(stats: dict[str, int]) -> bool:
    """Of a busy domain libvirt tells only what it knows without asking QEMU."""
    disks = stats.get("block.count", 0)
    return "cpu.time" in stats and (disks == 0 or "block.0.rd.bytes" in stats)


def _of(vm: str, stats: dict[str, int]) -> GuestCounters:
    return GuestCounters(
        vm=vm,
        cpu_time=stats["cpu.time"] / 1e9,
        cpus=stats.get("vcpu.current", 1),
        memory=_memory(stats),
        disk_read=_sum(stats, "block", "rd.bytes"),
        disk_write=_sum(stats, "block", "wr.bytes"),
        net_rx=_sum(stats, "net", "rx.bytes"),
        net_tx=_sum(stats, "net", "tx.bytes"),
    )


def _memory(stats: dict[str, int]) -> int:
    """Bytes: what the guest cannot do without, by its balloon driver's word; without one, what QEMU
    has of the server. libvirt counts KiB."""
    if "balloon.usable" in stats and "balloon.available" in stats:
        return (stats["balloon.available"] - stats["balloon.usable"]) * 1024
    return stats.get("balloon.rss", 0) * 1024


def _sum(stats: dict[str, int], group: str, figure: str) -> int:
    """Over all devices; a kind of device that does not count has no such figure."""
    numbers = range(stats.get(f"{group}.count", 0))
    return sum(stats.get(f"{group}.{number}.{figure}", 0) for number in numbers)
