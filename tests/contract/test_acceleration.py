"""The proof of acceleration, by real boots."""

import os
from pathlib import Path

import pytest

from millpond.adapters.host import ProvenAcceleration
from millpond.adapters.host import acceleration as module
from millpond.adapters.host.acceleration import Proof, is_xen_host, prove
from millpond.adapters.host.kernel import newest_kernel
from millpond.domain.server import Acceleration

KERNEL = newest_kernel(Path("/boot"))

boots = pytest.mark.skipif(
    KERNEL is None or not os.access(KERNEL, os.R_OK), reason="needs a kernel in /boot"
)


def _guests() -> list[str]:
    """QEMU processes that this one started."""
    found = []
    for place in Path("/proc").glob("[0-9]*/status"):
        try:
            text = place.read_text()
        except OSError:
            continue
        if "Name:\tqemu-system" in text and f"PPid:\t{os.getpid()}\n" in text:
            found.append(text)
    return found


@boots
async def test_a_kernel_that_boots_is_the_proof() -> None:
    """Under emulation here, which works everywhere: what counts is that success is seen."""
    assert KERNEL is not None
    proof = await prove(KERNEL, patience=60, accelerator="tcg")
    assert proof.acceleration is Acceleration.KVM
    assert f"{KERNEL.name} booted" in proof.sentence
    assert _guests() == []


@boots
async def test_a_guest_that_hangs_is_killed_and_proves_nothing() -> None:
    assert KERNEL is not None
    proof = await prove(KERNEL, patience=0.3, accelerator="tcg")
    assert proof.acceleration is Acceleration.TCG
    assert "did not come to its end" in proof.sentence
    assert _guests() == []


async def test_what_is_no_kernel_proves_nothing(tmp_path: Path) -> None:
    kernel = tmp_path / "vmlinuz-1"
    kernel.write_bytes(b"not a kernel" * 100)
    proof = await prove(kernel, patience=20, accelerator="tcg")
    assert proof.acceleration is Acceleration.TCG
    assert _guests() == []


async def test_an_accelerator_that_fails_is_named() -> None:
    proof = await prove(KERNEL or Path("/none"), patience=20, accelerator="absent")
    assert proof.acceleration is Acceleration.TCG
    assert "absent" in proof.sentence


@pytest.mark.skipif(not Path("/dev/kvm").exists(), reason="needs /dev/kvm")
@boots
async def test_this_machine_is_told_by_whether_it_ran_one(tmp_path: Path) -> None:
    proof = await ProvenAcceleration(tmp_path, patience=8).proof()
    told = "booted under /dev/kvm" if proof.acceleration is Acceleration.KVM else "emulated"
    assert told in proof.sentence
    assert _guests() == []


_BUSY = """#!/bin/sh
[ "$1" = --version ] && exec echo QEMU 1
[ -e {here}/quick ] || exec sleep 60
echo Linux version 6.1.0
"""


def _root(tmp_path: Path, boot_id: str = "one") -> Path:
    root = tmp_path / "root"
    for name in ("dev", "boot", "proc/sys/kernel/random"):
        (root / name).mkdir(parents=True, exist_ok=True)
    (root / "dev/kvm").touch()
    (root / "boot/vmlinuz-6.1.0").touch()
    (root / "proc/sys/kernel/random/boot_id").write_text(f"{boot_id}\n")
    return root


async def test_a_proof_holds_for_one_boot_and_kernel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []

    async def counted(kernel: Path, patience: float) -> Proof:
        tried.append(kernel.name)
        return Proof(acceleration=Acceleration.KVM, sentence="as if")

    monkeypatch.setattr(module, "prove", counted)

    async def ask() -> Acceleration:
        return await ProvenAcceleration(tmp_path / "state", root).acceleration()

    root = _root(tmp_path)
    assert [await ask(), await ask()] == [Acceleration.KVM] * 2
    assert tried == ["vmlinuz-6.1.0"], "remembered across restarts of the agent"
    _root(tmp_path, "two")
    await ask()
    (root / "boot/vmlinuz-6.10.0").touch()
    await ask()
    await ask()
    assert tried == ["vmlinuz-6.1.0", "vmlinuz-6.1.0", "vmlinuz-6.10.0"]
    (tmp_path / "state/acceleration.json").write_text("damaged")
    await ask()
    assert len(tried) == 4


async def test_a_guest_that_took_too_long_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first try hangs; a program in QEMU's place sees to that."""
    programs, root = tmp_path / "programs", _root(tmp_path)
    programs.mkdir()
    qemu = programs / module.QEMU
    qemu.write_text(_BUSY.format(here=tmp_path))
    qemu.chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    source = ProvenAcceleration(tmp_path / "state", root, patience=2, again=3600)
    assert (await source.proof()).acceleration is Acceleration.TCG
    (tmp_path / "quick").touch()
    assert (await source.proof()).acceleration is Acceleration.TCG, "not for each who asks"
    restarted = ProvenAcceleration(tmp_path / "state", root)
    assert (await restarted.proof()).acceleration is Acceleration.KVM, "not until the next boot"


async def test_a_busy_server_need_not_be_restarted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    proofs = [
        Proof(acceleration=Acceleration.TCG, sentence="busy", final=False),
        Proof(acceleration=Acceleration.KVM, sentence="as if"),
    ]

    async def next_one(kernel: Path, patience: float) -> Proof:
        return proofs.pop(0)

    monkeypatch.setattr(module, "prove", next_one)
    source = ProvenAcceleration(tmp_path / "state", _root(tmp_path), again=0)
    found = [await source.acceleration() for _ in range(3)]
    assert found == [Acceleration.TCG, Acceleration.KVM, Acceleration.KVM]


@pytest.mark.parametrize(
    ("missing", "said"), [("dev/kvm", "no /dev/kvm"), ("boot/vmlinuz-6.1.0", "no kernel")]
)
async def test_what_is_missing_is_said(tmp_path: Path, missing: str, said: str) -> None:
    root = _root(tmp_path)
    (root / missing).unlink()
    proof = await ProvenAcceleration(tmp_path / "state", root).proof()
    assert proof.acceleration is Acceleration.TCG
    assert said in proof.sentence


@pytest.mark.parametrize(
    ("files", "xen"),
    [
        ({"proc/xen/capabilities": "control_d\n"}, True),
        ({"proc/xen/capabilities": ""}, False),
        ({"sys/hypervisor/type": "xen\n", "sys/hypervisor/uuid": "00000000-0000-0000\n"}, True),
        ({"sys/hypervisor/type": "xen\n", "sys/hypervisor/uuid": "5b1c0d4e-0000-4000\n"}, False),
        ({}, False),
    ],
)
def test_only_xens_control_domain_is_a_xen_host(
    tmp_path: Path, files: dict[str, str], xen: bool
) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert is_xen_host(tmp_path) is xen
