"""``ports.cloud_init`` on the directories of this server's repositories."""

import asyncio
import io
import json
from collections.abc import Sequence
from io import FileIO

from pycdlib import PyCdlib
from pycdlib.pycdlibexception import PyCdlibException, PyCdlibInvalidInput

from millpond.adapters.disks.beneath import Beneath, NoDirectory, Place
from millpond.adapters.disks.copying import to_the_end
from millpond.adapters.images.reading import refused
from millpond.adapters.storage_errors import full, unavailable
from millpond.domain.cloud_init import SEED_SIZE, Seed, SeedFacts, user_data_kind

_VOLUME = "cidata"
_FILES = {"meta-data": "/METADATA.;1", "user-data": "/USERDATA.;1", "network-config": "/NETWORK.;1"}
"""Names of at most eight letters, which is what ISO 9660 can say; Rock Ridge has the real ones."""


class IsoSeeds:
    """CDs below ``roots`` and nowhere else."""

    def __init__(self, roots: Sequence[str]) -> None:
        self._beneath = Beneath(roots)

    async def write(self, path: str, seed: Seed) -> None:
        def write() -> None:
            with self._place(path) as place:
                if place.free() < SEED_SIZE:
                    raise full(f"disk {path}", f"{SEED_SIZE} bytes are not free")
                with place.begin() as file:
                    file.write(_iso(seed))
                    place.finish(file)

        await to_the_end(write)

    async def read(self, path: str) -> SeedFacts | None:
        def read() -> SeedFacts | None:
            with self._place(path) as place:
                if place.status() is None:
                    return None
                with place.open() as file:
                    return _facts(file, path)

        return await asyncio.to_thread(read)

    def _place(self, path: str) -> Place:
        try:
            return self._beneath.place(path)
        except NoDirectory as error:
            raise unavailable(f"disk {path}", "its directory is not seen here") from error


def _iso(seed: Seed) -> bytes:
    """The CD, with zeroes up to its size."""
    files = {
        "meta-data": seed.meta_data,
        "user-data": seed.user_data.get_secret_value(),
        "network-config": seed.network_config,
    }
    iso, out = PyCdlib(), io.BytesIO()
    iso.new(interchange_level=1, vol_ident=_VOLUME, rock_ridge="1.09")
    for name, text in files.items():
        data = text.encode()
        if data:
            iso.add_fp(io.BytesIO(data), len(data), _FILES[name], rr_name=name)
    iso.write_fp(out)
    iso.close()
    return out.getvalue().ljust(SEED_SIZE, b"\0")


def _facts(file: FileIO, path: str) -> SeedFacts:
    iso = PyCdlib()
    try:
        iso.open_fp(file)
        try:
            said = json.loads(_content(iso, "meta-data"))
            network, user = _content(iso, "network-config"), _content(iso, "user-data")
        finally:
            iso.close()
        return SeedFacts(
            instance=said["instance-id"],
            hostname=said["local-hostname"],
            network_config=network,
            user_data_kind=user_data_kind(user),
            user_data_size=len(user.encode()),
        )
    except (PyCdlibException, ValueError, KeyError, TypeError) as error:
        raise refused("image.damaged", path, f"it is no seed of ours: {error}") from error


def _content(iso: PyCdlib, name: str) -> str:
    """Of a file, empty if it is not there."""
    found = io.BytesIO()
    try:
        iso.get_file_from_iso_fp(found, rr_path=f"/{name}")
    except PyCdlibInvalidInput:
        return ""
    return found.getvalue().decode()
