"""The hypervisors that the contract is held against."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from millpond.lab.lab import Lab
from tests.contract.hypervisors import (
    BOTH,
    LabChild,
    Pair,
    Site,
    fake_site,
    memory_pair,
    prepare_lab,
)
from tests.support.truth import running

FAKE_DELAY = 0.3


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Lab, Path]]:
    """Two real servers and the image of a guest that counts."""
    made = Lab(f"hyp{os.getpid()}", tmp_path_factory.mktemp("labs"))
    try:
        yield made, prepare_lab(made, tmp_path_factory.mktemp("lab"))
    finally:
        made.down()


@pytest.fixture(params=BOTH)
async def pair(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Pair]:
    if request.param in ("fake", "memory"):
        (tmp_path / "shared").mkdir()
        if request.param == "memory":
            made = await memory_pair(tmp_path, FAKE_DELAY)
        else:
            source = await fake_site(tmp_path, "127.0.0.1", FAKE_DELAY)
            target = await fake_site(tmp_path, "127.0.0.2", FAKE_DELAY)
            made = Pair(source, target, tmp_path / "shared", None)
        readers = [asyncio.create_task(_collect(site)) for site in (made.source, made.target)]
        await asyncio.sleep(0)
        yield made
        for reader in readers:
            reader.cancel()
        return
    lab, image = request.getfixturevalue("lab")
    children = await asyncio.gather(*(LabChild.start(lab, f"srv{n}") for n in (1, 2)))
    sites = [child.site(n) for n, child in enumerate(children, start=1)]
    yield Pair(sites[0], sites[1], lab.shared, image, lab)
    for child in children:
        await child.close()
    for n in (1, 2):
        for name in running(lab, f"srv{n}"):
            lab.exec(f"srv{n}", ["virsh", "destroy", name])


async def _collect(site: Site) -> None:
    async for change in site.hypervisor.events():
        site.changes.append(change)
