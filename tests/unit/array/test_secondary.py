"""What a secondary image takes from the primary's array, and what it says of itself."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from unittest.mock import Mock, patch

import pytest

from millpond.adapters.host.kernel import boot_id
from millpond.array.link.frames import Op, Request
from millpond.array.mirroring.secondary import Secondary
from millpond.array.model import mirrors, pool_luns, pools, remotes
from millpond.array.model.mirror_types import ImageState, Mirror
from millpond.array.model.refusals import Refusal
from millpond.array.model.state import State
from millpond.array.model.types import LunKind
from millpond.array.store import files
from millpond.array.store.store import Store
from tests.unit.array.arrays import stored
from tests.unit.array.test_mirrors import OTHER

UID = bytes(16)


def with_image(state: State, usage: Any) -> State:
    state = pools.create(remotes.link(state, OTHER), "P", [f"0_0_{n}" for n in range(5)])
    state = pool_luns.create(state, usage, state.pools[0], 2048, kind=LunKind.THIN, number=0)
    image = Mirror(
        name="m",
        uid=UID.hex(),
        lun=0,
        primary=False,
        remote="TWO",
        state=ImageState.SYNCHRONIZED,
        boot=boot_id(),
        fractures=1,
    )
    return mirrors.attach(state, image, 2048)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """LUN 0 is an image."""
    with closing(stored(tmp_path)) as made:
        made.change(with_image, 1.0)
        yield made


async def write(secondary: Secondary, fractures: int, data: bytes, offset: int = 0) -> None:
    guest: Any = Mock(ended=False, remote=OTHER)
    asked = Request(Op.WRITE, 1, 1, fractures, offset, len(data), UID)
    await secondary.carry(guest, asked, data)


async def test_what_was_sent_before_a_fracture_is_not_written_after_it(store: Store) -> None:
    secondary = Secondary(Mock(held=False), store)
    await write(secondary, 1, b"new")
    for fractures, offset in ((0, 0), (2, 0), (1, 2048 * 512)):
        with pytest.raises(Refusal, match="takes that"):
            await write(secondary, fractures, b"old", offset)
    path = files.path_of(store.root, store.state().luns[0])
    assert path.read_bytes()[:3] == b"new"
    secondary.stop()


async def test_an_image_whose_machine_has_lost_its_memory_takes_nothing(store: Store) -> None:
    with patch("millpond.array.mirroring.secondary.boot_id", return_value="another"):
        secondary = Secondary(Mock(held=False), store)
    with pytest.raises(Refusal, match="takes that"):
        await write(secondary, 1, b"new")
    assert secondary._news(OTHER, {"whole": [[UID.hex(), 1]]}) == {"strange": [UID.hex()]}
    assert not secondary.heard(UID.hex())
    secondary.stop()


async def test_what_is_removed_is_not_kept_open(store: Store) -> None:
    secondary = Secondary(Mock(held=False), store)
    await write(secondary, 1, b"new")
    handle = secondary._files[UID.hex()][1].handle
    secondary.forget({UID.hex()})
    assert Path(f"/proc/self/fd/{handle}").exists()
    secondary.forget(set())
    assert not secondary._files
    secondary.stop()
