"""From a command line to its answer: who may, what is asked, what comes back."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from millpond.array.model.refusals import Refusal
from millpond.array.model.types import Role
from millpond.array.navisphere import registry
from millpond.array.navisphere.context import Context
from millpond.array.navisphere.grammar import GENERAL, Command, CommandError, Need, find, parse
from millpond.array.navisphere.output import error_xml

GRANTS: dict[Role, frozenset[Need]] = {
    Role.ADMINISTRATOR: frozenset(Need),
    Role.STORAGE: frozenset({Need.READ, Need.CHANGE}),
    Role.SECURITY: frozenset({Need.READ, Need.SECURITY}),
    Role.OPERATOR: frozenset({Need.READ}),
}


@dataclass(frozen=True)
class Answer:
    """``ask`` is a question that has to be answered with y before the command is carried out."""

    text: str
    status: int = 0
    ask: str = ""


def execute(context: Context, argv: Sequence[str], xml: bool = False) -> Answer:
    """Everything that a command can say, refusals included, is in the answer. Raises OSError."""
    try:
        return _execute(context, argv, xml)
    except CommandError as error:
        return failure(error.text, error.status, xml)


def failure(text: str, status: int = GENERAL, xml: bool = False) -> Answer:
    return Answer(error_xml(status, text) if xml else f"{text}\n", status)


def _execute(context: Context, argv: Sequence[str], xml: bool) -> Answer:
    registry.missing(list(argv))
    command = find(registry.COMMANDS, argv)
    values = parse(command, argv)
    if command.need not in GRANTS[context.user.role]:
        raise CommandError(
            f"Error: {command.words[0]} command failed\n"
            f"The user's role ({context.user.role.value}) does not allow this operation."
        )
    if command.confirm and "-o" not in values:
        return Answer("", ask=f"Do you wish to carry out {command.name} (y/n)? ")
    context = replace(context, shown=command.shown(values))
    try:
        output = command.run(context, values)
    except Refusal as refusal:
        raise _refused(command, refusal) from refusal
    return Answer(output.xml() if xml else output.text())


def _refused(command: Command, refusal: Refusal) -> CommandError:
    agent = "Error returned from Agent\n" if refusal.reason.agent else ""
    head = f"Error: {command.words[0]} command failed\n" if command.wraps else ""
    return CommandError(head + agent + refusal.text, refusal.reason.status)
