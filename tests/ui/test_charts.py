"""Charts of what VMs and servers use, from what agents count to the canvas."""

import time

import pytest
from playwright.sync_api import Locator, expect

from tests.ui.browser import photograph
from tests.ui.conftest import Seat
from tests.ui.test_screens import serious

pytestmark = [pytest.mark.slow, pytest.mark.whole, pytest.mark.thorough]

FIGURES = 90_000
"""ms until a VM that was just started has figures: two looks of 20 s, on two busy cores."""
LINE = """canvas => {
  const place = canvas.closest(".mp-plot");
  const made = document.createElement("i");
  made.style.color = getComputedStyle(place).getPropertyValue("--mp-plot--line-0");
  place.append(made);
  const wanted = getComputedStyle(made).color.match(/[0-9]+/g).map(Number);
  made.remove();
  const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  for (let i = 0; i < data.length; i += 4)
    if (data[i + 3] > 200 && wanted.every((c, n) => Math.abs(c - data[i + n]) < 8)) return true;
  return false;
}"""


def wait_for_line(chart: Locator) -> None:
    """Until pixels have the colour of its first line, which begins with the second sample."""
    deadline = time.monotonic() + FIGURES / 1000
    while not chart.locator("canvas").evaluate(LINE):
        assert time.monotonic() < deadline, "no line is drawn"
        chart.page.wait_for_timeout(500)


def test_a_vm_and_its_server_in_charts(seat: Seat) -> None:
    vm, page = seat.vm("charted1"), seat.page
    server = seat.system.api("GET", f"/vms/{vm}")["server"]["id"]
    page.goto(f"/ui/vms/{vm}")
    page.get_by_role("tab", name="Performance").click()
    expect(page.get_by_text("No figures yet")).to_be_visible()
    disks = page.get_by_role("figure", name="Disks")
    expect(disks).to_be_visible(timeout=FIGURES)
    row = disks.get_by_role("row", name="Written")  # what a fake guest does all the time
    expect(row.get_by_role("cell").first).to_have_text("64 KiB/s")
    processors = page.get_by_role("figure", name="CPU").get_by_role("row", name="CPU")
    expect(processors.get_by_role("cell").first).to_have_text("10 %")
    for name in ("CPU", "Memory used", "Disks", "Network"):
        wait_for_line(page.get_by_role("figure", name=name))
    page.get_by_role("button", name="Dark theme").click()
    photograph(page, "charts-dark")
    assert serious(seat) == []
    page.get_by_role("button", name="Day").click()
    expect(disks.get_by_role("row", name="Written").get_by_role("cell").first).to_have_text(
        "64 KiB/s"
    )

    page.goto(f"/ui/servers/{server}/performance")
    expect(page.get_by_role("figure", name="CPU").locator("canvas")).to_be_visible()
    expect(page.get_by_role("figure")).to_have_count(2)
    photograph(page, "charts-server-dark")
    assert serious(seat) == []
