"""Write the hostile inputs into a folder: ``python -m tests.data.hostile.make FOLDER``."""

import sys
from pathlib import Path

from tests.data.hostile.archives import ARCHIVES
from tests.data.hostile.images import HOSTILE


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for hostile in HOSTILE:
        (folder / f"{hostile.row:02}-{hostile.name}").write_bytes(hostile.make())
    for name, (row, make) in ARCHIVES.items():
        (folder / f"{row:02}-{name}.ova").write_bytes(make())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
