"""The program. All it says goes to standard output, errors too, as clients of the real one expect."""

import socket
import ssl
import sys
import time
from pathlib import Path
from typing import Any

from millpond.array.navisphere import wire
from millpond.array.navisphere.client import security_file
from millpond.array.navisphere.client.arguments import USAGE, Arguments, UsageError, parse
from millpond.array.navisphere.client.security_file import Entry, SecurityFileError
from millpond.array.navisphere.client.trust import LEVELS, Rejected, Trust

GENERAL = 255
CONNECT_SECONDS = 10.0
"""An SP that is off says nothing; ``-timeout`` is for one that has been told."""


class Unreachable(Exception):
    """Nobody answers; the text is for the user."""


def main() -> None:
    try:
        arguments = parse(sys.argv[1:])
        status = _run(arguments)
    except UsageError as error:
        status = _say(f"Invalid command line parameters: {error}\n\n{USAGE}", GENERAL)
    except (Unreachable, SecurityFileError, Rejected, OSError) as error:
        status = _say(f"{error}\n", GENERAL)
    sys.exit(status)


def _say(text: str, status: int = 0) -> int:
    sys.stdout.write(text)
    sys.stdout.flush()
    return status


def _run(arguments: Arguments) -> int:
    words = [word.lower() for word in arguments.command]
    trust = Trust(Path.home() / ".naviseccli")
    if arguments.help or not (words or arguments.action):
        return _help(arguments.command, 0 if arguments.help else GENERAL)
    if arguments.action:
        return _change_security_file(arguments)
    if words[:2] == ["security", "-certificate"]:
        return _level(trust, words[2:])
    started = time.monotonic()
    status = _remote(arguments, trust)
    if arguments.timed:
        _say(f"Command time: {time.monotonic() - started:.3f} s\n")
    return status


def _help(command: list[str], status: int) -> int:
    from millpond.array.navisphere.registry import COMMANDS

    first = command[0].lower() if command else None
    shown = [c for c in COMMANDS if first in (None, c.words[0].lower())]
    lines = [f"  {c.usage()}\n      {c.help}" for c in shown]
    return _say(USAGE + "\nCommands:\n\n" + "\n".join(lines) + "\n", status)


def _level(trust: Trust, words: list[str]) -> int:
    """Of this user, on this machine: no SP is asked."""
    if words == ["-getlevel"]:
        return _say(f"{trust.level.upper()}\n")
    if len(words) == 2 and words[0] == "-setlevel" and words[1] in LEVELS:
        trust.set_level(words[1])
        return 0
    raise UsageError("security -certificate takes -getLevel or -setLevel low|medium|high")


def _directory(arguments: Arguments) -> Path:
    return Path(arguments.secfilepath) if arguments.secfilepath else Path.home()


def _change_security_file(arguments: Arguments) -> int:
    if arguments.action == "remove":
        security_file.remove(_directory(arguments), arguments.address)
        return 0
    if not arguments.user:
        raise UsageError("-AddUserSecurity needs -User")
    password = _password(arguments)
    entry = Entry(arguments.user, password, arguments.scope)
    security_file.add(_directory(arguments), arguments.address, entry)
    return 0


def _password(arguments: Arguments) -> str:
    if arguments.password is not None:
        return arguments.password
    sys.stdout.write("Enter password: ")
    sys.stdout.flush()
    return sys.stdin.readline().rstrip("\n")


def _credentials(arguments: Arguments) -> Entry:
    if arguments.user:
        return Entry(arguments.user, _password(arguments), arguments.scope)
    return security_file.find(_directory(arguments), arguments.address)


def _remote(arguments: Arguments, trust: Trust) -> int:
    if not arguments.address:
        raise UsageError("-Address is missing")
    entry = _credentials(arguments)
    answer = _ask(arguments, trust, entry, arguments.command)
    if answer["ask"]:
        _say(answer["ask"])
        if not sys.stdin.readline().strip().lower().startswith("y"):
            return _say("\n")
        answer = _ask(arguments, trust, entry, [*arguments.command, "-o"])
    if arguments.file:
        Path(arguments.file).write_text(answer["text"])
    return _say(answer["text"], answer["status"])


def _ask(arguments: Arguments, trust: Trust, entry: Entry, command: list[str]) -> dict[str, Any]:
    request = {
        "version": wire.VERSION,
        "user": entry.user,
        "password": entry.password,
        "argv": command,
        "xml": arguments.xml,
    }
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    # Whom an SP's certificate names proves nothing, for it signed it: the user's word is what counts.
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    where = (arguments.address, arguments.port)
    try:
        plain = socket.create_connection(where, timeout=min(arguments.timeout, CONNECT_SECONDS))
    except OSError as error:
        raise Unreachable(_network_error(arguments.address, error)) from error
    plain.settimeout(arguments.timeout)
    # From here on the SP may do what it was told, whatever is heard of it.
    try:
        with plain, context.wrap_socket(plain) as secure:
            trust.check(*where, secure.getpeercert(binary_form=True) or b"")
            secure.sendall(wire.pack(request))
            return _receive(secure)
    except OSError as error:
        raise Unreachable(f"Error occurred: End of data stream ({error})") from error


def _receive(secure: ssl.SSLSocket) -> dict[str, Any]:
    """Raises ``Unreachable``, OSError."""
    try:
        size = wire.length(_exactly(secure, wire.HEADER.size))
        return wire.unpack(_exactly(secure, size))
    except wire.BadMessage as error:
        raise Unreachable(f"The answer cannot be read: {error}") from error


def _exactly(secure: ssl.SSLSocket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        more = secure.recv(size - len(data))
        if not more:
            raise Unreachable("Error occurred: End of data stream")
        data += more
    return data


def _network_error(address: str, error: OSError) -> str:
    if isinstance(error, ConnectionRefusedError):
        why = "connection refused. Management Server is not running."
    elif isinstance(error, TimeoutError):
        why = "of a timeout."
    else:
        why = f"of this: {error.strerror or error}"
    return (
        f"A network error occurred while trying to connect: '{address}'.\n"
        f"Message : Error occurred because {why}"
    )


if __name__ == "__main__":
    main()
