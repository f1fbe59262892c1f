"""The rules of mirrors, without files or another array."""

import pytest

from millpond.array.model import mirrors, pool_luns, pools, remotes
from millpond.array.model import state as states
from millpond.array.model.mirror_types import Fractured, ImageState, Mirror, Remote
from millpond.array.model.refusals import Refusal
from millpond.array.model.state import State
from millpond.array.model.types import LunKind, Rate
from tests.unit.array.arrays import array

FAR = "50:06:01:60:22:60:3D:00"
OTHER = Remote(
    serial="TWO",
    name="two",
    seed="22603d00",
    addresses={"A": "127.0.0.4", "B": "127.0.0.5"},
    certificates={"A": "a", "B": "b"},
)


@pytest.fixture
def state() -> State:
    """LUN 0 has an image in array TWO."""
    made = pools.create(array(), "P", [f"0_0_{n}" for n in range(5)])
    for number in range(3):
        pool = made.pools[0]
        made = pool_luns.create(made, {}, pool, 2048, kind=LunKind.THIN, number=number)
    made = mirrors.create(remotes.link(made, OTHER), "m", 0, True, "")
    return mirrors.add_image(made, "m", "TWO", "6006", "boot", True, Rate.HIGH)


def of(state: State) -> Mirror:
    return state.mirrors["m"]


def test_an_image_that_was_half_copied_is_out_of_sync_when_it_is_left_behind(state: State) -> None:
    uid = of(state).uid
    half = mirrors.stop(state, uid, 1, "no link")
    assert (of(half).state, of(half).fractured) == (ImageState.OUT_OF_SYNC, Fractured.SYSTEM)
    assert mirrors.finish(half, uid, 1) is half
    again = mirrors.begin(half, "m", FAR, "boot")
    whole = mirrors.finish(again, uid, 1)
    assert of(whole).state is ImageState.SYNCHRONIZED
    parted = mirrors.stop(whole, uid, 1, "no link")
    assert of(parted).state is ImageState.CONSISTENT
    assert mirrors.stop(parted, uid, 1, "no link") is parted
    assert states.apply(state, states.difference(state, parted)) == parted


def test_what_an_administrator_fractured_is_not_synchronized_by_itself(state: State) -> None:
    parted = mirrors.fracture(mirrors.finish(state, of(state).uid, 1), "m", FAR)
    assert mirrors.begin(parted, "m", FAR, "boot", again=True) is parted
    with pytest.raises(Refusal, match="already admin fractured"):
        mirrors.fracture(parted, "m", FAR)


def test_images_change_places_and_an_old_primary_is_told_by_its_epoch(state: State) -> None:
    uid = of(state).uid
    with pytest.raises(Refusal, match="not what the primary image was"):
        mirrors.step_down(state, "TWO", uid, 1, "boot")
    down = mirrors.step_down(mirrors.finish(state, uid, 1), "TWO", uid, 1, "boot")
    assert (of(down).primary, of(down).epoch, of(down).changes) == (False, 2, "")
    assert mirrors.step_down(down, "TWO", uid, 1, "boot") is down
    assert mirrors.check_secondary(down, "TWO", uid, 2)
    for remote, epoch in (("TWO", 1), ("THREE", 2)):
        with pytest.raises(Refusal, match="has no image here"):
            mirrors.check_secondary(down, remote, uid, epoch)
    near = "50:06:01:60:12:60:3D:00"
    alone = mirrors.promote(down, "m", near, ImageState.CONSISTENT, True, "")
    assert (of(alone).primary, of(alone).epoch, of(alone).remote) == (True, 3, "")
    with pytest.raises(Refusal, match="has no image here"):
        mirrors.check_secondary(alone, "TWO", uid, 3)


def test_no_other_feature_touches_an_image(state: State) -> None:
    with pytest.raises(Refusal, match="being mirrored"):
        pool_luns.destroy(state, 0)
    with pytest.raises(Refusal, match="not available for mirroring"):
        mirrors.create(state, "n", 0, True, "")
    with pytest.raises(Refusal, match="array TWO"):
        remotes.unlink(state, "TWO")
    with pytest.raises(Refusal, match="while it is being synchronized"):
        mirrors.remove_image(state, "m", FAR)


def test_an_image_has_the_primarys_size(state: State) -> None:
    image = Mirror(name="x", uid="00", lun=1, primary=False, remote="TWO")
    with pytest.raises(Refusal, match="2048 blocks, and the primary image 4096"):
        mirrors.attach(state, image, 4096)
    taken = mirrors.attach(state, image, 2048)
    assert taken.luns[1].data, "what the LUN held is gone"
    assert mirrors.detach(taken, "TWO", "00").mirrors.keys() == {"m"}
    assert mirrors.detach(taken, "THREE", "00") is taken


def test_what_the_primarys_array_said_first_does_not_count_after_what_it_said_later() -> None:
    """Its SPs have a connection each."""
    state = remotes.link(array(), OTHER)
    image = Mirror(
        name="m", uid="00", lun=0, primary=False, remote="TWO", state=ImageState.SYNCHRONIZING
    ).model_copy(update={"boot": "one"})
    state = state.put("mirrors", "m", image)

    def told(state: State, fractures: int, image: ImageState, boot: str = "one") -> State:
        return mirrors.told(state, "TWO", "00", 1, fractures, image, boot)

    state = told(told(state, 0, ImageState.SYNCHRONIZED), 1, ImageState.CONSISTENT)
    begun = told(state, 1, ImageState.SYNCHRONIZING)
    for fractures, late in ((0, ImageState.SYNCHRONIZED), (1, ImageState.CONSISTENT)):
        with pytest.raises(Refusal, match="no image here that takes that"):
            told(begun, fractures, late)
    assert told(begun, 1, ImageState.SYNCHRONIZING) is begun


def test_an_image_whose_machine_lost_its_memory_is_whole_only_after_another_copy() -> None:
    state = remotes.link(array(), OTHER)
    image = Mirror(name="m", uid="00", lun=0, primary=False, remote="TWO", boot="one")
    state = state.put("mirrors", "m", image.model_copy(update={"state": ImageState.SYNCHRONIZED}))
    parted = mirrors.told(state, "TWO", "00", 1, 1, ImageState.CONSISTENT, "two")
    assert of(parted).boot == "one", "it is out of sync, whatever its primary says"
    half = state.put("mirrors", "m", image.model_copy(update={"state": ImageState.SYNCHRONIZING}))
    with pytest.raises(Refusal):
        mirrors.told(half, "TWO", "00", 1, 0, ImageState.SYNCHRONIZED, "two")
    begun = mirrors.told(parted, "TWO", "00", 1, 1, ImageState.SYNCHRONIZING, "two")
    assert of(mirrors.told(begun, "TWO", "00", 1, 1, ImageState.SYNCHRONIZED, "two")).boot == "two"


def test_an_image_that_was_begun_to_be_copied_to_meanwhile_is_not_promoted() -> None:
    state = remotes.link(array(), OTHER)
    image = Mirror(
        name="m", uid="00", lun=0, primary=False, remote="TWO", state=ImageState.SYNCHRONIZING
    )
    state = state.put("mirrors", "m", image)
    with pytest.raises(Refusal, match="not what the primary image was"):
        mirrors.promote(state, "m", "50:06:01:60:12:60:3D:00", ImageState.CONSISTENT, True, "")
