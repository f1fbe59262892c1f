"""Running ``naviseccli``, ours or EMC's: the password on its standard input and in its security file, never
an argument; bounded in time; from one SP to the other when one does not answer."""

import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from millpond.adapters.children import WITH_US, end
from millpond.domain.errors import Failed, Refused, Unknown

SECURITY_FILE = "SecuredCLISecurityFile.xml"
SECONDS = 120.0
"""How long one command may take."""
ASK_SECONDS = 45.0
"""How long a question may: an SP that is frozen takes the call and does not answer."""

ADD = "millpond array add NAME --address ADDRESS --user USER"
FIRST = ("getagent",)
_NETWORK = "A network error occurred while trying to connect"
_LOGIN = ("Authentication failed", "Security file not found", "The security file")
_CERTIFICATE = ("was rejected",)


class NotAnswering(Exception):
    """Nothing was done: no connection came about."""


@dataclass(frozen=True)
class Login:
    """``password`` goes into the security file alone. ``scope``: 0 global, 1 local, 2 LDAP."""

    user: str
    password: str = field(repr=False)
    scope: int = 0


@dataclass
class Naviseccli:
    """``home`` keeps the security file and the certificates that were accepted; only we may read it. The
    first time that an SP is spoken to its certificate is accepted, and no other one after that."""

    name: str
    addresses: tuple[str, ...]
    login: Login
    home: Path
    program: Path
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False)
    _silent: set[str] = field(default_factory=set, repr=False)
    """Addresses that did not answer when they were last asked: they are asked last."""

    async def ask(self, *words: str) -> str:
        """The answer to a question: whichever SP gives one. Raises what ``ports.array`` says."""
        return await self._either(words, ASK_SECONDS, changes=False)

    async def tell(self, *words: str) -> str:
        """Have something changed. Where it is not known whether an SP did it, the other is not asked:
        raises ``Unknown``."""
        return await self._either(words, SECONDS, changes=True)

    async def answers(self) -> dict[str, bool]:
        """Which of the addresses somebody answers at."""
        found = await asyncio.gather(*(self._alive(address) for address in self.addresses))
        return dict(zip(self.addresses, found, strict=True))

    async def _alive(self, address: str) -> bool:
        try:
            await self._one(address, FIRST, ASK_SECONDS)
        except (NotAnswering, Unknown):
            self._silent.add(address)
            return False
        except (Refused, Failed):  # somebody does, and says why not when something is asked of it
            return True
        self._silent.discard(address)
        return True

    async def _either(self, words: Sequence[str], seconds: float, *, changes: bool) -> str:
        why = "it has no address"
        for address in sorted(self.addresses, key=self._silent.__contains__):
            try:
                said = await self._one(address, words, seconds)
            except NotAnswering as error:
                why = str(error)
            except Unknown as error:
                if changes:
                    raise
                why = error.cause
            else:
                self._silent.discard(address)
                return said
            self._silent.add(address)
        raise Refused(
            "array.unreachable",
            f"array {self.name}",
            f"none of {', '.join(self.addresses)} answers: {why}",
            "see that its SPs run and the manager reaches them; then repeat the request",
        )

    async def _one(self, address: str, words: Sequence[str], seconds: float) -> str:
        await self._sign_in()
        if words != FIRST and not self._known(address).exists():
            await self._one(address, FIRST, ASK_SECONDS)
        # What is asked on standard input is whether to trust a certificate: 2 keeps it, 3 rejects it.
        typed = "3\n" if self._known(address).exists() else "2\n"
        status, said = await self._run(["-h", address, *_typed(words)], seconds, typed)
        if status:
            raise self._meaning(address, words, said)
        self._known(address).touch(mode=0o600)
        return said

    def _known(self, address: str) -> Path:
        """There once the certificate of that SP has been accepted."""
        return self.home / f"accepted-{address.replace(':', '_')}"

    def _meaning(self, address: str, words: Sequence[str], said: str) -> Exception:
        """What a command that failed means."""
        if any(word in said for word in _LOGIN):
            return Refused(
                "array.login",
                f"array {self.name}",
                f"{address} does not take user {self.login.user} with that password",
                f"if it is registered, forget it: millpond array remove {self.name}; then register it with "
                f"the right ones: {ADD}",
            )
        if any(word in said for word in _CERTIFICATE):
            return Refused(
                "array.login",
                f"array {self.name}",
                f"{address} shows another certificate than it did at first",
                f"if that is right, forget it: millpond array remove {self.name}; then register it: {ADD}",
            )
        if _NETWORK in said:
            return NotAnswering(_line(said.partition("Message : ")[2] or said))
        if "End of data stream" in said:
            return Unknown(" ".join(words[:2]), f"{address} broke off before it had answered")
        return Failed(" ".join(words[:2]), f"array {self.name}: {_line(said)}")

    async def _sign_in(self) -> None:
        """Write the security file, if there is none: until the last file is there, it is made anew."""
        async with self._turn:
            if not (self.home / "signed-in").exists():
                await self._write_security_file()

    async def _write_security_file(self) -> None:
        self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        who = ["-AddUserSecurity", "-User", self.login.user, "-Scope", str(self.login.scope)]
        status, said = await self._run(who, ASK_SECONDS, f"{self.login.password}\n")
        if status:
            raise Failed("-AddUserSecurity", _line(said.replace(self.login.password, "***")))
        (self.home / SECURITY_FILE).chmod(0o600)
        (self.home / "signed-in").touch(mode=0o600)

    async def _run(self, words: list[str], seconds: float, typed: str) -> tuple[int, str]:
        """Raises ``Failed`` if it cannot be started, ``Unknown`` if it takes too long."""
        if not os.access(self.program, os.X_OK):
            raise Failed("naviseccli", f"the manager's machine has no {self.program}")
        process = await asyncio.create_subprocess_exec(
            *(*WITH_US, str(self.program), "-secfilepath", str(self.home), *words),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env={"PATH": os.environ.get("PATH", os.defpath), "HOME": str(self.home), "LC_ALL": "C"},
            start_new_session=True,
        )
        try:
            async with asyncio.timeout(seconds):
                said, _ = await process.communicate(typed.encode())
        except TimeoutError:
            raise Unknown("naviseccli", f"no answer within {seconds:.0f} s") from None
        finally:
            await end(process)
        assert process.returncode is not None
        return process.returncode, said.decode(errors="replace")


def _typed(words: Sequence[str]) -> list[str]:
    """Raises ``ValueError`` for what a command line cannot carry: words come from types, not from
    users."""
    for word in words:
        if not word or not word.isprintable():
            raise ValueError(f"{word!r} is no word of a command line")
    return list(words)


def _line(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return " ".join(lines)[:500] or "it gives no reason"
