"""What ``naviseccli`` prints: labels and values, as CLARiiON and VNX arrays have printed them for years."""

import re
from collections.abc import Iterator
from typing import TypeAlias

from millpond.domain.array import (
    BLOCK,
    ArrayGroup,
    ArrayLun,
    ArrayPool,
    ArrayPort,
    ArraySnapshot,
    SnapshotKind,
)

Labels: TypeAlias = dict[str, str]

_LINE = re.compile(r"^([^:]+?):\s*(.*)$")
_LUN = re.compile(r"^LOGICAL UNIT NUMBER (\d+)$")
_NUMBER = re.compile(r"^\s*LUN Number:\s*(\d+)\s*$")
_PATH = re.compile(r"^\s+(\S+)\s+SP ([AB])\s+(\d+)$")
_HOST = re.compile(r"^Host name:\s+(\S.*)$")
_HLU = re.compile(r"^\s+(\d+)\s+(\d+)$")


def blocks(said: str, first: str) -> Iterator[Labels]:
    """The parts of an answer that begin with the label ``first``: of a label that comes twice in one, the
    first value."""
    found: Labels | None = None
    for line in said.splitlines():
        lun = _LUN.match(line.strip())
        parts = ("LOGICAL UNIT NUMBER", lun[1]) if lun else _pair(line)
        if parts is None:
            continue
        if parts[0] == first:
            if found is not None:
                yield found
            found = {}
        if found is not None:
            found.setdefault(*parts)
    if found is not None:
        yield found


def parts(said: str, first: str) -> list[str]:
    """What begins with lines that begin with ``first``."""
    return [first + part for part in f"\n{said}".split(f"\n{first}")[1:]]


def _pair(line: str) -> tuple[str, str] | None:
    match = _LINE.match(line.strip())
    return (match[1], match[2].strip()) if match else None


def pools(said: str) -> list[ArrayPool]:
    """Of ``storagepool -list``. Raises ``KeyError``, ``ValueError`` for another answer."""
    found = [
        ArrayPool(
            name=labels["Pool Name"],
            size=_bytes(labels["User Capacity (Blocks)"]),
            free=_bytes(labels["Available Capacity (Blocks)"]),
            subscribed=_bytes(labels["Total Subscribed Capacity (Blocks)"]),
            state=labels.get("State", ""),
        )
        for labels in blocks(said, "Pool Name")
    ]
    return sorted(found, key=lambda pool: pool.name)


def luns(said: str) -> list[ArrayLun]:
    """Of ``lun -list``. Raises ``KeyError``, ``ValueError`` for another answer."""
    found = [
        ArrayLun(
            number=int(labels["LOGICAL UNIT NUMBER"]),
            name=labels["Name"],
            uid=labels["UID"].replace(":", "").lower(),
            size=_bytes(labels["User Capacity (Blocks)"]),
            used=_bytes(labels.get("Consumed Capacity (Blocks)", "0")),
            pool=labels["Pool Name"],
            thin=labels.get("Is Thin LUN") == "Yes",
            owner=labels["Current Owner"].removeprefix("SP "),
            state=labels.get("Current State", ""),
        )
        for labels in blocks(said, "LOGICAL UNIT NUMBER")
    ]
    return sorted(found, key=lambda lun: lun.number)


def numbers(said: str) -> set[int]:
    """Of ``getlun``, and of the parts in ``metalun -list``."""
    found = (_LUN.match(line.strip()) or _NUMBER.match(line) for line in said.splitlines())
    return {int(match[1]) for match in found if match}


def ports(said: str) -> list[ArrayPort]:
    """Of ``connection -getport``. Raises ``KeyError``, ``ValueError`` for another answer."""
    found = [
        ArrayPort(
            sp=labels["SP"],
            number=int(labels["Port ID"]),
            iqn=labels["Port WWN"],
            address=labels["IP Address"],
        )
        for labels in blocks(said, "SP")
        if labels.get("IP Address", "N/A") != "N/A"
    ]
    return sorted(found, key=lambda port: (port.sp, port.number))


def groups(said: str) -> list[ArrayGroup]:
    """Of ``storagegroup -list``: the hosts' names too if it was asked with ``-host``."""
    found = [_group(part) for part in parts(said, "Storage Group Name:")]
    return sorted(found, key=lambda one: one.name)


def _group(said: str) -> ArrayGroup:
    (labels,) = blocks(said, "Storage Group Name")
    before, _, numbers = said.partition("HLU/ALU Pairs")
    paths: list[tuple[str, str, int]] = []
    hosts: dict[str, str] = {}
    for line in before.splitlines():
        if match := _PATH.match(line):
            paths.append((match[1].lower(), match[2], int(match[3])))
        elif (match := _HOST.match(line.strip())) and paths:  # it follows its path
            hosts[paths[-1][0]] = match[1]
    seen = [match for line in numbers.splitlines() if (match := _HLU.match(line))]
    return ArrayGroup(
        name=labels["Storage Group Name"],
        luns={int(match[1]): int(match[2]) for match in seen},
        paths=frozenset(paths),
        hosts=hosts,
    )


def snapshots(said: str) -> list[ArraySnapshot]:
    """Of ``snap -list -detail``. Raises ``KeyError`` for another answer."""
    found = [
        ArraySnapshot(
            name=labels["Name"],
            kind=SnapshotKind.SNAP,
            luns=tuple(map(int, re.findall(r"\d+", labels["Source LUN(s)"]))),
            group=labels.get("Source CG", "").removeprefix("N/A"),
            created=labels.get("Creation time", ""),
            shown_as=tuple(re.findall(r"\d+", labels.get("Attached LUN(s)", ""))),
        )
        for labels in blocks(said, "Name")
    ]
    return sorted(found, key=lambda one: one.name)


def sessions(said: str, snapshots: str) -> list[ArraySnapshot]:
    """Of ``snapview -listsessions`` and ``snapview -listsnapshots``. Raises ``KeyError`` for other
    answers."""
    active = [
        (labels["Session Name"], labels["SnapView logical unit name"])
        for labels in blocks(snapshots, "SnapView logical unit name")
        if labels.get("Session Name")
    ]
    found = [
        ArraySnapshot(
            name=labels["Name of the session"],
            kind=SnapshotKind.SESSION,
            luns=tuple(map(int, re.findall(r"\d+", labels["List of Target Logical Unit Number"]))),
            shown_as=tuple(name for of, name in active if of == labels["Name of the session"]),
        )
        for labels in blocks(said, "Name of the session")
    ]
    return sorted(found, key=lambda one: one.name)


def _bytes(blocks_: str) -> int:
    return int(blocks_) * BLOCK
