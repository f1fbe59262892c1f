"""Tables fit, nothing is cut off, nothing commands the terminal."""

import importlib
import io
import json
import pkgutil
import re
from dataclasses import asdict
from typing import Any

import pytest
import yaml

import millpond.cli
from millpond.cli import (
    backup,
    chaos,
    event,
    fence,
    image,
    job,
    lab_commands,
    lab_san,
    lun,
    network,
    pool,
    pool_ha,
    pool_rule,
    report,
    repository,
    repository_adopt,
    server,
    sim,
    template,
    token,
    user,
    vm_exports,
    vm_packages,
    vm_schedule,
    vm_snapshot,
    vm_views,
)
from millpond.cli.output import Column, Draw, Output, console, render, show, table
from millpond.domain.fencing import FenceAgent
from millpond.domain.ha.rules import AffinityRule
from millpond.domain.image import ImageDocument
from millpond.domain.package import DeploymentOption
from millpond.domain.preflight import Difference
from millpond.domain.server import Inventory
from millpond.domain.template import TemplateDocument
from millpond.domain.timing import timing_for
from millpond.lab.lab import LabStatus, ServerStatus
from millpond.manager.api import ha_models, models, timing
from millpond.operations.import_vm import ArrivingDisk
from tests.support import ha_samples as samples
from tests.support.array_tables import ARRAYS

Json = dict[str, Any]

TIMING: Json = timing._reply(timing_for(100)).model_dump()
ID, LONG, TEXT = samples.ID, samples.LONG, samples.TEXT
WORD = "w" * 300
MAC = "00:16:3e:01:02:03"

