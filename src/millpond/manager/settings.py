"""What an administrator can set: by environment (``MILLPOND_MANAGER_*``) or a TOML file."""

from pathlib import Path
from typing import Any, Literal

from pydantic import Field, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from millpond.manager.listen import host_and_port

DEFAULT_FILE = Path("/etc/millpond/manager.toml")


class Settings(BaseSettings):
    """Precedence: command line, environment, file, defaults."""

    model_config = SettingsConfigDict(
        env_prefix="MILLPOND_MANAGER_", toml_file=DEFAULT_FILE, extra="forbid", frozen=True
    )

    state_dir: Path = Field(
        default=Path("/var/lib/millpond-manager"),
        description="Where the database, the CA and the keys are kept (mode 0700)",
    )
    listen: tuple[str, ...] = Field(
        default=("0.0.0.0:8443",),
        description="Addresses to serve on, as HOST:PORT or [IPv6]:PORT",
    )
    database: str | None = Field(
        default=None,
        description="SQLAlchemy URL: postgresql+psycopg://... ; default: SQLite in state_dir",
    )
    advertise: str | None = Field(
        default=None,
        description="URL that servers reach this manager by, put into enrolment tokens; "
        "default: the first address of listen that is not a loopback",
    )
    fault_hook: str | None = Field(
        default=None,
        description="Command run at every step boundary with the operation, the step, before|"
        "after|end and the job's id as arguments: for rehearsals of crashes",
    )
    naviseccli: Path | None = Field(
        default=None,
        description="The program that arrays are administered with, such as EMC's; "
        "default: Millpond's own",
    )
    fake_arrays: bool = Field(
        default=False,
        description="Arrays that are registered are files and keep no data: for rehearsals without one",
    )
    max_jobs: int = Field(
        default=64, ge=1, le=4096, description="Jobs that run at once; children do not count"
    )
    lease_seconds: float = Field(
        default=15,
        ge=1,
        le=300,
        description="After this long without a sign of life from a manager another one takes its "
        "jobs over (PostgreSQL)",
    )
    unknown_patience: float = Field(
        default=120,
        ge=0,
        le=86_400,
        description="Seconds a step whose outcome is not known is looked at, and tried, again before "
        "the job is held for an operator",
    )
    keep_days: float = Field(
        default=30, gt=0, le=3650, description="Days that ended jobs and events are kept"
    )
    session_hours: float = Field(
        default=12, gt=0, le=8760, description="Hours without a request after which a session ends"
    )
    web_dir: Path | None = Field(
        default=None,
        description="The built web interface; default: ui/dist of the checkout that runs, "
        "else /usr/share/millpond/ui",
    )
    metrics_public: bool = Field(
        default=False, description="Serve /metrics to callers without a token"
    )
    log_format: Literal["console", "json"] = "console"
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @field_validator("listen")
    @classmethod
    def _addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for address in value:
            host_and_port(address)
        return value

    @property
    def database_url(self) -> str:
        """The URL the store is opened with."""
        return self.database or f"sqlite+aiosqlite:///{self.state_dir / 'manager.db'}"

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


def load(file: Path, **given: Any) -> Settings:
    """The settings, with the TOML ``file`` if it exists. Raises pydantic's ValidationError."""

    class FromFile(Settings):
        model_config = SettingsConfigDict(toml_file=file)

    return FromFile(**given)
