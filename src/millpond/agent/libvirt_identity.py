"""The agent's identity as libvirt's own, for live migration."""

import shlex
import subprocess
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from millpond.agent.enrolment import IdentityFiles, install_for_hypervisor
from millpond.agent.settings import AgentSettings, HypervisorKind
from millpond.domain.errors import Failed

_RESTART_SECONDS = 120

Rest = Callable[[], AbstractAsyncContextManager[None]]
"""A time in which a restart of libvirt breaks nothing off. Entering it may take a while, and raises
``Refused(server.busy)`` if there is none."""


def give_libvirt(settings: AgentSettings, files: IdentityFiles, certificate: str) -> None:
    """Copy the identity with ``certificate`` (PEM) and restart libvirt, which takes it up and touches no guest; without libvirt,
    nothing. Raises ``Failed``."""
    if settings.hypervisor is not HypervisorKind.LIBVIRT:
        return
    try:
        install_for_hypervisor(files, certificate, settings.pki_dir)
    except OSError as error:
        raise Failed("install the certificate", str(error)) from error
    _restart(shlex.split(settings.libvirt_restart))


def _restart(argv: list[str]) -> None:
    step, then = "restart libvirt", "the certificate is there, restart libvirt by hand"
    try:
        done = subprocess.run(
            argv, check=False, capture_output=True, text=True, timeout=_RESTART_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Failed(step, f"{error}; {then}") from error
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip()[-500:]
        raise Failed(step, f"{said}; {then}")
