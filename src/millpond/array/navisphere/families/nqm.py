"""``nqm``: I/O classes, and policies that hold them to limits."""

import time
from dataclasses import replace
from typing import Any

from millpond.array.model import qos
from millpond.array.model.qos_types import Action, Control, IoClass, IoPolicy, Metric
from millpond.array.model.refusals import Refusal
from millpond.array.model.state import State
from millpond.array.navisphere.context import Context
from millpond.array.navisphere.grammar import Command, CommandError, Kind, Need, Option, Values
from millpond.array.navisphere.output import BLANK, Builder, Output, Row
from millpond.array.statistics import Sum, total

IO_TYPES = {"r": "Read", "w": "Write", "rw": "ReadWrite"}
METRICS = {"rt": Metric.RESPONSE, "bw": Metric.BANDWIDTH, "tt": Metric.THROUGHPUT}
CONTROLS = {"limit": Control.LIMIT, "cruise": Control.CRUISE}
ACTIONS = {"continue": Action.CONTINUE, "stop": Action.STOP, "fallback": Action.FALLBACK}
GOAL = ("-gmetric", "-gval", "-gtol")
"""What means nothing without a method."""
LARGEST = 1 << 20
"""KB of an I/O, if only the smallest is given."""


def _class_given(state: State, values: Values) -> dict[str, Any]:
    """What the options say of an I/O class. Raises ``Refusal`` or ``CommandError``."""
    given: dict[str, Any] = {}
    if new := values.text("-newname"):
        given["name"] = new
    if kind := values.text("-iotype"):
        given["io_type"] = kind
    if "-luns" in values:
        numbers = values.numbers("-luns")
        if any(number not in state.luns for number in numbers):
            raise Refusal("classic.not_found")
        given["luns"] = tuple(state.luns[number].wwn for number in numbers)
    if "-nolun" in values:
        given["luns"] = None
    least, most = values.number("-minsize"), values.number("-maxsize")
    if least is not None or most is not None:
        given["sizes"] = (least or 0, LARGEST if most is None else most)
    if "-anyio" in values:
        given["sizes"] = None
    if "-noctrl" in values:
        given |= {"control": Control.NONE, "goal": 0}
    if method := values.text("-ctrlmethod"):
        metric = METRICS[values.text("-gmetric") or "tt"]
        given |= {
            "control": CONTROLS[method],
            "metric": metric,
            "goal": values.number("-gval") or 0,
        }
        given["tolerance"] = values.number("-gtol") or 0
    elif goal := next((name for name in GOAL if name in values), None):
        raise CommandError(f"Error: nqm command failed\n{goal} goes with -ctrlmethod.")
    return given


def create_class(context: Context, values: Values) -> Output:
    name = values.text("-name") or ""
    context.change(lambda state, _: qos.create_class(state, name, _class_given(state, values)))
    return Output()


def modify_class(context: Context, values: Values) -> Output:
    name = values.text("-name") or ""
    context.change(lambda state, _: qos.modify_class(state, name, _class_given(state, values)))
    return Output()


def destroy_class(context: Context, values: Values) -> Output:
    name = values.text("-name") or ""
    context.change(lambda state, _: qos.destroy_class(state, name))
    return Output()


def list_classes(context: Context, values: Values) -> Output:
    state, name = context.state, values.text("-name")
    found = [qos.io_class(state, name)] if name else list(state.io_classes.values())
    out = context.builder()
    for one in found:
        _class(state, one, out)
        out.blank()
    return out.done()


def _class(state: State, one: IoClass, out: Builder) -> None:
    policy = qos.running(state)
    runs = policy is not None and one.name in policy.classes
    out.row("Name", one.name)
    out.row("Current State", "Running" if runs else "Idle")
    out.row("Status", "Ready")
    if one.luns is None:
        out.row("LUN(s)", "Not Lun Specific")
    else:
        mine = [lun for lun in state.luns.values() if lun.wwn in one.luns]
        out.row("Number of LUN(s)", len(mine))
        out.row("LUN(s)")
        for lun in mine:
            out.row("LUN Number", lun.number)
            out.row("LUN Name", lun.name)
            out.row("LUN WWN", lun.uid)
            out.row("RAID Type", lun.raid_type)
            out.blank()
    out.row("IO Type", IO_TYPES[one.io_type])
    out.row("IO Size Range", f"{one.sizes[0]}-{one.sizes[1]} KB" if one.sizes else "Any")
    out.row("Control Method", one.control.value)
    if one.control is not Control.NONE:
        out.row("Metric Type", one.metric.value)
        out.row("Goal Value", f"{one.goal:.1f} {one.metric.unit}")
    if one.control is Control.CRUISE:
        out.row("Goal Tolerance", f"{one.tolerance}%")


