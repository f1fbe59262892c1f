"""Where an agent trades its token for a certificate."""

from fastapi import APIRouter

from millpond.domain.permissions import Permission
from millpond.manager.api import models
from millpond.manager.api.deps import Parts, serves
from millpond.manager.store import enrolments, servers

router = APIRouter(prefix="/enrolments", tags=["Servers"])


@router.post(
    "/redeem",
    summary="Redeem an enrolment token",
    **serves(Permission.PUBLIC, "enrol.token", "object.exists", body=True),
)
async def redeem(api: Parts, body: models.Redemption) -> models.Enrolment:
    """Called by `millpond-agent enrol`. The secret in the token is the proof of the right; it is
    used up only if a certificate is issued."""
    authority = api.manager.authority
    async with api.manager.store.write() as connection:
        invited = await enrolments.redeem(connection, body.secret)
        row = await servers.enrolled(connection, invited.id, body.server_id, body.port)
        certificate = authority.issue_agent(body.csr, row.id, row.name, row.address)
    api.manager.watcher.look()
    await api.manager.events.publish("server", f"server:{row.id}", {"change": "enrolled"})
    return models.Enrolment(
        ca=authority.pem, certificate=certificate, name=row.name, address=row.address
    )
