"""Where the command line keeps its token, and whom it gives it to."""

import os
import stat
from pathlib import Path

import pytest

from millpond.cli.config import Config, load, path, read, save
from millpond.cli.errors import CliError, ExitCode

URL = "https://manager.example:8443"


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    return {"HOME": str(tmp_path)}


def test_only_the_owner_can_read_what_is_stored(home: dict[str, str]) -> None:
    file = path(home)
    old = os.umask(0)
    try:
        save(Config(URL, "mps_secret", "/etc/ca.pem"), file)
    finally:
        os.umask(old)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert [f.name for f in file.parent.iterdir()] == ["cli.toml"]
    assert load(home) == Config(URL, "mps_secret", "/etc/ca.pem")


def test_saving_again_replaces_what_was_there(home: dict[str, str]) -> None:
    save(Config(URL, "one"), path(home))
    save(Config(URL, "two"), path(home))
    assert load(home).token == "two"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660])
def test_a_file_that_others_may_read_is_refused(home: dict[str, str], mode: int) -> None:
    save(Config(URL, "secret"), path(home))
    path(home).chmod(mode)
    with pytest.raises(CliError, match="others may read it") as caught:
        load(home)
    assert caught.value.exit_code is ExitCode.AUTH
    assert "chmod 600" in caught.value.fix


def test_values_survive_quotes_and_backslashes(home: dict[str, str]) -> None:
    odd = Config(URL, 'a"b\\c\n', "/with space/ä.pem")
    save(odd, path(home))
    assert read(path(home)) == odd


def test_the_environment_wins(home: dict[str, str]) -> None:
    save(Config(URL, "stored", "/stored.pem"), path(home))
    given = home | {"MILLPOND_URL": f"{URL}/", "MILLPOND_TOKEN": "given"}
    assert load(given) == Config(URL, "given", "/stored.pem")


def test_a_stored_token_is_never_sent_to_another_manager(home: dict[str, str]) -> None:
    save(Config(URL, "stored", "/stored.pem"), path(home))
    assert load(home | {"MILLPOND_URL": "https://evil.example"}) == Config("https://evil.example")


def test_no_manager_known(home: dict[str, str]) -> None:
    with pytest.raises(CliError) as caught:
        load(home)
    assert caught.value.exit_code is ExitCode.AUTH
    assert "millpond login" in caught.value.fix


def test_a_broken_file_is_named(home: dict[str, str]) -> None:
    save(Config(URL), path(home))
    path(home).write_text("url = [")
    with pytest.raises(CliError, match=r"cli\.toml"):
        load(home)


def test_xdg_config_home(tmp_path: Path) -> None:
    assert path({"XDG_CONFIG_HOME": str(tmp_path)}) == tmp_path / "millpond" / "cli.toml"
