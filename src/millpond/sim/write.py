"""A case as a scenario's folder, for people to read and for ``millpond sim run``."""

import json
from math import inf
from pathlib import Path
from typing import Any

from millpond.sim.cluster import ClusterSpec
from millpond.sim.fuzz import Case
from millpond.sim.scenario import CLUSTER, README, TIMELINE, Outcome, Timeline


def write(case: Case, outcome: Outcome, folder: Path) -> Path:
    """Make ``folder``, or put new files into it; returns it. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / CLUSTER).write_text(cluster_toml(case.cluster))
    (folder / TIMELINE).write_text(timeline_toml(case.timeline))
    problem = outcome.problem or "Nothing is violated."
    (folder / README).write_text(f"# Seed {case.timeline.seed}\n\n{problem}\n")
    return folder


def cluster_toml(cluster: ClusterSpec) -> str:
    fields = cluster.model_dump(mode="json", exclude_defaults=True)
    tables = {name: fields.pop(name, []) for name in ("server", "vm", "rule")}
    lines = [f"{key} = {_value(value)}" for key, value in fields.items()]
    for name, rows in tables.items():
        for row in rows:
            lines += ["", f"[[{name}]]"]
            lines += [f"{key} = {_value(value)}" for key, value in row.items()]
    return "\n".join(lines) + "\n"


def timeline_toml(timeline: Timeline) -> str:
    lines = [f"seed = {timeline.seed}", f"early = {_value(timeline.early)}"]
    for at in timeline.at:
        lines += ["", "[[at]]", f"t = {at.t}", f"do = {_value(list(at.do))}"]
    for when in timeline.when:
        lines += ["", "[[when]]", f"line = {_value(when.line)}", f"do = {_value(list(when.do))}"]
        if when.after:
            lines.append(f"after = {when.after}")
        if when.before < inf:
            lines.append(f"before = {when.before}")
    return "\n".join(lines) + "\n"


def _value(value: Any) -> str:
    """JSON's strings, numbers, booleans and arrays are TOML's, too."""
    return json.dumps(sorted(value) if isinstance(value, set | frozenset) else value)
