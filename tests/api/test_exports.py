"""Exported files, downloaded through the manager from fake servers' repository: whole, in ranges, and not
from anywhere else."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from millpond.cli.client import Client
from millpond.cli.config import Config
from millpond.cli.download import download
from millpond.cli.errors import CliError
from tests.support.api import Api
from tests.support.system import System

WHERE = "/pools/pool1/exports"
CONTENT = bytes(range(256)) * 10_000  # more than two pieces


@pytest.fixture
def file(system: System) -> Iterator[Path]:
    made = system.root / "publish_pool" / "web1.ova"
    made.write_bytes(CONTENT)
    yield made
    made.unlink(missing_ok=True)


def get(api: Api, name: str, **headers: str) -> httpx.Response:
    sent = {key.replace("_", "-"): value for key, value in headers.items()}
    return api.request("GET", f"{WHERE}/{name}", None, **sent)


def test_an_export_says_its_checksum_and_can_be_downloaded(system: System, tmp_path: Path) -> None:
    system.api.do("POST", "/vms", {"pool": "pool1", "name": "leaving", "template": "tiny"})
    job = system.api.do("POST", "/vms/leaving/export", {"format": "ova"})
    path = Path(job["result"]["path"])
    assert job["result"]["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    (listed,) = system.api.items(WHERE)
    assert (listed["name"], listed["size"]) == ("leaving.ova", path.stat().st_size)

    api = system.api
    with Client(Config(url=api.url, ca=api.ca, token=api.token)) as client:
        to = tmp_path / "here.ova"
        found = download(client, f"{WHERE}/leaving.ova", to, job["result"]["sha256"])
        assert (to.read_bytes(), found) == (path.read_bytes(), job["result"]["sha256"])
        with pytest.raises(CliError, match="there already"):
            download(client, f"{WHERE}/leaving.ova", to)
        with pytest.raises(CliError, match="SHA-256"):
            download(client, f"{WHERE}/leaving.ova", tmp_path / "other", "0" * 64)
        with pytest.raises(CliError):
            download(client, f"{WHERE}/nowhere.ova", tmp_path / "other")
    assert [p.name for p in tmp_path.iterdir()] == ["here.ova"]
    path.unlink()
    system.api.do("DELETE", "/vms/leaving")


@pytest.mark.parametrize(
    ("range_", "status", "begin", "end"),
    [
        ("", 200, 0, len(CONTENT)),
        ("bytes=0-0", 206, 0, 1),
        ("bytes=1000000-2099999", 206, 1_000_000, 2_100_000),
        ("bytes=2559990-", 206, 2_559_990, len(CONTENT)),
        ("bytes=-7", 206, len(CONTENT) - 7, len(CONTENT)),
        ("bytes=5-999999999", 206, 5, len(CONTENT)),
        ("bytes=0-1,5-6", 200, 0, len(CONTENT)),
        ("lines=1-2", 200, 0, len(CONTENT)),
    ],
)
def test_ranges(system: System, file: Path, range_: str, status: int, begin: int, end: int) -> None:
    found = get(system.api, file.name, **({"Range": range_} if range_ else {}))
    assert found.status_code == status
    assert found.content == CONTENT[begin:end]
    assert found.headers["Content-Length"] == str(end - begin)
    said = f"bytes {begin}-{end - 1}/{len(CONTENT)}" if status == 206 else None
    assert found.headers.get("Content-Range") == said


@pytest.mark.parametrize("range_", ["bytes=2560000-", "bytes=-0", "bytes=9-8"])
def test_bytes_that_are_not_there(system: System, file: Path, range_: str) -> None:
    found = get(system.api, file.name, Range=range_)
    assert (found.status_code, found.json()["error"]["code"]) == (416, "request.range")


def test_a_range_of_another_version_is_the_whole(system: System, file: Path) -> None:
    etag = get(system.api, file.name).headers["ETag"]
    assert get(system.api, file.name, Range="bytes=0-1", If_Range=etag).status_code == 206
    file.write_bytes(b"another")
    found = get(system.api, file.name, Range="bytes=0-1", If_Range=etag)
    assert (found.status_code, found.content) == (200, b"another")


@pytest.mark.parametrize(
    "name", ["..%2F..%2Fetc%2Fpasswd", "%2E%2E%2Fx", ".hidden", "a%00b", "a%2Fb", "%2Fetc%2Fpasswd"]
)
def test_nothing_else_is_read(system: System, name: str) -> None:
    found = get(system.api, name)
    assert found.status_code in (404, 422)
    assert b"root:" not in found.content


def test_links_and_unfinished_files_are_no_exports(system: System, file: Path) -> None:
    link, part = file.with_name("link.ova"), file.with_name("web2.ova.partial")
    link.symlink_to("/etc/passwd")
    part.write_bytes(b"half")
    try:
        assert [e["name"] for e in system.api.items(WHERE)] == ["web1.ova"]
        found = get(system.api, "link.ova")
        assert (found.status_code, found.json()["error"]["code"]) == (422, "request.invalid")
    finally:
        link.unlink()
        part.unlink()


def test_it_needs_the_right(system: System, file: Path) -> None:
    stranger = Api(system.api.url, system.api.ca)
    assert get(stranger, file.name).status_code == 401
