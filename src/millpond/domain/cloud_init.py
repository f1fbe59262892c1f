"""What a guest is told at its first boot, as cloud-init's data source NoCloud reads it: from a CD that is
called ``cidata``, with the files meta-data, user-data and network-config on it."""

import base64
import binascii
import json
import re
from email import message_from_string
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from ipaddress import ip_address, ip_interface
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, SecretStr, StringConstraints, model_validator

from millpond.domain.names import Id
from millpond.domain.secret import PLAIN_IN_JSON
from millpond.domain.vm import Disk, Model, VmConfig

SEED_SOURCE = "file:cloud-init.iso"
"""The source of the CD, by which it is known among a VM's disks."""

SEED_SIZE = 1 << 20
"""Bytes of the CD, whatever is on it: so its size can be said before it is made."""

USER_DATA_MAX = 256 << 10
"""Bytes of user-data."""

_KINDS = {
    "#cloud-config": "cloud-config",
    "#!": "script",
    "Content-Type: multipart/": "multipart",
    "MIME-Version:": "multipart",
}
"""How user-data begins, and what it then is (cloud-init's reference, "User-data formats")."""

_SUBTYPES = {"cloud-config": "cloud-config", "script": "x-shellscript"}
"""What a part of a multipart message is called, by what it is."""

_CRYPT = re.compile(
    r"\$(y\$[./A-Za-z0-9]+|6(\$rounds=[0-9]{4,9})?|2[aby]\$[0-9]{2})\$[./A-Za-z0-9$]{20,200}"
)


def user_data_kind(text: str) -> str:
    """cloud-config, script or multipart; empty for anything else."""
    return next((kind for start, kind in _KINDS.items() if text.startswith(start)), "")


# Whatever is wrong with a secret, the message must not repeat it.


def _check_user_data(data: SecretStr) -> SecretStr:
    text = data.get_secret_value()
    if len(text.encode()) > USER_DATA_MAX:
        raise ValueError(f"user-data has more than {USER_DATA_MAX} bytes")
    if not user_data_kind(text):
        raise ValueError(
            "user-data starts with #cloud-config or #!, or is a MIME multipart message"
        )
    return data


def _check_hash(found: SecretStr) -> SecretStr:
    if not _CRYPT.fullmatch(found.get_secret_value()):
        raise ValueError(
            "a password is given as its hash: yescrypt ($y$), SHA-512 ($6$) or bcrypt ($2b$)"
        )
    return found


def _check_key(key: str) -> str:
    try:
        base64.b64decode(key.split()[1], validate=True)
    except (IndexError, binascii.Error):
        raise ValueError("an SSH key is one line: its type, its Base64, a comment") from None
    return key


UserData = Annotated[SecretStr, AfterValidator(_check_user_data), PLAIN_IN_JSON]
PasswordHash = Annotated[SecretStr, AfterValidator(_check_hash), PLAIN_IN_JSON]
SshKey = Annotated[
    str,
    StringConstraints(
        max_length=16384,
        pattern=r"^(ssh|ecdsa|sk-ssh|sk-ecdsa)-[a-z0-9@.-]+ [A-Za-z0-9+/=]+( [ -~]*)?$",
    ),
    AfterValidator(_check_key),
]
"""A line of authorized_keys without options (sshd(8))."""

Hostname = Annotated[
    str,
    StringConstraints(
        max_length=253,
        pattern=r"^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$",
    ),
]
"""RFC 1123, with a domain or without."""

UserName = Annotated[str, StringConstraints(pattern=r"^[a-z_][a-z0-9_-]{0,31}$")]
IpAddress = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9A-Fa-f:.]{2,45}$"),
    AfterValidator(lambda text: str(ip_address(text))),
]
IpInterface = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9A-Fa-f:.]{2,45}/[0-9]{1,3}$"),
    AfterValidator(lambda text: str(ip_interface(text))),
]
"""An address with the length of its network's prefix."""


class CloudNetwork(Model):
    """The addresses of one network interface; without any it asks for one by DHCP."""

    addresses: tuple[IpInterface, ...] = Field(
        default=(), max_length=16, examples=[["192.0.2.10/24"]]
    )
    gateway: IpAddress | None = Field(default=None, examples=["192.0.2.1"])
    dns: tuple[IpAddress, ...] = Field(default=(), max_length=8, examples=[["192.0.2.53"]])
    search: tuple[Hostname, ...] = Field(default=(), max_length=8, examples=[["example.com"]])

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        if self.gateway is not None:
            gateway = ip_address(self.gateway)
            if not any(gateway in ip_interface(a).network for a in self.addresses):
                raise ValueError("the gateway lies in the network of one of the addresses")
        return self

    def rendered(self) -> dict[str, Any]:
        """As network-config version 2 says it. The default route is written out, for what reads it knows
        no common word for it."""
        if not self.addresses:
            found: dict[str, Any] = {"dhcp4": True}
        else:
            found = {"addresses": list(self.addresses)}
        if self.gateway is not None:
            to = "0.0.0.0/0" if ip_address(self.gateway).version == 4 else "::/0"
            found["routes"] = [{"to": to, "via": self.gateway}]
        names = {"addresses": list(self.dns), "search": list(self.search)}
        if any(names.values()):
            found["nameservers"] = {key: value for key, value in names.items() if value}
        return found


