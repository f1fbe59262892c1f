"""What guests are told, and what is refused before any of them could be."""

import email
import json
from typing import Any

import pytest
from pydantic import ValidationError

from millpond.cli.cloud_init import cloud_init
from millpond.cli.crypt import hash_password
from millpond.cli.errors import CliError
from millpond.domain.backup import is_backed_up
from millpond.domain.cloud_init import SEED_SOURCE, USER_DATA_MAX, CloudInit, Seed, seed
from millpond.domain.converting import from_config
from millpond.domain.vm import VmConfig

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA anna@desk"
HASH = "$6$rounds=100000$saltsaltsalt$" + "h" * 86
INSTANCE = "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11"


def written(name: str = "web_1", **told: Any) -> Seed:
    vifs = [{"mac": f"00:16:3e:00:00:0{n}", "bridge": "xenbr0"} for n in (1, 2)]
    sizes = {"memory": 64, "max_memory": 64, "vcpus": 1, "max_vcpus": 1}
    config = VmConfig.model_validate({"id": INSTANCE, "name": name, "vifs": vifs, **sizes})
    return seed(CloudInit.model_validate(told), config, INSTANCE)


def config_of(made: Seed) -> dict[str, Any]:
    first, _, rest = made.user_data.get_secret_value().partition("\n")
    assert first == "#cloud-config"
    found: dict[str, Any] = json.loads(rest)
    return found


def test_a_user_with_a_password_and_keys() -> None:
    made = written(user="anna", password_hash=HASH, ssh_keys=[KEY])
    [user] = config_of(made)["users"]
    assert (user["name"], user["passwd"], user["lock_passwd"]) == ("anna", HASH, False)
    assert user["ssh_authorized_keys"] == [KEY]


def test_keys_without_a_user_are_for_the_images_own() -> None:
    assert config_of(written(ssh_keys=[KEY])) == {"ssh_authorized_keys": [KEY]}


def test_a_user_without_a_password_cannot_sign_in_with_one() -> None:
    [user] = config_of(written(user="anna"))["users"]
    assert user["lock_passwd"]
    assert "passwd" not in user


@pytest.mark.parametrize(
    ("name", "hostname"),
    [("web_1", "web-1"), ("web1.example.com", "web1.example.com"), ("a..b-", "a.b")],
)
def test_a_guest_is_called_as_its_vm(name: str, hostname: str) -> None:
    assert json.loads(written(name).meta_data)["local-hostname"] == hostname


def test_addresses_are_matched_by_mac() -> None:
    wanted = {"addresses": ["192.0.2.10/24", "2001:db8::10/64"], "gateway": "192.0.2.1"}
    made = json.loads(written(networks=[wanted | {"dns": ["192.0.2.53"]}]).network_config)
    assert made == {
        "version": 2,
        "ethernets": {
            "nic0": {
                "match": {"macaddress": "00:16:3e:00:00:01"},
                "addresses": ["192.0.2.10/24", "2001:db8::10/64"],
                "routes": [{"to": "0.0.0.0/0", "via": "192.0.2.1"}],
                "nameservers": {"addresses": ["192.0.2.53"]},
            },
            "nic1": {"match": {"macaddress": "00:16:3e:00:00:02"}, "dhcp4": True},
        },
    }


def test_without_addresses_the_image_decides() -> None:
    assert written().network_config == ""


@pytest.mark.parametrize("data", ["#cloud-config\n{}\n", "#!/bin/sh\ntrue\n"])
def test_user_data_are_passed_on_as_they_are(data: str) -> None:
    assert written(hostname="web1", user_data=data).user_data.get_secret_value() == data


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        ("#cloud-config\npackages: [nginx]\n", "text/cloud-config"),
        ("#!/bin/sh\ntrue\n", "text/x-shellscript"),
        (
            "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\n\n--x--\n",
            "multipart/mixed",
        ),
    ],
)
def test_user_data_come_after_what_the_user_and_keys_become(data: str, kind: str) -> None:
    both = email.message_from_string(
        written(user="anna", user_data=data).user_data.get_secret_value()
    )
    ours, theirs = both.get_payload()
    assert b'"anna"' in ours.get_payload(decode=True)
    assert theirs.get_content_type() == kind
    if kind != "multipart/mixed":
        assert theirs.get_payload(decode=True).decode() == data


