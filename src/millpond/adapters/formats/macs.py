"""MAC addresses, as descriptions write them."""

from pydantic import TypeAdapter, ValidationError

from millpond.domain.names import Mac

_MAC = TypeAdapter(Mac)


def read_mac(said: str | None, unsaid: list[str]) -> str | None:
    """A MAC address, or None, with a sentence if one stands there that no guest can have."""
    if not said:
        return None
    try:
        return _MAC.validate_python(said.strip().replace("-", ":"))
    except ValidationError:
        unsaid.append(
            f"vif {said!r}: this is no MAC address a guest can have, so it gets a new one"
        )
        return None
