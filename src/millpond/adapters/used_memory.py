"""The memory image of a guest that runs: out of date, never to be loaded again."""

from pathlib import Path

from millpond.adapters import durable
from millpond.domain.errors import Refused, Unknown
from millpond.domain.layout import suspend_image
from millpond.domain.vm import GuestSpec


def retire(directory: str) -> None:
    """Durably remove the memory image of the VM in ``directory``, whose guest is about to run.
    Blocking. Raises ``Unknown``: then it must stand still."""
    image = Path(suspend_image(directory))
    try:
        image.unlink(missing_ok=True)
        durable.sync_directory(image.parent)
    except FileNotFoundError:
        return  # it has no directory
    except OSError as error:
        raise Unknown("memory", f"its used memory image cannot be removed: {error}") from error


def used_up(spec: GuestSpec, why: str) -> Refused:
    """What is said of a guest that has ended since it ran from its image."""
    name = spec.config.name
    return Refused(
        "vm.state",
        f"vm {name}",
        f"{why}: its saved memory is used up",
        f"see why in its console log; then forget that memory: millpond vm kill {name}",
    )
