"""Every patience of a pool, derived from one number: how long its storage may be gone.

The engines' own defaults contradict each other (multipath gives up before sanlock does, o2cb resets
a server whose paths are still switching), so none of them is left to itself. ``inequalities`` is the
chain that has to hold, as data.
"""

from dataclasses import dataclass, replace

from millpond.domain.leases import LEASE_LOST, RENEWAL, host_dead


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds, but where a name says otherwise; see ``timing_for``."""

    outage: float
    """The storage may be gone this long and nothing happens; a storage processor's failover must fit
    into it."""

    io_timeout: int
    """sanlock's unit (add_lockspace(io_timeout), sanlock(8) -o)."""
    renewal: float
    """Between two renewals of a delta lease: 2 x io_timeout."""
    lease_lost: float
    """A host that cannot renew for this long loses its leases: 8 x io_timeout; its guests are
    killed then."""
    host_dead: float
    """A silent host's leases are free for others: 8 x io_timeout and the watchdog's 60."""

    o2cb_threshold: int
    """Beats of 2 s: o2cb's O2CB_HEARTBEAT_THRESHOLD (o2cb.sysconfig(5))."""
    o2cb_idle_ms: int
    """Milliseconds: o2cb's O2CB_IDLE_TIMEOUT_MS (o2cb.sysconfig(5))."""

    polling: int
    """multipath's polling_interval and max_polling_interval (multipath.conf(5))."""
    no_path_retry: int
    """Polls during which multipath queues when no path is left (multipath.conf(5))."""
    fast_io_fail: int
    """multipath's fast_io_fail_tmo (multipath.conf(5)): a lost FC port fails its commands."""
    dev_loss: int
    """multipath's dev_loss_tmo (multipath.conf(5)): a lost port's disks are forgotten."""
    noop_interval: int
    """open-iscsi's node.conn[0].timeo.noop_out_interval (iscsid.conf)."""
    noop_timeout: int
    """open-iscsi's node.conn[0].timeo.noop_out_timeout (iscsid.conf)."""
    replacement: int
    """open-iscsi's node.session.timeo.replacement_timeout (iscsid.conf). multipathd writes its
    fast_io_fail_tmo over it, so the two are one number."""

    pulse: float
    """Between two questions of the master to a member."""
    network_silent: float
    """A member that answered no pulse for this long is silent on the network."""
    storage_silent: float
    """A delta lease that did not advance for this long is silent on the storage."""
    fence: float
    """A fence device's confirmation takes no longer: the timeout that one device has by default, until
    those that there are take its place (``with_devices``)."""
    start: float
    """From the order to start to the hypervisor's word that it runs."""
    isolated: float
    """A member that heard no master for this long, and reaches nobody although others live, is
    isolated. Longer than a device needs by default, so that the death of a master alarms nobody."""

    def with_devices(self, fence: float | None) -> "Timing":
        """With fence devices that take so long (``domain.fencing.longest``); None: there are none, and
        it stays what a device would promise."""
        return self if fence is None else replace(self, fence=fence)

    @property
    def o2cb_dead(self) -> float:
        """A node without heartbeat is dead for the others, and resets itself: (threshold - 1) x 2 s
        (o2cb.sysconfig(5))."""
        return (self.o2cb_threshold - 1) * O2CB_BEAT

    @property
    def path_failover(self) -> float:
        """From the loss of a path to I/O on another, over iSCSI: the slower of the two transports."""
        return self.noop_interval + self.noop_timeout + self.replacement + self.polling

    @property
    def queueing(self) -> float:
        """I/O waits this long without any path before it fails."""
        return self.no_path_retry * self.polling

    @property
    def detection(self) -> float:
        """From a server's death to the master's certainty that it is silent."""
        return max(self.network_silent, self.storage_silent) + 2 * self.pulse

    @property
    def mass_detection(self) -> float:
        """The same where most of the other members fall silent at once: then a common cause, such as
        a switch that restarts, is given until the leases are lost."""
        return max(self.network_silent, self.lease_lost) + 2 * self.pulse

    @property
    def bound_fenced(self) -> float:
        """From a server's death to its guests' QEMUs running elsewhere, with a working device."""
        return self.detection + self.fence + self.start

    @property
    def bound_fenced_ocfs2(self) -> float:
        """The same for guests whose disks are files on OCFS2: its survivors wait for o2cb and then
        replay the dead node's journal, whoever has proven what."""
        recovered = max(self.o2cb_dead, self.o2cb_idle_ms / 1000) + O2CB_RECOVERY
        return max(self.detection + self.fence, recovered) + self.start

    @property
    def bound_by_leases(self) -> float:
        """The same without any device. An observer sees a renewal up to one of its own renewals
        late, and one that waits for a lease looks once a second."""
        return self.host_dead + self.renewal + 1 + 2 * self.pulse + self.start

    def promised(self, fence: float | None) -> float:
        """From the death of a server whose devices take so long (None: none works) to its guests'
        QEMUs running elsewhere: the leases run out while its devices are still being waited for."""
        if fence is None:
            return self.bound_by_leases
        return min(self.with_devices(fence).bound_fenced, self.bound_by_leases)


