"""Commands against a scripted manager: what is asked, what is printed, how they end."""

import io
import json
import os
import re
import signal
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from millpond.cli.errors import ExitCode
from tests.support.cli import (
    JOB,
    Asked,
    Json,
    Run,
    Script,
    accepts,
    job,
    refusal,
)
from tests.unit.test_cli_output import CONFIG, SERVER, VERDICT, VM

DONE = (200, job())


# --- exit codes and errors -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (409, refusal("vm.state"), ExitCode.REFUSED),
        (422, refusal("request.invalid"), ExitCode.REFUSED),
        (507, refusal("storage.full"), ExitCode.REFUSED),
        (404, refusal("request.not_found"), ExitCode.NOT_FOUND),
        (401, refusal("auth.required"), ExitCode.AUTH),
        (403, refusal("auth.denied"), ExitCode.AUTH),
        (429, refusal("auth.rate"), ExitCode.AUTH),
        (503, refusal("server.unreachable"), ExitCode.UNREACHABLE),
        (503, refusal("server.busy"), ExitCode.UNREACHABLE),
        (504, refusal("step.unknown", kind="unknown"), ExitCode.UNREACHABLE),
        (502, refusal("step.failed", kind="failed"), ExitCode.FAILED),
        (500, "boom", ExitCode.INTERNAL),
        (502, "<html>proxy</html>", ExitCode.INTERNAL),
    ],
)
def test_exit_codes_by_class_of_error(
    script: Script, run: Run, status: int, body: object, code: ExitCode
) -> None:
    script.answers["GET /vms/web1"] = (status, body)
    result = run("vm", "show", "web1")
    assert result.code == code
    assert result.err.startswith("Error: ")
    assert result.out == ""


def test_an_error_says_what_why_and_how_to_fix_it(script: Script, run: Run) -> None:
    script.answers["POST /vms/web1/start"] = (
        409,
        refusal("object.busy", message="job 7 holds it", fix="wait: millpond job wait 7"),
    )
    result = run("vm", "start", "web1")
    assert result.err.splitlines() == [
        "Error: vm web1: job 7 holds it (object.busy)",
        "Fix: wait: millpond job wait 7",
    ]


def test_an_error_cannot_command_the_terminal(script: Script, run: Run) -> None:
    script.answers["GET /vms/x"] = (409, refusal("vm.state", message="\x1b[2Jgone", fix="\x9bm"))
    assert not re.search(r"[\x1b\x9b]", run("vm", "show", "x").err)


@pytest.mark.parametrize(
    "args",
    [
        ("vm", "list", "--power", "flying"),
        ("vm", "fly"),
        ("vm", "create", "web1", "--pool", "p", "--memory", "lots"),
        ("vm", "create", "web1", "--pool", "p", "--disk", "vdb"),
        ("vm", "edit", "web1"),
        ("vm", "show", ""),
        ("vm", "console", "web1", "--log", "--vnc"),
        ("pool", "create", "p", "--server", "srv1:boss"),
    ],
)
def test_usage_errors_ask_the_manager_nothing(
    script: Script, run: Run, args: tuple[str, ...]
) -> None:
    result = run(*args)
    assert result.code == ExitCode.USAGE
    assert result.err
    assert script.asked == []


