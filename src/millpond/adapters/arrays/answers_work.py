"""What ``naviseccli`` prints of an array's work: mirrors, migrations, I/O classes, and counters."""

import re

from millpond.adapters.arrays.answers import Labels, blocks, parts
from millpond.domain.array import BLOCK
from millpond.domain.array_copies import ArrayMigration, ArrayMirror, MirrorKind, SecondaryImage
from millpond.domain.array_load import ArrayQos, IoClass, IoPolicy, LunCounters

SPS = ("A", "B")
_NAME = re.compile(r"^Name\s{2,}(\S.*)$")
_INDENTED = re.compile(r"^\s+\S")
_LUN_NUMBER = re.compile(r"LUN Number:\s*(\d+)")


def mirrors(said: str, kind: MirrorKind) -> list[ArrayMirror]:
    """Of ``mirror -list``. Raises ``KeyError``, ``ValueError`` for another answer."""
    return [_mirror(part, kind) for part in parts(said, "MirrorView Name:")]


def _mirror(said: str, kind: MirrorKind) -> ArrayMirror:
    (labels,) = blocks(said, "MirrorView Name")
    images = list(blocks(said, "Image UID"))
    secondary = [one for one in images if one.get("Is Image Primary") == "NO"]
    return ArrayMirror(
        name=labels["MirrorView Name"],
        kind=kind,
        lun=int(labels["Logical Unit Numbers"].split()[0]),
        primary=not labels["Remote Mirror Status"].startswith("Secondary"),
        status=labels["Remote Mirror Status"],
        faulted=labels.get("MirrorView Faulted") == "YES",
        images=tuple(map(_image, secondary)),
    )


def _image(labels: Labels) -> SecondaryImage:
    return SecondaryImage(
        state=labels["Image State"],
        condition=labels.get("Image Condition", ""),
        rate=labels.get("Synchronization Rate", ""),
        progress=_number(labels.get("Synchronizing Progress(%)")),
        behind=_number(labels.get("Time in minutes since previous update")),
    )


def migrations(said: str) -> list[ArrayMigration]:
    """Of ``migrate -list``: none if it says so. Raises ``KeyError``, ``ValueError`` for another answer."""
    found = [
        ArrayMigration(
            source=int(labels["Source LU ID"]),
            source_name=labels["Source LU Name"],
            destination=int(labels["Dest LU ID"]),
            destination_name=labels["Dest LU Name"],
            rate=labels["Migration Rate"],
            state=labels["Current State"],
            progress=int(labels["Percent Complete"]),
            left=labels["Time Remaining"],
        )
        for labels in blocks(said, "Source LU Name")
    ]
    return sorted(found, key=lambda one: one.source)


def qos(classes: str, policies: str) -> ArrayQos:
    """Of ``nqm -ioclass -list`` and ``nqm -policy -list``. Raises ``KeyError`` for other answers."""
    return ArrayQos(
        classes=tuple(map(_io_class, parts(classes, "Name:"))),
        policies=tuple(map(_io_policy, parts(policies, "Name:"))),
    )


def _io_class(said: str) -> IoClass:
    (labels,) = blocks(said, "Name")
    every = labels["LUN(s)"].startswith("Not")
    return IoClass(
        name=labels["Name"],
        running=labels["Current State"] == "Running",
        luns=None if every else tuple(map(int, _LUN_NUMBER.findall(said))),
        io_type=labels["IO Type"],
        sizes=labels["IO Size Range"],
        control=labels["Control Method"],
        metric=labels.get("Metric Type", ""),
        goal=labels.get("Goal Value", ""),
    )


def _io_policy(said: str) -> IoPolicy:
    """Its classes stand indented in it, with labels like its own."""
    lines = said.splitlines()
    own = "\n".join(line for line in lines if not _INDENTED.match(line))
    inner = "\n".join(line for line in lines if _INDENTED.match(line))
    (labels,) = blocks(own, "Name")
    return IoPolicy(
        name=labels["Name"],
        running=labels["Current State"] == "Running",
        classes=tuple(one["Name"] for one in blocks(inner, "Name")),
        on_failure=labels["Action on Failure"],
    )


def counters(said: str) -> list[LunCounters]:
    """Of ``getlun``: LUNs of which the array says what hosts did. Raises ``KeyError``, ``ValueError`` for another
    answer."""
    found = []
    for part in parts(said, "LOGICAL UNIT NUMBER"):
        (labels,) = blocks(part, "LOGICAL UNIT NUMBER")
        if "Read Requests" in labels:
            name = next((m[1] for line in part.splitlines() if (m := _NAME.match(line))), "")
            found.append(_counters(labels, name.strip()))
    return found


def _counters(labels: Labels, name: str) -> LunCounters:
    def each(label: str, unit: int = 1) -> dict[str, int]:
        told = {sp: labels.get(f"{label} SP {sp}") for sp in SPS}
        return {sp: int(value) * unit for sp, value in told.items() if value is not None}

    response = labels.get("Average Response Time (ms)")
    commands = int(labels["Read Requests"]) + int(labels["Write Requests"])
    return LunCounters(
        number=int(labels["LOGICAL UNIT NUMBER"]),
        name=name,
        reads=each("Read Requests"),
        writes=each("Write Requests"),
        bytes_read=each("Blocks Read", BLOCK),
        bytes_written=each("Blocks Written", BLOCK),
        busy=None if response is None else float(response) * commands,
    )


def _number(word: str | None) -> int | None:
    """What an array does not know it says in words."""
    return int(word) if word and word.isdigit() else None
