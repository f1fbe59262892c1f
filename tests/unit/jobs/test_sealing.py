"""Secrets in requests, sealed while they lie in the database."""

import json
from pathlib import Path

import pytest

from millpond.adapters.pki.authority import CertificateAuthority
from millpond.domain.errors import Failed
from millpond.manager.jobs.sealing import Seal

SPEC = json.dumps(
    {"vm": "web1", "told": [{"password_hash": "$6$x", "user": "anna"}], "token": None}
)


def test_what_is_sealed_is_opened_and_cannot_be_read_meanwhile() -> None:
    seal = Seal()
    closed = seal.close(SPEC)
    assert "$6$x" not in closed
    assert json.loads(closed)["vm"] == "web1"
    assert json.loads(closed)["told"][0]["user"] == "anna"
    assert json.loads(seal.open(closed)) == json.loads(SPEC)


def test_another_key_does_not_open_it() -> None:
    with pytest.raises(Failed):
        Seal().open(Seal().close(SPEC))


def test_what_has_no_secrets_stays_as_it_is() -> None:
    assert Seal().close('{"vm":"web1"}') == '{"vm":"web1"}'


def test_the_same_authority_derives_the_same_key(tmp_path: Path) -> None:
    """A manager that is started again opens what it sealed before; another one does not."""
    key = CertificateAuthority.open(tmp_path / "one").derived_key(b"jobs")
    closed = Seal(key).close(SPEC)
    again = CertificateAuthority.open(tmp_path / "one")
    assert json.loads(Seal(again.derived_key(b"jobs")).open(closed)) == json.loads(SPEC)
    assert again.derived_key(b"other") != key
    assert CertificateAuthority.open(tmp_path / "two").derived_key(b"jobs") != key