VIF = {"mac": MAC, "bridge": "xenbr0123456789", "model": "rtl8139", "rate_limit": 100_000_000}
DISK = {
    "target": "xvda",
    "source": "phy:/dev/mapper/" + "d" * 180,
    "format": "qcow2",
    "size": 1 << 50,
    "readonly": False,
    "repository": None,
    "backing": [],
    "sharable": False,
    "iops_limit": None,
    "rate_limit": None,
}
REF = {"id": ID, "name": LONG}
CONFIG: Json = {
    "id": ID,
    "name": LONG,
    "memory": 16_777_216,
    "max_memory": 16_777_216,
    "vcpus": 288,
    "max_vcpus": 288,
    "cpu_weight": 10_000,
    "io_weight": 1000,
    "cpu_cap": 28_800,
    "boot": ["disk", "cdrom", "network"],
    "disks": [DISK],
    "vifs": [VIF],
    "keyboard": "en-us",
    "description": TEXT,
    "tags": [LONG, LONG[::-1]],
    "preferred_servers": [LONG],
    "ha": True,
    "restart_priority": 1000,
}
VM: Json = {
    "id": ID,
    "name": LONG,
    "pool": REF,
    "server": REF,
    "power": "suspended",
    "wanted": "suspended",
    "guarded": True,
    "busy": {"job": ID, "kind": "vm.migrate"},
    "config": CONFIG,
    "generation": 999_999,
    "repository": REF,
    "problem": TEXT,
    "pending": {"memory": 1, "boot": ["disk"]},
    "guest": {"uptime": 1e9, "memory": 16_777_216, "cpu_time": 1e9, "reason": TEXT},
}
SERVER: Json = {
    "id": ID,
    "name": LONG,
    "address": "a" * 253,
    "port": 65535,
    "pool": REF,
    "roles": ["master", "utility", "vm"],
    "enrolled": True,
    "up": True,
    "maintenance": True,
    "host_id": 255,
    "busy": {"job": ID, "kind": "server.maintenance"},
    "seen": 1e9,
    "memory": 16_777_216,
    "memory_free": 16_777_216,
    "cpus": 288,
    "hypervisor": "QEMU " + WORD,
    "acceleration": "kvm",
    "vms": 99_999,
}
POOL: Json = {
    "id": ID,
    "name": LONG,
    "description": TEXT,
    "generation": 9,
    "members": [
        {
            "id": ID,
            "name": LONG,
            "address": "a" * 253,
            "port": 65535,
            "host_id": 255,
            "roles": ["master", "utility", "vm"],
            "maintenance": False,
            "up": False,
        }
    ],
    "master": REF,
    "cluster_root": "/" + "r" * 200,
    "bridges": [{"name": "xenbr0123456789", "nic": "eth0", "vlan": 4094, "bond": ["eth1"]}],
    "bandwidth": 1_000_000,
    "migrations": 32,
    "reserve": 50,
    "lab": False,
    "term": 999_999,
    "ha": samples.SETTINGS,
    "vms": 10_000,
    "busy": None,
}
JOB: Json = {
    "id": ID,
    "kind": "server.maintenance",
    "state": "cancelled",
    "subject": f"vm:{ID}",
    "subject_name": LONG,
    "user": LONG,
    "created": 1e9,
    "started": 1e9,
    "ended": 2e9,
    "step": WORD,
    "steps": [{"n": 12, "name": WORD, "state": "running", "error": {"message": TEXT}}],
    "progress": {"percent": 100.0, "rate": 1e12, "seconds_left": 1e9, "message": TEXT},
    "error": {"kind": "refused", "message": TEXT, "fix": TEXT},
    "result": {"downtime_ms": 82.5},
    "cancel_requested": True,
    "parent": ID,
    "spec": {},
}
INVENTORY: Json = {
    "id": ID,
    "hostname": LONG,
    "agent_version": "0.1.0",
    "libvirt_version": "9.0.0",
    "hypervisor": "QEMU 7.2",
    "acceleration": "tcg",
    "acceleration_proof": TEXT,
    "cpu": {
        "model": WORD,
        "vendor": "GenuineIntel",
        "flags": ["sse2"] * 200,
        "sockets": 2,
        "cores": 32,
        "threads": 2,
        "mhz": 2400.0,
    },
    "numa": [{"node": 0, "memory": 1024, "cpus": [0, 1]}],
    "memory": 2048,
    "memory_free": 1024,
    "nics": [
        {
            "name": "enp0s31f6np1234",
            "mac": MAC,
            "up": True,
            "speed": 100000,
            "master": "xenbr0123456789",
        }
    ],
    "bridges": [
        {
            "name": "xenbr0123456789",
            "mac": MAC,
            "up": True,
            "ports": ["vnet12345"] * 30,
            "addresses": ["2001:db8::1/64"],
        }
    ],
    "storage": [
        {
            "path": "/" + "r" * 200,
            "available": True,
            "filesystem": "ocfs2",
            "total": 1 << 50,
            "free": 1 << 49,
        }
    ],
    "clock": 1e9,
    "boot_id": ID,
    "kernel": "6.1.0",
}
TEMPLATE: Json = {
    "name": LONG,
    "repository": ID,
    "description": TEXT,
    "memory": 96,
    "vcpus": 1,
    "disks": [
        {
            "target": "vda",
            "file": "system.img",
            "format": "raw",
            "size": 1 << 30,
            "sha256": "0" * 64,
        }
    ]
    * 3,
}
IMAGE: Json = {
    "id": ID,
    "name": LONG,
    "kind": "template",
    "format": "qcow2",
    "state": "importing",
    "source": "https://" + "s" * 2000,
    "description": TEXT,
    "memory": 16_777_216,
    "vcpus": 288,
    "repository": ID,
    "facts": {"received": 1 << 46, "sha256": "0" * 64, "virtual_size": 1 << 46},
    "generation": 999_999,
}
REPOSITORY: Json = {
    "id": ID,
    "name": LONG,
    "kind": "local",
    "source": "/" + "r" * 200,
    "mount": "/" + "m" * 200,
    "cluster_root": False,
    "servers": [LONG] * 5,
    "problems": {LONG: TEXT, LONG[::-1]: TEXT},
    "unknown": [LONG],
    "total": 1 << 50,
    "free": 999 << 40,
    "virtual": 1 << 53,
    "vms": 10_000,
}
ROOT: Json = REPOSITORY | {"id": None, "kind": None, "cluster_root": True}
BRIDGE: Json = {
    "name": "xenbr0123456789",
    "managed": True,
    "nic": "enp0s31f6np1234",
    "vlan": 4094,
    "bond": ["eth1", "eth2"],
    "servers": [LONG] * 5,
    "missing": [LONG] * 5,
    "unknown": [LONG],
}
EVENT: Json = {
    "seq": 1 << 40,
    "time": 1e9,
    "kind": "server",
    "subject": f"vm:{ID}",
    "data": {"name": LONG, "why": TEXT},
}
USER: Json = {"name": LONG, "created": 1e9}
TOKEN: Json = {"id": ID, "name": LONG, "created": 1e9, "used": 1e9, "expires": None}
DIFFERENCE: Json = {
    "server": LONG,
    "subject": "name resolution",
    "expected": TEXT,
    "found": WORD,
    "fix": TEXT,
    "blocking": True,
}
VERDICT: Json = {"server": LONG, "suitable": False, "reason": TEXT}
PLAN: Json = {
    "before": {"config": CONFIG},
    "placement": {"server": ID, "server_name": LONG, "verdicts": [VERDICT]},
}
ARRIVING: Json = {
    "disk": DISK | {"source": "file:system.img"},
    "foreign": {"file": "f" * 200, "format": "vmdk"},
}
PACKAGE: Json = {
    "before": {"config": CONFIG},
    "arriving": [ARRIVING] * 2,
    "options": [{"id": WORD, "label": TEXT}] * 2,
    "option": WORD,
    "remarks": [TEXT] * 2,
    "notes": [TEXT] * 2,
}

