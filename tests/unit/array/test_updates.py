"""The rules of asynchronous mirrors, without files or another array."""

from collections.abc import Callable
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from millpond.array.model import mirrors, pool_luns, pools, remotes, updates
from millpond.array.model import state as states
from millpond.array.model.mirror_types import Fractured, ImageState, Mirror, Period, Updates
from millpond.array.model.refusals import Refusal
from millpond.array.model.state import State
from millpond.array.model.types import LunKind, Rate
from tests.unit.array.arrays import array
from tests.unit.array.test_mirrors import FAR, OTHER

NEAR = "50:06:01:60:12:60:3D:00"
MANUAL = updates.schedule(Period.MANUAL, 0)


def with_lun() -> State:
    made = pools.create(remotes.link(array(), OTHER), "P", [f"0_0_{n}" for n in range(5)])
    return pool_luns.create(made, {}, made.pools[0], 2048, kind=LunKind.THIN, number=0)


def primary() -> State:
    """LUN 0 has an image in array TWO, whose first update is under way."""
    state = mirrors.create(with_lun(), "m", 0, True, "", Updates())
    state = mirrors.add_image(state, "m", "TWO", "6006", "boot", True, Rate.HIGH)
    return updates.first(state, "m", MANUAL)


def secondary(uid: str = "00") -> State:
    """LUN 0 is such an image; the array at the other end is called TWO here as well."""
    image = Mirror(name="m", uid=uid, lun=0, primary=False, remote="TWO", updates=Updates())
    image = image.model_copy(update={"state": ImageState.SYNCHRONIZING})
    state = mirrors.attach(with_lun(), image, 2048)
    return updates.prepare(state, "TWO", uid, 1, 1, "boot", MANUAL)


def at(state: State, moment: float) -> State:
    array = state.array.model_copy(update={"moment": moment})
    return state.model_copy(update={"array": array})


def of(state: State) -> Updates:
    return updates.of(state.mirrors["m"])


def complete(state: State, number: int, begun: float, uid: str = "00") -> State:
    return updates.complete(state, "TWO", uid, 1, number, begun, begun)


def test_an_update_takes_what_was_marked_and_marks_anew() -> None:
    state = primary()
    mirror = state.mirrors["m"]
    assert mirror.state is ImageState.SYNCHRONIZING
    assert len({of(state).kept, of(state).delta, mirror.changes, ""}) == 4
    whole = updates.finish(at(state, 7.0), mirror.uid, 1, 1)
    assert whole.mirrors["m"].state is ImageState.CONSISTENT
    assert (of(whole).kept, of(whole).delta, of(whole).ended) == ("", "", 7.0)
    again = updates.begin(at(whole, 9.0), mirror.uid, 1, 2, "boot")
    assert (of(again).delta, of(again).begun) == (mirror.changes, 9.0)
    assert updates.begin(again, mirror.uid, 1, 2, "boot") is again
    assert of(updates.finish(again, mirror.uid, 1, 2)).image == 9.0
    assert updates.finish(again, mirror.uid, 1, 1) is again
    assert states.apply(state, states.difference(state, again)) == again


def test_an_image_goes_back_to_what_it_was_before_an_update() -> None:
    state = complete(secondary(), 1, 5.0)
    before = state.luns[0].data
    assert (state.mirrors["m"].state, of(state).image) == (ImageState.CONSISTENT, 5.0)
    half = updates.prepare(state, "TWO", "00", 1, 2, "boot", MANUAL)
    assert of(half).kept not in ("", before)
    alone = mirrors.promote(half, "m", NEAR, ImageState.CONSISTENT, True, "")
    assert alone.luns[0].data == of(half).kept
    assert alone.mirrors["m"].primary
    assert of(alone).kept == ""
    told = list(alone.events.values())[-1].text
    assert f"of {mirrors.time_of(5.0)}: what was written to the other image since" in told
    assert mirrors.detach(half, "TWO", "00").luns[0].data == of(half).kept
    assert mirrors.destroy(half, "m", force=True).luns[0].data == of(half).kept
    whole = mirrors.promote(complete(half, 2, 6.0), "m", NEAR, ImageState.CONSISTENT, True, "")
    assert whole.luns[0].data == before


def test_an_image_that_was_never_whole_has_nothing_to_go_back_to() -> None:
    state = secondary()
    with pytest.raises(Refusal, match="not what the primary image was"):
        mirrors.promote(state, "m", NEAR, ImageState.CONSISTENT, True, "")
    forced = mirrors.promote(state, "m", NEAR, ImageState.SYNCHRONIZING, True, "")
    assert forced.luns[0].data == state.luns[0].data


