"""The web interface: pages for a browser, which calls the API like any other program."""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from starlette.requests import HTTPConnection

from millpond.domain.permissions import Permission
from millpond.manager import web
from millpond.manager.api.deps import Parts, Public, serves

router = APIRouter(include_in_schema=False)


class Page(Public):
    """Anybody may see the sign-in page. The query is the page's own: it keeps filters there."""

    async def __call__(self, connection: HTTPConnection) -> None:
        return


@router.get("/", **serves(Permission.PUBLIC))
async def home() -> RedirectResponse:
    return RedirectResponse("/ui/")


@router.get("/ui/{path:path}", **serves(Permission.PUBLIC, guard=Page()))
async def page(request: Request, api: Parts, path: str) -> Response:
    directory = api.manager.settings.web_dir or web.default_directory()
    return web.answer(directory, path, request.headers)