ADOPTED: Json = {
    "path": "running_pool/" + WORD,
    "before": {"config": CONFIG},
    "document": {"kind": "template", "name": LONG},
    "links": [{"file": "running_pool/" + "f" * 200}] * 2,
    "notes": [TEXT],
}
PROBLEM: Json = {"code": "object.exists", "subject": LONG, "message": TEXT, "fix": TEXT}
ADOPTION: Json = {
    "vms": [ADOPTED] * 2,
    "images": [ADOPTED],
    "known": ["running_pool/" + WORD],
    "refused": [{"path": "p" * 200, "problem": PROBLEM}],
}

LAB: Json = asdict(
    LabStatus(
        name=LONG,
        shared="/var/lib/millpond-lab/lab/shared",
        manager="https://127.0.0.1:8443",
        manager_running=False,
        servers=[
            ServerStatus(
                name="srv100",
                state="running",
                address="198.18.0.110",
                pid=4_194_304,
                daemons={"libvirtd": 1, "virtlogd": 2, "sanlock": 3, "millpond-agent": 4},
                unplugged=["eth0", "eth1"],
                bmc="198.18.1.110",
                bmc_state="lying",
            )
        ],
    )
)

SAVED: Json = {
    "target": "xvda",
    "incremental": False,
    "why_full": TEXT,
    "size": 1 << 50,
    "bytes": 1 << 50,
    "sha256": "a" * 64,
}
BACKUP: Json = {
    "id": "20261127T120000000Z-0f0e6a52",
    "vm": ID,
    "name": LONG,
    "pool": LONG,
    "schedule": LONG,
    "taken": 1.8e9,
    "live": True,
    "quiesced": False,
    "why_not_quiesced": TEXT,
    "parent": "20261126T120000000Z-0f0e6a52",
    "bytes": 1 << 50,
    "size": 1 << 50,
}

SNAPSHOT: Json = {
    "name": LONG,
    "tree": LONG,
    "created": 1.8e9,
    "parent": LONG,
    "current": True,
    "memory": True,
    "deleting": False,
    "schedule": LONG,
    "description": TEXT,
    "config": CONFIG,
}

SCHEDULE: Json = {
    "schedule": {
        "name": LONG,
        "every": 86_400,
        "keep": 48,
        "memory": False,
        "quiesce": True,
        "backup": {"repository": LONG, "directory": None, "server": None},
    },
    "last": 1.8e9,
    "next": 1.9e9,
    "snapshots": 48,
    "failure": {"error": TEXT, "job": None},
}

