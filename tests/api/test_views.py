"""VMs are written as JSON from the database's text; it must say what the models say."""

import json
import time
from typing import Any

import pytest

from millpond.domain.names import new_id
from millpond.domain.vm import Disk, Guest, Power, Vif, VmConfig, VmDocument, Wanted, pending
from millpond.manager.api import models, views
from millpond.manager.store.cache import VmRow
from millpond.manager.store.jobs import Holder

POOL, SERVER = new_id(), new_id()
NASTY = '"config":{"x":1},"generation":7,"mark":"" \\" é \u2028'


def config(**changes: Any) -> VmConfig:
    values: dict[str, Any] = {
        "id": new_id(),
        "name": "web1",
        "memory": 512,
        "max_memory": 1024,
        "vcpus": 1,
        "max_vcpus": 2,
        "disks": (Disk(target="vda", source="file:vda.raw", size=1 << 30),),
        "vifs": (Vif(mac="00:16:3e:00:00:01", bridge="xenbr0"),),
    }
    return VmConfig(**values | changes)


def row(wanted: VmConfig, active: VmConfig | None) -> VmRow:
    """As the cache writes it."""
    document = VmDocument(config=wanted, generation=7, wanted=Wanted.ON, placed_on=SERVER)
    guest = active and Guest(
        id=active.id,
        run=new_id(),
        power=Power.RUNNING,
        config=active,
        uptime=10.0,
        cpu_time=1.5,
        memory=512,
        reason=NASTY,
    )
    return VmRow(
        id=wanted.id,
        pool_id=POOL,
        name=wanted.name,
        generation=7,
        wanted="on",
        placed_on=SERVER,
        migrating_to=None,
        tags="",
        document=document.model_dump_json(),
        server_id=SERVER,
        power="running",
        guest=guest.model_dump_json() if guest else None,
        guest_seen=time.time() - 5,
        updated=0.0,
    )


def shown(found: VmRow) -> dict[str, Any]:
    names = views.Names({POOL: "pool1"}, {SERVER: "srv1"}, {found.id: Holder("", "j", "vm.stop")})
    view: dict[str, Any] = json.loads(views.vm(found, names))
    return view


@pytest.mark.parametrize("description", ["", NASTY], ids=["plain", "nasty"])
@pytest.mark.parametrize(
    "changes",
    [None, {}, {"keyboard": "de"}, {"description": "new"}, {"memory": 600}, {"vifs": ()}],
    ids=["off", "same", "pending", "record only", "memory", "vifs"],
)
def test_a_vm_is_shown_as_it_is(description: str, changes: dict[str, Any] | None) -> None:
    wanted = config(description=description)
    active = None if changes is None else wanted.model_copy(update=changes)
    active = active and VmConfig.model_validate(active.model_dump())
    view = shown(row(wanted, active))
    assert view["config"] == wanted.model_dump(mode="json")
    assert view["pending"] == ({} if active is None else pending(wanted, active))
    assert view["pool"] == {"id": POOL, "name": "pool1"}
    assert view["server"] == {"id": SERVER, "name": "srv1"}
    assert view["busy"]["kind"] == "vm.stop"
    if active is None:
        assert view["guest"] is None
    else:
        assert view["guest"]["reason"] == NASTY
        assert 15 <= view["guest"]["uptime"] < 75
    assert view.keys() == models.Vm.model_fields.keys()


def test_a_record_with_its_keys_in_another_order_is_understood() -> None:
    wanted = config(description=NASTY)
    found = row(wanted, wanted)
    document = dict(reversed(list(json.loads(found.document).items())))
    guest = dict(sorted(json.loads(found.guest or "").items(), reverse=True))
    changed = VmRow(
        **{name: getattr(found, name) for name in VmRow.__slots__}
        | {"document": json.dumps(document), "guest": json.dumps(guest)}
    )
    assert shown(changed)["config"] == wanted.model_dump(mode="json")
    assert shown(changed)["guest"]["cpu_time"] == 1.5
    assert shown(changed)["pending"] == {}


def test_a_cursor_is_read_back() -> None:
    assert views.after(views.cursor("web1", "id"), str, str) == ["web1", "id"]
    assert views.after(views.cursor(7), int) == [7]
    assert views.after(None, int) is None
