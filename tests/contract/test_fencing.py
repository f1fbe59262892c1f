"""``ports.fencing``: one suite over fence_ipmilan with a BMC of the lab, and over fake switches."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread

import pytest
from pydantic import SecretStr

from millpond.adapters.fake.fencing import FakeFencing, Fault
from millpond.adapters.fencing import LocalFencing
from millpond.adapters.fencing import fencing as fencing_module
from millpond.adapters.fencing.by_agent import ByAgent
from millpond.adapters.fencing.program import IPMITOOL, run
from millpond.adapters.fencing.scsi_pr import NoLuns, ScsiPr
from millpond.domain.errors import Failed, Refused
from millpond.domain.fencing import DeviceState, FenceDevice
from millpond.domain.ha.proof import FenceMethod
from millpond.lab.bmc import Bmc
from millpond.lab.lab import Lab
from millpond.ports.fencing import Fencing
from tests.contract.netns import inside_network

BOTH = ["fake", pytest.param("ipmi", marks=pytest.mark.lab)]
QUICK = 1.5
"""Seconds; the timeout of devices that shall exceed it."""


@dataclass
class Site:
    """The engine under test, a device of it that works, whether its server is on, and how to break
    the device."""

    fencing: Fencing
    device: FenceDevice
    is_on: Callable[[], bool]
    break_: Callable[[Fault], None]

    def changed(self, **changes: object) -> FenceDevice:
        return FenceDevice.model_validate(self.device.model_copy(update=changes).model_dump())


class FakePower:
    def __init__(self) -> None:
        self.on = {"192.0.2.1": True}

    def switch(self, address: str, on: bool) -> None:
        self.on[address] = on

    def is_on(self, address: str) -> bool:
        return self.on[address]


def _fake_site() -> Site:
    power = FakePower()
    fencing = FakeFencing(power, latency=0.02, slow=1.0)
    device = FenceDevice(
        name="ipmi1",
        agent="fence_ipmilan",
        arguments={"ip": "192.0.2.1", "username": "admin"},
        secrets={"password": SecretStr("hush-hush")},
    )

    def break_(fault: Fault) -> None:
        fencing.faults["192.0.2.1"] = fault

    by_agent = ByAgent(fencing, ScsiPr(NoLuns()))
    return Site(by_agent, device, lambda: power.is_on("192.0.2.1"), break_)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    made = Lab(f"fence{os.getpid()}", tmp_path_factory.mktemp("labs"))
    try:
        made.up(2)
        yield made
    finally:
        made.down()


class IpmiSite:
    """srv1 is fenced, in the network of srv2."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._bmc = Bmc(lab.layout, 1)
        self._timer: asyncio.TimerHandle | None = None

    def site(self) -> Site:
        arguments, password = self._lab.fence_arguments("srv1")
        device = FenceDevice(
            name="ipmi1",
            agent="fence_ipmilan",
            arguments=arguments,
            secrets={"password": SecretStr(password)},
        )
        return Site(ByAgent(LocalFencing(), ScsiPr(NoLuns())), device, self._is_on, self.break_)

    def _is_on(self) -> bool:
        return self._lab.status().servers[0].state != "off"

    def break_(self, fault: Fault) -> None:
        bmc = self._bmc.process
        assert bmc is not None
        self._lab.set_bmc("srv1", lit=True, lies=fault is Fault.LYING)
        bmc.kill(signal.SIGSTOP if fault in (Fault.SILENT, Fault.SLOW) else signal.SIGCONT)
        if fault is Fault.SLOW:
            self._timer = asyncio.get_running_loop().call_later(1, bmc.kill, signal.SIGCONT)
        if fault is Fault.FAILING:  # it cannot switch what it is asked to
            self._lab.layout.board_socket.rename(self._lab.layout.board_socket.with_suffix(".off"))
        elif not self._lab.layout.board_socket.exists():
            self._lab.layout.board_socket.with_suffix(".off").rename(self._lab.layout.board_socket)

    def mend(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self.break_(Fault.NONE)
        self._lab.boot("srv1")


@pytest.fixture(params=BOTH)
async def site(request: pytest.FixtureRequest) -> AsyncIterator[Site]:
    if request.param == "fake":
        yield _fake_site()
        return
    lab: Lab = request.getfixturevalue("lab")
    ipmi = IpmiSite(lab)
    pid = lab.status().servers[1].pid
    with inside_network(f"/proc/{pid}/ns/net"):
        try:
            yield ipmi.site()
        finally:
            ipmi.mend()


async def test_a_server_is_cut_off_and_let_back(site: Site) -> None:
    assert await site.fencing.state(site.device) is DeviceState.ON
    claim = await site.fencing.off(site.device)
    assert not site.is_on()
    assert (claim.method, claim.device) == (FenceMethod.POWER, "ipmi1")
    assert "off" in claim.detail.lower()
    assert await site.fencing.state(site.device) is DeviceState.OFF
    assert not site.is_on(), "asking changes nothing"
    await site.fencing.on(site.device)
    assert site.is_on()


async def test_off_and_on_already_is_fine(site: Site) -> None:
    await site.fencing.on(site.device)
    for _ in range(2):
        await site.fencing.off(site.device)
    assert not site.is_on()


async def test_a_silent_device_is_given_up_in_time(site: Site) -> None:
    site.break_(Fault.SILENT)
    device = site.changed(timeout=QUICK)
    for call in (site.fencing.off, site.fencing.on, site.fencing.state):
        began = time.monotonic()
        with pytest.raises(Failed, match=r"ipmi1.* within 1.5 s"):
            await call(device)
        assert QUICK - 0.1 < time.monotonic() - began < QUICK + 10
    assert site.is_on()


async def test_a_slow_device_is_waited_for(site: Site) -> None:
    began = time.monotonic()
    site.break_(Fault.SLOW)
    await site.fencing.off(site.device)
    assert time.monotonic() - began >= 0.9
    assert not site.is_on()


async def test_a_device_that_cannot_is_no_claim(site: Site) -> None:
    site.break_(Fault.FAILING)
    for call in (site.fencing.off, site.fencing.state):
        with pytest.raises(Failed, match="fence device ipmi1"):
            await call(site.device)
    assert site.is_on()


async def test_a_lying_device_is_believed(site: Site) -> None:
    """Nothing here could tell; ``prove`` does, by the server's lease."""
    site.break_(Fault.LYING)
    await site.fencing.off(site.device)
    assert await site.fencing.state(site.device) is DeviceState.OFF
    assert site.is_on()


async def test_what_fits_is_accepted(site: Site) -> None:
    await site.fencing.check(site.device)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"agent": "fence_nonesuch"}, "not installed"),
        ({"arguments": {"ip": "192.0.2.1", "colour": "red"}}, "knows no argument colour"),
        ({"arguments": {"ip": "192.0.2.1", "action": "on"}}, "action is Millpond's own"),
        ({"arguments": {"ip": "192.0.2.1 -f /etc/shadow"}}, "ip may contain"),
        ({"arguments": {"ip": "-v"}}, "ip may contain"),
        ({"arguments": {"ip": "192.0.2.1", "password": "hoho"}}, "password is given twice"),
        ({"arguments": {"password": "hoho"}, "secrets": {}}, "password is a secret"),
        ({"agent": "scsi-pr", "arguments": {"key": "1a"}, "secrets": {}}, "no block-device LUN"),
        ({"arguments": {"username": "admin"}}, "fence address|fencing device"),
    ],
)
async def test_what_does_not_fit_is_refused(
    site: Site, changes: dict[str, object], words: str
) -> None:
    with pytest.raises(Refused, match=words) as refused:
        await site.fencing.check(site.changed(**changes))
    assert refused.value.code == "fence.invalid"
    assert "hoho" not in str(refused.value)


