"""What this server can run guests with, proven by running one.

/dev/kvm may be there, open and answer, and still not run a guest (nested virtualization that is
switched off half-way). So a stock kernel is booted under it once per boot of the server: it must
print its first line and, having no root file system, panic and reboot, which ends QEMU.
"""

import asyncio
import math
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from pydantic import ValidationError

from millpond.adapters import durable
from millpond.adapters.children import WITH_US, end
from millpond.adapters.host.kernel import boot_id, newest_kernel
from millpond.domain.server import Acceleration
from millpond.domain.vm import Model

QEMU = "qemu-system-x86_64"
PATIENCE = 20.0
"""Seconds the guest may take; it needs one or two, even when emulated."""
AGAIN_SECONDS = 120.0
"""Until a guest that took too long is tried again: a server that has just booted may be busy."""

SIGN = b"Linux version"


class Proof(Model):
    """``sentence`` says what was tried and what came of it. Not ``final``: another try may end
    otherwise."""

    acceleration: Acceleration
    sentence: str
    final: bool = True


class Proven(Model):
    """The file: a proof holds for one boot of the server, one QEMU and one kernel."""

    key: str
    proof: Proof


class AccelerationSource(Protocol):
    """Where a server's acceleration is known from."""

    async def proof(self) -> Proof: ...


class KnownAcceleration:
    """A server that need not be asked, such as a fake one."""

    def __init__(self, acceleration: Acceleration, sentence: str) -> None:
        self._proof = Proof(acceleration=acceleration, sentence=sentence)

    async def proof(self) -> Proof:
        return self._proof


class ProvenAcceleration:
    """Proves once and remembers, in memory and in ``state_dir/acceleration.json``. What took too
    long is tried again ``again`` seconds later, by whoever asks then.

    ``root`` is where /dev, /proc, /sys and /boot are looked for.
    """

    def __init__(
        self,
        state_dir: Path,
        root: Path = Path("/"),
        patience: float = PATIENCE,
        again: float = AGAIN_SECONDS,
    ) -> None:
        self._path = state_dir / "acceleration.json"
        self._root = root
        self._patience = patience
        self._again = again
        self._lock = asyncio.Lock()
        self._known: Proof | None = None
        self._until = math.inf

    async def proof(self) -> Proof:
        """A call that tries takes up to ``patience`` seconds; the others none."""
        async with self._lock:
            if self._known is None or time.monotonic() > self._until:
                self._known = await self._remembered_or_new()
                self._until = math.inf if self._known.final else time.monotonic() + self._again
            return self._known

    async def acceleration(self) -> Acceleration:
        """The proof's result alone."""
        return (await self.proof()).acceleration

    async def _remembered_or_new(self) -> Proof:
        if is_xen_host(self._root):
            return Proof(
                acceleration=Acceleration.XEN, sentence="this is the control domain of a Xen host"
            )
        if not (self._root / "dev/kvm").exists():
            return _tcg("there is no /dev/kvm: guests are emulated")
        kernel = newest_kernel(self._root / "boot")
        if kernel is None:
            return _tcg("there is no kernel in /boot to try /dev/kvm with: guests are emulated")
        try:
            version = await _qemu_version()
        except OSError as error:
            return _tcg(f"{QEMU} cannot be started: {error.strerror}")
        key = f"{boot_id(self._root)} {version} {kernel.name} {kernel.stat().st_mtime_ns}"
        known = self._load()
        if known is not None and known.key == key:
            return known.proof
        proof = await prove(kernel, self._patience)
        if not proof.final:
            return proof
        self._path.parent.mkdir(parents=True, exist_ok=True)
        durable.write(self._path, Proven(key=key, proof=proof).model_dump_json().encode())
        return proof

    def _load(self) -> Proven | None:
        try:
            return Proven.model_validate_json(self._path.read_bytes())
        except (OSError, ValidationError):
            return None


def is_xen_host(root: Path) -> bool:
    """Whether this is Xen's control domain. A guest of Xen says ``xen`` in /sys/hypervisor/type
    too, but has a UUID; the control domain's is all zeroes."""
    capabilities = root / "proc/xen/capabilities"
    if capabilities.exists() and "control_d" in capabilities.read_text():
        return True
    hypervisor = root / "sys/hypervisor"
    try:
        is_xen = (hypervisor / "type").read_text().strip() == "xen"
        return is_xen and set((hypervisor / "uuid").read_text().strip()) <= {"0", "-"}
    except OSError:
        return False


async def prove(kernel: Path, patience: float, accelerator: str = "kvm") -> Proof:
    """Boot ``kernel`` once. QEMU is gone when this returns, whatever happened."""
    started = time.monotonic()
    process = await asyncio.create_subprocess_exec(
        *WITH_US,
        *_boot(kernel, accelerator),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(patience):
            console, errors = await process.communicate()
    except TimeoutError:
        sentence = (
            f"/dev/kvm is there, but {kernel.name} started under it did not come to its end"
            f" within {patience:.0f} s: guests are emulated"
        )
        return Proof(acceleration=Acceleration.TCG, sentence=sentence, final=False)
    finally:
        await end(process)
    if SIGN in console and process.returncode == 0:
        return Proof(
            acceleration=Acceleration.KVM,
            sentence=f"{kernel.name} booted under /dev/kvm in {time.monotonic() - started:.1f} s",
        )
    lines = errors.decode(errors="replace").strip().splitlines()
    words = [line for line in lines if "error" in line or "failed" in line] or lines
    why = words[0] if words else f"QEMU ended with {process.returncode} before it booted"
    return _tcg(f"/dev/kvm is there, but does not run {kernel.name} ({why}): guests are emulated")


# Guests get the server's own CPU model, so that is what has to work: "max" is the same as "host"
# under KVM, and fails where a plainer model would only hang.
def _boot(kernel: Path, accelerator: str) -> Sequence[str]:
    return (
        *(QEMU, "-nodefaults", "-no-user-config", "-accel", accelerator, "-cpu", "max"),
        *("-m", "256", "-display", "none", "-serial", "stdio", "-no-reboot"),
        *("-kernel", str(kernel), "-append", "console=ttyS0 panic=-1"),
    )


async def _qemu_version() -> str:
    process = await asyncio.create_subprocess_exec(
        QEMU, "--version", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    output, _ = await process.communicate()
    return output.decode(errors="replace").partition("\n")[0]


def _tcg(sentence: str) -> Proof:
    return Proof(acceleration=Acceleration.TCG, sentence=sentence)
