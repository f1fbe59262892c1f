"""``millpond image`` against a scripted manager: what is sent, and from where an upload goes on."""

from pathlib import Path

import pytest

from millpond.cli.errors import ExitCode
from tests.support.cli import JOB, Asked, Json, Run, Script, job, refusal

UPLOAD = "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11"
WHERE = f"/pools/p/uploads/{UPLOAD}"
MIB = 1 << 20


@pytest.fixture
def received(script: Script) -> bytearray:
    """What the scripted manager has of an upload; it takes what follows and nothing else."""
    have = bytearray()

    def take(asked: Asked) -> tuple[int, Json]:
        assert int(asked.query["offset"]) == len(have)
        have.extend(asked.body)
        return 200, {"id": UPLOAD, "received": len(have)}

    script.answers |= {
        "POST /pools/p/uploads": (201, {"id": UPLOAD, "received": 0}),
        f"GET {WHERE}": lambda _: (200, {"id": UPLOAD, "received": len(have)}),
        f"PUT {WHERE}": take,
        "POST /pools/p/images": (202, job("queued")),
    }
    return have


def _file(folder: Path, name: str) -> tuple[Path, bytes]:
    content = bytes(range(256)) * 10_000
    (folder / name).write_bytes(content)
    return folder / name, content


def test_a_file_is_sent_whole_and_then_imported(
    script: Script, run: Run, received: bytearray, tmp_path: Path
) -> None:
    file, content = _file(tmp_path, "debian.iso")
    assert run("image", "import", "p", "debian", str(file), "--no-wait").code == 0
    assert received == content
    [asked] = script.requests("POST /pools/p/images")
    wanted = {"name": "debian", "kind": "iso", "format": "iso"}
    assert asked.body.items() >= (wanted | {"upload": UPLOAD, "size": len(content)}).items()


def test_an_upload_that_broke_off_goes_on_where_it_was(
    script: Script, run: Run, received: bytearray, tmp_path: Path
) -> None:
    file, content = _file(tmp_path, "golden.vmdk")
    takes = script.answers[f"PUT {WHERE}"]
    script.answers[f"PUT {WHERE}"] = [takes, (507, refusal("storage.full"))]
    command = ("image", "import", "p", "golden", str(file), "--kind", "template", "--no-wait")
    result = run(*command)
    assert result.code == ExitCode.REFUSED
    assert f"--resume {UPLOAD}" in result.err
    assert received == content[:MIB]
    script.answers[f"PUT {WHERE}"] = takes
    assert run(*command, "--resume", UPLOAD).code == 0
    assert received == content
    assert len(script.requests("POST /pools/p/uploads")) == 1


@pytest.mark.parametrize(
    ("source", "option", "sent"),
    [
        ("https://example.org/a.qcow2", [], {"url": "https://example.org/a.qcow2"}),
        ("/srv/a.qcow2", ["--on-server"], {"path": "/srv/a.qcow2"}),
    ],
)
def test_what_lies_elsewhere_is_not_sent(
    script: Script, run: Run, received: bytearray, source: str, option: list[str], sent: Json
) -> None:
    assert (
        run("image", "import", "p", "a", source, "--kind", "disk", "--no-wait", *option).code == 0
    )
    [asked] = script.requests("POST /pools/p/images")
    assert asked.body.items() >= ({"format": "qcow2", "kind": "disk"} | sent).items()
    assert received == b""


@pytest.mark.parametrize(
    "args",
    [
        ("image", "import", "p", "x", "/nowhere/x.iso"),
        ("image", "import", "p", "x", "/nowhere/x.qcow2"),
        ("image", "import", "p", "x", "/nowhere/x.tgz", "--kind", "disk"),
    ],
)
def test_what_cannot_be_meant_asks_the_manager_nothing(
    script: Script, run: Run, args: tuple[str, ...]
) -> None:
    assert run(*args).code == ExitCode.USAGE
    assert script.asked == []


def test_only_an_import_under_way_can_be_cancelled(script: Script, run: Run) -> None:
    script.answers["GET /pools/p/images/x"] = (200, {"id": UPLOAD, "name": "x", "state": "pending"})
    script.answers["GET /jobs"] = (200, {"items": [job()], "next": None})
    assert run("image", "cancel", "p", "x").code == ExitCode.USAGE
    script.answers["GET /jobs"] = (200, {"items": [job(state="running")], "next": None})
    script.answers[f"POST /jobs/{JOB}/cancel"] = (200, job(state="running"))
    assert run("image", "cancel", "p", "x").code == 0
    assert len(script.requests(f"POST /jobs/{JOB}/cancel")) == 1
