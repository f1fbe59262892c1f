"""The command line under test: run in this process, against a scripted HTTP server or a manager."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import typer

from millpond.cli import main

Json = dict[str, Any]
JOB = "5d1f6f3c-54a5-4c33-9a4f-1f9b2cf0a001"


PROGRAM: Any = typer.main.get_command(main.app)
"""``millpond``, as Typer made it."""


def commands(group: Any = PROGRAM, *words: str) -> Iterator[tuple[str, Any]]:
    """Every command that can be typed, such as ``pool rule list``, and what Typer knows of it."""
    context = group.context_class(group, info_name=" ".join(words))
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if hasattr(command, "list_commands"):
            yield from commands(command, *words, name)
        else:
            yield " ".join((*words, name)), command


def options(command: Any) -> set[str]:
    """All names of a command's options."""
    return {name for p in command.params for name in (*p.opts, *p.secondary_opts)} | {"--help"}


@dataclass
class Result:
    """What a command printed and how it ended."""

    code: int
    out: str
    err: str


@dataclass
class Asked:
    """One request a scripted manager received."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any


Answer = tuple[int, Any] | Callable[[Asked], Any] | list[Any]


@dataclass
class Script:
    """Answers by ``"METHOD /path"`` (without the API's prefix): (status, JSON), a list of answers
    of which the last stays, or a function of the request. None as an answer drops the connection
    after the request was read. A generator function's bytes are sent as an event stream."""

    url: str = ""
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)

    def requests(self, route: str) -> list[Asked]:
        return [a for a in self.asked if f"{a.method} {a.path}" == route]


def _body(raw: bytes, kind: str) -> Any:
    """What was sent: JSON as what it says, anything else as it is."""
    return json.loads(raw) if raw and kind == "application/json" else raw or None


@contextmanager
def scripted_manager() -> Iterator[Script]:
    script = Script()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            parts = urlsplit(self.path)
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            asked = Asked(
                self.command,
                parts.path.removeprefix("/api/v1"),
                dict(parse_qsl(parts.query)),
                {k.lower(): v for k, v in self.headers.items()},
                _body(raw, self.headers.get("Content-Type") or ""),
            )
            script.asked.append(asked)
            missing = (404, {"error": {"kind": "refused", "code": "request.not_found"}})
            answer: Any = script.answers.get(f"{asked.method} {asked.path}", missing)
            if isinstance(answer, list):
                answer = answer.pop(0) if len(answer) > 1 else answer[0]
            if callable(answer):
                answer = answer(asked)
            if answer is None:
                self.close_connection = True
                self.connection.close()
            elif isinstance(answer, tuple):
                self._reply(*answer)
            else:
                self._stream(answer)

        def _reply(self, status: int, value: Any) -> None:
            data = value.encode() if isinstance(value, str) else json.dumps(value).encode()
            data = b"" if value is None else data
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            if isinstance(value, dict) and "generation" in value:
                self.send_header("ETag", f'"{value["generation"]}"')
            self.end_headers()
            self.wfile.write(data)

        def _stream(self, chunks: Iterator[bytes]) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Connection", "close")
            self.end_headers()
            for chunk in chunks:
                self.wfile.write(chunk)
                self.wfile.flush()
            self.close_connection = True

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    script.url = f"http://127.0.0.1:{server.server_port}"
    Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield script
    finally:
        server.shutdown()
        server.server_close()


def run_cli(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    *args: str,
    program: str = "millpond",
) -> Result:
    """Run ``millpond`` (or ``orion``, ``repos``, ``xm``) in this process, through the entry point that users get."""
    from millpond.cli import main, orion, repos, xm

    programs = {
        "millpond": main.main,
        "orion": orion.main,
        "repos": repos.main,
        "xm": xm.main,
    }
    monkeypatch.setattr(sys, "argv", [program, *args])
    capsys.readouterr()
    code = 0
    try:
        programs[program]()
    except SystemExit as end:
        code = int(end.code or 0)
    out, err = capsys.readouterr()
    return Result(code, out, err)


Run = Callable[..., Result]
"""The command line, typed against a scripted manager (fixture ``run``)."""


def accepts(script: Script, route: str, *then: Json) -> None:
    """``route`` starts a job, which goes through the states ``then``."""
    script.answers[route] = (202, job("queued"))
    script.answers[f"GET /jobs/{JOB}/wait"] = [(200, state) for state in then or (job(),)]


def job(state: str = "done", kind: str = "vm.start", **more: Any) -> Json:
    """A job as the API shows it."""
    return {
        "id": JOB,
        "kind": kind,
        "state": state,
        "subject": "vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
        "subject_name": "web1",
        "user": "admin",
        "created": 1.0,
        "started": 2.0,
        "ended": 5.5 if state in ("done", "failed", "cancelled") else None,
        "step": "start",
        "steps": [],
        "progress": {"percent": None, "message": ""},
        "error": None,
        "result": {},
        "cancel_requested": False,
        "parent": None,
        "spec": {},
    } | more


def refusal(code: str, **more: Any) -> Json:
    """An error reply's body."""
    error = {
        "kind": "refused",
        "code": code,
        "subject": "vm web1",
        "message": "is not in a state that allows this",
        "fix": "do something else",
        "details": {},
    }
    return {"error": error | more}
