"""What may be done about a view: few kinds of action, each safe to repeat and safe to lose."""

from dataclasses import dataclass

from millpond.domain.ha.proof import Proof


@dataclass(frozen=True, slots=True)
class Fence:
    """Have every fence device of the server's best level confirm that it is off."""

    server: str
    reason: str


@dataclass(frozen=True, slots=True)
class ClearLeases:
    """Free what the proven dead host still holds: the leases of ``vms``."""

    server: str
    proof: Proof
    vms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FreeLeases:
    """Take the leases of ``vms`` as sanlock grants them, for it calls the server that holds them
    dead, and let go of them. A server that has joined only lately would wait for that judgement
    anew; a lease that is free it gets at once."""

    server: str
    vms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Restart:
    """Start the VM on ``server``, as a new run; ``failed_on`` is where it was (None: it was off),
    ``arriving_on`` where its migration from there may have left a copy, which is ended first.
    The hypervisor takes the VM's lease or refuses, so a mistake here costs time and nothing else."""

    vm: str
    server: str
    failed_on: str | None
    reason: str
    arriving_on: str | None = None


@dataclass(frozen=True, slots=True)
class Release:
    """Record that the VM is on no server: its lease is free, its servers are dead or say that they do
    not run it, and HA is not to start it again (now). ``arriving_on`` as in ``Restart``."""

    vm: str
    reason: str
    arriving_on: str | None = None


@dataclass(frozen=True, slots=True)
class Correct:
    """The guest runs on ``server`` and its record says otherwise: a migration whose teller died. The
    record takes the server, and the run that the guest there has."""

    vm: str
    server: str
    reason: str


@dataclass(frozen=True, slots=True)
class PowerOn:
    """Let a fenced server come back, once nothing more is to be done in its name."""

    server: str


Action = Fence | ClearLeases | FreeLeases | Restart | Release | Correct | PowerOn


@dataclass(frozen=True, slots=True)
class Decision:
    """At most one action per VM and per server, and what is going on in one English sentence.
    ``waiting`` and ``alarms`` are sentences for people: HA VMs that stay off and why; what somebody
    has to look at."""

    actions: tuple[Action, ...]
    sentence: str
    waiting: tuple[str, ...] = ()
    alarms: tuple[str, ...] = ()
