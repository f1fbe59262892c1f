"""Storage by clicks, on real servers and with a real array; what came of it is asked of the guest and of virsh.

A repository on the LUN needs OCFS2, which the kernels of labs lack: that the dialog for it is filled in is seen with the
fake array (tests/ui/test_luns.py), and how it goes on a kernel that has it is in docs/howto/san-lab.md.
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from millpond.adapters.iscsi.attached import target_name
from tests.lab.array import ArrayLab, array_lab
from tests.lab.guest import Running
from tests.lab.pool import wait_until
from tests.support.arrays import PASSWORD as ARRAY_PASSWORD
from tests.support.arrays import USER
from tests.support.truth import guest_xml
from tests.ui.browser import chromium, photograph, sign_in, window

pytestmark = [pytest.mark.lab, pytest.mark.slow, pytest.mark.thorough, pytest.mark.timeout(900)]

PASSWORD = "four random plain words"
LONG = 240_000
"""ms an operation may take: of an array it is many commands, each of which starts a program."""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ArrayLab]:
    with array_lab(tmp_path_factory.mktemp("webstorage")) as found:
        found.pool.api("POST", "/users", {"name": "anna", "password": PASSWORD})
        yield found


@pytest.fixture
def page(lab: ArrayLab) -> Iterator[Page]:
    """Somebody signed in."""
    size = {"width": 1280, "height": 900}
    with chromium() as browser, window(browser, lab.pool.api.url, viewport=size) as found:
        sign_in(found, PASSWORD, "anna")
        yield found


def agree(page: Page, button: str) -> None:
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name=button, exact=True).click()
    expect(dialog).to_have_count(0, timeout=LONG)


def test_a_running_guest_is_as_it_was(lab: ArrayLab, page: Page) -> None:
    """What it holds in memory and what it has on a disk, as it says itself."""
    vm = Running(lab.pool, "kept")
    told = "cat /tmp/mark; echo 3 >/proc/sys/vm/drop_caches; head -c 6 /dev/vdb"
    write = "printf {0} >/tmp/mark; printf {0} >/dev/vdb; sync"
    vm.sh(write.format("before"))
    page.goto(f"/ui/vms/{vm.id}/snapshots")
    page.get_by_role("button", name="Take snapshot").click()
    page.get_by_role("dialog").get_by_label("Name").fill("calm")
    page.get_by_label("Keep the memory too").check()
    agree(page, "Take snapshot")
    row = page.get_by_role("row").filter(has_text="calm")
    expect(row).to_contain_text("current", timeout=LONG)
    revert = row.get_by_role("button", name="Revert")
    expect(revert).to_be_enabled(timeout=LONG)

    vm.sh(write.format("beyond"))
    assert vm.sh(told) == "beyond" * 2
    revert.click()
    agree(page, "Revert")
    expect(page.get_by_text("snapshot.revert: kept")).to_be_visible()
    wait_until(lambda: reverted(lab), LONG / 1000, "it is reverted")
    vm.wait_ready()
    assert vm.sh(told) == "before" * 2
    photograph(page, "reverted")
    lab.pool.remove("kept")


def reverted(lab: ArrayLab) -> bool:
    jobs = [j for j in lab.pool.api.items("/jobs") if j["kind"] == "snapshot.revert"]
    assert jobs[0]["state"] in ("queued", "running", "done"), jobs[0]
    return bool(jobs[0]["state"] == "done")


def test_a_guest_gets_a_lun_of_an_array(lab: ArrayLab, page: Page) -> None:
    api = lab.pool.api
    register(lab, page)
    api.do("POST", "/vms", {"pool": "pool1", "name": "stored", "template": "tiny"})

    page.goto("/ui/pools/pool1/luns")
    page.get_by_role("button", name="Create LUN").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("data1")
    dialog.get_by_label("Size").fill("64M")
    expect(dialog.get_by_label("Pool of the array")).to_contain_text("free", timeout=LONG)
    agree(page, "Create LUN")
    row = page.get_by_role("row").filter(has_text="data1")
    expect(row).to_contain_text("64 MiB", timeout=LONG)
    (lun,) = api.items("/pools/pool1/luns")
    assert all(lab.keeps(server, lun) for server in ("srv1", "srv2", "srv3"))
    assert lab.file(lun["number"]).exists()

    page.goto(f"/ui/vms/{lab.pool.vm_id('stored')}/disks")
    page.get_by_role("button", name="Attach disk").click()
    page.get_by_role("dialog").get_by_label("Source").fill(f"phy:{lun['device']}")
    agree(page, "Attach disk")
    expect(page.get_by_role("row").filter(has_text=lun["device"])).to_be_visible(timeout=LONG)
    start = page.get_by_role("button", name="Start", exact=True)
    expect(start).to_be_enabled(timeout=LONG)
    start.click()
    heading = page.get_by_role("heading", level=1).locator("..")
    expect(heading).to_contain_text("running", timeout=LONG)
    server = api("GET", "/vms/stored")["server"]["name"]
    assert target_name(lun["uid"]) in guest_xml(lab.pool.lab, server, "stored")
    photograph(page, "lun-of-a-guest")

    page.goto("/ui/pools/pool1/luns")
    expect(row.get_by_role("link", name="stored")).to_be_visible()
    api.do("POST", "/vms/stored/kill")
    api.do("POST", "/vms/stored/disks/vdb/detach")
    expect(row.get_by_role("link", name="stored")).to_have_count(0)
    row.get_by_role("button", name="Delete").click()
    page.get_by_label("Type data1 to confirm").fill("data1")
    agree(page, "Delete")
    expect(page.get_by_text("No LUNs")).to_be_visible(timeout=LONG)
    assert not any(lab.keeps(server, lun) for server in ("srv1", "srv2", "srv3"))
    assert api.items("/arrays/cx4/luns") == []
    lab.pool.remove("stored")


def register(lab: ArrayLab, page: Page) -> None:
    page.goto("/ui/arrays")
    page.get_by_role("button", name="Register array").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("cx4")
    for sp, address in lab.array.addresses.items():
        dialog.get_by_label(f"Address of SP {sp}").fill(address)
    dialog.get_by_role("textbox", name="User", exact=True).fill(USER)
    dialog.get_by_label("Password").fill(ARRAY_PASSWORD)
    agree(page, "Register array")
    expect(page.get_by_role("link", name="cx4")).to_be_visible()
