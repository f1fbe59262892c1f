"""Names that users give, and numbers that the array gives."""

from collections.abc import Container

from millpond.array.model.refusals import Refusal

LUN_NUMBERS = range(8192)
NAME_MOST = 64


def checked(name: str, most: int = NAME_MOST) -> str:
    """Raises ``Refusal(name.invalid)``."""
    if not 1 <= len(name) <= most or not name.isprintable():
        raise Refusal("name.invalid", most=most)
    return name


def lun_number(taken: Container[int], wanted: int | None) -> int:
    """The number wanted, or else the lowest that is free. Raises ``Refusal``."""
    if wanted is None:
        for number in LUN_NUMBERS:
            if number not in taken:
                return number
        raise Refusal("lun.numbers")
    if wanted not in LUN_NUMBERS or wanted in taken:
        raise Refusal("lun.number", number=wanted)
    return wanted
