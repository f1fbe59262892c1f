"""I/O classes and policies: which commands may come how fast, while a policy runs."""

from collections.abc import Mapping
from typing import Any

from millpond.array.exports import IoLimit
from millpond.array.model import names
from millpond.array.model.qos_types import Action, Control, IoClass, IoPolicy, Metric
from millpond.array.model.refusals import Refusal
from millpond.array.model.state import State
from millpond.array.model.types import Lun

MOST_CLASSES = 32


def create_class(state: State, name: str, given: Mapping[str, Any]) -> State:
    """``given`` are fields of ``IoClass``. Raises ``Refusal``."""
    _unused_class(state, name)
    taken = {one.slot for one in state.io_classes.values()}
    slot = next((n for n in range(MOST_CLASSES) if n not in taken), None)
    if slot is None:
        raise Refusal("nqm.many", most=MOST_CLASSES)
    made = IoClass(name=name, slot=slot).model_copy(update=dict(given))
    _check(made)
    return state.put("io_classes", name, made).event(f"I/O class {name} created")


def modify_class(state: State, name: str, given: Mapping[str, Any]) -> State:
    """It keeps its place in policies under another name. Raises ``Refusal``."""
    old = io_class(state, name)
    _check_idle(state, name)
    new = old.model_copy(update=dict(given))
    _check(new)
    if new.name != name:
        _unused_class(state, new.name)
    state = state.drop("io_classes", name).put("io_classes", new.name, new)
    for policy in state.io_policies.values():
        if name in policy.classes:
            renamed = tuple(new.name if one == name else one for one in policy.classes)
            changed = policy.model_copy(update={"classes": renamed})
            state = state.put("io_policies", policy.name, changed)
    return state


def destroy_class(state: State, name: str) -> State:
    """Raises ``Refusal``."""
    io_class(state, name)
    _check_idle(state, name)
    if any(name in policy.classes for policy in state.io_policies.values()):
        raise Refusal("nqm.class_used")
    return state.drop("io_classes", name).event(f"I/O class {name} destroyed")


def create_policy(state: State, name: str, given: Mapping[str, Any]) -> State:
    """``given`` are fields of ``IoPolicy``. Raises ``Refusal``."""
    _unused_policy(state, name)
    made = IoPolicy(name=name, classes=()).model_copy(update=dict(given))
    _check_policy(state, made)
    return state.put("io_policies", name, made).event(f"Policy {name} created")


def modify_policy(state: State, name: str, given: Mapping[str, Any]) -> State:
    """Others fall back to it under another name, too. Raises ``Refusal``."""
    old = idle_policy(state, name)
    new = old.model_copy(update=dict(given))
    if new.name != name:
        _unused_policy(state, new.name)
    state = state.drop("io_policies", name)
    _check_policy(state, new)
    for policy in state.io_policies.values():
        if policy.fallback == name:
            changed = policy.model_copy(update={"fallback": new.name})
            state = state.put("io_policies", policy.name, changed)
    return state.put("io_policies", new.name, new)


def destroy_policy(state: State, name: str) -> State:
    """Raises ``Refusal``."""
    idle_policy(state, name)
    others = state.io_policies.values()
    if any(one.action is Action.FALLBACK and one.fallback == name for one in others):
        raise Refusal("nqm.policy_used")
    return state.drop("io_policies", name).event(f"Policy {name} destroyed")


def run(state: State, name: str) -> State:
    """Instead of the one that runs. Raises ``Refusal``."""
    wanted = policy_of(state, name)
    if not state.array.qos:
        raise Refusal("nqm.off")
    state = stop(state)
    started = wanted.model_copy(update={"running": state.array.moment})
    return state.put("io_policies", name, started).event(f"Policy {name} started")


def stop(state: State) -> State:
    """Nothing happens if none runs."""
    found = running(state)
    if found is None:
        return state
    stopped = found.model_copy(update={"running": 0.0})
    return state.put("io_policies", found.name, stopped).event(f"Policy {found.name} stopped")


def switch(state: State, on: bool) -> State:
    """Off: no policy runs, and none is started."""
    if not on:
        state = stop(state)
    return state.model_copy(update={"array": state.array.model_copy(update={"qos": on})})


def running(state: State) -> IoPolicy | None:
    return next((policy for policy in state.io_policies.values() if policy.running), None)


def io_class(state: State, name: str) -> IoClass:
    """Raises ``Refusal(nqm.class_none)``."""
    if name not in state.io_classes:
        raise Refusal("nqm.class_none")
    return state.io_classes[name]


def policy_of(state: State, name: str) -> IoPolicy:
    """Raises ``Refusal(nqm.policy_none)``."""
    if name not in state.io_policies:
        raise Refusal("nqm.policy_none")
    return state.io_policies[name]


def idle_policy(state: State, name: str) -> IoPolicy:
    """Raises ``Refusal``."""
    found = policy_of(state, name)
    if found.running:
        raise Refusal("nqm.policy_runs")
    return found


def limits(state: State, lun: Lun) -> tuple[IoLimit, ...]:
    """Those that the running policy has for the LUN; a command is of the first class that it fits."""
    policy = running(state)
    if policy is None:
        return ()
    found = [state.io_classes[name] for name in policy.classes]
    mine = [one for one in found if one.luns is None or lun.wwn in one.luns]
    limited = any(one.control is Control.LIMIT for one in mine)
    if any(one.control is Control.CRUISE for one in found):
        return (*map(_limit, mine), BACKGROUND)
    return tuple(map(_limit, mine)) if limited else ()


BACKGROUND = IoLimit(0, reads=True, writes=True, least=0, most=1 << 62, background=True)


def _limit(one: IoClass) -> IoLimit:
    least, most = one.sizes or (0, 1 << 30)
    limited = one.control is Control.LIMIT
    return IoLimit(
        slot=one.slot,
        reads="r" in one.io_type,
        writes="w" in one.io_type,
        least=least << 10,
        most=most << 10,
        commands=float(one.goal) if limited and one.metric is Metric.THROUGHPUT else 0.0,
        bytes=one.goal * 1024.0 if limited and one.metric is Metric.BANDWIDTH else 0.0,
    )


def _check(one: IoClass) -> None:
    names.checked(one.name)
    if one.sizes is not None and one.sizes[0] > one.sizes[1]:
        raise Refusal("nqm.sizes")
    if one.control is not Control.NONE and one.goal < 1:
        raise Refusal("nqm.goal")
    if one.control is Control.LIMIT and one.metric is Metric.RESPONSE:
        raise Refusal("nqm.metric", control="limit", metrics="bw or tt")
    if one.control is Control.CRUISE and one.metric is not Metric.RESPONSE:
        raise Refusal("nqm.metric", control="cruise", metrics="rt")


def _check_policy(state: State, policy: IoPolicy) -> None:
    names.checked(policy.name)
    for name in policy.classes:
        io_class(state, name)
    if policy.action is Action.FALLBACK:
        if policy.fallback == policy.name:
            raise Refusal("nqm.fallback")
        policy_of(state, policy.fallback)
    if not 1 <= policy.window <= 60:
        raise Refusal("nqm.window")


def _check_idle(state: State, name: str) -> None:
    policy = running(state)
    if policy is not None and name in policy.classes:
        raise Refusal("nqm.class_runs")


def _unused_class(state: State, name: str) -> None:
    if name in state.io_classes:
        raise Refusal("nqm.class_there")


def _unused_policy(state: State, name: str) -> None:
    if name in state.io_policies:
        raise Refusal("nqm.policy_there")
