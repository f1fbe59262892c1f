"""Asking for a WebSocket that must be refused.

Plain HTTP, since that is what a refusal is (RFC 6455, 4.2.2): the WebSocket client's threads may
wait forever for a server that has answered and hung up.
"""

import json
import ssl
from http.client import HTTPSConnection
from urllib.parse import urlsplit

from tests.support.api import Api

_HEADERS = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


def refused_upgrade(api: Api, path: str, origin: str | None = None) -> tuple[int, str]:
    """The status and the error code of the answer."""
    url = urlsplit(api.url)
    context = ssl.create_default_context(cafile=api.ca)
    connection = HTTPSConnection(url.hostname or "", url.port, timeout=10, context=context)
    try:
        headers = _HEADERS | ({"Origin": origin} if origin else {})
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        body = json.loads(response.read() or b"{}")
        return response.status, body["error"]["code"]
    finally:
        connection.close()
