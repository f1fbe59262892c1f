"""Capacities are counted in blocks of 512 bytes; GB, MB and TB are powers of two, as the array shows them."""

BLOCKS = {"bc": 1, "mb": 2**11, "gb": 2**21, "tb": 2**31}
"""Blocks in one unit, under the words that ``-sq`` takes (bc: block count)."""


def gigabytes(blocks: int) -> str:
    """As in ``500.000``."""
    return f"{blocks / BLOCKS['gb']:.3f}"


def megabytes(blocks: int) -> int:
    return blocks // BLOCKS["mb"]


def percent(part: int, whole: int) -> str:
    """As in ``7.025``; of nothing, nothing is used."""
    return f"{100 * part / whole if whole else 0:.3f}"
