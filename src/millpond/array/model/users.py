"""Who may give commands. Passwords come here as hashes."""

from typing import Literal

from millpond.array.model import names
from millpond.array.model.refusals import Refusal
from millpond.array.model.state import State
from millpond.array.model.types import Role, User

Scope = Literal["global", "local"]


def add(state: State, name: str, role: Role, scope: Scope, hashed: str) -> State:
    """Raises ``Refusal``."""
    names.checked(name, 32)
    if name in state.users:
        raise Refusal("user.exists")
    user = User(name=name, role=role, scope=scope, password=hashed)
    return state.put("users", name, user).event(f"User {name} added")


def change(state: State, name: str, role: Role | None = None, hashed: str | None = None) -> State:
    """Raises ``Refusal``."""
    user = get(state, name)
    if role is not None and role is not Role.ADMINISTRATOR:
        _one_left(state, user)
    update = {"role": role or user.role, "password": hashed or user.password}
    return state.put("users", name, user.model_copy(update=update)).event(f"User {name} changed")


def remove(state: State, name: str, scope: Scope | None = None) -> State:
    """Raises ``Refusal``."""
    user = get(state, name)
    if scope is not None and user.scope != scope:
        raise Refusal("user.not_found")
    _one_left(state, user)
    return state.drop("users", name).event(f"User {name} removed")


def get(state: State, name: str) -> User:
    """Raises ``Refusal(user.not_found)``."""
    if name not in state.users:
        raise Refusal("user.not_found")
    return state.users[name]


def _one_left(state: State, user: User) -> None:
    others = [u for u in state.users.values() if u is not user]
    if user.role is Role.ADMINISTRATOR and all(u.role is not Role.ADMINISTRATOR for u in others):
        raise Refusal("user.last")
