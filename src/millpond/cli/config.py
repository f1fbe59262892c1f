"""Where the manager is and how to sign in: ``~/.config/millpond/cli.toml`` or the environment."""

import json
import os
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from millpond.cli.errors import CliError, ExitCode


@dataclass(frozen=True)
class Config:
    """``url`` such as ``https://mgr.example:8443``; ``ca`` is a PEM file, "" = the system's CAs."""

    url: str
    token: str = ""
    ca: str = ""


def path(environ: Mapping[str, str] = os.environ) -> Path:
    """The file (XDG Base Directory Specification)."""
    base = environ.get("XDG_CONFIG_HOME") or str(
        Path(environ.get("HOME", "~")).expanduser() / ".config"
    )
    return Path(base) / "millpond" / "cli.toml"


def load(environ: Mapping[str, str] = os.environ) -> Config:
    """The environment first, then the file. Raises ``CliError`` when neither names a manager.

    The file's token and CA belong to the file's URL: they are never sent to or used for another.
    """
    stored = read(path(environ))
    url = environ.get("MILLPOND_URL", "").rstrip("/") or (stored.url if stored else "")
    if not url:
        raise CliError(
            ExitCode.AUTH,
            "",
            "no manager is known yet",
            "sign in with: millpond login https://MANAGER:8443 (or set MILLPOND_URL)",
        )
    same = stored if stored and stored.url == url else Config(url)
    return Config(
        url,
        environ.get("MILLPOND_TOKEN", "") or same.token,
        environ.get("MILLPOND_CA", "") or same.ca,
    )


def read(file: Path) -> Config | None:
    """The stored configuration, None if there is none.

    Refused if others could read it: like a private key, a token that was readable is compromised.
    """
    try:
        with file.open("rb") as stream:
            mode = stat.S_IMODE(os.fstat(stream.fileno()).st_mode)
            if mode & 0o077:
                raise CliError(
                    ExitCode.AUTH,
                    str(file),
                    f"holds a token and others may read it (mode {mode:04o})",
                    f"chmod 600 {file}, then sign in again",
                )
            values = tomllib.load(stream)
    except FileNotFoundError:
        return None
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise CliError(
            ExitCode.USAGE, str(file), f"cannot be read: {error}", "correct it or remove it"
        ) from error
    return Config(*(str(values.get(key, "")) for key in ("url", "token", "ca")))


def save(config: Config, file: Path) -> None:
    """Write it so that only the owner can ever read it, whole or not at all."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = file.with_name(f".{file.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            for key in ("url", "token", "ca"):
                # A JSON string is a TOML basic string.
                stream.write(f"{key} = {json.dumps(getattr(config, key))}\n")
        temporary.replace(file)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
