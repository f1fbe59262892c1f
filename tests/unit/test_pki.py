"""The manager's certificates, and whether those who must accept them do."""

import shutil
import ssl
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from millpond.adapters.pki import authority as authority_module
from millpond.adapters.pki.authority import CertificateAuthority
from millpond.adapters.pki.contexts import client_context, server_context
from millpond.adapters.pki.identity import MANAGER, Identity, PeerKind, identity_of
from millpond.adapters.pki.keys import key_pem, new_key, new_request
from millpond.adapters.pki.tokens import EnrolmentToken, new_secret, secret_sha256
from millpond.domain.errors import Refused

SERVER = "11111111-2222-3333-4444-555555555555"
ON_SECP112R1 = """
-----BEGIN CERTIFICATE REQUEST-----
MIGHMFQCAQAwGTEXMBUGA1UEAwwObWlsbHBvbmQtYWdlbnQwMjAQBgcqhkjOPQIB
BgUrgQQABgMeAATZ1deJQcWh7j2Fb/tnA4EL4RqXBM1VYGwfm2gsoAAwCgYIKoZI
zj0EAwIDIwAwIAIObM++rZd/+QQvArtjERgCDnbCysl18cQNIh1hF3Is
-----END CERTIFICATE REQUEST-----
"""
"""What OpenSSL makes and cryptography does not know: openssl ecparam -name secp112r1."""


@pytest.fixture
def authority(tmp_path: Path) -> CertificateAuthority:
    return CertificateAuthority.open(tmp_path / "pki")


def _agent_files(authority: CertificateAuthority, directory: Path) -> tuple[Path, Path]:
    key = new_key()
    directory.mkdir()
    pem = authority.issue_agent(new_request(key).decode(), SERVER, "srv1", "127.0.0.1")
    (directory / "cert.pem").write_text(pem)
    (directory / "key.pem").write_bytes(key_pem(key))
    return directory / "cert.pem", directory / "key.pem"


