"""The enrolment's conversation with the manager: a token and a signing request for a certificate.

Blocking, standard library HTTP: it happens once, in a program that does nothing else.
"""

import hashlib
import json
import ssl
from http.client import HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ValidationError

from millpond.adapters.pki.identity import MANAGER, identity_of
from millpond.adapters.pki.tokens import EnrolmentToken
from millpond.adapters.rpc import errors
from millpond.domain.errors import Failed, Refused, Unknown
from millpond.domain.names import Address, Name

_PATH = "/api/v1/enrolments/redeem"
_SECONDS = 30.0
_STEP = "enrol"


class Issued(BaseModel):
    """The manager's answer; ``ca`` and ``certificate`` are PEM."""

    ca: str
    certificate: str
    name: Name
    address: Address


def redeem(token: EnrolmentToken, request: bytes, server: str, port: int) -> Issued:
    """Send the signing ``request`` (PEM) and return what the manager issued. Raises what the
    manager refuses with, ``Refused(enrol.token)`` if it is another manager than the token's,
    ``Failed`` if it cannot be reached, ``Unknown`` if it was and the answer is lost."""
    ca = _authority(token)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=ssl.DER_cert_to_PEM_cert(ca))
    connection = _connect(token, context)
    try:
        # Agents hold certificates of the same authority, and are no managers.
        if identity_of(connection.sock.getpeercert()) != MANAGER:
            raise _another_manager(token)
        body = {
            "secret": token.secret.get_secret_value(),
            "csr": request.decode(),
            "server_id": server,
            "port": port,
        }
        issued = Issued.model_validate(_post(connection, body))
    except (OSError, HTTPException, ValueError) as error:
        raise Unknown(_STEP, f"{_said(error)}; make a new token and try again") from None
    finally:
        connection.close()
    if ssl.PEM_cert_to_DER_cert(issued.ca) != ca:
        raise _another_manager(token)
    return issued


def _authority(token: EnrolmentToken) -> bytes:
    """The CA certificate (DER) that the token's fingerprint is of, as shown in the handshake.
    Nothing is sent over this connection, for nobody is verified yet."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    connection = _connect(token, context)
    try:
        chain = _shown_chain(connection.sock)
    finally:
        connection.close()
    for certificate in chain:
        if hashlib.sha256(certificate).hexdigest() == token.ca_sha256:
            return certificate
    raise _another_manager(token)


def _shown_chain(sock: ssl.SSLSocket) -> list[bytes]:
    """The certificates (DER) the other end showed. The method has a public name since Python 3.13;
    before, it is the same one layer further down."""
    if hasattr(sock, "get_unverified_chain"):
        return list(sock.get_unverified_chain())
    inner: Any = getattr(sock, "_sslobj")  # noqa: B009
    return [ssl.PEM_cert_to_DER_cert(c.public_bytes()) for c in inner.get_unverified_chain()]


def _connect(token: EnrolmentToken, context: ssl.SSLContext) -> HTTPSConnection:
    url = urlsplit(token.url)
    connection = HTTPSConnection(
        url.hostname or "", url.port or 443, timeout=_SECONDS, context=context
    )
    try:
        connection.connect()
    except OSError as error:
        raise Failed(_STEP, f"the manager at {token.url} cannot be reached: {error}") from error
    return connection


def _post(connection: HTTPSConnection, body: dict[str, Any]) -> Any:
    headers = {"Content-Type": "application/json"}
    connection.request("POST", _PATH, json.dumps(body), headers)
    response = connection.getresponse()
    answer = json.loads(response.read())
    if response.status >= 300:
        raise errors.from_json(answer.get("error"), _STEP)
    return answer


def _said(error: Exception) -> str:
    # A validation error would repeat its input.
    return "the answer cannot be understood" if isinstance(error, ValidationError) else str(error)


def _another_manager(token: EnrolmentToken) -> Refused:
    return Refused(
        "enrol.token",
        f"manager {token.url}",
        "is not the one that made the token",
        "make a new token there with: millpond server token NAME",
    )
