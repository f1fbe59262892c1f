"""``getall``: several answers in one."""

from millpond.array.navisphere.context import Context
from millpond.array.navisphere.families import array, hardware, port, raid
from millpond.array.navisphere.grammar import Command, Option, Run, Values
from millpond.array.navisphere.output import BLANK, Output

SECTIONS: dict[str, tuple[str, tuple[Run, ...]]] = {
    "-array": ("The array and the SP that answers", (array.getagent, array.getcontrol)),
    "-sp": ("Both SPs", (array.getsp, array.getcache, hardware.getcrus)),
    "-disk": ("Disks", (hardware.getdisk,)),
    "-rg": ("RAID groups", (raid.getrg,)),
    "-lun": ("LUNs", (raid.getlun,)),
    "-hba": ("Registered initiators", (port.hbas,)),
}


def getall(context: Context, values: Values) -> Output:
    """Those asked for, or all; each as its own command prints it without options."""
    wanted = [name for name in SECTIONS if name in values] or list(SECTIONS)
    none = Values({})
    parts = []
    for name in wanted:
        for run in SECTIONS[name][1]:
            parts += [*run(context, none).parts, BLANK]
    return Output(parts)


COMMANDS = (
    Command(
        ("getall",),
        "All there is, or what is asked for.",
        getall,
        tuple(Option(name, help=help_) for name, (help_, _) in SECTIONS.items()),
    ),
)
