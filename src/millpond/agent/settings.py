"""What an administrator may set: /etc/millpond/agent.toml, over it MILLPOND_AGENT_*."""

from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import Any

from pydantic import Field
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from millpond.domain.names import AbsolutePath, Id, Network
from millpond.domain.server import AGENT_PORT

DEFAULT_FILE = Path("/etc/millpond/agent.toml")


class HypervisorKind(StrEnum):
    """``fake`` keeps guests in a file: for trying things at scale, without QEMU."""

    LIBVIRT = "libvirt"
    FAKE = "fake"


class AgentSettings(BaseSettings):
    """Immutable; those named ``fake_...`` and ``server_id`` matter to the fake hypervisor alone."""

    model_config = SettingsConfigDict(env_prefix="MILLPOND_AGENT_", extra="forbid", frozen=True)

    config_dir: Path = Field(
        Path("/etc/millpond"), description="Where the identity given at enrolment is kept"
    )
    state_dir: Path = Field(
        Path("/var/lib/millpond"), description="Where the agent keeps what it has to remember"
    )
    pki_dir: Path = Field(
        Path("/etc/pki"), description="Where libvirt and QEMU look for their certificates"
    )
    listen: IPv4Address | IPv6Address = Field(
        IPv4Address("0.0.0.0"),  # noqa: S104 - mutual TLS guards it
        description="Address to serve on",
    )
    port: int = Field(AGENT_PORT, ge=1, le=65535, description="Port to serve on")
    repositories: tuple[AbsolutePath, ...] = Field(
        ("/OVS", "/var/ovs/mount"),
        description="Directories that disks may lie in, besides the pool's cluster root",
    )
    import_networks: tuple[Network, ...] = Field(
        (),
        description="Networks, such as 10.1.0.0/16, that images may be fetched from besides public"
        " addresses",
    )
    import_folders: tuple[AbsolutePath, ...] = Field(
        ("/var/lib/millpond/import",),
        description="Directories of this server whose files may be imported as images",
    )
    import_max_size: int = Field(
        16 << 40, ge=1 << 20, description="Bytes that one imported image may have"
    )
    backup_folders: tuple[AbsolutePath, ...] = Field(
        ("/var/lib/millpond/backup",),
        description="Directories of this server that VMs may be backed up to, and restored from",
    )
    hypervisor: HypervisorKind = Field(
        HypervisorKind.LIBVIRT, description="fake keeps guests in files and runs none"
    )
    libvirt_restart: str = Field(
        "systemctl restart libvirtd",
        description="Command that makes libvirt take up its certificate, run without a shell",
    )
    power_off: str = Field(
        "systemctl poweroff", description="Command that shuts this server down, run without a shell"
    )
    reboot: str = Field(
        "systemctl reboot", description="Command that starts it anew, run without a shell"
    )
    server_id: Id | None = Field(
        None, description="Id of a fake server; that of a real one is its libvirt host UUID"
    )
    fake_dir: Path | None = Field(
        None,
        description="Directory shared by fake servers: each keeps its guests there under its"
        " address, so that they can migrate; default: state_dir, alone",
    )
    fake_memory: int = Field(65_536, ge=256, description="Memory of a fake server in MiB")

    @property
    def work_dir(self) -> Path:
        """What the agent needs only while it works. What is in it as one starts, another left that was
        killed."""
        return self.state_dir / "work"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def load(file: Path | None, options: dict[str, Any]) -> AgentSettings:
    """Options (those that are not None) before environment before ``file``, which may be absent
    only where none was named. Raises pydantic's ValidationError, OSError, tomllib's errors."""
    if file is not None and not file.is_file():
        raise FileNotFoundError(f"there is no file {file}")

    class Settings(AgentSettings):
        model_config = SettingsConfigDict(toml_file=file or DEFAULT_FILE)

    return Settings(**{name: value for name, value in options.items() if value is not None})
