"""``millpond-array link``: what an array tells another one's administrator about itself, and taking that up."""

import ipaddress
import json
import ssl
import time
from pathlib import Path

from millpond.array.model import remotes
from millpond.array.model.mirror_types import Remote
from millpond.array.model.types import SPS
from millpond.array.navisphere import certificate
from millpond.array.store.store import Store


def described(directory: Path) -> str:
    """The array, as others link to it (JSON). Raises OSError."""
    array = Store(directory).state().array
    shown = {
        sp: certificate.ensure(directory, sp, array.serial, array.management[sp])[0].read_text()
        for sp in SPS
    }
    remote = Remote(
        serial=array.serial,
        name=array.name,
        seed=array.seed,
        addresses=array.management,
        certificates=shown,
    )
    return json.dumps(remote.model_dump(mode="json"), indent=2)


def link(directory: Path, text: str) -> str:
    """To the array that ``text`` describes; its serial number. Raises ``Refusal``, OSError, ValueError."""
    try:
        remote = Remote.model_validate_json(text)
        _check(remote)
    except (ValueError, ssl.SSLError) as error:
        raise ValueError(f"that does not describe an array: {error}") from error
    Store(directory).change(lambda state, _: remotes.link(state, remote), time.time())
    return remote.serial


def _check(remote: Remote) -> None:
    """What no link can be made by would cost the others, too. Raises ValueError, ssl.SSLError."""
    if not remote.serial.isalnum():
        raise ValueError(f"{remote.serial} is no serial number")
    for what in (remote.addresses, remote.certificates):
        if set(what) != set(SPS):
            raise ValueError("it has two SPs")
    for address in remote.addresses.values():
        ipaddress.ip_address(address)
    for shown in remote.certificates.values():
        ssl.create_default_context(cadata=shown)


def unlink(directory: Path, serial: str) -> None:
    """Raises ``Refusal``, OSError."""
    Store(directory).change(lambda state, _: remotes.unlink(state, serial), time.time())