def _handshake(client: ssl.SSLContext, server: ssl.SSLContext, name: str) -> ssl.SSLObject:
    """Both ends in memory; returns the server's, which knows the client."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    near = client.wrap_bio(to_client, to_server, server_hostname=name)
    far = server.wrap_bio(to_server, to_client, server_side=True)
    for _ in range(4):
        for end in (near, far):
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
    far.do_handshake()
    assert far.version() == "TLSv1.3"
    return far


def test_authority_is_made_once_with_private_keys(authority: CertificateAuthority) -> None:
    directory = authority.path.parent
    again = CertificateAuthority.open(directory)
    assert again.fingerprint == authority.fingerprint
    assert again.pem == authority.pem
    assert (directory / "ca.key").stat().st_mode & 0o777 == 0o600
    assert directory.stat().st_mode & 0o777 == 0o700
    der = ssl.PEM_cert_to_DER_cert(authority.pem)
    assert x509.load_der_x509_certificate(der).fingerprint(hashes.SHA256()).hex() == (
        authority.fingerprint
    )


def test_identity_is_the_callers_word_not_the_requests(authority: CertificateAuthority) -> None:
    key = new_key()
    claims_to_be_manager = (
        x509.CertificateSigningRequestBuilder()
        .subject_name(
            x509.Name(
                [
                    x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "manager"),
                    x509.NameAttribute(NameOID.COMMON_NAME, "manager"),
                ]
            )
        )
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("evil.example")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
        .public_bytes(Encoding.PEM)
        .decode()
    )
    issued = x509.load_pem_x509_certificate(
        authority.issue_agent(claims_to_be_manager, SERVER, "srv1", "192.0.2.7").encode()
    )
    names = {a.oid: a.value for a in issued.subject}
    assert names[NameOID.COMMON_NAME] == SERVER
    assert names[NameOID.ORGANIZATIONAL_UNIT_NAME] == "agent"
    san = issued.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert san.get_values_for_type(x509.DNSName) == ["srv1", SERVER]
    assert [str(ip) for ip in san.get_values_for_type(x509.IPAddress)] == ["192.0.2.7"]
    assert not issued.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    life = issued.not_valid_after_utc - datetime.now(UTC)
    assert timedelta(days=729) < life <= timedelta(days=730)


def test_requests_that_prove_nothing_are_refused(authority: CertificateAuthority) -> None:
    with pytest.raises(Refused) as garbage:
        authority.issue_agent("not a request", SERVER, "srv1", "127.0.0.1")
    assert garbage.value.code == "request.invalid"
    good = x509.load_pem_x509_csr(new_request(new_key()))
    der = bytearray(good.public_bytes(Encoding.DER))
    der[-1] ^= 1
    forged = ssl.DER_cert_to_PEM_cert(bytes(der)).replace("CERTIFICATE", "CERTIFICATE REQUEST")
    with pytest.raises(Refused):
        authority.issue_agent(forged, SERVER, "srv1", "127.0.0.1")
    for key in (rsa.generate_private_key(65537, 2048), ec.generate_private_key(ec.SECP384R1())):
        other = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
        pem = other.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM).decode()
        with pytest.raises(Refused) as refused:
            authority.issue_agent(pem, SERVER, "srv1", "127.0.0.1")
        assert "P-256" in refused.value.message
    with pytest.raises(Refused) as unknown:
        authority.issue_agent(ON_SECP112R1, SERVER, "srv1", "127.0.0.1")
    assert unknown.value.code == "request.invalid"


def test_manager_pair_is_kept_and_renewed_when_due(
    authority: CertificateAuthority, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ["localhost", "127.0.0.1"]
    certificate, key = authority.manager_pair(names)
    first = certificate.read_bytes()
    assert key.stat().st_mode & 0o777 == 0o600
    assert len(x509.load_pem_x509_certificates(first)) == 2  # with the authority's own
    authority.manager_pair(list(reversed(names)))
    assert certificate.read_bytes() == first
    authority.manager_pair([*names, "198.18.0.1"])
    second = certificate.read_bytes()
    assert second != first
    monkeypatch.setattr(authority_module, "RENEW_BEFORE", timedelta(days=731))
    authority.manager_pair([*names, "198.18.0.1"])
    assert certificate.read_bytes() != second


def test_both_ends_know_each_other(authority: CertificateAuthority, tmp_path: Path) -> None:
    agent = _agent_files(authority, tmp_path / "agent")
    manager = authority.manager_pair(["localhost"])
    server = server_context(*agent, clients=authority.path)
    for name in (SERVER, "srv1", "127.0.0.1"):
        end = _handshake(client_context(authority.path, *manager), server, name)
        assert identity_of(end.getpeercert()) == MANAGER
    end = _handshake(client_context(authority.path, *agent), server, SERVER)
    assert identity_of(end.getpeercert()) == Identity(PeerKind.AGENT, SERVER)


def test_wrong_name_and_wrong_authority_end_the_handshake(
    authority: CertificateAuthority, tmp_path: Path
) -> None:
    agent = _agent_files(authority, tmp_path / "agent")
    manager = authority.manager_pair(["localhost"])
    server = server_context(*agent, clients=authority.path)
    with pytest.raises(ssl.SSLCertVerificationError):
        _handshake(client_context(authority.path, *manager), server, "srv2")
    stranger = CertificateAuthority.open(tmp_path / "other")
    strangers = stranger.manager_pair(["localhost"])
    with pytest.raises(ssl.SSLError):  # the server turns a client of another authority away
        _handshake(client_context(authority.path, *strangers), server, SERVER)
    with pytest.raises(ssl.SSLCertVerificationError):  # and the client such a server
        _handshake(client_context(stranger.path, *manager), server, SERVER)


def test_identity_needs_exactly_our_names() -> None:
    def subject(*pairs: tuple[str, str]) -> dict[str, object]:
        return {"subject": tuple((pair,) for pair in pairs)}

    unit, name = "organizationalUnitName", "commonName"
    assert identity_of(None) is None
    assert identity_of({}) is None
    assert identity_of(subject((name, "manager"))) is None
    assert identity_of(subject((unit, "manager"), (name, SERVER))) is None
    assert identity_of(subject((unit, "agent"), (unit, "manager"), (name, "manager"))) is None
    assert identity_of(subject((unit, "agent"), (name, "manager"))) == Identity(
        PeerKind.AGENT, "manager"
    )


@pytest.mark.skipif(shutil.which("certtool") is None, reason="needs GnuTLS's certtool")
def test_gnutls_accepts_the_certificates(authority: CertificateAuthority, tmp_path: Path) -> None:
    """libvirt and QEMU verify with GnuTLS."""
    certificate, _ = _agent_files(authority, tmp_path / "agent")

    def verify(purpose: str, name: list[str]) -> subprocess.CompletedProcess[str]:
        argv = ["certtool", "--verify", "--load-ca-certificate", str(authority.path)]
        argv += ["--infile", str(certificate), f"--verify-purpose={purpose}", *name]
        return subprocess.run(argv, check=False, capture_output=True, text=True)

    for purpose in ("1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"):  # TLS server, TLS client
        for name in ([], ["--verify-hostname=srv1"], ["--verify-hostname=127.0.0.1"]):
            done = verify(purpose, name)
            assert done.returncode == 0, done.stdout + done.stderr
    assert verify("1.3.6.1.5.5.7.3.3", []).returncode != 0  # code signing: the check can fail
    assert verify("1.3.6.1.5.5.7.3.1", ["--verify-hostname=srv2"]).returncode != 0


def test_token_round_trip_and_secrecy() -> None:
    secret = new_secret()
    token = EnrolmentToken(url="https://198.18.0.1:8443", ca_sha256="ab" * 32, secret=secret)
    text = token.encode()
    assert text.startswith("mp1.")
    assert "=" not in text
    assert EnrolmentToken.decode(f" {text}\n") == token
    assert secret.get_secret_value() not in f"{token!r} {token} {token.model_dump_json()}"
    assert len(secret_sha256(secret)) == 64
    assert secret_sha256(secret) != secret_sha256(new_secret())


@pytest.mark.parametrize("change", [lambda t: t[4:], lambda t: t[:-9], lambda t: "mp1.%%%"])
def test_damaged_token_is_refused_without_showing_it(change: object) -> None:
    token = EnrolmentToken(url="https://m", ca_sha256="ab" * 32, secret=new_secret())
    damaged = change(token.encode())  # type: ignore[operator]
    with pytest.raises(Refused) as refused:
        EnrolmentToken.decode(damaged)
    assert refused.value.code == "enrol.token"
    assert damaged not in str(refused.value)
    assert refused.value.__suppress_context__
