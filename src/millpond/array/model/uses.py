"""What the array itself does with a LUN, and what is refused meanwhile."""

from millpond.array.model.refusals import Refusal
from millpond.array.model.state import State


def check_free(state: State, number: int) -> None:
    """Raises ``Refusal(lun.busy)`` if the LUN is being copied, or copied to."""
    for migration in state.migrations.values():
        if number in (migration.source, migration.destination):
            raise Refusal("lun.busy", number=number, what="migrated")


def check_mappable(state: State, number: int) -> None:
    """Raises ``Refusal(lun.busy)`` if hosts must not see the LUN."""
    if any(number == migration.destination for migration in state.migrations.values()):
        raise Refusal("lun.busy", number=number, what="migrated")
