"""naviseccli's reference, from the grammar that it parses by."""

from millpond.array.model.refusals import REASONS
from millpond.array.model.types import Role
from millpond.array.navisphere.client.arguments import USAGE
from millpond.array.navisphere.execute import GRANTS
from millpond.array.navisphere.grammar import Command
from millpond.array.navisphere.registry import COMMANDS, MISSING
from pages.markdown import code, fenced, page, table


def text() -> str:
    words = list(dict.fromkeys(command.words[0] for command in COMMANDS))
    return page(
        "naviseccli",
        _INTRODUCTION,
        fenced(USAGE),
        "## Differences from the real one",
        _DIFFERENCES,
        "## Commands",
        _COMMANDS,
        *[part for word in words for part in _family(word)],
        "## What is not there",
        "Each of these answers that the commands are not supported by the target storage system, and why.",
        table(("command", "because"), [(code(word), why) for word, why in MISSING.items()]),
        "## Roles",
        table(
            ("role", "may"),
            [(code(role.value), _granted(role)) for role in Role],
        ),
        "## Refusals",
        "The exit status is 0 for what was done, and else this. Everything is printed to standard output.",
        table(("status", "code", "text"), _refusals()),
    )


def _family(word: str) -> list[str]:
    parts = [f"### {word}"]
    for command in COMMANDS:
        if command.words[0] == word:
            parts += [command.help, fenced(command.usage())]
            if rows := _options(command):
                parts.append(table(("option", "meaning"), rows))
    return parts


def _options(command: Command) -> list[tuple[str, str]]:
    described = [
        (code(f"{option.name} {option.metavar}".strip()), option.help)
        for option in command.arguments + command.options
    ]
    shown = [
        (code(option), "Shows: " + ", ".join(labels)) for option, labels in command.shows.items()
    ]
    return described + shown


def _granted(role: Role) -> str:
    return ", ".join(sorted(need.value for need in GRANTS[role]))


def _refusals() -> list[tuple[str, str, str]]:
    ordered = sorted(REASONS.values(), key=lambda reason: (reason.status, reason.text))
    return [
        (
            str(reason.status),
            code(f"{reason.code:#010x}") if reason.code is not None else "",
            reason.text,
        )
        for reason in ordered
    ]


_INTRODUCTION = """
The command line of the software array. It has the commands, options, outputs and exit statuses of the program
that CLARiiON and VNX arrays are driven with, so that scripts and libraries made for those work here. How the
array behind it works is told in [The array's model](../explanation/array-model.md).
"""

_DIFFERENCES = """
- The SP is asked at port 2163 alone, over TLS 1.3, in a protocol of our own: this program does not talk to a
  real array, nor the real program to this one.
- The security file has the real one's names and an inside of its own.
- What a command could show and the array does not have is left out: statistics, part numbers, power supplies,
  fans. `N/A` stands where clients expect a line.
- RAID is arithmetic; see the explanation.
- A LUN of a pool takes exactly its size, with nothing for metadata. A thin LUN takes what its file takes.
- A snapshot is not deleted when a pool is full; `-keepFor` takes 30 days for a month and 365 for a year, and one that hosts find
  somewhere outlives its time until it is detached. Its space is the file system's, and no part of a pool's
  consumed capacity. It is at one snapshot mount point of each of its LUNs at a time; it counts as modified as soon as
  hosts may write to it there. A mount point has no snapshots of its own: copy the one that is attached. One with
  nothing attached answers 05/25/01, and a write to a snapshot that is not to be written to 07/27/00.
- A SnapView session is always of one instant and always outlives the SPs, a rollback is done at once whatever its
  rate, and what `-listsessions` shows is part of the real one's. Sessions and VNX snapshots share their names.
- A SnapView snapshot may be active on a session on which others are. Hosts write to a copy of what the session
  kept: no rollback brings that to the LUN, and it is lost when the snapshot is deactivated or the session stopped.
  How the real `storagegroup -list` shows a snapshot is not known; ours does below the rest of the group.
- A synchronized clone is written to soon after its source, not with it, and may share its blocks; the rest is copied at the moment of the
  fracture. What differs is kept beside the LUNs' data: there are no clone private LUNs to allocate, and a clone that
  the array has fractured is synchronized by hand. `-UseProtectedRestore 1` is refused, and the quiesce threshold
  is kept and shown. The clones' states are the real one's; their condition is ours where it tells of a full disk.
- An asynchronous mirror's points in time are copies beside the LUNs' data: there is no reserved LUN pool. The image is
  never `Synchronized`, for nobody knows what hosts write the next moment. `Image Time`, below the rest of `-list`, is ours.
- Tiers are kept and shown; data do not move between them.
- Wherever the real text of a refusal is not known, ours stands below, with the general status 255.
- Answers are never cached: `-np` changes nothing.
"""

_COMMANDS = """
Names of options are understood with capitals or without. Commands that end something ask first; `-o` answers
yes. Disks are named bus_enclosure_disk, as in `0_0_4`.
"""