LISTS: dict[str, tuple[tuple[Column, ...], Json]] = {
    "vms": (vm_views.COLUMNS, VM),
    "servers": (server._COLUMNS, SERVER),
    "pools": (pool._COLUMNS, POOL),
    "jobs": (job._COLUMNS, JOB),
    "events": (event._COLUMNS, EVENT),
    "job events": (event._COLUMNS, EVENT | {"kind": "job", "data": JOB}),
    "users": (user._COLUMNS, USER),
    "tokens": (token._COLUMNS, TOKEN),
    "templates": (template._COLUMNS, {"pool": LONG, **TEMPLATE}),
    "template's disks": (template._DISKS, TEMPLATE["disks"][0]),
    "images": (image._COLUMNS, {"pool": LONG, **IMAGE}),
    "luns": (
        lun._COLUMNS,
        {
            "name": LONG,
            "pool": LONG,
            "array": LONG,
            "size": 1 << 44,
            "thin": True,
            "device": "/dev/mapper/" + LONG,
            "vms": [LONG] * 5,
            "number": 16_000,
            "hlu": 255,
            "group": LONG,
            "uid": "6" * 32,
        },
    ),
    "repositories": (repository._COLUMNS, {"pool": LONG, **REPOSITORY}),
    "snapshots": (vm_snapshot._SNAPSHOTS, SNAPSHOT),
    "schedules": (vm_schedule._SCHEDULES, SCHEDULE),
    "backups": (backup._COLUMNS, BACKUP),
    "backup's disks": (backup._DISKS, SAVED),
    "cluster roots": (repository._COLUMNS, {"pool": LONG, **ROOT}),
    "bridges": (network._BRIDGES, {"pool": LONG, **BRIDGE}),
    "vifs": (network._VIFS, {"vm": LONG, **VIF}),
    "vm disks": (vm_views.DISK_COLUMNS, DISK),
    "arriving disks": (vm_packages._DISKS, ARRIVING),
    "arriving vifs": (vm_packages._NICS, VIF),
    "adopted": (
        repository_adopt._FOUND,
        {"path": "p" * 200, "kind": "template", "name": LONG, "files": ["f" * 200] * 2},
    ),
    "exports": (
        vm_exports._COLUMNS,
        {"name": "f" * 128, "pool": LONG, "size": 1 << 50, "modified": 1e9},
    ),
    "vm vifs": (vm_views.VIF_COLUMNS, VIF),
    "members": (pool._MEMBERS, POOL["members"][0]),
    "steps": (job._STEPS, JOB["steps"][0]),
    "nics": (server._NICS, INVENTORY["nics"][0]),
    "server bridges": (server._BRIDGES, INVENTORY["bridges"][0]),
    "storage": (server._STORAGE, INVENTORY["storage"][0]),
    "differences": (report._DIFFERENCES, DIFFERENCE),
    "verdicts": (report._VERDICTS, VERDICT),
    "rules": (pool_rule._RULES, samples.RULE),
    "hosts": (pool_ha._HOSTS, samples.HOST),
    "sentences": (pool_ha._SENTENCES, {"what": TEXT}),
    "failovers": (pool_ha._FAILOVERS, samples.FAILOVER),
    "scenarios": (sim._SCENARIO, {"name": "storage-lost-for-all", "intent": TEXT}),
    "chaos": (chaos._PROBLEM, {"what": TEXT}),
    "timing": (pool_ha._SETTINGS, TIMING["settings"][4]),
    "order": (pool_ha._CHAIN, TIMING["chain"][0]),
    "labs": (lab_commands._LABS, {"name": LONG}),
    "lab servers": (lab_commands._SERVERS, LAB["servers"][0]),
    "SAN labs": (lab_san._LABS, {"name": LONG}),
    "SAN lab's nodes": (
        lab_san._NODES,
        {
            "name": "n4",
            "state": "running",
            "maps": [{"alias": f"ovmsr{n}", "active": 2, "paths": 2} for n in range(3)],
            "pulled": ["a", "b"],
            "console": f"/run/{LONG}/console.log",
            "pid": 4_194_304,
        },
    ),
    "SAN lab's SPs": (lab_san._SPS, {"name": "a", "state": "running", "cut": True}),
    **ARRAYS,
    "timeline": (pool_ha._TIMELINE, {"after": "86400.0 s", "what": TEXT}),
    "fence devices": (fence._DEVICES, {"server": LONG, **samples.DEVICE}),
    "fence agents": (fence._AGENTS, samples.AGENT),
    "fence arguments": (fence._PARAMETERS, samples.AGENT["parameters"][0]),
    "fence answers": (fence._ANSWERS, {"answer": TEXT}),
}
SHOWS: dict[str, tuple[Draw, Any]] = {
    "vm": (vm_views.vm_view, VM),
    "vm without guest": (vm_views.vm_view, VM | {"guest": None, "server": None, "pending": {}}),
    "vm in the cluster root": (vm_views.vm_view, VM | {"repository": None, "problem": ""}),
    "plan": (vm_views.plan_view, PLAN),
    "plans": (vm_views.plan_view, [PLAN, PLAN]),
    "package": (vm_packages._plan, PACKAGE),
    "package without anything": (
        vm_packages._plan,
        PACKAGE | {k: [] for k in ("arriving", "options", "remarks", "notes")},
    ),
    "adoption": (repository_adopt._plan, ADOPTION),
    "adoption of nothing": (repository_adopt._plan, {key: [] for key in ADOPTION}),
    "server": (server._view, SERVER),
    "server, new": (server._view, SERVER | {"pool": None, "seen": None, "memory": None}),
    "inventory": (server._inventory_view, INVENTORY),
    "pool": (pool._view, POOL),
    "report": (pool._report_view, {"fits": False, "differences": [DIFFERENCE] * 3}),
    "template": (template._view, TEMPLATE),
    "snapshot": (vm_snapshot.snapshot_view, SNAPSHOT),
    "image": (image._view, IMAGE),
    "image, arriving": (image._view, IMAGE | {"facts": None}),
    "repository": (repository._view, REPOSITORY),
    "cluster root": (repository._view, ROOT),
    "backup": (backup._view, BACKUP | {"config": {"name": LONG}, "disks": [SAVED] * 2}),
    "job": (job._view, JOB),
    "job, running": (job._view, JOB | {"state": "running", "ended": None, "error": None}),
    "user": (user._view, USER),
    "server, guarded": (server._view, SERVER | {"ha": samples.HOST}),
    "pool's ha": (pool_ha._status_view, samples.POOL_HA),
    "timing": (pool_ha._timing_view, TIMING),
    "failover": (pool_ha._failover_view, samples.FAILOVER),
    "fence agent": (fence._agent_view, samples.AGENT),
    "lab": (lab_commands._view, LAB),
}


