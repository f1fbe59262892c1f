"""``millpond vm clone``, ``vm save-as-template`` and ``template`` against a scripted manager."""

import pytest

from millpond.cli.errors import ExitCode
from tests.support.cli import Run, Script, job

CLONE, CLONES = "POST /vms/web1/clone", "POST /vms/web1/clones"
TEMPLATE = {
    "name": "golden",
    "description": "",
    "repository": None,
    "memory": 512,
    "vcpus": 1,
    "disks": [
        {"target": "vda", "file": "vda.raw", "format": "raw", "size": 1 << 30, "sha256": None}
    ],
}


def test_one_clone_has_a_name_and_many_a_pattern(script: Script, run: Run) -> None:
    script.answers |= {CLONE: (202, job("queued")), CLONES: (202, job("queued"))}
    one = run("vm", "clone", "web1", "web2", "--on", "srv2", "--no-wait")
    assert one.code == 0
    [asked] = script.requests(CLONE)
    wanted = {"name": "web2", "cloning": "auto", "start": True, "on": "srv2", "force": False}
    assert asked.body.items() >= wanted.items()
    many = ("vm", "clone", "web1", "--count", "50", "--pattern", "web-{:02}", "--no-wait")
    assert run(*many, "--cloning", "full").code == 0
    [asked] = script.requests(CLONES)
    every = {"pattern": "web-{:02}", "count": 50, "first": 1, "cloning": "full", "start": False}
    assert asked.body.items() >= every.items()


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--count", "5"),
        ("web2", "--pattern", "w{}"),
        ("--pattern", "w{}", "--count", "2", "--on", "srv1"),
    ],
)
def test_a_clone_that_has_no_name_or_too_many(script: Script, run: Run, words: list[str]) -> None:
    assert run("vm", "clone", "web1", *words).code == ExitCode.USAGE


def test_a_template_is_made_shown_and_deleted(script: Script, run: Run) -> None:
    script.answers |= {
        "POST /vms/web1/template": (202, job("queued")),
        "GET /pools/p/templates/golden": (200, TEMPLATE),
        "DELETE /pools/p/templates/golden": (202, job("queued")),
    }
    assert run("vm", "save-as-template", "web1", "golden", "--no-wait").code == 0
    [asked] = script.requests("POST /vms/web1/template")
    assert asked.body == {"name": "golden", "repository": None, "description": ""}
    shown = run("template", "show", "p", "golden")
    assert shown.code == 0
    assert "vda.raw" in shown.out
    assert run("template", "delete", "p", "golden", "--yes", "--no-wait").code == 0
