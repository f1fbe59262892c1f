"""``python -m millpond.manager.api.openapi``: print the API's description; starts nothing."""

import json
import sys

from millpond.manager.api.app import build


def document() -> str:
    """The OpenAPI document, as committed in ``docs/reference/rest.json``."""
    return json.dumps(build().openapi(), indent=1, sort_keys=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(document())
