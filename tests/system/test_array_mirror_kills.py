"""An array dies under a writer, and its mirrors' images are promoted: nothing that was acknowledged is lost. SPs die,
and mirrors go on."""

import random
import shutil
from pathlib import Path

import pytest

from millpond.array.model.mirror_types import ImageState
from millpond.array.model.types import SPS
from tests.support.linked import Doomed, image, pair
from tests.support.stamps import Stamper
from tests.support.storage import MIB

pytestmark = [pytest.mark.slow, pytest.mark.thorough]

BLOCKS = 4 * MIB // 512


@pytest.mark.parametrize("turn", range(3))
def test_nothing_is_lost_when_the_primary_dies(tmp_path: Path, turn: int) -> None:
    with pair(tmp_path, blocks=BLOCKS) as arrays:
        arrays.mirror()
        writer = Doomed(arrays.one, 0, BLOCKS)
        writer.start()
        try:
            writer.wait_for(300 + random.Random(turn).randrange(300))
            arrays.one.kill("A")
        finally:
            writer.end()
        arrays.act("-promoteimage", at=arrays.two)
        assert writer.lost(image(arrays.two, BLOCKS)) == []
    shutil.rmtree(tmp_path)


def test_mirrors_go_on_when_sps_die(tmp_path: Path) -> None:
    """One of each array in turn."""
    with pair(tmp_path, SPS, BLOCKS) as arrays:
        arrays.mirror()
        writer = Stamper(arrays.one, 0, BLOCKS)
        writer.start()
        try:
            for storage, sp in (
                (arrays.two, "A"),
                (arrays.one, "A"),
                (arrays.two, "B"),
                (arrays.one, "B"),
            ):
                writer.wait_for(200)
                storage.kill(sp)
                writer.wait_for(200)
                storage.start(sp)
                arrays.wait_linked()
                arrays.wait(ImageState.SYNCHRONIZED)
        finally:
            writer.end()
        arrays.wait(ImageState.SYNCHRONIZED)
        assert writer.wrong(image(arrays.one, BLOCKS)) == []
        changes = arrays.one.store.state().mirrors["m0"]
        assert changes.active
        assert arrays.alike()
