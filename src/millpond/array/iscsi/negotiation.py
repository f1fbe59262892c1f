"""Login: from keys to a session's settings (RFC 7143 6, 12 and 13). No I/O."""

from collections.abc import Callable
from dataclasses import dataclass

from millpond.array.exports import Chap
from millpond.array.iscsi.chap import AuthenticationFailed, ChapDialogue

MAX_SEGMENT = 262144
"""Bytes of a data segment that the array takes: its MaxRecvDataSegmentLength."""
MAX_BURST = 1 << 20
FIRST_BURST = 262144

SECURITY, OPERATIONAL, FULL = 0, 1, 3

# Status class and detail (11.13.5).
INITIATOR_ERROR = 0x0200
NOT_AUTHENTICATED = 0x0201
NOT_FOUND = 0x0203
MISSING_PARAMETER = 0x0207
SESSION_TYPE = 0x0209
NO_SESSION = 0x020A
UNSUPPORTED_VERSION = 0x0205
UNAVAILABLE = 0x0301


class LoginRefused(Exception):
    def __init__(self, status: int) -> None:
        super().__init__(f"login status {status:04x}")
        self.status = status


@dataclass
class Settings:
    """What both agreed on; RFC 7143's defaults until then."""

    initiator: str = ""
    discovery: bool = False
    header_digest: bool = False
    data_digest: bool = False
    max_send: int = 8192
    max_burst: int = 262144
    first_burst: int = 65536
    initial_r2t: bool = True
    immediate_data: bool = True


class Negotiation:
    """One login. ``chap_of`` says what an initiator has to prove; ``target`` is the name served here."""

    def __init__(self, target: str, chap_of: Callable[[str], Chap | None]) -> None:
        self.settings = Settings()
        self._target = target
        self._chap_of = chap_of
        self._chap: ChapDialogue | None = None
        self._authenticated = False
        self._begun = False
        self._declared = False
        self._seen: set[str] = set()

    def answer(
        self, stage: int, transit: bool, items: list[tuple[str, str]]
    ) -> tuple[bool, list[tuple[str, str]]]:
        """Whether the array goes along to the next stage, and its keys. Raises LoginRefused."""
        keys = dict(items)
        if len(keys) != len(items):
            raise LoginRefused(INITIATOR_ERROR)
        reply: list[tuple[str, str]] = []
        if not self._begun:
            self._begin(keys, reply)
        if stage == SECURITY:
            self._security(keys, reply)
        elif not self._authenticated:
            raise LoginRefused(NOT_AUTHENTICATED)
        for key, value in items:
            if key not in _SILENT:
                self._operational(key, value, stage, reply)
        if stage == OPERATIONAL and not self._declared:
            self._declared = True
            reply.append(("MaxRecvDataSegmentLength", str(MAX_SEGMENT)))
        if stage == OPERATIONAL and transit:
            self.settings.first_burst = min(self.settings.first_burst, self.settings.max_burst)
        return transit and self._authenticated, reply

    def _begin(self, keys: dict[str, str], reply: list[tuple[str, str]]) -> None:
        self._begun = True
        self.settings.initiator = keys.get("InitiatorName", "").lower()
        if not self.settings.initiator or len(self.settings.initiator) > 223:
            raise LoginRefused(MISSING_PARAMETER)
        kind = keys.get("SessionType", "Normal")
        if kind not in ("Normal", "Discovery"):
            raise LoginRefused(SESSION_TYPE)
        self.settings.discovery = kind == "Discovery"
        if not self.settings.discovery:
            if "TargetName" not in keys:
                raise LoginRefused(MISSING_PARAMETER)
            if keys["TargetName"].lower() != self._target:
                raise LoginRefused(NOT_FOUND)
            reply.append(("TargetPortalGroupTag", "1"))
        chap = self._chap_of(self.settings.initiator)
        if chap is None:
            self._authenticated = True
        else:
            self._chap = ChapDialogue(chap)

    def _security(self, keys: dict[str, str], reply: list[tuple[str, str]]) -> None:
        if "AuthMethod" in keys:
            wanted = "CHAP" if self._chap else "None"
            if wanted not in keys["AuthMethod"].split(","):
                raise LoginRefused(NOT_AUTHENTICATED)
            reply.append(("AuthMethod", wanted))
        if self._chap and any(key.startswith("CHAP_") for key in keys):
            try:
                reply += self._chap.answer(keys)
            except AuthenticationFailed:
                raise LoginRefused(NOT_AUTHENTICATED) from None
            self._authenticated = self._chap.proven

    def _operational(self, key: str, value: str, stage: int, reply: list[tuple[str, str]]) -> None:
        if stage == SECURITY or key in self._seen:
            raise LoginRefused(INITIATOR_ERROR)
        self._seen.add(key)
        try:
            answer = self._agreed(key, value)
        except ValueError:
            answer = "Reject"
        if answer is not None:
            reply.append((key, answer))

    def _agreed(self, key: str, value: str) -> str | None:
        """The result of negotiating ``key``; None where the initiator only declares. Raises ValueError."""
        settings = self.settings
        if key == "MaxRecvDataSegmentLength":
            settings.max_send = min(_number(value, 512, (1 << 24) - 1), MAX_BURST)
            return None
        if key in ("HeaderDigest", "DataDigest"):
            chosen = next((name for name in value.split(",") if name in ("CRC32C", "None")), None)
            if chosen is None:
                raise ValueError(value)
            setattr(settings, _DIGESTS[key], chosen == "CRC32C")
            return chosen
        if key == "MaxBurstLength":
            settings.max_burst = min(_number(value, 512, (1 << 24) - 1), MAX_BURST)
            return str(settings.max_burst)
        if key == "FirstBurstLength":
            settings.first_burst = min(_number(value, 512, (1 << 24) - 1), FIRST_BURST)
            return str(settings.first_burst)
        if key == "InitialR2T":
            settings.initial_r2t = _yes(value)
            return _word(settings.initial_r2t)
        if key == "ImmediateData":
            settings.immediate_data = _yes(value)
            return _word(settings.immediate_data)
        return _fixed(key, value)


