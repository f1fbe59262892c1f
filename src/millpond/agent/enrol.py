"""``millpond-agent enrol``: become a server of a manager."""

import hashlib
import ssl

from cryptography.x509 import load_pem_x509_certificate

from millpond.adapters.pki.keys import key_pem, new_key, new_request
from millpond.adapters.pki.tokens import EnrolmentToken
from millpond.agent.enrolment import Enrolment, IdentityFiles
from millpond.agent.identity import server_id
from millpond.agent.libvirt_identity import give_libvirt
from millpond.agent.redeem import redeem
from millpond.agent.settings import AgentSettings
from millpond.domain.errors import Failed, Refused


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
    except OSError as error:
        raise Failed("install the certificate", str(error)) from error
    give_libvirt(settings, files, issued.certificate)
    return enrolment


def _fingerprint(certificate: str) -> str:
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(certificate)).hexdigest()
