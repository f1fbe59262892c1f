"""The caller's API tokens, for scripts."""

from fastapi import APIRouter, Response

from millpond.domain.errors import not_found
from millpond.domain.names import Id
from millpond.domain.permissions import Permission
from millpond.manager.api import models, views
from millpond.manager.api.deps import After, Limit, Me, Parts, serves
from millpond.manager.store import tokens
from millpond.manager.store.tokens import Token, TokenKind

router = APIRouter(prefix="/tokens", tags=["API tokens"])

_DAY = 86_400.0


def _view(token: Token) -> models.Token:
    return models.Token(
        id=token.id,
        name=token.name,
        created=token.created,
        used=token.used,
        expires=token.expires,
    )


@router.get("", summary="List the caller's API tokens", **serves(Permission.SELF))
async def list_tokens(
    api: Parts, me: Me, limit: Limit = 100, after: After = None
) -> models.Listing[models.Token]:
    """By id, without their secrets."""
    async with api.manager.store.read() as connection:
        mine = await tokens.of_user(connection, me.user, TokenKind.API)
    shown, more = views.page(sorted(mine, key=lambda t: t.id), limit, after, lambda t: t.id)
    return models.Listing(items=[_view(t) for t in shown], next=more)


@router.post(
    "", summary="Create an API token", status_code=201, **serves(Permission.SELF, body=True)
)
async def create_token(api: Parts, me: Me, body: models.NewToken) -> models.IssuedToken:
    """It may do what the user may. The secret is in this reply and nowhere else."""
    lifetime = None if body.days is None else body.days * _DAY
    async with api.manager.store.write() as connection:
        token, secret = await tokens.issue(connection, me.user, TokenKind.API, body.name, lifetime)
    return models.IssuedToken(token=_view(token), secret=secret)


@router.delete(
    "/{id}",
    summary="Revoke an API token",
    status_code=204,
    **serves(Permission.SELF, "request.not_found"),
)
async def delete_token(api: Parts, me: Me, id: Id) -> Response:  # noqa: A002 - the path's own word
    """One of the caller's own."""
    async with api.manager.store.write() as connection:
        if not await tokens.revoke(connection, id, me.user):
            raise not_found("token", id)
    return Response(status_code=204)
