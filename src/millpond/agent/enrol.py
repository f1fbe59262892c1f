"""``millpond-agent enrol``: become a server of a manager."""

import hashlib
import shlex
import ssl
import subprocess

from cryptography.x509 import load_pem_x509_certificate

from millpond.adapters.pki.keys import key_pem, new_key, new_request
from millpond.adapters.pki.tokens import EnrolmentToken
from millpond.agent.enrolment import Enrolment, IdentityFiles, install_for_hypervisor
from millpond.agent.identity import server_id
from millpond.agent.redeem import redeem
from millpond.agent.settings import AgentSettings, HypervisorKind
from millpond.domain.errors import Failed, Refused

_RESTART_SECONDS = 120


def enrol(settings: AgentSettings, text: str, replace: bool) -> Enrolment:
    """Redeem the token ``text`` and install what it gives; libvirt is restarted to take up its
    certificate, which touches no guest. Membership of a pool stays as it is. A running agent sees
    the new identity and takes it up itself. Raises ``Refused``, ``Failed``, ``Unknown``."""
    token = EnrolmentToken.decode(text)
    files = IdentityFiles(settings.config_dir)
    present = files.load()
    if present is not None and not replace:
        raise Refused(
            "object.exists",
            f"server {present.name}",
            f"is enrolled with {present.manager}",
            "to enrol it with another manager, repeat with --replace",
        )
    server = server_id(settings)
    key = new_key()
    issued = redeem(token, new_request(key), server, settings.port)
    if load_pem_x509_certificate(issued.certificate.encode()).public_key() != key.public_key():
        raise Failed("enrol", "the manager issued a certificate for another key")
    enrolment = Enrolment(
        server=server,
        name=issued.name,
        address=issued.address,
        manager=token.url,
        certificate_sha256=_fingerprint(issued.certificate),
    )
    try:
        files.save(enrolment, issued.ca, issued.certificate, key_pem(key))
        if settings.hypervisor is HypervisorKind.LIBVIRT:
            install_for_hypervisor(files, settings.pki_dir)
    except OSError as error:
        raise Failed("install the certificate", str(error)) from error
    if settings.hypervisor is HypervisorKind.LIBVIRT:
        _restart_libvirt(shlex.split(settings.libvirt_restart))
    return enrolment


def _fingerprint(certificate: str) -> str:
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(certificate)).hexdigest()


def _restart_libvirt(argv: list[str]) -> None:
    step = "restart libvirt"
    try:
        done = subprocess.run(
            argv, check=False, capture_output=True, text=True, timeout=_RESTART_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Failed(step, f"{error}; the server is enrolled, restart libvirt by hand") from error
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip()[-500:]
        raise Failed(step, f"{said}; the server is enrolled, restart libvirt by hand")
