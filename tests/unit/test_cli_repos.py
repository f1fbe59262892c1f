"""``repos``: what its options ask the manager for, and what they print."""

import io
import sys
from typing import Any

import pytest

from millpond.cli.errors import ExitCode
from millpond.cli.repos import name_for
from tests.support.cli import Run, Script, accepts, job

POOL_ID = "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c99"
DATA_ID = "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11"
WHERE = "/pools/pool1/repositories"
ROOT: dict[str, Any] = {
    "id": None,
    "name": "root",
    "source": "/OVS",
    "mount": "/OVS",
    "cluster_root": True,
}
DATA = ROOT | {
    "id": DATA_ID,
    "name": "data1",
    "source": "filer1:/vol/data1",
    "mount": f"/var/ovs/mount/{DATA_ID}",
    "cluster_root": False,
}


@pytest.fixture
def pool(script: Script) -> Script:
    script.answers["GET /pools"] = (200, {"items": [{"name": "pool1"}], "next": None})
    script.answers["GET /pools/pool1"] = (200, {"id": POOL_ID, "name": "pool1"})
    script.answers[f"GET {WHERE}"] = (200, {"items": [DATA, ROOT], "next": None})
    return script


def test_the_list_has_the_cluster_root_first(pool: Script, run: Run) -> None:
    result = run("--list", program="repos")
    assert result.code == 0, result.err
    assert result.out.splitlines() == [
        f"[  *  ] {POOL_ID} => /OVS",
        f"[     ] {DATA_ID} => filer1:/vol/data1",
    ]
    assert run("-l", "--pool", "pool1", program="repos").out == result.out


@pytest.mark.parametrize(
    ("source", "kind", "name"),
    [
        ("/dev/mpath/ovmsr1p1", "ocfs2", "ovmsr1p1"),
        ("filer1:/vol/data1", "nfs", "data1-2"),
        ("/srv/fast", "local", "fast"),
    ],
)
def test_a_new_one_is_of_the_kind_its_source_says(
    pool: Script, run: Run, source: str, kind: str, name: str
) -> None:
    accepts(pool, f"POST {WHERE}", job(kind="repository.create"))
    pool.answers[f"GET {WHERE}/{name}"] = (200, DATA | {"name": name, "source": source})
    result = run("--new", source, program="repos")
    assert result.code == 0, result.err
    assert result.out.splitlines()[-1] == f"[ NEW ] {DATA_ID} => {source}"
    (request,) = pool.requests(f"POST {WHERE}")
    asked = {key: request.body[key] for key in ("name", "kind", "source")}
    assert asked == {"name": name, "kind": kind, "source": source}


def test_deleting_leaves_the_storage(pool: Script, run: Run) -> None:
    accepts(pool, f"POST {WHERE}/{DATA_ID}/detach", job(kind="repository.detach"))
    assert run("--delete", DATA_ID.upper(), "--yes", program="repos").code == 0
    (request,) = pool.requests(f"POST {WHERE}/{DATA_ID}/detach")
    assert request.body == {}


def test_deleting_asks_first(pool: Script, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    accepts(pool, f"POST {WHERE}/{DATA_ID}/detach", job(kind="repository.detach"))
    monkeypatch.setattr(sys, "stdin", io.StringIO("n\n"))
    result = run("--delete", DATA_ID, program="repos")
    assert result.code == ExitCode.DECLINED
    assert "Detach data1 and its VMs from pool1?" in result.err
    assert not pool.requests(f"POST {WHERE}/{DATA_ID}/detach")
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    assert run("--delete", DATA_ID, program="repos").code == 0
    assert len(pool.requests(f"POST {WHERE}/{DATA_ID}/detach")) == 1


def test_init_mounts_all_but_the_cluster_root(pool: Script, run: Run) -> None:
    accepts(pool, f"POST {WHERE}/{DATA_ID}/refresh", job(kind="repository.refresh"))
    result = run("--init", program="repos")
    assert result.code == 0, result.err
    assert f"[     ] {DATA_ID} => filer1:/vol/data1" in result.out
    posted = [a.path for a in pool.asked if a.method == "POST"]
    assert posted == [f"{WHERE}/{DATA_ID}/refresh"]


def test_the_cluster_root_is_what_it_is(pool: Script, run: Run) -> None:
    result = run("--root", POOL_ID, program="repos")
    assert (result.code, result.out) == (0, f"[  R  ] {POOL_ID} => /OVS\n")
    result = run("--root", DATA_ID, program="repos")
    assert result.code == ExitCode.REFUSED
    assert "chosen when the pool is created" in result.err
    assert f"--cluster-root {DATA['mount']}" in " ".join(result.err.split())


@pytest.mark.parametrize(
    ("args", "code"),
    [
        ((), ExitCode.USAGE),
        (("--list", "--init"), ExitCode.USAGE),
        (("--delete", "data1"), ExitCode.USAGE),
        (("--delete", POOL_ID.replace("0f", "1f")), ExitCode.NOT_FOUND),
    ],
)
def test_what_is_typed_wrongly(
    pool: Script, run: Run, args: tuple[str, ...], code: ExitCode
) -> None:
    result = run(*args, program="repos")
    assert (result.code, result.out) == (code, "")
    assert "repos --" in result.err
    assert all(a.method == "GET" for a in pool.asked)


def test_names_end_as_sources_do() -> None:
    assert name_for("/dev/mapper/lun7", set()) == "lun7"
    assert name_for("filer:/vol/my data/", {"my-data"}) == "my-data-2"
    assert name_for("filer:/", set()) == "filer"
    assert name_for("/", set()) == "repository"
    assert name_for("/srv/a", {"a", "a-2", "a-3"}) == "a-4"
