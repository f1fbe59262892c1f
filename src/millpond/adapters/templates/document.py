"""The record of a template that was built."""

import json
from pathlib import Path

from millpond.domain.template import TemplateDocument


def write_document(path: Path, document: TemplateDocument) -> None:
    """Written last: with it, the template is there."""
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(document.model_dump(mode="json"), indent=2) + "\n")
    fresh.rename(path)