async def test_persistent_reservations_need_a_lun(site: Site) -> None:
    device = site.changed(agent="scsi-pr", arguments={"key": "1a"}, secrets={})
    for call in (site.fencing.off, site.fencing.state):
        with pytest.raises(Failed, match="no block-device LUN"):
            await call(device)
    assert site.is_on()


async def test_agents_describe_themselves(site: Site) -> None:
    assert "fence_ipmilan" in await site.fencing.agents()
    parameters = {p.name: p for p in (await site.fencing.describe("fence_ipmilan")).parameters}
    assert parameters["password"].secret
    assert not parameters["ip"].secret
    assert "IP address" in parameters["ip"].description
    assert "action" not in parameters
    with pytest.raises(Refused) as refused:
        await site.fencing.describe("fence_nonesuch")
    assert refused.value.code == "request.not_found"


@pytest.fixture
async def ipmi(request: pytest.FixtureRequest) -> AsyncIterator[Site]:
    lab: Lab = request.getfixturevalue("lab")
    pid = lab.status().servers[1].pid
    made = IpmiSite(lab)
    with inside_network(f"/proc/{pid}/ns/net"):
        try:
            yield made.site()
        finally:
            made.mend()


class Spy(Thread):
    """Looks for ``needle`` in what this machine shows of its processes to everybody
    (``/proc/PID/cmdline``), and to root (``environ``)."""

    def __init__(self, needle: str) -> None:
        super().__init__()
        self._needle = needle.encode()
        self._stop_asked = Event()
        self.found: set[str] = set()
        self.programs: set[str] = set()

    def run(self) -> None:
        while not self._stop_asked.is_set():
            for entry in Path("/proc").glob("[0-9]*"):
                self._look(entry)

    def _look(self, entry: Path) -> None:
        for name in ("cmdline", "environ"):
            try:
                data = (entry / name).read_bytes()
            except OSError:
                continue
            if name == "cmdline":
                self.programs.add(Path(os.fsdecode(data.split(b"\0")[0])).name)
            if self._needle in data:
                self.found.add(name)

    def __enter__(self) -> "Spy":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop_asked.set()
        self.join()


