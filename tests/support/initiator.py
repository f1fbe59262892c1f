"""A small iSCSI initiator (RFC 7143): sends what it is told to, also what no sane one would."""

import socket
import struct
from dataclasses import dataclass, field

import crc32c

NO_TAG = 0xFFFFFFFF
READ, WRITE = 0x40, 0x20


@dataclass
class Pdu:
    header: bytes
    data: bytes

    @property
    def opcode(self) -> int:
        return self.header[0] & 0x3F

    @property
    def tag(self) -> int:
        return int.from_bytes(self.header[16:20], "big")

    def word(self, at: int) -> int:
        return int.from_bytes(self.header[at : at + 4], "big")


@dataclass
class Result:
    status: int
    data: bytes
    sense: tuple[int, int, int] | None = None


class LoginFailed(Exception):
    """With the login response's status."""


@dataclass
class Initiator:
    """One session. ``command`` waits for its answer; ``send_command`` does not."""

    address: tuple[str, int]
    target: str
    name: str = "iqn.2026-01.example:one"
    isid: str = "800000000001"
    digests: bool = False
    asked: dict[str, str] = field(default_factory=dict)
    timeout: float = 30.0
    spoil: str = ""
    """Which digests are wrong: "header" or "data"."""

    def __post_init__(self) -> None:
        self._tag = self._number = 0
        self._status = 0
        self._digested = False
        self._socket = socket.create_connection(self.address, timeout=self.timeout)
        self._login()

    def __enter__(self) -> "Initiator":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._socket.close()

    # -- login

    def _login(self) -> None:
        digest = "CRC32C" if self.digests else "None"
        keys = {
            "InitiatorName": self.name,
            "TargetName": self.target,
            "SessionType": "Normal",
            "HeaderDigest": digest,
            "DataDigest": digest,
            "InitialR2T": "Yes",
            "ImmediateData": "Yes",
            "MaxRecvDataSegmentLength": "65536",
            **self.asked,
        }
        self.agreed = self.login_step(0x87, keys)
        self._digested = self.digests

    def login_step(self, flags: int, keys: dict[str, str]) -> dict[str, str]:
        header = bytearray(48)
        header[0], header[1] = 0x43, flags
        header[8:14] = bytes.fromhex(self.isid)
        struct.pack_into(">I", header, 24, self._number)
        self.send(header, "".join(f"{k}={v}\0" for k, v in keys.items()).encode())
        answer = self.receive()
        if status := int.from_bytes(answer.header[36:38], "big"):
            raise LoginFailed(f"{status:04x}")
        return dict(item.split("=", 1) for item in answer.data.decode().split("\0") if item)

    # -- PDUs

    def send(self, header: bytes | bytearray, data: bytes = b"") -> None:
        header = bytearray(header)
        header[5:8] = len(data).to_bytes(3, "big")
        padded = data + bytes(-len(data) & 3)
        out = bytes(header)
        if self._digested:
            out += crc32c.crc32c(out, int(self.spoil == "header")).to_bytes(4, "little")
        out += padded
        if self._digested and padded:
            out += crc32c.crc32c(padded, int(self.spoil == "data")).to_bytes(4, "little")
        self._socket.sendall(out)

    def receive(self) -> Pdu:
        header = self._exactly(48)
        if self._digested:
            assert self._exactly(4) == crc32c.crc32c(header).to_bytes(4, "little")
        length = int.from_bytes(header[5:8], "big")
        padded = self._exactly(length + (-length & 3))
        if self._digested and padded:
            assert self._exactly(4) == crc32c.crc32c(padded).to_bytes(4, "little")
        self._status = int.from_bytes(header[24:28], "big") + 1
        return Pdu(header, padded[:length])

    def _exactly(self, length: int) -> bytes:
        data = b""
        while len(data) < length:
            more = self._socket.recv(length - len(data))
            if not more:
                raise ConnectionResetError("the target closed the connection")
            data += more
        return data

    # -- commands

    def send_command(
        self, lun: int, cdb: bytes, *, reads: int = 0, writes: int = 0, data: bytes = b""
    ) -> int:
        """Its tag. ``data`` go along as immediate data."""
        self._tag += 1
        header = bytearray(48)
        header[0] = 0x01
        header[1] = 0x80 | (READ if reads else 0) | (WRITE if writes else 0) | 1
        header[8:10] = lun.to_bytes(2, "big")
        struct.pack_into(
            ">IIII", header, 16, self._tag, reads or writes, self._number, self._status & NO_TAG
        )
        header[32 : 32 + len(cdb)] = cdb
        self._number += 1
        self.send(header, data)
        return self._tag

    def data_out(self, ready: Pdu, data: bytes) -> None:
        """Answer an R2T with ``data`` for it, all of them in one Data-Out."""
        header = bytearray(48)
        header[0], header[1] = 0x05, 0x80
        header[16:24] = ready.header[16:24]
        struct.pack_into(">II", header, 36, 0, ready.word(40))
        self.send(header, data)

    def result(self, tag: int, out: bytes = b"") -> Result:
        """Wait for the end of the command ``tag``; ``out`` are the data that R2Ts ask for."""
        got = b""
        while True:
            pdu = self.receive()
            if pdu.opcode == 0x20 and pdu.tag == NO_TAG:
                continue
            assert pdu.tag == tag, pdu
            if pdu.opcode == 0x31:
                start, length = pdu.word(40), pdu.word(44)
                self.data_out(pdu, out[start : start + length])
            elif pdu.opcode == 0x25:
                got += pdu.data
                if pdu.header[1] & 1:
                    return Result(pdu.header[3], got)
            else:
                assert pdu.opcode == 0x21, pdu
                sense = pdu.data[2:]
                found = (sense[2] & 0xF, sense[12], sense[13]) if sense else None
                return Result(pdu.header[3], got, found)

    def command(self, lun: int, cdb: bytes, *, reads: int = 0, data: bytes = b"") -> Result:
        first = data[:8192]
        tag = self.send_command(lun, cdb, reads=reads, writes=len(data), data=first)
        return self.result(tag, data)

    def attentions(self, lun: int) -> list[tuple[int, int]]:
        """ASC and ASCQ of all unit attentions, which are gone then."""
        found = []
        while (result := self.command(lun, bytes(6))).status == 2:
            assert result.sense and result.sense[0] == 6, result
            found.append(result.sense[1:])
        assert result.status == 0, result
        return found

    def manage(self, lun: int, function: int, referenced: int = NO_TAG) -> int:
        """Task management; its response."""
        self._tag += 1
        header = bytearray(48)
        header[0], header[1] = 0x42, 0x80 | function
        header[8:10] = lun.to_bytes(2, "big")
        struct.pack_into(
            ">IIII", header, 16, self._tag, referenced, self._number, self._status & NO_TAG
        )
        self.send(header)
        while (pdu := self.receive()).opcode != 0x22:
            pass
        return pdu.header[2]

    # -- what tests say often

    def write(self, lun: int, lba: int, data: bytes) -> Result:
        return self.command(
            lun, struct.pack(">BBIBHB", 0x2A, 0, lba, 0, len(data) // 512, 0), data=data
        )

    def read(self, lun: int, lba: int, blocks: int) -> Result:
        cdb = struct.pack(">BBIBHB", 0x28, 0, lba, 0, blocks, 0)
        return self.command(lun, cdb, reads=blocks * 512)

    def reserve_out(
        self,
        lun: int,
        action: int,
        *,
        key: int = 0,
        service_key: int = 0,
        kind: int = 0,
        flags: int = 0,
    ) -> Result:
        """PERSISTENT RESERVE OUT."""
        data = struct.pack(">QQ4xB3x", key, service_key, flags)
        return self.command(lun, struct.pack(">BBBxxIx", 0x5F, action, kind, len(data)), data=data)

    def reserve_in(self, lun: int, action: int) -> bytes:
        return self.command(lun, struct.pack(">BB5xHx", 0x5E, action, 8192), reads=8192).data

    def keys(self, lun: int) -> list[int]:
        data = self.reserve_in(lun, 0)
        return [key for (key,) in struct.iter_unpack(">Q", data[8:])]
