"""High availability on the command line, against a scripted manager."""

import io
from pathlib import Path

import pytest

from millpond.cli.errors import ExitCode
from tests.support import ha_samples as samples
from tests.support.cli import Json, Run, Script, accepts, job, refusal

ACCEPTED: list[tuple[tuple[str, ...], str, Json | None]] = [
    (("pool", "arm", "pool1"), "POST /pools/pool1/arm", None),
    (("pool", "disarm", "pool1"), "POST /pools/pool1/disarm", None),
    (
        ("pool", "ha", "pool1", "--enable", "--tolerate", "1", "--isolation", "shutdown"),
        "PATCH /pools/pool1",
        {"ha": {"enabled": True, "tolerate": 1, "isolation": "shutdown"}},
    ),
    (("pool", "ha", "pool1", "--disable"), "PATCH /pools/pool1", {"ha": {"enabled": False}}),
    (("pool", "ha", "pool1", "--tolerate", "0"), "PATCH /pools/pool1", {"ha": {"tolerate": 0}}),
    (
        ("pool", "rule", "add", "pool1", "r1", "--kind", "not-on", "--vm", "a", "--server", "s"),
        "POST /pools/pool1/rules",
        {"name": "r1", "kind": "not-on", "vms": ["a"], "servers": ["s"], "strict": True},
    ),
    (
        ("pool", "rule", "add", "pool1", "r1", "-k", "apart", "--vm", "a", "--vm", "b", "--prefer"),
        "POST /pools/pool1/rules",
        {"name": "r1", "kind": "apart", "vms": ["a", "b"], "servers": [], "strict": False},
    ),
    (("pool", "rule", "remove", "pool1", "r1"), "DELETE /pools/pool1/rules/r1", None),
    (("vm", "edit", "web1", "--ha"), "PATCH /vms/web1", {"ha": True}),
    (
        ("vm", "edit", "web1", "--no-ha", "--restart-priority", "7"),
        "PATCH /vms/web1",
        {"ha": False, "restart_priority": 7},
    ),
    (("server", "shutdown", "srv2", "--yes"), "POST /servers/srv2/shutdown", {"force": False}),
    (
        ("server", "reboot", "srv2", "--return", "--timeout", "60", "--force", "-y"),
        "POST /servers/srv2/reboot",
        {"force": True, "activate": True, "timeout": 60.0},
    ),
    (("vm", "start", "web1", "--force"), "POST /vms/web1/start", {"force": True}),
]


@pytest.mark.parametrize(("args", "route", "body"), ACCEPTED, ids=lambda v: str(v)[:40])
def test_what_is_asked_for(
    script: Script, run: Run, args: tuple[str, ...], route: str, body: Json | None
) -> None:
    accepts(script, route, job(subject="vm:x"))
    script.answers["GET /vms/x"] = (200, {"pending": {}})
    done = run(*args)
    assert done.code == ExitCode.OK, done.err
    assert script.requests(route)[0].body == body


@pytest.mark.parametrize("args", [("vm", "edit", "web1", "--ha"), ("pool", "ha", "p", "--enable")])
def test_admission_can_be_overridden_on_purpose_only(
    script: Script, run: Run, args: tuple[str, ...]
) -> None:
    route = f"PATCH /{args[0]}s/{args[2]}"
    script.answers[route] = (409, refusal("ha.admission", fix="free memory, or --force"))
    refused = run(*args)
    assert refused.code == ExitCode.REFUSED
    assert "Fix: free memory, or --force" in refused.err
    assert script.requests(route)[0].query == {}
    run(*args, "--force")
    assert script.requests(route)[1].query == {"force": "true"}


