"""Write the hostile inputs into a folder: ``python -m tests.data.hostile.make FOLDER``."""

import sys
from pathlib import Path

from tests.data.hostile.corpus import CORPUS


def main(folder: Path) -> None:
    for attack in CORPUS:
        where = folder / attack.key
        where.mkdir(parents=True, exist_ok=True)
        made = attack.make(where)
        if "://" in made:
            (where / "url").write_text(f"{made}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
