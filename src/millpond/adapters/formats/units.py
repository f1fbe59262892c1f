"""Units of sizes, as descriptions write them."""

import re

_PREFIXES = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4, "p": 5, "e": 6}
_PRODUCT = re.compile(r"byte(?:\s*\*\s*(\d{1,6})\s*\^\s*(\d{1,2}))?|byte\s*\*\s*(\d{1,15})")
_NAMED = re.compile(r"([kmgtpe]?)(i?)b(?:ytes?)?|([kmgtpe])|(kilo|mega|giga|tera)?bytes?")
_MOST = 1 << 62


def programmatic(unit: str) -> int | None:
    """Bytes in a unit as DSP0004 (annex C.1) writes it, such as ``byte * 2^20``, or by an older name
    such as ``MegaBytes`` or ``MB``, which are powers of 1024 there. None if it is neither."""
    said = unit.strip().lower()
    if not said:
        return 1
    match = _PRODUCT.fullmatch(said)
    if match is None:
        return named(said, decimal=False)
    if match[3]:
        return int(match[3])
    base, exponent = int(match[1] or 1), int(match[2] or 1)
    return base**exponent if exponent * (base - 1).bit_length() <= 64 else None


def named(unit: str, *, decimal: bool) -> int | None:
    """Bytes in ``KiB``, ``MB``, ``G``, ``bytes``...; where ``decimal``, ``MB`` are a million and ``M`` is
    MiB, as libvirt has it (virScaleInteger)."""
    match = _NAMED.fullmatch(unit.strip().lower())
    if match is None:
        return None
    prefix, binary, letter, word = match.groups()
    power = _PREFIXES[(prefix or letter or (word or "")[:1])]
    thousands = decimal and bool(prefix) and not binary
    return int((1000 if thousands else 1024) ** power)


def scaled(number: str | None, factor: int | None) -> int | None:
    """``number`` times ``factor``; None unless it is a whole number of sensible size."""
    if number is None or factor is None:
        return None
    digits = number.strip()
    if not re.fullmatch(r"[0-9]{1,20}", digits):
        return None
    value = int(digits) * factor
    return value if value < _MOST else None
