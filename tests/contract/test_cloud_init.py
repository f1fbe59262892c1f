"""``ports.cloud_init`` on a file system, and what else reads its CDs."""

import subprocess
from pathlib import Path

import pytest
from pydantic import SecretStr

from millpond.adapters.cloud_init.seeds import IsoSeeds
from millpond.domain.cloud_init import SEED_SIZE, Seed
from millpond.domain.errors import Refused

ONE = "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11"
OTHER = "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c12"


def seed(
    instance: str = ONE, user_data: str = "#!/bin/sh\nsecret\n", network: str = "{}\n"
) -> Seed:
    return Seed(
        instance=instance, hostname="web1", user_data=SecretStr(user_data), network_config=network
    )


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    made = tmp_path / "running_pool" / "vm1"
    made.mkdir(parents=True)
    return made


@pytest.fixture
def seeds(tmp_path: Path) -> IsoSeeds:
    return IsoSeeds([str(tmp_path)])


async def test_what_is_written_is_read(seeds: IsoSeeds, directory: Path) -> None:
    path = str(directory / "cloud-init.iso")
    assert await seeds.read(path) is None
    await seeds.write(path, seed())
    found = await seeds.read(path)
    assert found is not None
    assert (found.instance, found.hostname, found.network_config) == (ONE, "web1", "{}\n")
    assert (found.user_data_kind, found.user_data_size) == ("script", 17)
    assert "secret" not in found.model_dump_json()
    await seeds.write(path, seed(OTHER, "", ""))
    found = await seeds.read(path)
    assert found is not None
    assert (found.instance, found.network_config, found.user_data_size) == (OTHER, "", 0)
    assert [p.name for p in directory.iterdir()] == ["cloud-init.iso"]


async def test_it_is_a_cd_that_the_world_knows_as_cidata(seeds: IsoSeeds, directory: Path) -> None:
    path = directory / "cloud-init.iso"
    await seeds.write(str(path), seed())
    assert path.stat().st_size == SEED_SIZE
    assert path.stat().st_mode & 0o777 == 0o600
    said = subprocess.run(
        ["blkid", "-p", "-o", "export", path], capture_output=True, text=True, check=True
    )
    assert {"LABEL=cidata", "TYPE=iso9660"} <= set(said.stdout.split())


async def test_the_largest_user_data_fit(seeds: IsoSeeds, directory: Path) -> None:
    path = directory / "cloud-init.iso"
    await seeds.write(str(path), seed(user_data="#!" + "x" * (600 << 10)))
    assert path.stat().st_size == SEED_SIZE


async def test_what_is_no_seed_is_refused(seeds: IsoSeeds, directory: Path) -> None:
    (directory / "cloud-init.iso").write_bytes(b"data" * 65536)
    with pytest.raises(Refused) as caught:
        await seeds.read(str(directory / "cloud-init.iso"))
    assert caught.value.code == "image.damaged"


async def test_nothing_is_written_through_a_link_or_elsewhere(
    seeds: IsoSeeds, directory: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (directory.parent / "vm2").symlink_to(outside)
    for path in (f"{directory.parent}/vm2/cloud-init.iso", f"{outside}/cloud-init.iso"):
        with pytest.raises(Refused):
            await seeds.write(path, seed())
    assert list(outside.iterdir()) == []
