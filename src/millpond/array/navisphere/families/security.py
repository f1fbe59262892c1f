"""``security``: who may give commands."""

from typing import Literal, cast

from millpond.array.model import users
from millpond.array.model.types import Role
from millpond.array.navisphere import passwords
from millpond.array.navisphere.context import Context
from millpond.array.navisphere.grammar import Command, Kind, Need, Option, Values
from millpond.array.navisphere.output import Output

ROLES = tuple(role.value for role in Role)
USER = Option("-user", Kind.TEXT, "The user's name", required=True)
SCOPE = Option("-scope", Kind.TEXT, "Kept and shown", ("global", "local"))


def adduser(context: Context, values: Values) -> Output:
    name, role = values.text("-user") or "", Role(values.text("-role") or "")
    hashed = passwords.hashed(values.text("-password") or "")
    scope = cast("Literal['global', 'local']", values.text("-scope") or "global")
    context.change(lambda state, usage: users.add(state, name, role, scope, hashed))
    return Output()


def changeuserinfo(context: Context, values: Values) -> Output:
    name, role = values.text("-user") or "", values.text("-newRole")
    password = values.text("-newPassword")
    hashed = passwords.hashed(password) if password is not None else None
    context.change(
        lambda state, usage: users.change(state, name, Role(role) if role else None, hashed)
    )
    return Output()


def rmuser(context: Context, values: Values) -> Output:
    name = values.text("-user") or ""
    scope = cast("Literal['global', 'local'] | None", values.text("-scope"))
    context.change(lambda state, usage: users.remove(state, name, scope))
    return Output()


def list_(context: Context, values: Values) -> Output:
    state, name = context.state, values.text("-user")
    found = [users.get(state, name)] if name else list(state.users.values())
    out = context.builder(12)
    for user in found:
        out.row("Username", user.name)
        out.row("Role", user.role.value)
        out.row("Scope", user.scope)
        if "-type" in values:
            out.row("Type", "user")
        out.blank()
    return out.done()


COMMANDS = (
    Command(
        ("security", "-adduser"),
        "Add a user.",
        adduser,
        (
            USER,
            Option("-password", Kind.TEXT, "6 to 64 characters", required=True),
            SCOPE,
            Option("-role", Kind.TEXT, "What the user may do", ROLES, required=True),
        ),
        need=Need.SECURITY,
        confirm=True,
    ),
    Command(
        ("security", "-changeuserinfo"),
        "Change a user's password or role.",
        changeuserinfo,
        (
            USER,
            Option("-newPassword", Kind.TEXT, "6 to 64 characters"),
            SCOPE,
            Option("-newRole", Kind.TEXT, "What the user may do", ROLES),
        ),
        need=Need.SECURITY,
        confirm=True,
    ),
    Command(
        ("security", "-rmuser"),
        "Remove a user.",
        rmuser,
        (USER, SCOPE),
        need=Need.SECURITY,
        confirm=True,
    ),
    Command(
        ("security", "-list"),
        "Users, or one of them.",
        list_,
        (Option("-user", Kind.TEXT, "This one alone"), Option("-type", help="With the type")),
    ),
)
