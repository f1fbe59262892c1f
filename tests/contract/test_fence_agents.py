"""What fence agents may say and be told: those of Debian's fence-agents, and made-up bad ones."""

import asyncio
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import SecretStr

from millpond.adapters.fencing import LocalFencing
from millpond.adapters.fencing.metadata import parse
from millpond.adapters.fencing.rules import NO_POWER_SWITCH
from millpond.domain.errors import Failed, Refused
from millpond.domain.fencing import DeviceState, FenceDevice

METADATA = """<?xml version="1.0" ?>
<resource-agent name="fence_x" shortdesc="X"><parameters>
<parameter name="ip" required="1"><content type="string"/><shortdesc>Its address</shortdesc></parameter>
<parameter name="ipport"><content type="integer" default="7"/></parameter>
<parameter name="ssl"><content type="boolean"/></parameter>
<parameter name="method"><content type="select"><option value="a"/><option value="b"/></content></parameter>
<parameter name="password" obsoletes="passwd"><content type="string"/></parameter>
<parameter name="passwd" deprecated="1"><content type="string"/></parameter>
<parameter name="pin"><content type="string"/><shortdesc>The secret of the day</shortdesc></parameter>
<parameter name="debug_file"/><parameter name="password_script"/><parameter name="missing_as_off"/>
</parameters><actions><action name="on"/><action name="off"/><action name="status"/></actions>
</resource-agent>"""

Make = Callable[..., LocalFencing]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """An engine with one agent, a shell script that has its action in ``$action`` and all its input
    in ``$input``."""

    def made(body: str, metadata: str = METADATA) -> LocalFencing:
        (tmp_path / "metadata").write_text(metadata)
        program = tmp_path / "fence_x"
        program.write_text(
            f'#!/bin/sh\n[ "$1" = -o ] && {{ echo >>{tmp_path}/asked; exec cat {tmp_path}/metadata; }}\n'
            'input=$(cat)\naction=$(echo "$input" | sed -n s/^action=//p)\n' + body
        )
        program.chmod(0o700)
        return LocalFencing(tmp_path)

    return made


def _device(**changes: object) -> FenceDevice:
    fields: dict[str, object] = {"name": "x1", "agent": "fence_x", "arguments": {"ip": "192.0.2.1"}}
    return FenceDevice.model_validate(fields | changes)


@pytest.mark.parametrize(
    ("body", "state"),
    [
        ("echo Status: ON; exit 0", DeviceState.ON),
        ("echo Status: OFF; exit 2", DeviceState.OFF),
        ("echo Status: OFF; exit 0", None),
        ("echo Status: ON; exit 2", None),
        ("echo Status: ON; echo Status: OFF; exit 2", None),
        ("echo Status: UNKNOWN; exit 0", None),
        ("exit 2", None),
        ("exit 0", None),
        ("echo Status: OFF; kill -9 $$", None),
    ],
)
async def test_a_state_is_what_word_and_exit_code_agree_on(
    make: Make, body: str, state: DeviceState | None
) -> None:
    if state is not None:
        assert await make(body).state(_device()) is state
        return
    with pytest.raises(Failed):
        await make(body).state(_device())


async def test_off_is_read_back(make: Make) -> None:
    with pytest.raises(Failed, match="but the server is on"):
        await make("echo Success; [ $action = off ] || echo Status: ON").off(_device())
    with pytest.raises(Failed, match="gone"):
        await make("[ $action = off ] || { echo gone >&2; exit 1; }").off(_device())


async def test_what_an_agent_is_given(make: Make, tmp_path: Path) -> None:
    fencing = make(f'echo "$input" >{tmp_path}/in; env >{tmp_path}/env; echo "$#" >{tmp_path}/n')
    os.environ["MILLPOND_TEST_ONLY"] = "1"
    try:
        await fencing.on(
            _device(secrets={"password": SecretStr(' "two words" '), "pin": SecretStr("a=b")})
        )
    finally:
        del os.environ["MILLPOND_TEST_ONLY"]
    lines = set((tmp_path / "in").read_text().splitlines())
    assert lines == {"ip=192.0.2.1", "action=on", 'password=" "two words" "', "pin=a=b"}
    assert (tmp_path / "n").read_text() == "0\n"
    assert "MILLPOND" not in (tmp_path / "env").read_text()
    assert "two words" not in (tmp_path / "env").read_text()


async def test_what_an_agent_says_is_shown_without_secrets(make: Make) -> None:
    body = 'echo "2026-01-01 00:00:00,123 ERROR: no luck with hush" >&2; echo tail >&2; exit 1'
    with pytest.raises(Failed) as failed:
        await make(body).on(_device(secrets={"password": SecretStr("hush")}))
    assert failed.value.cause == "no luck with ***"


async def test_a_hanging_agent_is_killed_with_its_children(make: Make, tmp_path: Path) -> None:
    body = f"sleep 1000 & echo $$ $! >{tmp_path}/pids; wait"
    began = time.monotonic()
    with pytest.raises(Failed, match=r"within 3 s"):
        await make(body).state(_device(timeout=3))
    assert time.monotonic() - began < 15, "by its own timeout, not the default"
    pids = (tmp_path / "pids").read_text().split()
    assert len(pids) == 2
    async with asyncio.timeout(60):  # the child's zombie is whoever's who adopts orphans
        while any(_lives(pid) for pid in pids):
            await asyncio.sleep(0.02)