def drawn(value: Any, draw: Draw, output: Output, capsys: pytest.CaptureFixture[str]) -> list[str]:
    show(value, draw, output)
    return capsys.readouterr().out.splitlines()


def test_the_samples_are_what_the_manager_says() -> None:
    models.Vm.model_validate(VM)
    models.Server.model_validate(SERVER)
    models.Pool.model_validate(POOL)
    models.Job.model_validate(JOB)
    models.Event.model_validate(EVENT)
    models.User.model_validate(USER)
    models.Token.model_validate(TOKEN)
    models.BridgeView.model_validate(BRIDGE)
    models.RepositoryView.model_validate(REPOSITORY)
    models.RepositoryView.model_validate(ROOT)
    ImageDocument.model_validate(IMAGE)
    ArrivingDisk.model_validate(ARRIVING)
    DeploymentOption.model_validate(PACKAGE["options"][0])
    ha_models.PoolHa.model_validate(samples.POOL_HA)
    ha_models.FailoverReply.model_validate(samples.FAILOVER)
    ha_models.FencingReply.model_validate(samples.FENCING)
    AffinityRule.model_validate(samples.RULE)
    FenceAgent.model_validate(samples.AGENT)
    Inventory.model_validate(INVENTORY)
    TemplateDocument.model_validate(
        TEMPLATE
        | {
            "disks": [
                d | {"target": f"vd{c}"} for c, d in zip("abc", TEMPLATE["disks"], strict=True)
            ]
        }
    )
    Difference.model_validate(DIFFERENCE)


