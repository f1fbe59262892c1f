"""Fetching from a real web server: where it may go, where it goes on, where it stops."""

import os
import threading
from io import FileIO
from pathlib import Path

import pytest

from millpond.adapters.images import fetching, urls
from millpond.adapters.images.fetching import Fetch
from millpond.domain.errors import Failed, Refused
from tests.support.web import LOOPBACK, Site, serving

MIB = 1 << 20
IMAGE = os.urandom(3 * MIB)


def _fetch(
    site: Site, where: Path, path: str = "/image", limit: int = 64 * MIB, **more: str
) -> bytes:
    url = site.url(path)
    with FileIO(str(where), "a+") as target:
        fetch = Fetch(url, urls.resolve(url, [LOOPBACK]), limit, **more)
        fetch.into(target, threading.Event())
    return where.read_bytes()


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/image",
        "http://localhost/image",
        "http://[::1]/image",
        "http://[::ffff:127.0.0.1]/image",
        "http://[64:ff9b::a9fe:a9fe]/image",
        "http://[2002:7f00:1::]/image",
        "http://169.254.169.254/latest/meta-data/",
        "http://[fe80::1]/image",
        "http://[fd00:ec2::254]/image",
        "http://10.0.0.1/image",
        "http://172.16.0.1/image",
        "http://192.168.1.1/image",
        "http://100.64.0.1/image",
        "http://0.0.0.0/image",
        "http://224.0.0.1/image",
        "http://2130706433/image",
        "http://0x7f.1/image",
        "http://user:password@192.0.43.10/image",
        "file:///etc/passwd",
        "ftp://192.0.43.10/image",
        "http:///image",
        "http://192.0.43.10:99999/image",
    ],
)
def test_where_no_image_comes_from(url: str) -> None:
    with pytest.raises(Refused) as refused:
        urls.resolve(url, [])
    assert refused.value.code == "image.url"


def test_an_allowed_network_is_no_more_than_that() -> None:
    assert urls.resolve("http://10.1.2.3/x", ["10.1.0.0/16"]).address == "10.1.2.3"
    with pytest.raises(Refused):
        urls.resolve("http://10.2.2.3/x", ["10.1.0.0/16"])


def test_the_whole_file_arrives(tmp_path: Path) -> None:
    with serving(Site({"/image": IMAGE})) as site:
        assert _fetch(site, tmp_path / "image") == IMAGE


def test_a_name_is_looked_up_once(tmp_path: Path) -> None:
    """Whatever it leads to by now: this one leads nowhere, and is asked all the same."""
    with serving(Site({"/image": IMAGE})) as site, FileIO(str(tmp_path / "image"), "w+") as target:
        origin = urls.Origin("http", "images.invalid", site.port, "127.0.0.1")
        fetch = Fetch(f"http://images.invalid:{site.port}/image", origin, 64 * MIB)
        fetch.into(target, threading.Event())
    assert (tmp_path / "image").read_bytes() == IMAGE


def test_it_goes_on_where_it_broke_off(tmp_path: Path) -> None:
    with serving(Site({"/image": IMAGE}, cut=[MIB, MIB])) as site:
        assert _fetch(site, tmp_path / "image") == IMAGE
    assert [r for _, r in site.asked] == [None, f"bytes={MIB}-", f"bytes={2 * MIB}-"]


@pytest.mark.parametrize("how", ["no ranges", "another version"])
def test_it_begins_anew_where_it_must(tmp_path: Path, how: str) -> None:
    (tmp_path / "image").write_bytes(b"something else")
    site = Site({"/image": IMAGE}, ranges=how != "no ranges", etag='"v2"')
    with serving(site):
        assert _fetch(site, tmp_path / "image", validator='"v1"') == IMAGE


def test_it_follows_no_redirect_to_another_server(tmp_path: Path) -> None:
    with serving(Site({"/image": b"secret of another server"})) as other:
        elsewhere = [
            other.url("/image"),
            "http://169.254.169.254/",
            "//localhost/image",
            "file:///etc/passwd",
        ]
        for target in elsewhere:
            site = Site({}, redirect={"/image": target})
            with serving(site), pytest.raises(Refused) as refused:
                _fetch(site, tmp_path / "image")
            assert refused.value.code == "image.url"
        assert other.asked == []
    assert (tmp_path / "image").read_bytes() == b""


def test_it_follows_redirects_on_the_same_server_but_not_for_ever(tmp_path: Path) -> None:
    site = Site({"/image": IMAGE}, redirect={"/latest": "/image", "/loop": "/loop"})
    with serving(site):
        assert _fetch(site, tmp_path / "image", "/latest") == IMAGE
        with pytest.raises(Refused):
            _fetch(site, tmp_path / "loop", "/loop")


@pytest.mark.parametrize("endless", [False, True])
def test_it_stops_at_its_limit(tmp_path: Path, endless: bool) -> None:
    with (
        serving(Site({"/image": IMAGE}, endless=endless)) as site,
        pytest.raises(Refused) as refused,
    ):
        _fetch(site, tmp_path / "image", limit=2 * MIB)
    assert refused.value.code == "image.size"
    assert (tmp_path / "image").stat().st_size <= 3 * MIB


def test_it_stops_when_nobody_wants_it(tmp_path: Path) -> None:
    unwanted = threading.Event()
    with serving(Site({"/image": IMAGE}, endless=True)) as site:
        url = site.url("/image")
        with FileIO(str(tmp_path / "image"), "w+") as target:
            fetch = Fetch(url, urls.resolve(url, [LOOPBACK]), 1 << 40)
            fetch.on_progress = lambda done, total: unwanted.set()
            fetch.into(target, unwanted)


def test_a_server_that_is_silent_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "_TRIES", 1)
    with serving(Site({"/image": IMAGE}, cut=[10])) as site, pytest.raises(Failed):
        _fetch(site, tmp_path / "image")
