"""Options of a live migration, and the checks that refuse a migration with reason and remedy."""

from pydantic import Field

from millpond.domain.errors import Refused
from millpond.domain.server import Acceleration, Inventory
from millpond.domain.vm import Guest, Model, VmConfig


class MigrationOptions(Model):
    """How to move a guest live.

    ``bandwidth`` in MiB/s, 0 = no limit. ``parallel`` connections (QEMU multifd), 0 = one plain
    stream. ``auto_converge`` slows a guest that dirties memory faster than it can be sent;
    ``post_copy`` switches to post-copy after the first pass.
    ``max_downtime`` in milliseconds, the pause QEMU aims for.
    """

    bandwidth: int = Field(default=0, ge=0, le=1_000_000)
    parallel: int = Field(default=0, ge=0, le=64)
    auto_converge: bool = False
    post_copy: bool = False
    max_downtime: int | None = Field(default=None, ge=1, le=60_000)


def check_guest(guest: Guest) -> None:
    """Refuse to move a guest that uses hardware of its server: it would have to stay behind."""
    if guest.devices:
        raise Refused(
            "migration.device",
            f"vm {guest.config.name}",
            f"it uses {', '.join(guest.devices)} of its server",
            "detach the device, or stop the VM and start it on the other server",
        )


def check_target(config: VmConfig, source: Inventory, target: Inventory, free: int) -> None:
    """Refuse a migration from ``source`` to ``target`` that could not end well. Memory that was saved
    asks no less of the server that restores it than memory that is sent there.

    ``free`` is what placement would give the guest there, in MiB. Raises the ``migration.*``
    refusals, each with its remedy. Cheap checks first.
    """
    subject = f"vm {config.name}"
    if source.id == target.id:
        raise Refused(
            "migration.same_server",
            subject,
            f"it already is on {target.hostname}",
            "name another server with --to, or leave --to out",
        )
    if source.acceleration is not target.acceleration:
        raise Refused(
            "migration.hypervisor",
            subject,
            f"{source.hostname} runs {source.acceleration.value}, "
            f"{target.hostname} {target.acceleration.value}",
            f"stop it, then: millpond vm start {config.name} --on {target.hostname}",
        )
    missing = sorted(set(source.cpu.flags) - set(target.cpu.flags))
    if source.acceleration is Acceleration.KVM and missing:
        raise Refused(
            "migration.cpu",
            subject,
            f"{target.hostname} lacks the CPU features {' '.join(missing)}",
            "choose a server of the same CPU model, or stop the VM, then: "
            f"millpond vm start {config.name} --on {target.hostname}",
        )
    bridges = sorted({v.bridge for v in config.vifs} - {b.name for b in target.bridges})
    if bridges:
        raise Refused(
            "migration.bridge",
            subject,
            f"{target.hostname} has no bridge {', '.join(bridges)}",
            f"create it on all members: millpond network create POOL {bridges[0]}",
        )
    if free < config.max_memory:
        raise Refused(
            "migration.memory",
            subject,
            f"{target.hostname} has {free} MiB free, {config.max_memory} MiB are needed",
            "choose another server, or move guests away from it first",
        )