def _lives(pid: str) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def test_metadata_is_asked_for_once_a_version(make: Make, tmp_path: Path) -> None:
    fencing = make("echo Status: ON")
    for _ in range(3):
        await fencing.state(_device())
    assert (tmp_path / "asked").read_text() == "\n"
    os.utime(tmp_path / "fence_x", (1, 1))
    await fencing.state(_device())
    assert (tmp_path / "asked").read_text() == "\n\n"


async def test_arguments_that_ceased_to_fit_are_not_passed_on(make: Make, tmp_path: Path) -> None:
    fencing = make(f"touch {tmp_path}/ran; echo Status: OFF; exit 2")
    with pytest.raises(Failed, match="password_script would have the agent run"):
        await fencing.off(_device(arguments={"ip": "192.0.2.1", "password_script": "/bin/reboot"}))
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "ip is missing: Its address"),
        ({"ip": "a", "ipport": "seven"}, "ipport is a whole number"),
        ({"ip": "a", "ssl": "maybe"}, "ssl is 0 or 1"),
        ({"ip": "a", "method": "c"}, "method is one of a, b"),
        ({"ip": "a", "passwd": "x"}, "passwd is called password now"),
        ({"ip": "a", "pin": "x"}, "pin is a secret"),
        ({"ip": "a", "debug_file": "/etc/passwd"}, "debug_file would put secrets into a log"),
        ({"ip": "a", "missing_as_off": "1"}, "missing_as_off would take"),
        ({"ip": "a;reboot"}, "ip may contain"),
        ({"ip": "$(reboot)"}, "ip may contain"),
        ({"ip": "a b"}, "ip may contain"),
        ({"ip": ""}, "ip may contain"),
        ({"ip": "a", "x": "1", "y": "2"}, "no argument x; fence_x knows no argument y"),
    ],
)
async def test_every_misfit_is_named(make: Make, arguments: dict[str, str], words: str) -> None:
    with pytest.raises(Refused) as refused:
        await make("").check(_device(arguments=arguments))
    assert refused.value.code == "fence.invalid"
    assert words in str(refused.value)


async def test_an_agent_that_cannot_read_back_is_refused(make: Make) -> None:
    without = METADATA.replace('<action name="status"/>', "")
    with pytest.raises(Refused, match="lacks the action status"):
        await make("", without).check(_device())


async def test_an_agent_that_would_show_its_secrets_is_refused(make: Make, tmp_path: Path) -> None:
    """It runs net-snmp's tools, whose secrets are arguments."""
    snmp = METADATA.replace("<parameters>", '<parameters><parameter name="snmpset_path"/>')
    fencing = make(f"touch {tmp_path}/ran; echo Status: OFF; exit 2", snmp)
    with pytest.raises(Refused, match="list of processes, as arguments of snmpset"):
        await fencing.check(_device())
    with pytest.raises(Failed, match="list of processes"):
        await fencing.off(_device())
    assert not (tmp_path / "ran").exists()


async def test_debians_agents_over_snmp_are_refused() -> None:
    fencing = LocalFencing()
    installed = await fencing.agents()
    if "fence_apc_snmp" not in installed:
        pytest.skip("needs Debian's fence-agents")
    for agent in ("fence_apc_snmp", "fence_ibmblade", "fence_vmware"):
        with pytest.raises(Refused, match="list of processes"):
            await fencing.check(_device(agent=agent))


@pytest.mark.parametrize(
    "metadata",
    [
        "",
        "Usage: fence_x",
        "<a/>",
        '<!DOCTYPE r [<!ENTITY a "ha">]><resource-agent name="x">&a;</resource-agent>',
        '<!DOCTYPE r [<!ENTITY a SYSTEM "/etc/hostname">]><resource-agent>&a;</resource-agent>',
    ],
)
async def test_what_is_no_metadata_is_refused(make: Make, metadata: str) -> None:
    fencing = make("", metadata)
    with pytest.raises(Failed):
        await fencing.describe("fence_x")
    with pytest.raises(Refused):
        await fencing.check(_device())


@pytest.mark.parametrize("agent", sorted(NO_POWER_SWITCH))
async def test_what_switches_no_power_is_refused(agent: str) -> None:
    with pytest.raises(Refused, match=r"cannot confirm|no such|not installed|no XML"):
        await LocalFencing().check(_device(agent=agent))
    assert agent not in await LocalFencing().agents()


async def test_all_of_debians_agents_are_understood() -> None:
    """Every argument of every installed agent is offered as a secret, offered, or refused: what is
    a secret or refused is listed here, so that a new one is looked at by somebody."""
    fencing = LocalFencing()
    names = await fencing.agents()
    if len(names) < 50:
        pytest.skip("needs Debian's fence-agents")
    secrets: set[str] = set()
    plain: set[str] = set()
    for name in names:
        described = await fencing.describe(name)
        secrets |= {p.name for p in described.parameters if p.secret}
        plain |= {p.name for p in described.parameters if not p.secret}
    assert secrets == {
        "apikey",
        "community",
        "password",
        "secret_key",
        "snmp_priv_passwd",
        "token",
    }
    suspicious = ("path", "_script", "exec", "debug", "verbose", "logfile", "passw", "secret")
    assert {n for n in plain if any(s in n for s in suspicious)} == {"api_path"}


def test_descriptions_are_one_line() -> None:
    described = parse("fence_x", METADATA.replace("Its address", "Its\n  address").encode())
    assert described.agent.parameters[0].description == "Its address"
