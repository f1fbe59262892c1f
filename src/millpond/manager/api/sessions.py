"""Sign in and out."""

from fastapi import APIRouter, Request, Response

from millpond.domain.errors import Refused
from millpond.domain.permissions import Permission
from millpond.manager.api import models
from millpond.manager.api.deps import COOKIE, Me, Parts, serves
from millpond.manager.api.errors import invalid
from millpond.manager.api.origin import from_elsewhere
from millpond.manager.store import tokens
from millpond.manager.store.tokens import TokenKind

router = APIRouter(prefix="/sessions", tags=["Sessions"])


def address_of(request: Request) -> str:
    """Where the call comes from, for counting wrong guesses."""
    return request.client.host if request.client else ""


@router.post(
    "",
    summary="Sign in",
    status_code=201,
    **serves(Permission.PUBLIC, "auth.required", "auth.rate", body=True),
)
async def sign_in(request: Request, api: Parts, body: models.Credentials) -> models.Session:
    """With a local user's password. The session ends some hours after its last use."""
    token, secret = await api.manager.auth.sign_in(body.name, body.password, address_of(request))
    return models.Session(token=secret, user=token.user, expires=token.expires)


@router.post(
    "/cookie",
    summary="Sign in with a browser",
    status_code=201,
    **serves(Permission.PUBLIC, "auth.required", "auth.rate", "auth.origin", body=True),
)
async def sign_in_with_browser(
    request: Request, response: Response, api: Parts, body: models.Credentials
) -> models.BrowserSession:
    """As `POST /sessions`, but the session's secret is in a cookie that no script can read."""
    if from_elsewhere(request):
        raise Refused(
            "auth.origin",
            "sign-in",
            "the page that asks is not from this manager",
            "sign in on the manager's own page",
        )
    token, secret = await api.manager.auth.sign_in(body.name, body.password, address_of(request))
    response.set_cookie(COOKIE, secret, secure=True, httponly=True, samesite="strict")
    return models.BrowserSession(user=token.user, expires=token.expires)


@router.delete("/current", summary="Sign out", status_code=204, **serves(Permission.SELF))
async def sign_out(api: Parts, me: Me) -> Response:
    """Ends the session that the call is made with."""
    if me.token.kind is not TokenKind.SESSION:
        raise invalid("the call was made with an API token, which is no session")
    async with api.manager.store.write() as connection:
        await tokens.revoke(connection, me.token.id, me.user)
    response = Response(status_code=204)
    response.delete_cookie(COOKIE, secure=True, httponly=True, samesite="strict")
    return response
