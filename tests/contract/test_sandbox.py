"""What a program that was fooled by an image could do: nothing. The inspector is left out here."""

import os
import shutil
import subprocess
from io import FileIO
from pathlib import Path

import pytest

from millpond.adapters.disks import tool
from millpond.adapters.images.sandbox import NOBODY, Limits, confined, lent
from millpond.domain.errors import Failed, Refused
from tests.data.hostile.images import qcow2

root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


def _run(files: list[FileIO], *argv: str, limits: Limits = tool.METADATA) -> str:
    with lent(files):
        done = subprocess.run(
            confined(argv, limits),
            pass_fds=[f.fileno() for f in files],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    return done.stdout + done.stderr


@root
def test_it_is_nobody_and_may_nothing() -> None:
    status = dict(
        line.split(":\t", 1) for line in _run([], "cat", "/proc/self/status").splitlines()
    )
    assert set(status["Uid"].split()) == set(status["Gid"].split()) == {str(NOBODY)}
    assert status["Groups"].strip() == ""
    for which in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
        assert int(status[which], 16) == 0, which
    assert status["NoNewPrivs"] == "1"


def test_it_sees_no_file_and_no_network(tmp_path: Path) -> None:
    assert sorted(_run([], "ls", "/").split()) == ["bin", "dev", "lib", "lib64", "proc", "usr"]
    canary = tmp_path / "canary"
    canary.write_text("secret")
    assert "No such file" in _run([], "cat", str(canary))
    links = [
        line.split(":")[0].strip() for line in _run([], "cat", "/proc/net/dev").splitlines()[2:]
    ]
    assert links == ["lo"]
    assert "Network is unreachable" in _run(
        [], "bash", "-c", "echo > /dev/tcp/192.0.2.1/80", limits=Limits(cpu=5)
    )
    assert _run([], "sh", "-c", "ls -d /proc/[0-9]* | wc -l").strip() in {"3", "4", "5"}, "its own"


@root
def test_what_is_lent_to_read_cannot_be_written(tmp_path: Path) -> None:
    image, other = tmp_path / "image", tmp_path / "other"
    for path in (image, other):
        path.write_bytes(b"precious")
        path.chmod(0o600)
    with FileIO(str(image), "rb") as file, FileIO(str(other), "rb+") as target:
        name, where = tool.name_of(file), tool.name_of(target)
        assert "Permission denied" in _run([file, target], "sh", "-c", f"echo > {name}")
        _run([file, target], "sh", "-c", f"cat {name} {name} > {where}")
    assert image.read_bytes() == b"precious"
    assert other.read_bytes() == b"precious" * 2
    assert other.stat().st_mode & 0o777 == 0o600
    assert other.stat().st_gid == os.getegid()


def test_what_it_may_use_up_is_limited(tmp_path: Path) -> None:
    assert "memory" in _run(
        [], "dd", "if=/dev/zero", "of=/dev/null", "bs=512M", limits=Limits(64 << 20)
    )
    assert "limited" not in _run(
        [], "sh", "-c", "while :; do :; done; echo limited", limits=Limits(cpu=1)
    )
    with FileIO(str(tmp_path / "out"), "w+") as target:
        limits = Limits(cpu=5, file=1 << 20)
        _run([target], "dd", "if=/dev/zero", f"of={tool.name_of(target)}", "bs=64k", limits=limits)
    assert (tmp_path / "out").stat().st_size == 1 << 20


async def test_a_backing_file_that_nobody_noticed_is_out_of_reach(tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    canary.write_bytes(b"secret" * 10_000)
    canary.chmod(0o644)
    image = tmp_path / "image"
    image.write_bytes(qcow2(backing=str(canary).encode()))
    with FileIO(str(image)) as file, FileIO(str(tmp_path / "out"), "w+") as target:
        argv = ["convert", "-f", "qcow2", "-O", "raw", tool.name_of(file), tool.name_of(target)]
        with pytest.raises(Failed) as failed:
            await tool.run("image", argv, [file, target], tool.copying(4 << 20))
    assert "No such file or directory" in failed.value.cause
    assert b"secret" not in (tmp_path / "out").read_bytes()


@pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")
def test_the_converter_opens_nothing_else(tmp_path: Path) -> None:
    """By the kernel's own account."""
    image, trace = tmp_path / "image", tmp_path / "trace"
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", str(image), "4M"], check=True)
    with (
        FileIO(str(image)) as file,
        FileIO(str(tmp_path / "out"), "w+") as target,
        lent([file, target]),
    ):
        names = [tool.name_of(file), tool.name_of(target)]
        argv = confined(["qemu-img", "convert", "-f", "qcow2", "-O", "raw", *names], tool.METADATA)
        traced = ["strace", "-f", "-o", str(trace), "-e", "trace=execve,open,openat,connect", *argv]
        fds = [file.fileno(), target.fileno()]
        subprocess.run(traced, check=True, pass_fds=fds)
    lines = trace.read_text().splitlines()
    start = next(n for n, line in enumerate(lines) if 'execve("/usr/bin/qemu-img"' in line)
    opened = [
        line.split('"')[1] for line in lines[start:] if "open" in line and " = -1 " not in line
    ]
    assert set(names) <= set(opened)
    allowed = ("/usr/", "/lib/", "/lib64/", "/proc/", "/dev/", "/sys/")
    assert [path for path in opened if not path.startswith(allowed)] == []
    assert not any("connect(" in line for line in lines[start:])


def test_without_bubblewrap_nothing_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(Refused) as refused:
        confined(["qemu-img"], Limits())
    assert refused.value.code == "storage.no_sandbox"


@root
async def test_where_no_namespace_can_be_made_nothing_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The real bubblewrap, where the kernel's limit of network namespaces is none."""
    blocked = tmp_path / "bwrap"
    limit = "echo 0 > /proc/sys/user/max_net_namespaces"
    blocked.write_text(
        f'#!/bin/sh\nexec unshare -Ur sh -c \'{limit} && exec /usr/bin/bwrap "$@"\' sh "$@"\n'
    )
    blocked.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with FileIO(str(tmp_path / "out"), "w+") as target, pytest.raises(Refused) as refused:
        await tool.run("a", ["create", "-f", "qcow2", tool.name_of(target), "4M"], [target])
    assert refused.value.code == "storage.no_sandbox"
    assert "bwrap: " in refused.value.message
