"""The links of an SP, and what another array may say over one."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from unittest.mock import Mock, patch

from millpond.array.link.links import Links
from millpond.array.mirroring.secondary import Secondary
from millpond.array.model import remotes
from millpond.array.model.mirror_types import Mirror
from tests.unit.array.arrays import array, stored
from tests.unit.array.test_mirrors import OTHER

THREE = OTHER.model_copy(update={"serial": "THREE", "seed": "32603d00"})


async def test_a_link_stays_up_while_the_array_is_linked_to_another(tmp_path: Path) -> None:
    """Who writes to an image meanwhile would fracture its mirror."""
    store = stored(tmp_path)
    nothing: Any = Mock()
    with patch("millpond.array.link.trust.for_client"):
        links = Links(nothing, store, "127.0.0.9", (tmp_path, tmp_path), nothing, dict, print)
        store.change(lambda state, _: remotes.link(state, OTHER), 1.0)
        links.adapt()
        first = links.of("TWO")
        store.change(lambda state, _: remotes.link(state, THREE), 2.0)
        links.adapt()
        assert links.of("TWO") is first
        assert links.of("THREE") is not first
        moved = OTHER.model_copy(update={"addresses": {"A": "127.0.0.7", "B": "127.0.0.8"}})
        store.change(lambda state, _: remotes.link(state, moved), 3.0)
        links.adapt()
        assert links.of("TWO").remote == moved
    links.stop()
    store.close()


async def test_a_link_is_kept_up_whatever_its_users_raise(tmp_path: Path) -> None:
    store = stored(tmp_path)
    nothing: Any = Mock()
    with patch("millpond.array.link.trust.for_client"):
        links = Links(nothing, store, "127.0.0.9", (tmp_path, tmp_path), nothing, dict, print)
        store.change(lambda state, _: remotes.link(state, OTHER), 1.0)
        links.adapt()
        link, tried = links.of("TWO"), asyncio.Event()
        opened = [KeyError("boot"), None]

        async def open_(_: object) -> None:
            if error := opened.pop(0) if opened else None:
                raise error
            tried.set()

        with patch.object(type(link), "_opened", open_):
            await asyncio.wait_for(tried.wait(), 10)
    links.stop()
    store.close()


def test_another_array_names_no_files_here() -> None:
    taken: list[Mirror] = []

    def attach(state: Any, mirror: Mirror, blocks: int) -> Any:
        taken.append(mirror)
        return state

    async def attached(said: Mapping[str, Any]) -> None:
        secondary = Secondary(Mock(), Mock())
        with (
            patch.object(secondary, "_held", lambda command: command(array(), None)),
            patch("millpond.array.model.mirrors.attach", attach),
            patch("millpond.array.model.mirrors.lun_of"),
        ):
            secondary._attach(OTHER, said)

    image = {
        "name": "m",
        "uid": "00",
        "epoch": 1,
        "lun": 0,
        "far_lun": "6006",
        "description": "",
        "intent_log": True,
        "automatic": True,
        "rate": "high",
        "directory": "/etc",
        "changes": "passwd",
    }
    asyncio.run(attached({"mirror": image, "blocks": 2048}))
    assert [(one.name, one.directory, one.changes) for one in taken] == [("m", "", "")]