def test_no_table_escapes_these_tests() -> None:
    known = {id(columns) for columns, _ in LISTS.values()}
    for info in pkgutil.iter_modules(millpond.cli.__path__):
        module = importlib.import_module(f"millpond.cli.{info.name}")
        for name, value in vars(module).items():
            if isinstance(value, tuple) and value and isinstance(value[0], Column):
                assert id(value) in known, f"{info.name}.{name}"


@pytest.mark.parametrize("name", LISTS)
def test_tables_fit_80_columns(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    columns, row = LISTS[name]
    lines = drawn([row, row], table(columns, ""), Output.TABLE, capsys)
    assert len(lines) >= 3
    assert max(map(len, lines)) <= 80
    header = lines[0].split()
    for column in columns:
        if not column.wide:
            assert column.title.split()[0] in header, (
                f"{column.title} is not readable: {lines[0]!r}"
            )


@pytest.mark.parametrize(
    "name", [n for n, (columns, row) in LISTS.items() if columns[0].of(row) == LONG]
)
def test_long_names_are_folded_not_cut(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The pieces of the folded name, one under the other, are the name."""
    columns, row = LISTS[name]
    lines = drawn([row], table(columns, ""), Output.TABLE, capsys)
    pieces = [re.match(r"[NxE]*", line) for line in lines[1:]]
    assert "".join(p[0] for p in pieces if p).startswith(LONG)


@pytest.mark.parametrize("name", LISTS)
def test_wide_shows_each_row_on_one_line(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    columns, row = LISTS[name]
    lines = drawn([row, row], table(columns, ""), Output.WIDE, capsys)
    assert len(lines) == 3
    for column in columns:
        assert column.title in lines[0]


@pytest.mark.parametrize("name", SHOWS)
def test_shows_fit_80_columns(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    draw, value = SHOWS[name]
    assert max(map(len, drawn(value, draw, Output.TABLE, capsys))) <= 80


@pytest.mark.parametrize("name", SHOWS)
def test_json_and_yaml_are_what_the_manager_said(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    draw, value = SHOWS[name]
    assert json.loads("\n".join(drawn(value, draw, Output.JSON, capsys))) == value
    assert yaml.safe_load("\n".join(drawn(value, draw, Output.YAML, capsys))) == value


def test_pending_changes_are_marked(capsys: pytest.CaptureFixture[str]) -> None:
    text = "\n".join(drawn(VM, vm_views.vm_view, Output.TABLE, capsys))
    marked = re.findall(r"^(\S+).*?pending", text.replace("\n ", " "), re.MULTILINE)
    assert marked == ["Memory", "Boot"]


def test_a_name_cannot_command_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    evil = "\x1b[2J\x9b31m\u202egnp.exe[red]x[/red]:smile:\nnext"
    lines = drawn([USER | {"name": evil}], table(user._COLUMNS, ""), Output.WIDE, capsys)
    assert len(lines) == 2
    assert lines[1].startswith("\\u001b[2J\\u009b31m\\u202egnp.exe[red]x[/red]:smile: next")


def test_an_empty_list_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert drawn([], table(user._COLUMNS, "no users"), Output.TABLE, capsys) == ["no users"]
    assert drawn([], table(user._COLUMNS, "no users"), Output.JSON, capsys) == ["[]"]


def test_a_token_is_never_folded(capsys: pytest.CaptureFixture[str]) -> None:
    secret = "mp1." + "s" * 400
    reply = {"server": SERVER, "token": secret}
    lines = drawn(reply, server._token_view, Output.TABLE, capsys)
    assert f"millpond-agent enrol - <<< {secret}" in lines


def test_a_real_terminal_is_used_to_its_width(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setenv("COLUMNS", "132")
    monkeypatch.setenv("TERM", "xterm")
    terminal = Terminal()
    to = console(Output.TABLE, terminal)
    to.print(render(table(vm_views.COLUMNS, "")([VM]), Output.TABLE))
    assert (
        80
        < max(len(re.sub(r"\x1b\[[\d;]*m", "", line)) for line in terminal.getvalue().split("\n"))
        <= 132
    )