@pytest.mark.parametrize(
    "told",
    [
        {"user_data": "password: geheim"},
        {"user_data": "#cloud-config\n# geheim" + "x" * USER_DATA_MAX},
        {"user": "anna", "password_hash": "geheim"},
        {"user": "anna", "password_hash": "$1$geheim$" + "h" * 22},
        {"password_hash": HASH.replace("salt", "geheim")},
    ],
)
def test_a_refusal_does_not_repeat_what_is_secret(told: Any) -> None:
    with pytest.raises(ValidationError) as caught:
        CloudInit.model_validate(told)
    assert "geheim" not in " ".join(error["msg"] for error in caught.value.errors())


@pytest.mark.parametrize(
    "told",
    [
        {"hostname": "web_1"},
        {"hostname": "web1\nmalicious"},
        {"user": "Anna"},
        {"user": "-x"},
        {"ssh_keys": ["command=x ssh-ed25519 AAAA"]},
        {"ssh_keys": ["ssh-ed25519 no!base64"]},
        {"ssh_keys": [f"{KEY}\n{KEY}"]},
        {"networks": [{"addresses": ["192.0.2.10"]}]},
        {"networks": [{"addresses": ["192.0.2.10/33"]}]},
        {"networks": [{"addresses": ["192.0.2.10/24"], "gateway": "198.51.100.1"}]},
        {"networks": [{"gateway": "192.0.2.1"}]},
    ],
)
def test_what_no_guest_could_use_is_refused(told: Any) -> None:
    with pytest.raises(ValidationError):
        CloudInit.model_validate(told)


def test_a_hash_fits_the_password_and_no_other() -> None:
    import ctypes

    found = hash_password("four random plain words")
    CloudInit.model_validate({"user": "anna", "password_hash": found})
    library = ctypes.CDLL("libcrypt.so.1")
    library.crypt.restype = ctypes.c_char_p
    assert library.crypt(b"four random plain words", found.encode()) == found.encode()
    assert library.crypt(b"four random plain word", found.encode()) != found.encode()
    assert hash_password("four random plain words") != found


def test_the_command_line_says_networks_in_the_order_of_the_nics() -> None:
    told = cloud_init(
        None,
        None,
        None,
        False,
        ["192.0.2.10/24,2001:db8::1/64,gateway=192.0.2.1,dns=192.0.2.53", "dhcp"],
        None,
    )
    first = {
        "addresses": ["192.0.2.10/24", "2001:db8::1/64"],
        "gateway": "192.0.2.1",
        "dns": ["192.0.2.53"],
    }
    assert told == {"networks": [first, {}]}


@pytest.mark.parametrize(
    "text", ["dhcp,192.0.2.1/24", "192.0.2.10", "gw=1", "192.0.2.1/24,gateway=", ""]
)
def test_a_network_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(CliError):
        cloud_init(None, None, None, False, [text], None)


def test_no_option_says_nothing() -> None:
    assert cloud_init(None, None, None, False, None, None) is None


def test_the_cd_stays_with_its_vm() -> None:
    """Whoever gets a backup or an export gets no secrets with it."""
    made = VmConfig.model_validate(
        {
            "id": INSTANCE,
            "name": "web1",
            "memory": 64,
            "max_memory": 64,
            "vcpus": 1,
            "max_vcpus": 1,
            "disks": [
                {"target": "vda", "source": "file:vda.raw", "size": 1 << 20},
                {"target": "sdg", "source": SEED_SOURCE, "size": 1 << 20, "readonly": True},
            ],
        }
    )
    assert [is_backed_up(disk) for disk in made.disks] == [True, False]
    exported = from_config(made)
    assert [disk.target for disk in exported.disks] == ["vda"]
    assert any("cloud-init" in lost for lost in exported.unsaid)
