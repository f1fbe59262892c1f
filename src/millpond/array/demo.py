"""A whole array to try: a pool, free disks, a LUN that QEMU and libiscsi see, and both SPs."""

from collections.abc import Sequence

from millpond.array.model import groups, initiators, pool_luns, pools, ports
from millpond.array.model.state import State, Usage
from millpond.array.model.types import SPS, LunKind, Tier
from millpond.array.model.units import BLOCKS

DISKS = [(Tier.SAS, 2 * BLOCKS["gb"], "data/sas")] * 11 + [
    (Tier.SATA, 8 * BLOCKS["gb"], "data/sata")
] * 4
INITIATORS = (
    "iqn.2008-11.org.linux-kvm",
    "iqn.2007-10.com.github:sahlberg:libiscsi:iscsi-ls",
    "iqn.2007-10.com.github:sahlberg:libiscsi:iscsi-inq",
)
"""What QEMU's programs and libiscsi's call themselves if nobody tells them otherwise."""
HOST, POOL, LUN = "demo", "pool", "data"


def furnished(made: State, usage: Usage, hosts: Sequence[str]) -> State:
    """``hosts``: further initiators that see the LUN. Raises ``Refusal``."""
    addresses = made.array.management
    made = pools.create(made, POOL, [f"0_0_{n}" for n in range(5)])
    made = pool_luns.create(
        made, usage, made.pools[0], BLOCKS["gb"], kind=LunKind.THIN, number=0, name=LUN
    )
    made = groups.add_hlu(groups.create(made, HOST), HOST, 0, 0)
    for sp in SPS:
        made = ports.configure(made, sp, 0, addresses[sp], "255.255.255.0", addresses[sp])
        for uid in (*INITIATORS, *hosts):
            made = initiators.register(made, uid, sp, 0, group=HOST, host=HOST)
    return made


def told(found: State, user: str, password: str) -> str:
    """How to reach it."""
    a, b = (found.array.management[sp] for sp in SPS)
    portals = "\n".join(
        f"  qemu-img info iscsi://{port.address}/{port.iqn}/0"
        for port in found.ports.values()
        if port.address
    )
    return f"""array {found.array.serial}, SP A at {a}, SP B at {b}; user {user}, password {password}
  naviseccli -h {a} -AddUserSecurity -user {user} -scope 0
  naviseccli -h {a} faults -list
  naviseccli -h {a} lun -list
its LUN {LUN}, as QEMU sees it through either SP:
{portals}
Ctrl-C ends it."""