def test_a_server_is_not_switched_off_by_a_slip(
    script: Script, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    for verb in ("shutdown", "reboot"):
        monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
        assert run("server", verb, "srv2").code != ExitCode.OK
    assert script.asked == []


def test_the_status_shows_alarms_whole(script: Script, run: Run) -> None:
    alarm = "srv3 has no watchdog: if its agent dies its guests run on unguarded"
    script.answers["GET /pools/pool1/ha"] = (200, samples.POOL_HA | {"alarms": [alarm]})
    shown = run("pool", "ha", "pool1").out
    assert "on; room kept for 16 server failures" in shown
    assert alarm in " ".join(shown.split())
    assert "14 s, if a fence device confirms" in shown
    words = " ".join(shown.split())
    assert "last: 9.3 s, 14 s promised: kept" in words
    assert "worst: a VM never started, 14 s promised: NOT KEPT" in words
    assert "storage-lost" in shown


def test_a_timeline_is_measured_from_silence(script: Script, run: Run) -> None:
    script.answers["GET /pools/p/failovers"] = (200, {"items": [samples.FAILOVER], "next": None})
    shown = " ".join(run("pool", "failover", samples.ID[:8], "--pool", "p").out.split())
    for words in ("0.0 s", "6.1 s silent", "6.2 s decided", "8.0 s proven", "8.2 s its leases"):
        assert words in shown
    assert "9.3 s" in shown.partition("Timeline")[2]
    assert "Measured 9.3 s: kept" in shown
    assert "under way" in shown


def test_a_promise_that_was_not_kept_is_said_so(script: Script, run: Run) -> None:
    late = samples.FAILOVER | {"measured": 20.0, "kept": False, "ended": 1e9 + 30}
    script.answers["GET /pools"] = (200, {"items": [{"id": "p"}], "next": None})
    script.answers["GET /pools/p/failovers"] = (200, {"items": [late], "next": None})
    assert "20.0 s: NOT KEPT" in run("pool", "failover", samples.ID).out


def test_a_failover_nobody_knows(script: Script, run: Run) -> None:
    script.answers["GET /pools/p/failovers"] = (
        200,
        {"items": [samples.FAILOVER] * 2, "next": None},
    )
    missing = run("pool", "failover", "ffff", "--pool", "p")
    assert missing.code == ExitCode.NOT_FOUND
    assert "millpond pool failovers" in missing.err
    assert run("pool", "failover", "0f", "--pool", "p").code == ExitCode.USAGE


def test_timing_takes_a_pool_or_a_question(script: Script, run: Run) -> None:
    assert run("pool", "timing").code == ExitCode.USAGE
    assert run("pool", "timing", "pool1", "--outage", "20").code == ExitCode.USAGE
    assert script.asked == []


SET = ("fence", "set", "srv2", "ipmi1", "--agent", "fence_ipmilan", "-a", "ip=192.0.2.21")
WHERE = "PUT /servers/srv2/fencing/ipmi1"


@pytest.fixture
def fenced(script: Script) -> Script:
    """A manager that knows no device of srv2 yet, and takes one."""
    script.answers["GET /servers/srv2/fencing"] = (200, samples.FENCING | {"devices": []})
    script.answers[WHERE] = (200, samples.FENCING)
    return script


def test_a_secret_is_read_from_a_file(fenced: Script, run: Run, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("s3cret word\nand a note\n")
    done = run(*SET, "--secret", f"password@{file}")
    assert done.code == ExitCode.OK, done.err
    sent = fenced.requests(WHERE)[0].body
    assert sent["secrets"] == {"password": "s3cret word"}
    assert sent["arguments"] == {"ip": "192.0.2.21"}
    assert "s3cret" not in done.out + done.err


def test_a_secret_is_read_from_the_standard_input(
    fenced: Script, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("s3cret\n"))
    assert run(*SET, "--secret", "password@-").code == ExitCode.OK
    assert fenced.requests(WHERE)[0].body["secrets"] == {"password": "s3cret"}


@pytest.mark.parametrize("word", ["password=s3cret", "password", "password@/none/such"])
def test_a_secret_is_never_an_argument(
    fenced: Script, run: Run, monkeypatch: pytest.MonkeyPatch, word: str
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    done = run(*SET, "--secret", word)
    assert done.code == ExitCode.USAGE
    assert "s3cret" not in done.err
    assert fenced.requests(WHERE) == []


def test_secrets_that_are_not_named_stay(fenced: Script, run: Run) -> None:
    known = samples.DEVICE | {
        "name": "ipmi1",
        "agent": "fence_ipmilan",
        "secrets": {"password": "***"},
    }
    fenced.answers["GET /servers/srv2/fencing"] = (200, samples.FENCING | {"devices": [known]})
    assert run(*SET).code == ExitCode.OK
    assert fenced.requests(WHERE)[0].body["secrets"] == {"password": "***"}


def test_an_argument_has_a_value(fenced: Script, run: Run) -> None:
    assert run(*SET, "--argument", "lanplus").code == ExitCode.USAGE
    assert fenced.asked == []


def test_devices_of_all_servers_are_listed(script: Script, run: Run) -> None:
    script.answers["GET /pools"] = (200, {"items": [{"id": "p", "name": "pool1"}], "next": None})
    script.answers["GET /pools/p/fencing"] = (200, {"items": [samples.FENCING], "next": None})
    shown = run("fence", "list", "--output", "json").out
    assert '"password"' not in shown
    assert "***" in shown
    assert run("fence", "list").code == ExitCode.OK


def test_a_device_is_removed_and_checked(script: Script, run: Run) -> None:
    script.answers["DELETE /servers/srv2/fencing/ipmi1"] = (200, samples.FENCING)
    script.answers["POST /servers/srv2/fencing/check"] = (200, {"answers": ["ipmi1: on"]})
    assert run("fence", "remove", "srv2", "ipmi1", "--yes").code == ExitCode.OK
    assert "ipmi1: on" in run("fence", "check", "srv2").out


def test_a_device_that_does_not_answer_fails_the_check(script: Script, run: Run) -> None:
    error = refusal("step.failed", kind="failed", subject="ipmi1", message="no answer in 20 s")
    script.answers["POST /servers/srv2/fencing/check"] = (502, error)
    checked = run("fence", "check", "srv2")
    assert checked.code == ExitCode.FAILED
    assert "no answer in 20 s" in checked.err