class CloudInit(Model):
    """What is to be set in a guest when it boots from a fresh disk."""

    hostname: Hostname | None = Field(
        default=None, description="The VM's name if left out", examples=["web1.example.com"]
    )
    user: UserName | None = Field(
        default=None,
        description="A user to be made, who may become root; left out, the keys are for the image's own",
        examples=["anna"],
    )
    password_hash: PasswordHash | None = Field(
        default=None, description="Of that user, as crypt(5) has it; never the password itself"
    )
    ssh_keys: tuple[SshKey, ...] = Field(
        default=(), max_length=64, examples=[["ssh-ed25519 AAAA anna@desk"]]
    )
    networks: tuple[CloudNetwork, ...] = Field(
        default=(),
        max_length=16,
        description="The first is for the VM's first network interface, and so on; the others use DHCP",
    )
    user_data: UserData | None = Field(
        default=None, description="#cloud-config, a script or a multipart message, applied last"
    )

    @model_validator(mode="after")
    def _whose_password(self) -> Self:
        if self.password_hash is not None and self.user is None:
            raise ValueError("a password needs the user whose it is")
        return self


class Seed(Model):
    """The files of the CD. ``instance`` makes cloud-init start afresh when it is another one."""

    instance: Id
    hostname: Hostname
    network_config: str = ""
    user_data: Annotated[SecretStr, PLAIN_IN_JSON]

    @property
    def meta_data(self) -> str:
        return _yaml({"instance-id": self.instance, "local-hostname": self.hostname})


class SeedFacts(Model):
    """A seed as people may see it: its user-data can hold secrets, so only what kind it is and how many
    bytes it has."""

    instance: Id
    hostname: str
    network_config: str
    user_data_kind: str
    user_data_size: int


def seed(wanted: CloudInit, config: VmConfig, instance: str) -> Seed:
    """What is written for the VM."""
    networks = ""
    if wanted.networks:
        padded = (*wanted.networks, *(CloudNetwork() for _ in config.vifs))
        named = {
            f"nic{n}": {"match": {"macaddress": vif.mac}, **network.rendered()}
            for n, (vif, network) in enumerate(zip(config.vifs, padded, strict=False))
        }
        networks = _yaml({"version": 2, "ethernets": named})
    return Seed(
        instance=instance,
        hostname=wanted.hostname or _hostname(config.name),
        network_config=networks,
        user_data=SecretStr(_all_user_data(wanted)),
    )


def is_seed(disk: Disk) -> bool:
    return disk.source == SEED_SOURCE


def without_seed(disks: tuple[Disk, ...]) -> tuple[Disk, ...]:
    return tuple(disk for disk in disks if not is_seed(disk))


def _all_user_data(wanted: CloudInit) -> str:
    ours = "#cloud-config\n" + _yaml(_cloud_config(wanted))
    theirs = wanted.user_data.get_secret_value() if wanted.user_data is not None else ""
    if not theirs or not (wanted.user or wanted.ssh_keys):
        return theirs or ours
    both = MIMEMultipart()
    for text in (ours, theirs):
        subtype = _SUBTYPES.get(user_data_kind(text))
        both.attach(MIMEText(text, subtype, "utf-8") if subtype else message_from_string(text))
    return both.as_string()


def _cloud_config(wanted: CloudInit) -> dict[str, Any]:
    """Keys alone are for the user that the image brings; with a user there is this one and no other."""
    keys = {"ssh_authorized_keys": list(wanted.ssh_keys)} if wanted.ssh_keys else {}
    if wanted.user is None:
        return keys
    user: dict[str, Any] = {
        "name": wanted.user,
        "shell": "/bin/bash",
        "sudo": "ALL=(ALL) NOPASSWD:ALL",
        "lock_passwd": wanted.password_hash is None,
        **keys,
    }
    if wanted.password_hash is not None:
        user["passwd"] = wanted.password_hash.get_secret_value()
    return {"users": [user]}


def _hostname(name: str) -> str:
    """What of a VM's name may be one."""
    labels = (label.replace("_", "-").strip("-") for label in name.split("."))
    return ".".join(label for label in labels if label) or "localhost"


def _yaml(value: dict[str, Any]) -> str:
    """JSON is YAML."""
    return json.dumps(value, indent=1) + "\n"