def _policy_given(values: Values) -> dict[str, Any]:
    given: dict[str, Any] = {}
    if new := values.text("-newname"):
        given["name"] = new
    if "-ioclasses" in values:
        given["classes"] = tuple(values.list("-ioclasses"))
    if "-noclass" in values:
        given["classes"] = ()
    if action := values.text("-failaction"):
        given["action"] = ACTIONS[action]
    if fallback := values.text("-fallback"):
        given["fallback"] = fallback
    if (limit := values.number("-timelimit")) is not None:
        given["time_limit"] = limit
    if (window := values.number("-evalwindow")) is not None:
        given["window"] = window
    return given


def create_policy(context: Context, values: Values) -> Output:
    name = values.text("-name") or ""
    context.change(lambda state, _: qos.create_policy(state, name, _policy_given(values)))
    return Output()


def modify_policy(context: Context, values: Values) -> Output:
    name = values.text("-name") or ""
    context.change(lambda state, _: qos.modify_policy(state, name, _policy_given(values)))
    return Output()


def destroy_policy(context: Context, values: Values) -> Output:
    name = values.text("-name") or ""
    context.change(lambda state, _: qos.destroy_policy(state, name))
    return Output()


def list_policies(context: Context, values: Values) -> Output:
    state, name = context.state, values.text("-name")
    found = [qos.policy_of(state, name)] if name else list(state.io_policies.values())
    out = context.builder()
    for policy in found:
        _policy(state, policy, out)
        out.blank()
    return out.done()


def _policy(state: State, policy: IoPolicy, out: Builder) -> None:
    out.row("Name", policy.name)
    out.row("Current State", "Running" if policy.running else "Idle")
    out.row("Status", "Ready")
    out.row("Number of I/O Class(es)", len(policy.classes))
    out.row("NQM Class(es)")
    for name in policy.classes:
        inner = Builder()
        _class(state, state.io_classes[name], inner)
        rows = [row for row in inner.parts if isinstance(row, Row) and row != BLANK]
        out.parts += [replace(row, label=f"    {row.label}") for row in rows]
        out.blank()
    action = policy.action.value
    out.row("Action on Failure", f"{action} {policy.fallback}".strip())
    out.row("Time Limit", f"{policy.time_limit}min" if policy.time_limit else "None")
    out.row("Evaluation Window", f"{policy.window} samples")


def run(context: Context, values: Values) -> Output:
    name = values.text("NAME") or ""
    context.change(lambda state, _: qos.run(state, name))
    return Output()


def stop(context: Context, values: Values) -> Output:
    context.change(lambda state, _: qos.stop(state))
    return Output()


def switch_on(context: Context, values: Values) -> Output:
    context.change(lambda state, _: qos.switch(state, True))
    return Output()


def switch_off(context: Context, values: Values) -> Output:
    context.change(lambda state, _: qos.switch(state, False))
    return Output()


MEASURED = 1.0
"""Seconds that a measurement takes."""


def measure(context: Context, values: Values) -> Output:
    """The LUNs of a policy's classes, whichever commands they get."""
    state = context.state
    policy = qos.policy_of(state, values.text("NAME") or "")
    if not context.statistics():
        raise CommandError("Error: nqm command failed\nThere are no statistics: setstats -on")
    before = {name: _done(context, state.io_classes[name]) for name in policy.classes}
    time.sleep(MEASURED)
    out = context.builder()
    for name in policy.classes:
        after = _done(context, state.io_classes[name])
        moved = Sum(*(new - old for new, old in zip(after, before[name], strict=True)))
        blocks = moved.blocks_read + moved.blocks_written
        out.row("Name", name)
        out.parts += [
            Row("Throughput", f"{(moved.reads + moved.writes) / MEASURED:.1f} IO/s"),
            Row("Bandwidth", f"{blocks / 2 / MEASURED:.1f} KB/s"),
            Row("Response Time", f"{moved.response:.3f} ms"),
        ]
        out.blank()
    return out.done()


