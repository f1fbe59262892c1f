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

from millpond.domain.names import Id
from millpond.domain.server import AGENT_PORT

DEFAULT_FILE = Path("/etc/millpond/agent.toml")


class HypervisorKind(StrEnum):
    """``fake`` keeps guests in a file: for trying things at scale, without QEMU."""

    LIBVIRT = "libvirt"
    FAKE = "fake"


class AgentSettings(BaseSettings):
    """``config_dir`` holds the identity given at enrolment, ``state_dir`` what the agent remembers.
    ``pki_dir`` is where libvirt and QEMU look for theirs. ``libvirt_restart`` is split as a shell
    would (shlex) but run without one. ``server_id`` is for the fake hypervisor alone: a real
    server's id is its libvirt host UUID."""

    model_config = SettingsConfigDict(env_prefix="MILLPOND_AGENT_", extra="forbid", frozen=True)

    config_dir: Path = Path("/etc/millpond")
    state_dir: Path = Path("/var/lib/millpond")
    pki_dir: Path = Path("/etc/pki")
    listen: IPv4Address | IPv6Address = IPv4Address("0.0.0.0")  # noqa: S104 - mutual TLS guards it
    port: int = Field(default=AGENT_PORT, ge=1, le=65535)
    hypervisor: HypervisorKind = HypervisorKind.LIBVIRT
    libvirt_restart: str = "systemctl restart libvirtd"
    server_id: Id | None = None

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
