"""Whatever lists or shows something can print it in every format, and again on every change."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from millpond.cli.output import Output
from tests.support.cli import commands, options

VIEW_NAMES = {"list", "show", "status"}
NOT_WATCHED = {
    "version": "it does not change",
    "sim list": "what ships with the program does not change",
    "pool timing": "what follows from an outage that a pool has for good",
    "pool preflight": "a question to servers, asked once",
    "pool check": "a question to servers, asked once",
    "fence check": "a question to fence devices, asked once",
    "server add": "the answer to a change",
    "server token": "the answer to a change",
    "fence set": "the answer to a change",
    "user add": "the answer to a change",
    "token create": "the answer to a change",
    "array add": "the answer to a change",
    "job cancel": "the answer to a change",
    "job wait": "it waits by itself",
    "event watch": "it watches by itself",
    "chaos run": "it reports when it ends",
}
"""Commands that print something, and why they cannot be watched."""


def test_every_view_can_be_watched() -> None:
    printing = {
        name: options(command)
        for name, command in commands()
        if "--output" in options(command) and "--wait" not in options(command)
    }
    assert {name for name, known in printing.items() if "--watch" not in known} == set(NOT_WATCHED)
    assert len(printing) > 30


def test_every_list_and_show_has_all_formats() -> None:
    views = [
        (name, command)
        for name, command in commands()
        if name.rpartition(" ")[2] in VIEW_NAMES or "--watch" in options(command)
    ]
    assert len(views) > 20
    for name, command in views:
        formats = [p for p in command.params if "--output" in p.opts]
        assert [p.type_descriptor.annotation for p in formats] == [Output], name


def test_a_lab_is_watched_without_a_manager(tmp_path: Path) -> None:
    (tmp_path / "first" / "servers").mkdir(parents=True)
    with subprocess.Popen(
        [sys.executable, "-m", "millpond.cli", "lab", "list", "--watch", "-o", "json"],
        env=os.environ | {"MILLPOND_LAB_DIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        text=True,
    ) as watching:
        assert watching.stdout is not None
        try:
            assert json.loads(watching.stdout.readline()) == [{"name": "first"}]
            (tmp_path / "second" / "servers").mkdir(parents=True)
            assert len(json.loads(watching.stdout.readline())) == 2
            watching.send_signal(signal.SIGINT)
            assert watching.wait(20) == 0
        finally:
            watching.kill()
