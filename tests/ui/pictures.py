"""Pictures of screens, which are kept small and compared with a tolerance."""

import os
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageChops
from playwright.sync_api import Page

from tests.ui.browser import ROOT

KEPT = ROOT / "docs" / "images"
TOLERANCE = 0.002
"""The share of pixels that may differ: a row of a table that is another is more."""
NEAR = 48
"""How far a colour may be from the one kept, of 255: a palette keeps 64 of them."""

TRIES = 5
SETTLES = 200
"""ms until what has come in is drawn."""

# What differs from run to run, as it is written on a page: something fixed is put in its place.
_FIXED = r"""() => {
  const fixed = [
    [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11"],
    [/\b([0-9a-f]{2}:){5}[0-9a-f]{2}\b/g, "00:16:3e:4c:10:a2"],
    [/\b\d{1,2} [A-Z][a-z]+ 20\d\d(, | at )\d\d:\d\d(:\d\d)?/g, "19 May 2026, 18:42:44"],
    [/^\s*\d+([.,]\d+)? (ms|secs?|mins?|hrs?|days?)( ago)?\s*$/, "1 sec$3"],
    [/^\d\d:\d\d$/, "18:42"],
    [/\b\d+([.,]\d+)? [KMGT]i?B of \d+([.,]\d+)? [KMGT]i?B\b/g, "24 GiB of 64 GiB"],
    [/\b\d+([.,]\d+)?(\s?)%/g, "38$2%"],
    [/\/\S*\/(OVS|import|storage)\b/g, "/$1"],
    [/\/tmp\/\S+/g, "/OVS"],
    [/\b(vd[a-z]-)[0-9a-f]{8}\b/g, "$1d02d154d"],
    [/\b(127\.\d+\.\d+\.\d+):\d+/g, "$1:8443"],
  ];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const text = texts.currentNode;
    const told = fixed.reduce((now, [what, by]) => now.replace(what, by), text.data);
    if (told !== text.data) text.data = told;
  }
}"""
_VARIES = "canvas, .xterm, [role=progressbar]"


def taken(page: Page) -> Image.Image:
    page.mouse.move(0, 0)
    page.wait_for_timeout(SETTLES)
    page.evaluate(_FIXED)
    # The page's policy lets no style in that would hide them.
    masked = [page.locator(_VARIES)]
    picture = page.screenshot(animations="disabled", mask=masked, mask_color="#8a8d90")
    return Image.open(BytesIO(picture)).convert("RGB")


def judge(page: Page, name: str) -> str:
    """What is wrong with a picture; empty if nothing is. Where ``MILLPOND_SCREENS`` names a directory,
    it is kept there as what later ones are compared with."""
    if into := os.environ.get("MILLPOND_SCREENS"):
        small = taken(page).quantize(64, dither=Image.Dither.NONE)
        small.save(Path(into) / name, optimize=True)
        return ""
    kept = Image.open(KEPT / name).convert("RGB")
    share = 1.0
    for _ in range(TRIES):  # what the manager tells meanwhile is drawn anew
        share = _different(kept, taken(page))
        if share <= TOLERANCE:
            return ""
    return f"{name}: {share:.2%} differs"


def _different(one: Image.Image, other: Image.Image) -> float:
    """The share of pixels with a colour that is not near; all of them if the sizes differ."""
    if one.size != other.size:
        return 1.0
    bands = ImageChops.difference(one, other).split()
    most = ImageChops.lighter(ImageChops.lighter(bands[0], bands[1]), bands[2])
    return sum(most.histogram()[NEAR:]) / (one.width * one.height)
