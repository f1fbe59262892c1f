"""From a failing case to the shortest one that still fails: what is left is what matters."""

from dataclasses import replace

from millpond.sim.fuzz import Case
from millpond.sim.scenario import At, Outcome


def shrink(case: Case, rule: str) -> tuple[Case, Outcome]:
    """Leave out commands, one by one, as long as the invariant called ``rule`` is violated without
    them. Times stay what they were."""
    best = case
    outcome = case.run()
    again = True
    while again:
        again = False
        for n in range(len(_commands(best)) - 1):  # the last one heals
            fewer = _without(best, n)
            tried = fewer.run()
            if tried.problem is not None and tried.problem.startswith(rule):
                best, outcome, again = fewer, tried, True
                break
    return best, outcome


def _commands(case: Case) -> list[tuple[float, str]]:
    return [(at.t, line) for at in case.timeline.at for line in at.do]


def _without(case: Case, n: int) -> Case:
    left = [c for m, c in enumerate(_commands(case)) if m != n]
    at = tuple(At(t=t, do=(line,)) for t, line in left)
    return replace(case, timeline=case.timeline.model_copy(update={"at": at}))
