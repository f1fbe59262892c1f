"""Many VMs from one: how their disks get their contents, and what they are called."""

import re
from enum import StrEnum
from typing import Annotated

from pydantic import StringConstraints

MAX_CLONES = 1000

_FIELD = r"\{(?::(0[1-9]))?\}"
_NUMBER = re.compile(_FIELD)

Pattern = Annotated[
    str, StringConstraints(pattern=rf"^[A-Za-z0-9_.-]*{_FIELD}[A-Za-z0-9_.-]*$", max_length=63)
]
"""A name with one ``{}`` or ``{:02}`` for a number, of at least so many digits."""


class Cloning(StrEnum):
    """``auto``: at once wherever that can be, else a copy. ``linked``: an empty disk over the template's,
    which has to stay. ``full``: all data of its own, at once where the file system shares blocks."""

    AUTO = "auto"
    LINKED = "linked"
    FULL = "full"


def numbered(pattern: str, count: int, first: int) -> list[str]:
    """The ``count`` names that a ``Pattern`` gives, from the number ``first`` on."""

    def name(number: int) -> str:
        return _NUMBER.sub(lambda found: f"{number:{found[1] or ''}}", pattern)

    return [name(number) for number in range(first, first + count)]
