"""What hosts did is counted, and told to administrators and to Prometheus."""

import ssl
from collections.abc import Iterator
from random import randrange
from urllib.request import urlopen

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.support.storage import Storage


@pytest.fixture(scope="module")
def port() -> int:
    return randrange(20000, 30000)


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory, port: int) -> Iterator[Storage]:
    found = Storage(tmp_path_factory.mktemp("statistics") / "array")
    found.array.run("security", "-certificate", "-setLevel", "low")
    try:
        for sp in ("A", "B"):
            found.array.start(sp, "--metrics-port", str(port))
        yield found
    finally:
        found.__exit__()


def shown(storage: Storage, *command: str, sp: str = "A") -> dict[str, str]:
    done = storage.array.run(*command, sp=sp)
    assert done.returncode == 0, done.stdout
    lines = (line.partition(":") for line in done.stdout.splitlines())
    return {label.strip(): value.strip() for label, _, value in lines}


def told(storage: Storage, sp: str, port: int) -> dict[tuple[str, str], float]:
    """What SP ``sp`` tells Prometheus: by name and LUN or pool."""
    trusting = ssl._create_unverified_context()
    with urlopen(f"https://{storage.addresses[sp]}:{port}/metrics", context=trusting) as answer:
        families = text_string_to_metric_families(answer.read().decode())
    return {
        (sample.name.removeprefix("millpond_array_"), next(iter(sample.labels.values()), "")): (
            sample.value
        )
        for family in families
        for sample in family.samples
    }


def test_reads_and_writes_are_counted_where_they_come_in(storage: Storage, port: int) -> None:
    with storage.login("A") as one, storage.login("B", "two") as two:
        assert one.write(0, 0, b"x" * 4096).status == 0
        assert one.write(0, 8, b"x" * 512).status == 0
        assert two.read(0, 0, 16).status == 0
        assert two.read(1, 0, 1).status == 0
        assert two.read(0, 1 << 30, 1).status == 2  # refused, and not counted
    for sp in ("A", "B"):
        lun = shown(storage, "getlun", "0", sp=sp)
        assert (lun["Write Requests"], lun["Write Requests SP A"], lun["Blocks Written"]) == (
            *("2", "2"),
            "9",
        )
        assert (lun["Read Requests"], lun["Read Requests SP B"], lun["Blocks Read SP B"]) == (
            *("1", "1"),
            "16",
        )
        assert lun["Read Requests SP A"] == "0"
        assert float(lun["Average Response Time (ms)"]) > 0
    control = shown(storage, "getcontrol", sp="B")
    assert (control["Total Reads"], control["Total Writes"], control["Blocks_read"]) == (
        *("2", "0"),
        "17",
    )
    found = told(storage, "A", port)
    assert found["lun_writes_total", "0"] == 2
    assert found["lun_written_bytes_total", "0"] == 9 * 512
    assert found["lun_response_seconds_total", "0"] > 0
    assert found["pool_consumed_bytes", "Pool"] >= 4096
    assert found["alerts", ""] == 0
    assert told(storage, "B", port)["lun_reads_total", "1"] == 1


def test_they_are_shown_of_pool_luns_and_ports_and_can_be_switched_off(storage: Storage) -> None:
    with storage.login("A") as one:
        assert one.write(1, 0, b"x" * 512).status == 0
    lun = shown(storage, "lun", "-list", "-l", "1", "-perfData")
    assert int(lun["Blocks Written SP A"]) >= 1
    assert "UID" not in lun
    assert "Blocks Written:" in storage.array.run("port", "-list", "-sp").stdout
    assert storage.array.run("setstats", "-off").returncode == 0
    assert "Read Requests" not in shown(storage, "getlun", "1")
    assert shown(storage, "getcontrol")["Statistics Logging"] == "OFF"
    assert storage.array.run("setstats").stdout == "Statistics logging is OFF\n"
    assert storage.array.run("setstats", "-on", sp="B").returncode == 0
    assert int(shown(storage, "getlun", "1")["Write Requests"]) >= 1


def test_an_sp_that_is_dead_has_counted_nothing(storage: Storage) -> None:
    with storage.login("B", "two") as two:
        assert two.read(1, 0, 1).status == 0
    storage.kill("B")
    lun = shown(storage, "getlun", "1")
    assert lun["Read Requests SP B"] == "0"