def test_what_comes_late_counts_for_nothing() -> None:
    state = complete(secondary(), 1, 5.0)
    assert updates.prepare(state, "TWO", "00", 1, 1, "boot", MANUAL) is state
    later = updates.prepare(state, "TWO", "00", 1, 2, "boot", MANUAL)
    for late in (
        lambda: updates.prepare(later, "TWO", "00", 1, 1, "boot", MANUAL),
        lambda: complete(later, 1, 5.0),
    ):
        with pytest.raises(Refusal, match="no image here that takes that"):
            late()
    other = updates.prepare(later, "TWO", "00", 1, 2, "another", MANUAL)
    assert (other.mirrors["m"].boot, of(other).kept) == ("another", of(later).kept)


def test_a_fracture_interrupts_an_update_and_another_goes_on_with_it() -> None:
    state = primary()
    uid = state.mirrors["m"].uid
    with pytest.raises(Refusal, match="is being updated"):
        updates.ask(state, "m", FAR)
    parted = mirrors.fracture(state, "m", FAR)
    assert parted.mirrors["m"].state is ImageState.OUT_OF_SYNC
    assert updates.resume(parted, uid) is parted, "an administrator has said so"
    again = updates.ask(parted, "m", FAR)
    assert (of(again).kept, of(again).asked) == (of(state).kept, True)
    assert again.mirrors["m"].state is ImageState.SYNCHRONIZING
    cut = mirrors.stop(updates.finish(again, uid, 1, 1), uid, 1, "no link")
    assert cut.mirrors["m"].fractured is Fractured.SYSTEM
    assert not updates.resume(cut, uid).mirrors["m"].fractured


def test_images_change_places_only_when_nothing_is_under_way() -> None:
    state = primary()
    uid = state.mirrors["m"].uid
    with pytest.raises(Refusal, match=r"no host write, update it with -syncimage"):
        mirrors.step_down(state, "TWO", uid, 1, "boot")
    whole = updates.finish(state, uid, 1, 1)
    busy = updates.begin(whole, uid, 1, 2, "boot")
    with pytest.raises(Refusal, match="is being updated"):
        mirrors.step_down(busy, "TWO", uid, 1, "boot")
    down = mirrors.step_down(at(whole, 8.0), "TWO", uid, 1, "boot")
    assert (down.mirrors["m"].primary, of(down).image) == (False, 8.0)


def test_an_update_is_due_some_minutes_after_the_last() -> None:
    found = Updates(begun=1000.0, ended=1300.0, minutes=10)
    due = {p: found.model_copy(update={"period": p}).due for p in Period}
    assert due == {Period.MANUAL: 0.0, Period.START: 1600.0, Period.END: 1900.0}
    for minutes in (0, updates.LONGEST + 1):
        with pytest.raises(Refusal, match="1 to 40320 minutes"):
            updates.schedule(Period.END, minutes)


STEPS = st.lists(
    st.sampled_from(("prepare", "begin", "complete", "finish", "fracture", "go on", "late")),
    max_size=40,
)


@settings(max_examples=200, deadline=None)
@given(STEPS)
def test_whatever_is_said_and_however_often_an_image_is_of_a_point_in_time(
    steps: list[str],
) -> None:
    """The primary's array may die between any two steps, and say each again."""
    one = primary()
    uid = one.mirrors["m"].uid
    two, clock, said = secondary(uid), count(2), []
    moments = {1: of(one).begun}

    def do(work: Callable[[], State], state: State) -> State:
        try:
            return work()
        except Refusal:
            return state

    for step in steps:
        mirror, number = one.mirrors["m"], updates.next_number(one.mirrors["m"])
        if step == "prepare" and mirror.active:
            said.append(number)
            two = updates.prepare(two, "TWO", uid, 1, number, "boot", MANUAL)
        elif step == "begin" and of(two).number == number:
            moment = float(next(clock))
            one = updates.begin(at(one, moment), uid, 1, number, "boot")
            moments.setdefault(of(one).number, of(one).begun)
        elif step == "complete" and of(one).under_way and of(two).number == number:
            two = complete(two, number, of(one).begun, uid)
        elif step == "finish" and of(two).number == number and not of(two).under_way:
            one = updates.finish(one, uid, 1, number)
        elif step == "fracture":
            one = do(lambda one=one: mirrors.fracture(one, "m", FAR), one)  # type: ignore[misc]
        elif step == "go on":
            one = do(lambda one=one: updates.ask(one, "m", FAR), one)  # type: ignore[misc]
        elif step == "late" and said:
            late = said[0], two
            two = do(
                lambda late=late: updates.prepare(  # type: ignore[misc]
                    late[1], "TWO", uid, 1, late[0], "boot", MANUAL
                ),
                two,
            )
        assert of(one).image <= of(two).image, "what the primary knows of is there"
        assert of(two).image in (0.0, *moments.values())
        assert of(two).number - of(one).number in (0, 1)
        whole = two.mirrors["m"].state is ImageState.CONSISTENT
        assert whole or of(two).under_way
        assert one.mirrors["m"].changes != of(one).delta
