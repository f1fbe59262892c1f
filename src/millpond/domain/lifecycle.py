"""A VM's states as data: which operation is allowed when, and where it leads.

The reference page and its diagram are generated from ``TRANSITIONS``.
"""

from dataclasses import dataclass

from millpond.domain.errors import Refused
from millpond.domain.vm import Power, VmDocument, Wanted


@dataclass(frozen=True)
class Transition:
    """``start`` are the states the operation begins from, ``end`` the one it leads to."""

    start: frozenset[Power]
    end: Power | None
    hint: str


def _from(*powers: Power, to: Power | None, hint: str) -> Transition:
    return Transition(frozenset(powers), to, hint)


_STILL = "stop it first, so that nothing writes to its disks; or clone it, and take the clone"

TRANSITIONS: dict[str, Transition] = {
    "vm.start": _from(
        Power.STOPPED, to=Power.RUNNING, hint="unpause a paused VM, resume a suspended one"
    ),
    "vm.stop": _from(
        Power.RUNNING, to=Power.STOPPED, hint="unpause it first, or use kill to power it off"
    ),
    "vm.kill": _from(
        Power.RUNNING,
        Power.PAUSED,
        Power.SUSPENDED,
        to=Power.STOPPED,
        hint="it is off already",
    ),
    "vm.reboot": _from(Power.RUNNING, to=Power.RUNNING, hint="start it, or unpause it first"),
    "vm.reset": _from(Power.RUNNING, to=Power.RUNNING, hint="start it, or unpause it first"),
    "vm.pause": _from(Power.RUNNING, to=Power.PAUSED, hint="only a running VM can be paused"),
    "vm.unpause": _from(Power.PAUSED, to=Power.RUNNING, hint="only a paused VM can be unpaused"),
    "vm.suspend": _from(
        Power.RUNNING, to=Power.SUSPENDED, hint="only a running VM can be suspended to disk"
    ),
    "vm.resume": _from(
        Power.SUSPENDED, to=Power.RUNNING, hint="unpause a paused VM, start a stopped one"
    ),
    "vm.migrate": _from(
        Power.RUNNING,
        Power.PAUSED,
        to=None,
        hint="a VM that is off needs no migration: start it with --on SERVER",
    ),
    "vm.clone": _from(
        Power.STOPPED, Power.RUNNING, Power.PAUSED, to=None, hint="resume it, or stop it first"
    ),
    "vm.clone_many": _from(Power.STOPPED, to=None, hint=_STILL),
    "vm.save_template": _from(Power.STOPPED, to=None, hint=_STILL),
    "vm.export": _from(
        Power.STOPPED, to=None, hint="stop it first, so that nothing writes to its disks"
    ),
    "backup.restore": _from(
        Power.STOPPED, to=None, hint="stop it first, or restore the backup under another name"
    ),
    "cloud-init.set": _from(
        Power.STOPPED, to=None, hint="stop it first: it is read when the guest boots"
    ),
    "cloud-init.detach": _from(
        Power.STOPPED, to=None, hint="stop it first: a CD cannot be taken out while it runs"
    ),
    "snapshot.create": _from(
        Power.RUNNING,
        Power.PAUSED,
        Power.STOPPED,
        to=None,
        hint="resume it, or throw its saved memory away with kill",
    ),
    "snapshot.revert": _from(
        Power.RUNNING,
        Power.PAUSED,
        Power.SUSPENDED,
        Power.STOPPED,
        to=None,
        hint="a VM in any known state can go back to a snapshot",
    ),
    "snapshot.delete": _from(
        Power.RUNNING,
        Power.PAUSED,
        Power.STOPPED,
        to=None,
        hint="resume it, or throw its saved memory away with kill",
    ),
    "vm.delete": _from(Power.STOPPED, to=None, hint="stop or kill it first"),
}


def check_power(operation: str, vm: str, power: Power) -> None:
    """Raise ``Refused`` unless ``operation`` may begin while the VM is ``power``."""
    if power is Power.UNKNOWN:
        raise Refused(
            "server.unreachable",
            f"vm {vm}",
            "the server it was last on does not answer, so its state is not known",
            "bring the server back; or switch it off, and repeat once the pool knows that it is dead "
            "and has released the VM: millpond pool ha POOL",
        )
    transition = TRANSITIONS[operation]
    if power not in transition.start:
        raise Refused("vm.state", f"vm {vm}", f"it is {power.value}", transition.hint)


def power_without_guest(document: VmDocument) -> Power:
    """What a VM is when the server it was placed on answers and runs no such guest."""
    return Power.SUSPENDED if document.wanted is Wanted.SUSPENDED else Power.STOPPED
