"""When Pacemaker noticed, fenced and started, from the detail logs of the servers that live."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from millpond.lab.lab import Lab
from millpond.lab.layout import server_name

_LINE = re.compile(r"^(?P<at>\w{3} \d\d \d\d:\d\d:\d\d(?:\.\d+)?) \S+ +(?P<rest>.*)")
_MARKS = {
    "noticed": re.compile(r"Node \S+ state is now lost"),
    "DC elected": re.compile(r"Set DC to "),
    "fencing": re.compile(r"Requesting fencing"),
    "fenced": re.compile(r"Operation 'off'.* targeting .*: OK"),
    "start": re.compile(r"Initiating start operation ha"),
    "started": re.compile(r"Result of start operation for ha\d on \S+: ok"),
}


@dataclass(frozen=True)
class Mark:
    """``after``: seconds from the power cut."""

    what: str
    after: float


def marks(lab: Lab, servers: Sequence[str], began: float) -> list[Mark]:
    """The first of each kind since ``began`` (seconds since 1970), in order."""
    found: dict[str, float] = {}
    for server in servers:
        index = next(i for i in lab.layout.indexes() if server == server_name(i))
        log = lab.layout.server(index).directory / "var/log/pacemaker/pacemaker.log"
        for line in log.read_text(errors="replace").splitlines():
            at = _LINE.match(line)
            if at is None:
                continue
            after = _seconds(at["at"], began) - began
            for what, pattern in _MARKS.items():
                if after > -1 and pattern.search(at["rest"]):
                    found[what] = min(after, found.get(what, after))
    return [Mark(what, after) for what, after in sorted(found.items(), key=lambda f: f[1])]


def _seconds(text: str, near: float) -> float:
    """A time of day as the logs have it, without the year: that of ``near``."""
    year = datetime.fromtimestamp(near).year
    form = "%Y %b %d %H:%M:%S" + (".%f" if "." in text else "")
    return datetime.strptime(f"{year} {text}", form).timestamp()
