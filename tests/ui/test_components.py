"""The parts of the web interface that hold logic, each alone: what ``ui/tests`` says of them."""

import subprocess

import pytest

from tests.ui.browser import ROOT


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_components() -> None:
    done = subprocess.run(
        [ROOT / "ui" / "tools" / "npm", "test"],
        capture_output=True,
        text=True,
        timeout=880,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr
