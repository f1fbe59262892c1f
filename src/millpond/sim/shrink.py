"""From a failing case to the shortest one that still fails: what is left is what matters."""

from dataclasses import replace

from millpond.sim.fuzz import Case
from millpond.sim.scenario import At, Outcome


def shrink(case: Case, rule: str) -> tuple[Case, Outcome]:
    """Leave out commands and triggers, one by one, as long as the invariant called ``rule`` is
    violated without them. Times stay what they were."""
    best, outcome = case, case.run()
    for trigger in case.timeline.when:
        when = tuple(w for w in best.timeline.when if w is not trigger)
        tried = replace(best, timeline=best.timeline.model_copy(update={"when": when}))
        found = tried.run()
        if found.problem is not None and found.problem.startswith(rule):
            best, outcome = tried, found
    left = len(_commands(best)) + 1
    while len(_commands(best)) < left:
        left = len(_commands(best))
        n = 0
        while n < len(_commands(best)) - 1:  # the last one heals
            tried = _without(best, n)
            found = tried.run()
            if found.problem is not None and found.problem.startswith(rule):
                best, outcome = tried, found
            else:
                n += 1
    return best, outcome


def _commands(case: Case) -> list[tuple[float, str]]:
    return [(at.t, line) for at in case.timeline.at for line in at.do]


def _without(case: Case, n: int) -> Case:
    left = [c for m, c in enumerate(_commands(case)) if m != n]
    at = tuple(At(t=t, do=(line,)) for t, line in left)
    return replace(case, timeline=case.timeline.model_copy(update={"at": at}))