def test_nobody_listens(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MILLPOND_URL", "http://127.0.0.1:1")
    monkeypatch.setattr("millpond.cli.client.RETRIES", (0.01,))
    result = run("vm", "list")
    assert result.code == ExitCode.UNREACHABLE
    assert "does not answer" in result.err
    assert "\nFix: " in result.err


def test_what_answers_is_no_manager(script: Script, run: Run) -> None:
    script.answers["GET /vms/web1"] = (200, "<html>hello</html>")
    result = run("vm", "show", "web1")
    assert "is not a Millpond manager" in result.err


def test_a_certificate_of_another_ca_is_refused(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A real TLS server whose certificate nobody vouches for gets no token."""
    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-keyout", key, "-out", cert, "-days", "1", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=IP:127.0.0.1"],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    import socket

    heard: list[bytes] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            plain, _ = listener.accept()
            try:
                with context.wrap_socket(plain, server_side=True) as secure:
                    heard.append(secure.recv(4096))
                    secure.sendall(
                        b'HTTP/1.1 200 OK\r\nContent-Length: 27\r\n\r\n{"items": [], "next": null}'
                    )
            except OSError:
                pass

    threading.Thread(target=serve, daemon=True).start()
    monkeypatch.setenv("MILLPOND_URL", f"https://127.0.0.1:{listener.getsockname()[1]}")
    result = run("vm", "list")
    assert result.code == ExitCode.UNREACHABLE
    assert "--ca" in result.err
    assert heard == []
    monkeypatch.setenv("MILLPOND_CA", str(cert))
    assert run("vm", "list").out == "no VMs\n"
    assert b"mps_t" in heard[0]


def test_a_bad_ca_file(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MILLPOND_URL", "https://127.0.0.1:1")
    monkeypatch.setenv("MILLPOND_CA", "/nowhere/ca.pem")
    result = run("vm", "list")
    assert result.code == ExitCode.USAGE
    assert "/nowhere/ca.pem" in result.err


# --- sign in and out -------------------------------------------------------------------------


def test_login_and_logout(
    script: Script, run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("MILLPOND_URL", "MILLPOND_TOKEN"):
        monkeypatch.delenv(name)
    script.answers["POST /sessions"] = (201, {"token": "mps_new", "user": "anna", "expires": None})
    monkeypatch.setattr(sys, "stdin", io.StringIO("pass word \n"))
    result = run("login", script.url + "/", "--user", "anna", "--password-stdin")
    assert result.code == 0
    assert script.asked[0].body == {"name": "anna", "password": "pass word "}
    file = tmp_path / ".config" / "millpond" / "cli.toml"
    assert file.stat().st_mode & 0o777 == 0o600
    assert "mps_new" not in result.out + result.err
    script.answers["GET /vms"] = (200, {"items": [], "next": None})
    run("vm", "list")
    assert script.asked[-1].headers["authorization"] == "Bearer mps_new"
    script.answers["DELETE /sessions/current"] = (204, None)
    assert run("logout").code == 0
    assert script.asked[-1].headers["authorization"] == "Bearer mps_new"
    assert "mps_new" not in file.read_text()


def test_a_password_is_never_an_argument(run: Run, script: Script) -> None:
    result = run("login", script.url, "--password", "secret")
    assert result.code == ExitCode.USAGE


# --- jobs ------------------------------------------------------------------------------------


def test_a_job_is_waited_for_and_its_time_told(script: Script, run: Run) -> None:
    accepts(script, "POST /vms/web1/start", job("running"), job("running"), job())
    result = run("vm", "start", "web1")
    assert (result.code, result.out) == (0, "vm.start web1: done in 3.5s\n")
    assert len(script.requests(f"GET /jobs/{JOB}/wait")) == 3


def test_no_wait_says_how_to_follow(script: Script, run: Run) -> None:
    accepts(script, "POST /vms/web1/start")
    result = run("vm", "start", "web1", "--no-wait")
    assert result.code == 0
    assert f"millpond job wait {JOB}" in result.out
    assert not script.requests(f"GET /jobs/{JOB}/wait")


def test_a_migration_tells_its_downtime(script: Script, run: Run) -> None:
    accepts(
        script,
        "POST /vms/web1/migrate",
        job(kind="vm.migrate", result={"downtime_ms": 82.4, "total_ms": 890.0}),
    )
    result = run("vm", "migrate", "web1", "--to", "srv2", "--bandwidth", "1G", "--parallel", "4")
    assert result.out == "vm.migrate web1: done in 3.5s, downtime 82 ms, total 890 ms\n"
    body = script.requests("POST /vms/web1/migrate")[0].body
    assert body["to"] == "srv2"
    assert body["live"] is True
    assert body["options"]["bandwidth"] == 1024
    assert body["options"]["parallel"] == 4


def test_a_failed_job(script: Script, run: Run) -> None:
    error = {"kind": "refused", "code": "vm.no_shutdown", "subject": "vm web1",
             "message": "the guest did not power off within 5 s", "fix": "repeat with --force"}  # fmt: skip
    accepts(script, "POST /vms/web1/stop", job("failed", "vm.stop", error=error))
    result = run("vm", "stop", "web1", "--timeout", "5")
    assert result.code == ExitCode.FAILED
    assert "did not power off" in result.err
    assert result.err.endswith("Fix: repeat with --force\n")
    assert script.asked[0].body == {"timeout": 5.0, "force": False}


def test_a_held_job(script: Script, run: Run) -> None:
    accepts(
        script,
        "POST /vms/web1/start",
        job("held", error={"kind": "unknown", "step": "start", "cause": "no answer"}),
    )
    result = run("vm", "start", "web1")
    assert result.code == ExitCode.HELD
    assert f"millpond job resume {JOB}" in result.err


def test_a_cancelled_job(script: Script, run: Run) -> None:
    accepts(script, "POST /vms/web1/start", job("cancelled"))
    assert run("vm", "start", "web1").code == ExitCode.FAILED


def test_one_refusal_of_several_does_not_stop_the_others(script: Script, run: Run) -> None:
    accepts(script, "POST /vms/web1/start")
    script.answers["POST /vms/web2/start"] = (409, refusal("vm.state", subject="vm web2"))
    result = run("vm", "start", "web2", "nosuch", "web1")
    assert result.code == ExitCode.REFUSED, "the first error decides"
    assert result.out == "vm.start web1: done in 3.5s\n"
    assert result.err.count("Error:") == 2


def test_a_repeated_request_carries_the_same_idempotency_key(
    script: Script, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection broke after the request was read: nobody knows whether it was accepted."""
    monkeypatch.setattr("millpond.cli.client.RETRIES", (0.01, 0.01))
    accepts(script, "POST /vms/web1/start")
    script.answers["POST /vms/web1/start"] = [None, None, (202, job("queued"))]
    assert run("vm", "start", "web1").code == 0
    keys = [a.headers["idempotency-key"] for a in script.requests("POST /vms/web1/start")]
    assert len(keys) == 3
    assert len(set(keys)) == 1
    accepts(script, "POST /vms/web1/start")
    run("vm", "start", "web1")
    assert script.requests("POST /vms/web1/start")[-1].headers["idempotency-key"] not in keys


def test_what_has_no_idempotency_key_is_not_repeated(script: Script, run: Run) -> None:
    script.answers["POST /tokens"] = [None]
    assert run("token", "create", "backup").code == ExitCode.UNREACHABLE
    assert len(script.requests("POST /tokens")) == 1


def test_waiting_outlives_a_restart_of_the_manager(
    script: Script, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("millpond.cli.client.RETRIES", ())
    monkeypatch.setattr("millpond.cli.jobs.time.sleep", lambda _: None)
    accepts(script, "POST /vms/web1/start")
    script.answers[f"GET /jobs/{JOB}/wait"] = [None, None, None, (200, job())]
    assert run("vm", "start", "web1").code == 0


def test_ctrl_c_leaves_the_job_running(script: Script) -> None:
    waiting = threading.Event()

    def slowly(_: Asked) -> object:
        waiting.set()
        time.sleep(0.2)
        return (200, job("running"))

    script.answers["POST /vms/web1/start"] = (202, job("queued"))
    script.answers[f"GET /jobs/{JOB}/wait"] = slowly
    process = subprocess.Popen(
        [sys.executable, "-m", "millpond.cli", "vm", "start", "web1"],
        stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert waiting.wait(20)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20)
    finally:
        process.kill()
    assert process.returncode == 130
    assert f"millpond job wait {JOB}" in err
    assert f"millpond job cancel {JOB}" in err
    assert "Traceback" not in err
    assert not [a for a in script.asked if "cancel" in a.path]


def test_the_bar_shows_percent_rate_time_left_and_step(script: Script, tmp_path: Path) -> None:
    import pty

    progress = {"percent": 42.0, "rate": 50 << 20, "seconds_left": 75.0, "message": "copying vda"}
    accepts(
        script,
        "POST /vms/web1/start",
        job("running", progress=progress),
        job("running", progress=progress),
        job(),
    )
    main, side = pty.openpty()
    env = os.environ | {"COLUMNS": "80", "TERM": "xterm"}
    with subprocess.Popen(
        [sys.executable, "-m", "millpond.cli", "vm", "start", "web1"],
        stderr=side, stdout=subprocess.DEVNULL, env=env,
    ) as process:  # fmt: skip
        os.close(side)
        seen = b""
        try:
            while chunk := os.read(main, 65536):
                seen += chunk
        except OSError:
            pass
    assert process.returncode == 0
    text = re.sub(r"\x1b\[[\d;?]*[a-zA-Z]", "", seen.decode())
    assert re.search(r"vm\.start web1.*42%.*50M/s.*1m15s left.*copying vda", text)
    assert max(len(line) for line in re.split(r"[\r\n]+", text)) <= 80


# --- VMs -------------------------------------------------------------------------------------


def test_create_sends_what_was_asked_for(script: Script, run: Run) -> None:
    accepts(script, "POST /vms")
    result = run(
        *("vm", "create", "web1", "--pool", "pool1", "--template", "tiny", "--memory", "1G"),
        *("--disk", "vdb:10G:qcow2", "--nic", "xenbr0,rate=1M", "--nic", "xenbr1", "--start"),
    )
    assert result.code == 0
    body = script.asked[0].body
    assert body["memory"] == 1024
    assert body["start"] is True
    assert body["disks"] == [{"target": "vdb", "size": 10 << 30, "format": "qcow2"}]
    assert body["vifs"] == [{"bridge": "xenbr0", "rate_limit": 1024}, {"bridge": "xenbr1"}]
    assert "on" not in body
    from millpond.operations.create_vm import VmCreateSpec

    VmCreateSpec(**body)


def test_create_needs_no_pool_where_there_is_one(script: Script, run: Run) -> None:
    accepts(script, "POST /vms")
    script.answers["GET /pools"] = (200, {"items": [{"name": "only"}], "next": None})
    run("vm", "create", "web1")
    assert script.requests("POST /vms")[0].body["pool"] == "only"
    script.answers["GET /pools"] = (200, {"items": [{"name": "a"}, {"name": "b"}], "next": None})
    assert run("vm", "create", "web1").code == ExitCode.USAGE


def test_a_dry_run_explains_the_placement(script: Script, run: Run) -> None:
    verdicts = [VERDICT | {"server": "srv1", "reason": "it is in maintenance"},
                VERDICT | {"server": "srv2", "suitable": True, "reason": "900 MiB are free"}]  # fmt: skip
    plan = {
        "before": {"config": CONFIG},
        "placement": {"server_name": "srv2", "verdicts": verdicts},
    }
    script.answers["POST /vms"] = (200, {"plan": plan})
    result = run("vm", "create", "web1", "--pool", "p", "--dry-run")
    assert script.asked[0].query == {"dry_run": "True"} or script.asked[0].query == {
        "dry_run": "true"
    }
    assert re.search(r"Would go to\s+srv2", result.out)
    assert re.search(r"srv1\s+no\s+it is in maintenance", result.out)


def test_dry_runs_of_several_are_one_document(script: Script, run: Run) -> None:
    for name in ("web1", "web2"):
        script.answers[f"POST /vms/{name}/start"] = (200, {"plan": {"named": name}})
    result = run("vm", "start", "web1", "web2", "--dry-run", "-o", "json")
    assert json.loads(result.out) == [{"named": "web1"}, {"named": "web2"}]
    result = run("vm", "start", "nosuch", "web2", "--dry-run", "-o", "json")
    assert json.loads(result.out) == [{"named": "web2"}]
    assert result.code == ExitCode.NOT_FOUND


def test_a_refusal_alone_prints_no_result(script: Script, run: Run) -> None:
    for options in ((), ("--dry-run",)):
        result = run("vm", "start", "nosuch", "-o", "json", *options)
        assert (result.code, result.out) == (ExitCode.NOT_FOUND, "")
        assert "Error:" in result.err


def test_no_place_is_explained_server_by_server(script: Script, run: Run) -> None:
    script.answers["POST /vms/web1/start"] = (
        409, refusal("placement.none", details={"verdicts": [VERDICT | {"server": "srv1", "reason": "it is in maintenance"}]}),
    )  # fmt: skip
    result = run("vm", "start", "web1")
    assert re.search(r"srv1\s+no\s+it is in maintenance", result.err)


def test_delete_asks_and_names_what_is_lost(
    script: Script, monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    vm = VM | {"name": "web1", "generation": 7}
    vm["config"] = CONFIG | {
        "disks": [{"target": "vda", "source": "file:vda.raw", "size": 1 << 30, "format": "raw"}]
    }
    script.answers["GET /vms/web1"] = (200, vm)
    accepts(script, "DELETE /vms/web1")
    monkeypatch.setattr(sys, "stdin", io.StringIO("n\n"))
    result = run("vm", "delete", "web1")
    assert result.code == ExitCode.DECLINED
    assert "vda (1G)" in result.err
    assert not script.requests("DELETE /vms/web1")
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    assert run("vm", "delete", "web1").code == 0
    assert script.requests("DELETE /vms/web1")[0].headers["if-match"] == '"7"'
    assert run("vm", "delete", "web1", "--yes", "--keep-disks").code == 0
    last = script.requests("DELETE /vms/web1")[-1]
    assert "if-match" not in last.headers
    assert last.query["keep_disks"].lower() == "true"


def test_ctrl_c_at_a_question(script: Script, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    class Pressed:
        def readline(self, *_: object) -> str:
            raise KeyboardInterrupt

    monkeypatch.setattr(sys, "stdin", Pressed())
    assert run("server", "remove", "srv1").code == ExitCode.INTERRUPTED
    assert not script.asked


def test_a_question_nobody_can_answer(
    script: Script, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    assert run("server", "remove", "srv1").code == ExitCode.DECLINED
    assert not script.asked


def test_edit_tells_what_is_pending(script: Script, run: Run) -> None:
    accepts(script, "PATCH /vms/web1", job(kind="vm.edit", subject="vm:8"))
    script.answers["GET /vms/8"] = (200, VM | {"pending": {"memory": 2048}})
    result = run("vm", "edit", "web1", "--memory", "2G", "--tag", "a", "--tag", "b")
    assert script.asked[0].body == {"memory": 2048, "tags": ["a", "b"]}
    assert "Pending until the next start: memory" in result.err
    run("vm", "edit", "web1", "--tag", "")
    assert script.requests("PATCH /vms/web1")[-1].body == {"tags": []}


def test_list_follows_pages(script: Script, run: Run) -> None:
    pages = [
        (200, {"items": [VM | {"name": "a"}], "next": "c1"}),
        (200, {"items": [VM | {"name": "b"}], "next": None}),
    ]
    script.answers["GET /vms"] = pages
    result = run("vm", "list", "--tag", "x", "-o", "json")
    assert [v["name"] for v in json.loads(result.out)] == ["a", "b"]
    assert [a.query.get("after") for a in script.asked] == [None, "c1"]
    assert all(a.query["tag"] == "x" for a in script.asked)


# --- pools and servers -----------------------------------------------------------------------


def test_a_refused_pool_shows_the_preflight(script: Script, run: Run) -> None:
    difference = {"server": "srv2", "subject": "clock", "expected": "within 2 s", "found": "+9.0 s",
                  "fix": "run chrony", "blocking": True}  # fmt: skip
    script.answers["POST /pools"] = (
        409,
        refusal("pool.preflight", details={"differences": [difference]}),
    )
    result = run("pool", "create", "p1", "-s", "srv1:master,utility,vm", "-s", "srv2")
    assert result.code == ExitCode.REFUSED
    assert re.search(r"srv2\s+clock\s+\+9\.0 s\s+run chrony", result.err)
    body = script.asked[0].body
    assert body["members"] == [
        {"server": "srv1", "roles": ["master", "utility", "vm"]},
        {"server": "srv2", "roles": ["vm"]},
    ]
    from millpond.operations.create_pool import PoolCreateSpec

    PoolCreateSpec(**body)


def test_preflight_and_check_exit_3_when_servers_do_not_fit(script: Script, run: Run) -> None:
    script.answers["POST /pools/preflight"] = (200, {"fits": False, "differences": []})
    assert run("pool", "preflight", "-s", "srv1:master").code == ExitCode.REFUSED
    script.answers["POST /pools/p1/check"] = (200, {"fits": True, "differences": []})
    assert run("pool", "check", "p1").code == 0


def test_server_add_prints_the_command_to_type(script: Script, run: Run) -> None:
    token = "mp1." + "x" * 200
    script.answers["POST /servers"] = (201, {"server": SERVER | {"name": "srv1"}, "token": token})
    result = run("server", "add", "srv1", "--address", "192.0.2.1")
    assert f"millpond-agent enrol - <<< {token}" in result.out.splitlines()
    assert script.asked[0].body == {"name": "srv1", "address": "192.0.2.1", "port": 8899}


# --- watch -----------------------------------------------------------------------------------


def test_watch_redraws_on_events_and_does_not_poll(script: Script) -> None:
    powers = iter(["stopped", "running", "paused"])
    second, third = threading.Event(), threading.Event()

    def stream(_: Asked) -> Iterator[bytes]:
        yield b": ping\n\n"
        second.wait(20)
        for n in range(30):  # a burst is one change
            yield f'id: {n}\nevent: vm\ndata: {{"seq": {n}, "subject": "vm:1"}}\n\n'.encode()
        third.wait(20)
        yield b'id: 99\ndata: {"kind": "vm",\ndata: "subject": "vm:1"}\n\n'
        time.sleep(20)

    script.answers["GET /events"] = stream
    script.answers["GET /vms/web1"] = lambda _: (200, VM | {"power": next(powers)})
    process = subprocess.Popen(
        [sys.executable, "-m", "millpond.cli", "vm", "show", "web1", "--watch", "-o", "json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        seen = [json.loads(process.stdout.readline())["power"]]
        time.sleep(1.5)
        assert len(script.requests("GET /vms/web1")) == 1, "it polls"
        second.set()
        seen.append(json.loads(process.stdout.readline())["power"])
        third.set()
        seen.append(json.loads(process.stdout.readline())["power"])
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.communicate()
    assert seen == ["stopped", "running", "paused"]


def test_watch_on_a_terminal_draws_in_place_and_leaves_the_last(script: Script) -> None:
    import pty

    changed = threading.Event()

    def stream(_: Asked) -> Iterator[bytes]:
        yield b": open\n\n"
        changed.wait(20)
        yield b'id: 1\ndata: {"kind": "vm"}\n\n'
        time.sleep(20)

    powers = iter(["stopped", "running", "paused"])
    script.answers["GET /events"] = stream
    script.answers["GET /vms"] = lambda _: (
        200,
        {"items": [VM | {"name": "web1", "busy": None, "power": next(powers)}], "next": None},
    )
    main, side = pty.openpty()
    environment = os.environ | {"COLUMNS": "80", "LINES": "24", "TERM": "xterm"}
    with subprocess.Popen(
        [sys.executable, "-m", "millpond.cli", "vm", "list", "--watch"],
        stdin=side, stdout=side, stderr=side, env=environment,
    ) as process:  # fmt: skip
        os.close(side)
        seen = b""
        while b"stopped" not in seen:
            seen += os.read(main, 65536)
        changed.set()
        while b"running" not in seen:
            seen += os.read(main, 65536)
        process.send_signal(signal.SIGINT)
        after = b""
        try:
            while chunk := os.read(main, 65536):
                after += chunk
        except OSError:
            pass
        assert process.wait(20) == 0
    os.close(main)
    enter, leave = b"\x1b[?1049h", b"\x1b[?1049l"
    assert enter in seen, "the whole screen is used"
    assert b"running" in after.partition(leave)[2], "what was last seen stays on the screen"


def test_a_reader_that_has_had_enough_is_no_error(script: Script) -> None:
    vms = [VM | {"name": f"web{n}"} for n in range(300)]
    script.answers["GET /vms"] = (200, {"items": vms, "next": None})
    reader, writer = os.pipe()
    with subprocess.Popen(
        [sys.executable, "-m", "millpond.cli", "vm", "list"], stdout=writer, stderr=subprocess.PIPE
    ) as process:
        os.close(writer)
        os.read(reader, 10)
        os.close(reader)
        assert process.stderr is not None
        assert process.stderr.read() == b""


def test_event_watch_prints_what_happens(script: Script) -> None:
    event = {"seq": 1, "time": 0.0, "kind": "vm", "subject": "vm:1", "data": {"power": "running"}}
    script.answers["GET /events"] = lambda _: iter(
        [f"id: 1\ndata: {json.dumps(event)}\n\n".encode()]
    )
    done = subprocess.run(
        [sys.executable, "-m", "millpond.cli", "event", "watch"],
        capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert done.stdout.endswith("vm vm:1 power=running\n")
    assert done.returncode == ExitCode.UNREACHABLE, "the stream ended"


# --- xm --------------------------------------------------------------------------------------


def test_xm_list_and_its_short_ids(script: Script, run: Run) -> None:
    vm = VM | {"name": "web1", "power": "running"}
    script.answers["GET /vms"] = (200, {"items": [vm], "next": None})
    line = run("list", program="xm").out.splitlines()[1]
    assert line.split()[:2] == ["web1", "0f0e6a52"]
    accepts(script, f"POST /vms/{VM['id']}/kill")
    assert run("destroy", "0f0e6a52", program="xm").code == 0


def test_xm_does_not_guess_between_two_short_ids(script: Script, run: Run) -> None:
    other = VM | {"id": VM["id"][:-1] + "2"}
    script.answers["GET /vms"] = (200, {"items": [VM, other], "next": None})
    assert run("destroy", "0f0e6a52", program="xm").code == ExitCode.NOT_FOUND
    assert not [a for a in script.asked if a.method == "POST"]


@pytest.mark.parametrize(
    ("args", "route", "body"),
    [
        (("create", "web1"), "start", {}),
        (("start", "web1"), "start", {}),
        (("shutdown", "-w", "web1"), "stop", {}),
        (("shutdown", "web1"), "stop", {}),
        (("destroy", "web1"), "kill", {}),
        (("reboot", "web1"), "reboot", {}),
        (("pause", "web1"), "pause", {}),
        (("unpause", "web1"), "unpause", {}),
        (("migrate", "-l", "web1", "srv2"), "migrate", {"live": True, "to": "srv2"}),
        (("migrate", "web1", "srv2"), "migrate", {"live": False, "to": "srv2"}),
    ],
)
def test_xm_verbs(script: Script, run: Run, args: tuple[str, ...], route: str, body: Json) -> None:
    script.answers["GET /vms/web1"] = (200, VM)
    accepts(script, f"POST /vms/{VM['id']}/{route}")
    assert run(*args, program="xm").code == 0
    assert script.requests(f"POST /vms/{VM['id']}/{route}")[0].body == body


@pytest.mark.parametrize(
    ("args", "changes"),
    [(("vcpu-set", "web1", "2"), {"vcpus": 2}), (("mem-set", "web1", "512"), {"memory": 512})],
)
def test_xm_changes(script: Script, run: Run, args: tuple[str, ...], changes: Json) -> None:
    script.answers["GET /vms/web1"] = (200, VM)
    accepts(script, f"PATCH /vms/{VM['id']}", job(subject=f"vm:{VM['id']}"))
    script.answers[f"GET /vms/{VM['id']}"] = (200, VM)
    assert run(*args, program="xm").code == 0
    assert script.requests(f"PATCH /vms/{VM['id']}")[0].body == changes


# --- the program itself ----------------------------------------------------------------------


def test_every_command_has_help_with_an_example() -> None:
    from millpond.cli.reference import page

    sections = re.split(r"\n#{3,5} ", page())
    commands = [s for s in sections if re.search(r"^`(millpond|xm|repos) ", s, re.MULTILINE)]
    assert len(commands) > 70
    for section in commands:
        if not section.startswith(("# ", "millpond lab")):
            assert "Example: `" in section, section.splitlines()[0]


def test_names_are_completed(script: Script) -> None:
    script.answers["GET /vms"] = (
        200,
        {"items": [VM | {"name": "web1"}, VM | {"name": "db1"}], "next": None},
    )
    env = os.environ | {
        "_MILLPOND_COMPLETE": "complete_bash",
        "COMP_WORDS": "millpond vm show w",
        "COMP_CWORD": "3",
    }
    done = subprocess.run(
        [Path(sys.executable).with_name("millpond")], env=env, capture_output=True, text=True, timeout=30, check=False
    )  # fmt: skip
    assert done.stdout.split() == ["web1"]


def test_the_lab_is_not_loaded_unless_asked_for() -> None:
    code = "import sys, millpond.cli.main; print([m for m in sys.modules if m.startswith(('millpond.lab', 'millpond.manager', 'fastapi', 'sqlalchemy'))])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