def _done(context: Context, one: IoClass) -> Sum:
    rows = [row for counted in context.statistics().values() for row in counted]
    return total(row for row in rows if one.luns is None or row.wwn in one.luns)


NAME = Option("-name", Kind.TEXT, "Its name", required=True)
ONE = Option("-name", Kind.TEXT, "This one alone")
NEW_NAME = Option("-newname", Kind.TEXT, "New name")
WHICH = (
    Option("-iotype", Kind.TEXT, "Reads, writes or both", tuple(IO_TYPES)),
    Option("-minsize", Kind.NUMBER, "KB of the smallest I/O"),
    Option("-maxsize", Kind.NUMBER, "KB of the largest I/O"),
    Option("-luns", Kind.NUMBERS, "These LUNs; all if not given"),
    Option("-noctrl", help="No goal"),
    Option("-ctrlmethod", Kind.TEXT, "How the goal is reached", tuple(CONTROLS)),
    Option("-gmetric", Kind.TEXT, "Response time, bandwidth or throughput", tuple(METRICS)),
    Option("-gval", Kind.NUMBER, "The goal, in ms, KB/s or IO/s"),
    Option("-gtol", Kind.NUMBER, "Percent by which it may be missed"),
)
HOW = (
    Option("-ioclasses", Kind.TEXTS, "Its I/O classes; a command is of the first that it fits"),
    Option(
        "-failaction", Kind.TEXT, "When goals are missed; continue if not given", tuple(ACTIONS)
    ),
    Option("-fallback", Kind.TEXT, "The policy to run then"),
    Option("-timelimit", Kind.NUMBER, "Minutes after which it stops"),
    Option("-evalwindow", Kind.NUMBER, "Seconds that goals may be missed, 1 to 60; 3 if not given"),
)
POLICY = (Option("NAME", Kind.TEXT, "The policy", required=True),)


def _command(*words: str, about: str, run: Any, options: tuple[Option, ...] = ()) -> Command:
    return Command(("nqm", *words), about, run, options, need=Need.CHANGE, wraps=True)


COMMANDS = (
    _command(
        *("-ioclass", "-create"),
        about="Say which commands are of a class, and its goal.",
        run=create_class,
        options=(NAME, *WHICH),
    ),
    _command(
        *("-ioclass", "-modify"),
        about="Change a class whose policy does not run.",
        run=modify_class,
        options=(
            *(NAME, NEW_NAME, *WHICH),
            Option("-nolun", help="All LUNs"),
            Option("-anyio", help="Of any size"),
            Option("-o", help="Taken, and of no effect"),
        ),
    ),
    Command(
        ("nqm", "-ioclass", "-destroy"),
        "Remove a class that is in no policy.",
        destroy_class,
        (NAME,),
        need=Need.CHANGE,
        confirm=True,
        wraps=True,
    ),
    Command(("nqm", "-ioclass", "-list"), "The classes, or one of them.", list_classes, (ONE,)),
    _command(
        *("-policy", "-create"),
        about="Put classes together.",
        run=create_policy,
        options=(NAME, *HOW),
    ),
    _command(
        *("-policy", "-modify"),
        about="Change a policy that does not run.",
        run=modify_policy,
        options=(NAME, NEW_NAME, *HOW, Option("-noclass", help="None of them")),
    ),
    Command(
        ("nqm", "-policy", "-destroy"),
        "Remove a policy that does not run.",
        destroy_policy,
        (NAME,),
        need=Need.CHANGE,
        confirm=True,
        wraps=True,
    ),
    Command(("nqm", "-policy", "-list"), "The policies, or one of them.", list_policies, (ONE,)),
    Command(
        ("nqm", "-run"),
        "Let a policy run, instead of the one that does.",
        run,
        arguments=POLICY,
        need=Need.CHANGE,
        wraps=True,
    ),
    Command(
        ("nqm", "-stop"),
        "Let no policy run.",
        stop,
        need=Need.CHANGE,
        confirm=True,
        wraps=True,
    ),
    Command(
        ("nqm", "-measure"),
        "What the LUNs of a policy's classes do in a second.",
        measure,
        arguments=POLICY,
        wraps=True,
    ),
    _command("-on", about="Allow policies to run, as they may at first.", run=switch_on),
    _command("-off", about="End the policy that runs, and allow none.", run=switch_off),
)
