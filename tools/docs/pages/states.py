"""States of VMs and jobs, from the tables that the code itself obeys."""

from millpond.domain.job import ENDED, JOB_TRANSITIONS, JobState, StepState
from millpond.domain.lifecycle import TRANSITIONS
from millpond.domain.vm import Power
from pages.markdown import code, fenced, page, table


def text() -> str:
    return page(
        "States",
        "## VM",
        _VM_INTRODUCTION,
        fenced(_vm_diagram(), "mermaid"),
        table(("operation", "allowed while", "leads to", "otherwise"), _vm_rows()),
        "## Job",
        _JOB_INTRODUCTION,
        fenced(_job_diagram(), "mermaid"),
        "## Step of a job",
        "A step is " + ", ".join(code(state.value) for state in StepState) + ".",
    )


def _vm_diagram() -> str:
    lines = ["stateDiagram-v2", f"    [*] --> {Power.STOPPED.value}: vm.create"]
    for operation, transition in TRANSITIONS.items():
        for start in _ordered(transition.start):
            end = transition.end or start
            target = "[*]" if operation == "vm.delete" else end.value
            lines.append(f"    {start.value} --> {target}: {operation}")
    return "\n".join(lines)


def _vm_rows() -> list[tuple[str, str, str, str]]:
    return [
        (
            code(operation),
            ", ".join(power.value for power in _ordered(transition.start)),
            transition.end.value if transition.end else "-",
            transition.hint,
        )
        for operation, transition in TRANSITIONS.items()
    ]


def _job_diagram() -> str:
    lines = ["stateDiagram-v2", f"    [*] --> {JobState.QUEUED.value}"]
    for state, following in JOB_TRANSITIONS.items():
        lines += [
            f"    {state.value} --> {then.value}" for then in sorted(following, key=_JOBS.index)
        ]
        if state in ENDED:
            lines.append(f"    {state.value} --> [*]")
    return "\n".join(lines)


def _ordered(powers: frozenset[Power]) -> list[Power]:
    return [power for power in Power if power in powers]


_JOBS = list(JobState)

_VM_INTRODUCTION = """\
`unknown` is no state of a VM but of our knowledge: the server it was last on does not answer, so
every operation on it is refused until the server is back. A guest may also change its state by
itself: one that powers itself off goes from `running` to `stopped`."""

_JOB_INTRODUCTION = """\
A `held` job could not find out how one of its steps ended. It keeps its locks and waits for an
operator: resume makes it look at the world again, cancel takes back what it did. One whose servers
did not answer is looked at every half a minute, and goes on by itself once they do. `done`, `failed`
and `cancelled` are final."""
