"""``xm list`` and ``xm top``, as their users know them."""

from typing import Any

import pytest

from millpond.cli.xm import rows, state_letters, top_rows
from tests.unit.test_cli_output import CONFIG, VM

Json = dict[str, Any]


def test_the_classic_table_of_xm() -> None:
    running = VM | {
        "name": "web1",
        "power": "running",
        "guest": VM["guest"] | {"cpu_time": 12.34, "memory": 512},
    }
    running["config"] = CONFIG | {"vcpus": 2}
    stopped = VM | {"name": "db1", "power": "stopped", "guest": None}
    lines = rows([running, stopped])
    assert lines[0].split() == ["Name", "ID", "Mem", "VCPUs", "State", "Time(s)"]
    assert lines[1].split() == ["web1", "0f0e6a52", "512", "2", "r-----", "12.3"]
    assert lines[2].split() == ["db1", "16777216", "288", "---s--", "0.0"]
    assert len(lines[1]) <= 80


@pytest.mark.parametrize(
    ("power", "letters"),
    [("running", "r-----"), ("paused", "--p---"), ("stopped", "---s--"), ("unknown", "------")],
)
def test_state_letters(power: str, letters: str) -> None:
    assert state_letters(power) == letters


def test_top_orders_by_cpu_use() -> None:
    def vm(name: str, used: float) -> Json:
        return VM | {
            "id": name,
            "name": name,
            "power": "running",
            "guest": VM["guest"] | {"cpu_time": used},
        }

    lines = top_rows([vm("idle", 100.0), vm("busy", 12.0)], {"idle": 100.0, "busy": 10.0}, 4.0)
    assert lines[2].split()[0] == "busy"
    assert lines[2].split()[3] == "50.0"
    assert max(map(len, top_rows([VM], {}, 1.0))) <= 80
