"""What initiators have to prove when they log in (CHAP)."""

from millpond.array.model.refusals import Refusal
from millpond.array.model.state import State
from millpond.array.model.types import Secret

SHORTEST = 12
"""Characters of a secret (RFC 7143 9.2.1: 96 bits)."""


def put(state: State, initiator: str, secret: Secret) -> State:
    """Raises ``Refusal``."""
    mutual = [secret.mutual_secret] if secret.mutual_user else []
    if any(len(text) < SHORTEST for text in (secret.secret, *mutual)):
        raise Refusal("chap.short", least=SHORTEST)
    if secret.mutual_secret == secret.secret:
        raise Refusal("chap.same")
    return state.put("secrets", initiator.lower(), secret)


def remove(state: State, initiator: str) -> State:
    """Raises ``Refusal``."""
    if initiator.lower() not in state.secrets:
        raise Refusal("chap.none")
    return state.drop("secrets", initiator.lower())
