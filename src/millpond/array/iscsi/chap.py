"""CHAP, both ways (RFC 7143 12.1.3, RFC 1994; algorithm numbers by IANA)."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping

from millpond.array.exports import Chap

ALGORITHMS = {"5": "md5", "7": "sha256"}


class AuthenticationFailed(Exception):
    """The initiator did not prove who it is."""


class ChapDialogue:
    """The array's half. ``answer`` is called with the keys of each request, until ``proven``."""

    def __init__(self, chap: Chap) -> None:
        self._chap = chap
        self._algorithm = ""
        self._identifier = secrets.randbelow(256)
        self._challenge = b""
        self.proven = False

    def answer(self, keys: Mapping[str, str]) -> list[tuple[str, str]]:
        """Raises AuthenticationFailed."""
        if "CHAP_A" in keys and not self._algorithm:
            return self._challenged(keys["CHAP_A"])
        if "CHAP_N" in keys and "CHAP_R" in keys and self._algorithm:
            return self._checked(keys)
        raise AuthenticationFailed

    def _challenged(self, offered: str) -> list[tuple[str, str]]:
        number = next((name for name in offered.split(",") if name in ALGORITHMS), None)
        if number is None:
            raise AuthenticationFailed
        self._algorithm = ALGORITHMS[number]
        self._challenge = secrets.token_bytes(32)
        return [
            ("CHAP_A", number),
            ("CHAP_I", str(self._identifier)),
            ("CHAP_C", "0x" + self._challenge.hex()),
        ]

    def _checked(self, keys: Mapping[str, str]) -> list[tuple[str, str]]:
        right = self._response(self._identifier, self._chap.secret, self._challenge)
        name = hmac.compare_digest(keys["CHAP_N"].encode(), self._chap.user.encode())
        if not hmac.compare_digest(_binary(keys["CHAP_R"]), right) or not name:
            raise AuthenticationFailed
        self.proven = True
        if "CHAP_I" not in keys:
            return []
        challenge = _binary(keys.get("CHAP_C", ""))
        if not self._chap.mutual_secret or challenge == self._challenge or len(challenge) > 1024:
            raise AuthenticationFailed
        try:
            proof = self._response(
                int(keys["CHAP_I"], 0) & 0xFF, self._chap.mutual_secret, challenge
            )
        except ValueError:
            raise AuthenticationFailed from None
        return [("CHAP_N", self._chap.mutual_user), ("CHAP_R", "0x" + proof.hex())]

    def _response(self, identifier: int, secret: str, challenge: bytes) -> bytes:
        return hashlib.new(
            self._algorithm, bytes((identifier,)) + secret.encode() + challenge
        ).digest()


def _binary(value: str) -> bytes:
    """A large binary value (RFC 7143 6.1), hexadecimal or base64."""
    try:
        if value[:2].lower() == "0x":
            return bytes.fromhex(value[2:])
        if value[:2].lower() == "0b":
            return base64.b64decode(value[2:], validate=True)
    except ValueError:
        pass
    raise AuthenticationFailed