O2CB_BEAT = 2
"""Seconds between two heartbeats of o2cb."""

O2CB_RECOVERY = 5
"""Seconds OCFS2's survivors took, beyond the dead time, until a killed node's metadata was free
(measured: 17 s at threshold 7)."""

PULSE = 1.0
MISSED = 4
"""Pulses a member may miss."""

AGENT_WATCHDOG = 10.0
"""An agent that says nothing for this long is killed by its service manager
(packaging/millpond-agent.service): who hangs as pool master would keep the master's lease."""

AGENT_RESTART = 15.0
"""From its end until it answers again, on a busy server."""

FENCE = 20.0
START = 10.0

SLOWEST = 5
"""The unit of the path timers never exceeds the engines' own defaults: a path that fails sooner hurts
nobody."""

WDMD_TEST = 10
"""Seconds between two looks of wdmd(8) at sanlock's leases. It stops petting the watchdog when one has
not that much left, so at an io_timeout of 1 (8 s in all) it resets every healthy server after 60 s:
measured."""

LEAST_IO_TIMEOUT = 2

DEV_LOSS = 600
"""Long enough for a storage processor to boot; the kernel's maximum without fast_io_fail_tmo."""


def timing_for(outage: int) -> Timing:
    """The timing of a pool whose storage may be gone for ``outage`` seconds (5..100).

    io_timeout is a fifth of it, rounded up, as oVirt's vdsm derives it, but no less than wdmd can
    live with. sanlock's figures are its own formulas (sanlock 3.8.5, timeouts.h). ``host_dead``
    counts from the last renewal; take-overs after a crash were measured at 79.8, 103.8 and 133 s for
    an io_timeout of 2, 5 and 10, each below ``bound_by_leases`` without its start: 83, 113 and 163 s.
    """
    io_timeout = max(-(-outage // 5), LEAST_IO_TIMEOUT)
    lease_lost = LEASE_LOST * io_timeout
    # Rounded down, so that four of them (see path_failover) stay below the outage.
    unit = min(outage // 5, SLOWEST)
    storage_silent = RENEWAL * io_timeout + max(1.0, io_timeout / 2)
    network_silent = MISSED * PULSE
    detection = max(network_silent, storage_silent) + 2 * PULSE
    return Timing(
        outage=outage,
        io_timeout=io_timeout,
        renewal=RENEWAL * io_timeout,
        lease_lost=lease_lost,
        host_dead=host_dead(io_timeout),
        o2cb_threshold=-(-lease_lost // O2CB_BEAT) + 1,
        o2cb_idle_ms=(lease_lost - RENEWAL * io_timeout) * 1000,
        polling=unit,
        no_path_retry=-(-lease_lost // unit),
        fast_io_fail=unit,
        dev_loss=DEV_LOSS,
        noop_interval=unit,
        noop_timeout=unit,
        replacement=unit,
        pulse=PULSE,
        network_silent=network_silent,
        storage_silent=storage_silent,
        fence=FENCE,
        start=START,
        isolated=detection + FENCE + START,
    )


@dataclass(frozen=True, slots=True)
class Inequality:
    """``left`` <= ``right`` (< where ``strict``) has to hold, in seconds, because of ``why``."""

    name: str
    left: float
    right: float
    why: str
    strict: bool = False

    @property
    def holds(self) -> bool:
        return self.left < self.right if self.strict else self.left <= self.right


def inequalities(t: Timing) -> tuple[Inequality, ...]:
    """The chain of a pool's patiences, from the shortest to the longest."""
    return tuple(
        Inequality(*row)
        for row in (
            (
                "path failover < storage processor failover",
                t.path_failover,
                t.outage,
                "a server that has a path left goes on before the array itself must act",
                True,
            ),
            (
                "storage processor failover < lease lost",
                t.outage,
                t.lease_lost,
                "one more renewal fits in after the longest outage, and nothing happens",
                True,
            ),
            (
                "wdmd's test < lease lost - renewal",
                WDMD_TEST,
                t.lease_lost - t.renewal,
                "a server that renews in time is never reset by its watchdog",
                True,
            ),
            (
                "lease lost <= multipath queueing",
                t.lease_lost,
                t.queueing,
                "no guest sees an I/O error while its server still has its leases",
            ),
            (
                "lease lost <= o2cb dead",
                t.lease_lost,
                t.o2cb_dead,
                "sanlock kills the guests it must before o2cb resets the whole server",
            ),
            (
                "multipath queueing <= host dead",
                t.queueing,
                t.host_dead,
                "a write that was held back has failed before another server takes the lease",
            ),
            (
                "o2cb dead <= host dead",
                t.o2cb_dead,
                t.host_dead,
                "the file system has recovered when the leases are free",
            ),
            (
                "o2net keepalive < o2net idle",
                2.5,
                t.o2cb_idle_ms / 1000,
                "a connection without traffic is kept by its keepalive of 2 s",
                True,
            ),
            (
                "network silence <= o2net idle",
                t.network_silent,
                t.o2cb_idle_ms / 1000,
                "the file system does not drop a node that HA still takes for alive",
            ),
            (
                "o2net idle <= o2cb dead",
                t.o2cb_idle_ms / 1000,
                t.o2cb_dead,
                "a dead node's connection is given up when its heartbeat is",
            ),
            (
                "fast_io_fail <= multipath queueing",
                t.fast_io_fail,
                t.queueing,
                "commands on a dead path fail over while there is still a queue",
            ),
            (
                "multipath queueing <= dev_loss",
                t.queueing,
                t.dev_loss,
                "the disks of a lost port are still there when it comes back",
            ),
            (
                "renewal + pulse <= storage silence",
                t.renewal + t.pulse,
                t.storage_silent,
                "a server that renews in time never looks silent on the storage",
            ),
            (
                "detection <= lease lost",
                t.detection,
                t.lease_lost,
                "fencing is tried before a silent server's leases lapse anyway",
            ),
            (
                "mass detection <= host dead",
                t.mass_detection,
                t.host_dead,
                "fencing is tried before the leases alone would do",
            ),
            (
                "agent's watchdog + restart < isolation",
                AGENT_WATCHDOG + AGENT_RESTART,
                t.isolated,
                "a master whose agent hangs is back before members call themselves isolated",
                True,
            ),
            (
                "isolation < failover bound by leases",
                t.isolated,
                t.bound_by_leases,
                "an isolated server has decided before others could take its leases",
                True,
            ),
            (
                "failover bound with fencing < by leases",
                t.bound_fenced,
                t.bound_by_leases,
                "fence devices that take longer than the leases are of no use",
                True,
            ),
        )
    )
