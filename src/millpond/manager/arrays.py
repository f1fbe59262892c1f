"""Arrays that are registered here, and how each is spoken to."""

import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet, InvalidToken

from millpond.adapters.arrays.naviseccli import ADD, Login, Naviseccli
from millpond.adapters.arrays.navisphere import Navisphere
from millpond.adapters.arrays.plain import Plain
from millpond.adapters.fake.array import FakeArray
from millpond.domain.array import ArrayKind, array_id
from millpond.domain.errors import Refused
from millpond.domain.names import new_id
from millpond.manager.store import Store, arrays
from millpond.manager.store.arrays import ArrayRow
from millpond.manager.store.engine import now
from millpond.ports.array import Array


class Arrays:
    """``key`` seals the passwords that lie in the database: 32 bytes in URL-safe Base64. In ``directory``
    each array has a folder with what ``naviseccli`` keeps of it; what is lost there is made again.
    ``program`` is that command, None being ours, which is installed beside the manager. With ``fake`` a file
    there is the array, and nothing else is asked."""

    def __init__(
        self,
        store: Store,
        key: bytes,
        directory: Path,
        program: Path | None = None,
        *,
        fake: bool = False,
    ) -> None:
        self._store = store
        self._fernet = Fernet(key)
        self._directory = directory
        self._program = program or Path(sys.executable).with_name("naviseccli")
        self._fake = fake
        self._drivers: dict[str, Array] = {}

    async def add(
        self, name: str, kind: ArrayKind, addresses: tuple[str, ...], login: Login
    ) -> ArrayRow:
        """Register it, once it has answered, under the id that its serial number gives it. Raises ``Refused``: ``object.exists``, and what asking an
        array raises."""
        row = ArrayRow(
            id=new_id(),
            name=name,
            kind=kind,
            addresses=json.dumps(addresses),
            user=login.user,
            scope=login.scope,
            secret=self._fernet.encrypt(login.password.encode()).decode(),
            created=now(),
        )
        try:
            serial = (await self.driver(row).health()).serial
            known = replace(row, id=array_id(serial)) if serial else row
            async with self._store.write() as connection:
                await arrays.add(connection, known)
                self._rename(row.id, known.id)
        except BaseException:
            self._forget(row.id)
            raise
        return known

    async def remove(self, key: str) -> ArrayRow:
        """Forget it; the array itself hears nothing. Raises ``Refused(request.not_found)``."""
        async with self._store.write() as connection:
            row = await arrays.get(connection, key)
            await arrays.remove(connection, row.id)
        self._forget(row.id)
        return row

    async def get(self, key: str) -> ArrayRow:
        """Raises ``Refused(request.not_found)``."""
        async with self._store.read() as connection:
            return await arrays.get(connection, key)

    async def everyone(self) -> list[ArrayRow]:
        async with self._store.read() as connection:
            return await arrays.everyone(connection)

    def driver(self, row: ArrayRow) -> Array:
        """Raises ``Refused(array.login)`` if its password was sealed by another manager."""
        if row.id not in self._drivers:
            self._drivers[row.id] = self._made(row)
        return self._drivers[row.id]

    def _made(self, row: ArrayRow) -> Array:
        if row.kind == ArrayKind.PLAIN:
            return Plain(row.name)
        if self._fake:
            return FakeArray(self._directory / row.id / "array.json", f"FAKE-{row.name}")
        login = Login(row.user, self._password(row), row.scope)
        addresses = tuple(json.loads(row.addresses))
        home = self._directory / row.id
        return Navisphere(Naviseccli(row.name, addresses, login, home, self._program))

    def _password(self, row: ArrayRow) -> str:
        try:
            return self._fernet.decrypt(row.secret).decode()
        except InvalidToken:
            raise Refused(
                "array.login",
                f"array {row.name}",
                "another manager sealed its password",
                f"forget it: millpond array remove {row.name}; then register it: {ADD}",
            ) from None

    def _rename(self, id_: str, known: str) -> None:
        """What asking it for its serial number has left is that array's, which nobody here knew."""
        here = self._directory / id_
        if known != id_ and here.exists():
            self._forget(known)
            here.rename(self._directory / known)
        self._drivers.pop(id_, None)

    def _forget(self, id_: str) -> None:
        self._drivers.pop(id_, None)
        shutil.rmtree(self._directory / id_, ignore_errors=True)


class RegisteredArray:
    """``ports.array.Array`` of an array that is looked up, by id, whenever something is asked of it."""

    def __init__(self, arrays: Arrays, id_: str) -> None:
        self._arrays, self._id = arrays, id_

    def __getattr__(self, name: str) -> Any:
        async def call(*args: Any, **kwargs: Any) -> Any:
            driver = self._arrays.driver(await self._arrays.get(self._id))
            return await getattr(driver, name)(*args, **kwargs)

        return call
