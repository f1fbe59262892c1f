"""What a pool has of an array: a LUN is made, becomes a disk or a repository, and is deleted by clicks."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.support.system import System
from tests.ui.browser import photograph
from tests.ui.conftest import PASSWORD, Seat
from tests.ui.test_devices import agree, shown
from tests.ui.test_screens import serious

pytestmark = [pytest.mark.slow, pytest.mark.whole, pytest.mark.thorough]


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """Two servers in a pool, and an array that the manager does not know yet."""
    env = {"MILLPOND_MANAGER_FAKE_ARRAYS": "true"}
    with System(tmp_path_factory.mktemp("luns") / "run", servers=2, manager_env=env) as found:
        found.make_pool()
        found.api("POST", "/users", {"name": "anna", "password": PASSWORD})
        yield found


def test_a_lun_is_made_used_and_deleted(seat: Seat) -> None:
    page, api = seat.page, seat.system.api
    page.goto("/ui/pools/pool1/luns")
    expect(page.get_by_text("Register an array first")).to_be_visible()
    assert serious(seat) == []
    array = {"addresses": ["192.0.2.1", "192.0.2.2"], "user": "admin", "password": PASSWORD}
    api("POST", "/arrays", {"name": "cx4", **array})

    dialog = shown(seat, "pools/pool1/luns", "Create LUN")
    make = dialog.get_by_role("button", name="Create LUN", exact=True)
    dialog.get_by_label("Name").fill("data1")
    expect(make).to_be_disabled()  # without a size
    dialog.get_by_label("Size").fill("500G")
    expect(dialog.get_by_label("Pool of the array")).to_contain_text("pool, 400 GiB free")
    dialog.get_by_role("button", name="Commands").click()
    said = "millpond lun create pool1 data1 --size 500G --array cx4 --from pool"
    expect(dialog.get_by_text(said, exact=True)).to_be_visible()
    thin = dialog.get_by_label("Thin")
    thin.uncheck()  # then it would have to fit
    expect(dialog.get_by_text(f"{said} --thick")).to_be_visible()
    make.click()
    expect(page.get_by_text("storage.full")).to_be_visible()
    thin.check()
    photograph(page, "lun-create")
    agree(dialog, "Create LUN")
    row = page.get_by_role("row").filter(has_text="data1")
    expect(row).to_contain_text("500 GiB")
    expect(row.get_by_text("/dev/mapper/data1")).to_be_visible()
    (lun,) = api.items("/pools/pool1/luns")
    assert (lun["name"], lun["size"], lun["thin"]) == ("data1", 500 << 30, True)

    row.get_by_role("button", name="Make repository").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Kind")).to_have_value("ocfs2")
    expect(dialog.get_by_label("Source")).to_have_value("/dev/mapper/data1")
    assert serious(seat) == []
    photograph(page, "lun-repository")
    dialog.get_by_role("button", name="Cancel").click()

    vm = seat.vm("web1", start=False)
    api.do("POST", f"/vms/{vm}/disks/attach", {"source": f"phy:{lun['device']}", "target": "vdb"})
    expect(row.get_by_role("link", name="web1")).to_be_visible()
    expect(row.get_by_role("button", name="Make repository")).to_be_disabled()
    assert serious(seat) == []
    photograph(page, "luns")

    row.get_by_role("button", name="Delete").click()
    dialog = page.get_by_role("dialog")
    delete = dialog.get_by_role("button", name="Delete", exact=True)
    expect(dialog.get_by_text("with all that is on its 500 GiB")).to_be_visible()
    expect(dialog.get_by_text("VMs that have it as a disk: web1")).to_be_visible()
    expect(delete).to_be_disabled()
    dialog.get_by_label("Type data1 to confirm").fill("data1")
    photograph(page, "lun-delete")
    delete.click()
    expect(page.get_by_text("lun.in_use")).to_be_visible()
    assert len(api.items("/pools/pool1/luns")) == 1
    dialog.get_by_role("button", name="Cancel").click()
    for _ in range(2):  # what was refused lies over the buttons
        page.get_by_role("button", name="Close Danger alert").first.click()

    api.do("POST", f"/vms/{vm}/disks/vdb/detach")
    expect(row.get_by_role("link", name="web1")).to_have_count(0)
    row.get_by_role("button", name="Delete").click()
    page.get_by_label("Type data1 to confirm").fill("data1")
    agree(page.get_by_role("dialog"), "Delete")
    expect(page.get_by_text("No LUNs")).to_be_visible()
    assert api.items("/arrays/cx4/luns") == []
