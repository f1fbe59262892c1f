"""All hostile inputs in one list, each with the row of the table of attacks that it stands for, and the
code that it is refused with."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from millpond.domain.image import ImageFormat
from tests.data.hostile.archives import ARCHIVES
from tests.data.hostile.images import HOSTILE
from tests.data.hostile.packages import FILES, LINKS, URLS

ROWS = {
    1: "an image with a backing file or parent disk",
    2: "an image with its data elsewhere, or with features that are not known",
    3: "a VMDK that describes other files",
    4: "an image's header, written by a guest into its raw disk",
    5: "a lie about the format, a file of two formats",
    6: "sizes and counts that no disk has, bombs",
    7: "archive members that leave the folder, or are not what the manifest says",
    8: "XML with entities, inclusions, or no end",
    9: "names that lead elsewhere, or look like something else",
    10: "line breaks in values",
    11: "links planted in folders",
    12: "what is cut short, or contradicts itself",
    13: "an import that gets more than it says, or what is another's",
    16: "URLs that lead inside",
    22: "code and templates in values",
}
"""The attacks there are files for."""


@dataclass(frozen=True)
class Attack:
    """``make`` writes it into an empty folder and returns what is to be imported: a file as an image of
    the ``declared`` format, a package, or a URL."""

    row: int
    name: str
    code: str
    make: Callable[[Path], str]
    declared: ImageFormat | None = None

    @property
    def key(self) -> str:
        return f"{self.row:02}-{self.name}"


def _file(name: str, content: Callable[[], bytes]) -> Callable[[Path], str]:
    def make(folder: Path) -> str:
        (folder / name).write_bytes(content())
        return str(folder / name)

    return make


def _package(files: Callable[[], dict[str, bytes]]) -> Callable[[Path], str]:
    def make(folder: Path) -> str:
        made = files()
        for name, content in made.items():
            (folder / name).write_bytes(content)
        return str(folder / "vm.ova") if "vm.ova" in made else str(folder)

    return make


def _planted(plant: Callable[[Path], None]) -> Callable[[Path], str]:
    def make(folder: Path) -> str:
        plant(folder)
        return str(folder)

    return make


def _url(url: str) -> Callable[[Path], str]:
    return lambda folder: url


CORPUS: tuple[Attack, ...] = (
    *(Attack(h.row, h.name, h.code, _file("image", h.make), h.declared) for h in HOSTILE),
    *(
        Attack(row, f"{name}.ova", "image.archive", _file("vm.ova", make))
        for name, (row, make) in ARCHIVES.items()
    ),
    *(Attack(row, name, code, _package(make)) for name, (row, code, make) in FILES.items()),
    *(Attack(11, name, code, _planted(plant)) for name, (code, plant) in LINKS.items()),
    *(Attack(16, f"url-{n}", "image.url", _url(url)) for n, url in enumerate(URLS)),
)