def _fixed(key: str, value: str) -> str:
    """Keys whose outcome is always the same here."""
    if key in _ALWAYS:
        low, high, outcome = _ALWAYS[key]
        _number(value, low, high)
        return str(outcome)
    if key == "DefaultTime2Wait":
        return str(max(_number(value, 0, 3600), 2))
    if key in ("DataPDUInOrder", "DataSequenceInOrder"):
        _yes(value)
        return "Yes"
    if key in ("IFMarker", "OFMarker"):
        _yes(value)
        return "No"
    if key == "TaskReporting":
        return "RFC3720"
    return "NotUnderstood"


_NAMES = ("InitiatorName", "InitiatorAlias", "TargetName", "SessionType", "AuthMethod")
_SILENT = frozenset((*_NAMES, "CHAP_A", "CHAP_I", "CHAP_N", "CHAP_R", "CHAP_C"))
_DIGESTS = {"HeaderDigest": "header_digest", "DataDigest": "data_digest"}
_ALWAYS = {
    "MaxConnections": (1, 65535, 1),
    "MaxOutstandingR2T": (1, 65535, 1),
    "ErrorRecoveryLevel": (0, 2, 0),
    "DefaultTime2Retain": (0, 3600, 0),
    "iSCSIProtocolLevel": (0, 31, 1),
}


def _number(value: str, low: int, high: int) -> int:
    number = int(value, 16) if value[:2].lower() == "0x" else int(value)
    if not low <= number <= high:
        raise ValueError(value)
    return number


def _yes(value: str) -> bool:
    if value not in ("Yes", "No"):
        raise ValueError(value)
    return value == "Yes"


def _word(value: bool) -> str:
    return "Yes" if value else "No"
