"""Local users."""

from fastapi import APIRouter, Request, Response

from millpond.domain.errors import Refused, not_found
from millpond.domain.permissions import Permission
from millpond.manager.api import models, views
from millpond.manager.api.deps import After, Key, Limit, Me, Parts, serves
from millpond.manager.api.sessions import address_of
from millpond.manager.store import users
from millpond.manager.store.users import User

router = APIRouter(prefix="/users", tags=["Users"])

_RESERVED = frozenset({"me"})


def _view(user: User) -> models.User:
    return models.User(name=user.name, created=user.created)


@router.get("", summary="List users", **serves(Permission.USER_MANAGE))
async def list_users(
    api: Parts, limit: Limit = 100, after: After = None
) -> models.Listing[models.User]:
    """By name."""
    async with api.manager.store.read() as connection:
        everyone = await users.everyone(connection)
    shown, more = views.page(everyone, limit, after, lambda u: u.name)
    return models.Listing(items=[_view(u) for u in shown], next=more)


@router.post(
    "",
    summary="Create a user",
    status_code=201,
    **serves(Permission.USER_MANAGE, "object.exists", body=True),
)
async def create_user(api: Parts, body: models.NewUser) -> models.User:
    """With a first password, which the user should change."""
    if body.name in _RESERVED:
        raise Refused(
            "object.exists", f"user {body.name}", "the name is reserved", "choose another"
        )
    hashed = await api.manager.auth.hash(body.name, body.password)
    async with api.manager.store.write() as connection:
        user = await users.add(connection, body.name, hashed)
    await api.manager.events.publish("user", f"user:{user.name}", {"change": "created"})
    return _view(user)


@router.get("/me", summary="Show the caller", **serves(Permission.SELF))
async def show_me(api: Parts, me: Me) -> models.User:
    """The user whose session or API token the call is made with."""
    return await show_user(api, me.user)


@router.post(
    "/me/password",
    summary="Change the caller's password",
    status_code=204,
    **serves(Permission.SELF, "auth.required", "auth.rate", body=True),
)
async def change_password(
    request: Request, api: Parts, me: Me, body: models.PasswordChange
) -> Response:
    """All other sessions of the user end; API tokens stay."""
    await api.manager.auth.change_password(me, body.old, body.new, address_of(request))
    await api.manager.events.publish("user", f"user:{me.user}", {"change": "password"})
    return Response(status_code=204)


@router.get(
    "/{name}", summary="Show one user", **serves(Permission.USER_MANAGE, "request.not_found")
)
async def show_user(api: Parts, name: Key) -> models.User:
    """By name."""
    async with api.manager.store.read() as connection:
        user = await users.get(connection, name)
    if user is None:
        raise not_found("user", name)
    return _view(user)


@router.delete(
    "/{name}",
    summary="Delete a user",
    status_code=204,
    **serves(Permission.USER_MANAGE, "request.not_found", "user.last"),
)
async def delete_user(api: Parts, name: Key) -> Response:
    """Sessions and API tokens of the user end with it."""
    async with api.manager.store.write() as connection:
        await users.remove(connection, name)
    await api.manager.events.publish("user", f"user:{name}", {"change": "deleted"})
    return Response(status_code=204)
