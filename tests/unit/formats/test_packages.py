"""Manifests and certificates of OVF packages."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID

from millpond.adapters.formats import certificate, manifest
from millpond.adapters.formats.manifest import Digest
from millpond.domain.errors import Refused

NOW = datetime(2026, 5, 1, tzinfo=UTC)
MANIFEST = b"SHA256(a.ovf)= " + hashlib.sha256(b"a").hexdigest().encode() + b"\n"


def test_all_three_algorithms_and_every_producers_spelling() -> None:
    one, two, three = (hashlib.new(n, b"x").hexdigest() for n in ("sha1", "sha256", "sha512"))
    text = f"SHA1 (a b.vmdk) = {one.upper()}\r\nsha256(b.ovf)={two}\n\nSHA512(c/d.iso)= {three}"
    assert manifest.read(text.encode(), "x.mf") == {
        "a b.vmdk": Digest("SHA1", one),
        "b.ovf": Digest("SHA256", two),
        "c/d.iso": Digest("SHA512", three),
    }


def test_what_is_written_is_read() -> None:
    digests = {
        f"{n}.vmdk": Digest(n, "ab" * (size // 2)) for n, size in manifest.ALGORITHMS.items()
    }
    assert manifest.read(manifest.write(digests).encode(), "x.mf") == digests


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("MD5(a)= 00", "import.unreadable"),
        ("SHA1(a)= 00", "import.unreadable"),
        (f"SHA256(a)= {'0' * 64}\nSHA256(a)= {'1' * 64}", "import.unreadable"),
        (f"SHA256(../a)= {'0' * 64}", "import.reference"),
        ("x" * (2 << 20), "import.too_large"),
    ],
)
def test_what_is_no_manifest_is_refused(text: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        manifest.read(text.encode(), "x.mf")
    assert refused.value.code == code


def test_files_are_checked_against_it() -> None:
    right, wrong = Digest("SHA1", "0" * 40), Digest("SHA1", "1" * 40)
    assert manifest.check({"a": right}, {"a": right}, "x.mf") == ()
    assert manifest.check({"a": right}, {"a": right, "b": wrong}, "x.mf") == (
        "b: x.mf does not name it",
    )
    for found in ({"a": wrong}, {"b": right}, {}):
        with pytest.raises(Refused) as refused:
            manifest.check({"a": right}, found, "x.mf")
        assert refused.value.code == "import.digest"


Key = rsa.RSAPrivateKey
_KEY, _CA_KEY = (rsa.generate_private_key(65537, 2048) for _ in range(2))


def issued(
    name: str, key: Key | ec.EllipticCurvePrivateKey, by: str, signer: Key
) -> x509.Certificate:
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, by)]))
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(NOW - timedelta(days=9))
        .not_valid_after(NOW + timedelta(days=9))
        .add_extension(x509.BasicConstraints(ca=name == "CA", path_length=None), critical=True)
        .sign(signer, hashes.SHA256())
    )


CA = issued("CA", _CA_KEY, "CA", _CA_KEY)
LEAF = issued("Producer", _KEY, "CA", _CA_KEY)
LONE = issued("Producer", _KEY, "Producer", _KEY)


def signed(one: x509.Certificate, over: bytes = MANIFEST, name: str = "SHA256") -> bytes:
    algorithm = {"SHA1": hashes.SHA1, "SHA256": hashes.SHA256, "SHA512": hashes.SHA512}[name]()
    signature = _KEY.sign(over, padding.PKCS1v15(), algorithm).hex()
    pem = one.public_bytes(serialization.Encoding.PEM)
    return f"{name}(a.mf)= {signature}\n".encode() + pem


@pytest.mark.parametrize("name", ["SHA1", "SHA256", "SHA512"])
def test_a_signature_over_the_manifest_is_accepted(name: str) -> None:
    signer = certificate.check(signed(LEAF, name=name), MANIFEST, "a.cert", [CA], NOW)
    assert signer == ("CN=Producer", "CN=CA", True, "")


def test_trust_needs_an_anchor_that_is_valid_and_may_issue() -> None:
    def trusted(one: x509.Certificate, *anchors: x509.Certificate, now: datetime = NOW) -> bool:
        return certificate.check(signed(one), MANIFEST, "a.cert", anchors, now).trusted

    assert trusted(LEAF, CA) and trusted(LONE, LONE)
    assert not trusted(LEAF) and not trusted(LONE, CA)
    assert not trusted(LONE, issued("Producer", _KEY, "CA", _CA_KEY))
    assert not trusted(LEAF, CA, now=NOW + timedelta(days=99))


def test_what_is_odd_about_a_certificate_is_said() -> None:
    late = certificate.check(signed(LEAF), MANIFEST, "a.cert", [], NOW + timedelta(days=99))
    assert late.note == "the certificate expired on 2026-05-10"
    early = certificate.check(signed(LEAF), MANIFEST, "a.cert", [], NOW - timedelta(days=99))
    assert early.note == "the certificate is valid from 2026-04-22 on"
    lone = certificate.check(signed(LONE), MANIFEST, "a.cert", [], NOW)
    assert lone.note == "the certificate is signed by its own key"


def test_another_manifest_or_key_is_refused() -> None:
    good = signed(LEAF)
    curve = issued("Producer", ec.generate_private_key(ec.SECP256R1()), "CA", _CA_KEY)
    for bad, over in (
        (good, MANIFEST + b"\n"),
        (signed(CA), MANIFEST),
        (good.replace(b"SHA256(a", b"SHA512(a"), MANIFEST),
        (signed(curve), MANIFEST),
    ):
        with pytest.raises(Refused) as refused:
            certificate.check(bad, over, "a.cert", [CA], NOW)
        assert refused.value.code == "import.certificate"


@pytest.mark.parametrize(
    "data", [b"", b"SHA256(a)= 00", b"x" * 300_000, signed(LEAF).replace(b"MII", b"???")]
)
def test_what_is_no_certificate_is_refused(data: bytes) -> None:
    with pytest.raises(Refused) as refused:
        certificate.check(data, MANIFEST, "a.cert", [], NOW)
    assert refused.value.code in ("import.unreadable", "import.too_large")
