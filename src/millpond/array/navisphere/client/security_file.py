"""The security file: users and passwords, so that scripts need not name them.

``SecuredCLISecurityFile.xml`` has an entry for each SP's address, or for all (``*``), with what is secret
encrypted by the key in ``SecuredCLIXMLEncrypted.key``. Only the user may read either.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from millpond.adapters import durable

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

FILE, KEY = "SecuredCLISecurityFile.xml", "SecuredCLIXMLEncrypted.key"
ANY = "*"


class SecurityFileError(Exception):
    """There is none, or it cannot be used."""


@dataclass(frozen=True)
class Entry:
    user: str
    password: str
    scope: int


def add(directory: Path, address: str, entry: Entry) -> None:
    """Raises ``SecurityFileError``, OSError."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    from cryptography.fernet import Fernet  # here, for most commands have no use for it

    key = directory / KEY
    if not key.exists():
        durable.write(key, Fernet.generate_key(), 0o600)
    tree = _tree(directory) if (directory / FILE).exists() else ElementTree.Element("SecurityFile")
    _remove(tree, address)
    node = ElementTree.SubElement(tree, "Entry", address=address or ANY)
    node.text = _fernet(directory).encrypt(json.dumps(asdict(entry)).encode()).decode()
    _write(directory, tree)


def remove(directory: Path, address: str) -> None:
    """The address's entry, or all of them. Raises ``SecurityFileError``, OSError."""
    tree = _tree(directory)
    if not address:
        (directory / FILE).unlink()
        return
    if not _remove(tree, address):
        raise SecurityFileError(f"The security file has no entry for {address}")
    _write(directory, tree)


def find(directory: Path, address: str) -> Entry:
    """The entry of that address, or the one for all. Raises ``SecurityFileError``, OSError."""
    tree = _tree(directory)
    for wanted in (address, ANY):
        for node in tree.iter("Entry"):
            if node.get("address") == wanted:
                return _entry(directory, node.text or "")
    raise SecurityFileError(f"The security file has no entry for {address}")


def _entry(directory: Path, text: str) -> Entry:
    from cryptography.fernet import InvalidToken

    try:
        return Entry(**json.loads(_fernet(directory).decrypt(text.encode())))
    except (InvalidToken, ValueError, TypeError) as error:
        raise SecurityFileError("The security file and its key do not belong together") from error


def _fernet(directory: Path) -> "Fernet":
    from cryptography.fernet import Fernet

    try:
        return Fernet((directory / KEY).read_bytes())
    except (FileNotFoundError, ValueError) as error:
        raise SecurityFileError("Security file not found: its key is missing") from error


def _tree(directory: Path) -> ElementTree.Element:
    try:
        return ElementTree.fromstring((directory / FILE).read_text())  # noqa: S314 - it is our own
    except FileNotFoundError as error:
        raise SecurityFileError("Security file not found") from error
    except ElementTree.ParseError as error:
        raise SecurityFileError(f"The security file cannot be read: {error}") from error


def _remove(tree: ElementTree.Element, address: str) -> bool:
    found = [node for node in tree.iter("Entry") if node.get("address") == (address or ANY)]
    for node in found:
        tree.remove(node)
    return bool(found)


def _write(directory: Path, tree: ElementTree.Element) -> None:
    durable.write(directory / FILE, ElementTree.tostring(tree), 0o600)
