"""What the API says of arrays. Sizes are in bytes."""

from pydantic import BaseModel, Field, SecretStr, model_validator

from millpond.domain.array import ArrayGroup, ArrayHealth, ArrayKind, ArrayPool
from millpond.domain.names import Address, Name
from millpond.manager.api.models import TIME, Request


class NewArray(Request):
    """An array. One that is administered elsewhere (`plain`) has no addresses, user and password."""

    name: Name = Field(examples=["cx4"])
    kind: ArrayKind = Field(default=ArrayKind.NAVISPHERE, strict=False)
    addresses: list[Address] = Field(
        default_factory=list,
        max_length=2,
        description="Of its SPs, for commands",
        examples=[["192.0.2.31", "192.0.2.32"]],
    )
    user: str = Field(
        default="", max_length=64, pattern=r"^[A-Za-z0-9_.@\\-]*$", examples=["admin"]
    )
    password: SecretStr = Field(default=SecretStr(""), examples=["its password"])
    scope: int = Field(default=0, ge=0, le=2, description="0 global, 1 local, 2 LDAP")

    @model_validator(mode="after")
    def _whole(self) -> "NewArray":
        secret = self.password.get_secret_value()
        if not secret.isprintable() or len(secret) > 256:
            raise ValueError("a password has at most 256 characters, and no control characters")
        given = (bool(self.addresses), bool(self.user), bool(secret))
        if self.kind is ArrayKind.PLAIN and any(given):
            raise ValueError("a plain array has no addresses, no user and no password")
        if self.kind is not ArrayKind.PLAIN and not all(given):
            raise ValueError("addresses, user and password are needed")
        return self


class Array(BaseModel):
    id: str = Field(examples=["0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11"])
    name: str = Field(examples=["cx4"])
    kind: ArrayKind
    addresses: list[str]
    user: str
    created: float = Field(description=TIME)


class ArrayView(Array):
    """With what the array itself says, which is asked now."""

    health: ArrayHealth
    well: bool = Field(description="All of it answers, and it reports no fault")
    pools: list[ArrayPool]


class GroupHost(BaseModel):
    """One initiator of a storage group."""

    name: str = Field(description="Of its host; empty if the array knows none")
    initiator: str = Field(examples=["iqn.1993-08.org.debian:01:e57138cd5b4"])
    ports: list[str] = Field(description="Those that it comes in through", examples=[["A-4"]])


class GroupLun(BaseModel):
    hlu: int = Field(description="The number that hosts see")
    lun: int = Field(description="The number that the array gives it")


class StorageGroup(BaseModel):
    """Which hosts see which LUNs, under which numbers."""

    name: str
    hosts: list[GroupHost]
    luns: list[GroupLun]

    @classmethod
    def of(cls, group: ArrayGroup) -> "StorageGroup":
        ports: dict[str, list[str]] = {}
        for initiator, sp, number in sorted(group.paths):
            ports.setdefault(initiator, []).append(f"{sp}-{number}")
        hosts = [
            GroupHost(name=group.hosts.get(initiator, ""), initiator=initiator, ports=through)
            for initiator, through in ports.items()
        ]
        luns = [GroupLun(hlu=hlu, lun=lun) for hlu, lun in sorted(group.luns.items())]
        return cls(name=group.name, hosts=hosts, luns=luns)


class LunLoad(BaseModel):
    """What hosts did to a LUN in the last minute."""

    number: int
    name: str
    reads: float = Field(description="Commands a second")
    writes: float = Field(description="Commands a second")
    bytes_read: float = Field(description="A second")
    bytes_written: float = Field(description="A second")
    response: float | None = Field(
        description="Milliseconds that a command took; 0 if there was none, null if the array does not tell"
    )