@pytest.mark.lab
async def test_no_process_ever_shows_the_password(
    ipmi: Site, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    password = ipmi.device.secrets["password"].get_secret_value()
    with Spy(password) as spy:
        for _ in range(5):  # one may come and go between two looks
            await ipmi.fencing.off(ipmi.device)
            await ipmi.fencing.on(ipmi.device)
            if "ipmitool" in spy.programs:
                break
    assert "ipmitool" in spy.programs, "it looked while it happened"
    assert not spy.found
    assert password not in caplog.text


@pytest.fixture
def recorder(tmp_path: Path) -> Path:
    """An ipmitool that notes all it is called with, and then is the one it stands for."""
    made = tmp_path / "ipmitool"
    made.write_text(
        f"#!/bin/sh\ntr '\\0' '\\n' </proc/$$/cmdline >>{tmp_path}/record\n"
        f"tr '\\0' '\\n' </proc/$$/environ >>{tmp_path}/record\n"
        f'[ -z "$MILLPOND_PASSWORD_FD" ] || exec {IPMITOOL} "$@"\n'
    )
    made.chmod(0o700)
    return made


@pytest.mark.lab
async def test_the_password_goes_neither_by_argument_nor_by_environment(
    ipmi: Site, recorder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fencing_module, "IPMITOOL", recorder)
    password = ipmi.device.secrets["password"].get_secret_value()
    assert await ipmi.fencing.state(ipmi.device) is DeviceState.ON, "so it had the password"
    record = recorder.with_name("record").read_text()
    assert "lanplus" in record
    assert password not in record


@pytest.mark.lab
async def test_the_agent_by_itself_hands_it_over_as_an_argument(ipmi: Site, recorder: Path) -> None:
    """Why it is not left to fence_ipmilan: once this fails, our ipmitool can go."""
    password = ipmi.device.secrets["password"].get_secret_value()
    arguments = {**ipmi.device.arguments, "ipmitool_path": str(recorder)}
    await run(Path("/usr/sbin/fence_ipmilan"), [], arguments, {"password": password})
    assert password in recorder.with_name("record").read_text()


@pytest.mark.lab
async def test_a_wrong_password_is_not_repeated(ipmi: Site) -> None:
    device = ipmi.changed(secrets={"password": "wrong-password"})
    with pytest.raises(Failed) as failed:
        await ipmi.fencing.off(device)
    assert "wrong-password" not in str(failed.value)
    assert ipmi.is_on()


@pytest.mark.lab
async def test_a_device_given_up_leaves_no_process(ipmi: Site) -> None:
    ipmi.break_(Fault.SILENT)
    call = asyncio.create_task(ipmi.fencing.off(ipmi.device))
    while not call.done() and not _children("ipmitool"):
        await asyncio.sleep(0.02)
    assert not call.done(), "it waits for the device"
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert not _children("ipmitool")
    assert not _children("fence_ipmilan")


def _children(program: str) -> list[str]:
    """Processes in this one's session or started by it that run ``program``."""
    mine = os.getpid()
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
            session = (entry / "stat").read_text().rsplit(")", 1)[1].split()[3]
            parent = _parent(int(session))
        except (OSError, IndexError):
            continue
        if parent in (mine, 1) and any(w.endswith(program.encode()) for w in words[:3]):
            found.append(entry.name)
    return found


def _parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
