"""What fio is told to do for a load point."""

from typing import Any

from millpond.orion import workload
from millpond.orion.matrix import Point
from millpond.orion.request import Request, Run, Simulate, Type
from millpond.orion.volumes import Volume

MIB = 1 << 20
TWO = (Volume("/dev/a", 64 * MIB), Volume("/dev/b", 32 * MIB + 5))


def request(**options: Any) -> Request:
    return Request(Run.ADVANCED, 2, **options)


def jobs(arguments: list[str]) -> dict[str, dict[str, str]]:
    """The options of each job, by its name; those before all jobs under the empty name."""
    found: dict[str, dict[str, str]] = {"": {}}
    current = found[""]
    for argument in arguments:
        name, _, value = argument.removeprefix("--").partition("=")
        if name == "name":
            current = found[value] = {}
        else:
            current[name] = value
    return found


def test_small_and_large_ios_are_two_jobs_at_once() -> None:
    found = jobs(workload.measuring(Point(3, 2), request(duration=7), TWO))
    assert list(found) == ["", "small", "large"]
    assert found[""]["runtime"] == "7"
    assert "readonly" in found[""]
    small, large = found["small"], found["large"]
    assert (small["bs"], small["iodepth"], small["rw"]) == ("8k", "3", "randread")
    assert (large["bs"], large["iodepth"], large["rw"]) == ("1024k", "2", "randread")
    assert small["filename"] == "/dev/a:/dev/b"


def test_only_what_has_a_load_is_a_job() -> None:
    assert list(jobs(workload.measuring(Point(1, 0), request(), TWO))) == ["", "small"]
    assert list(jobs(workload.measuring(Point(0, 1), request(), TWO))) == ["", "large"]


def test_writes_are_mixed_in() -> None:
    found = jobs(workload.measuring(Point(1, 1), request(write=30), TWO))
    assert "readonly" not in found[""]
    for name in ("small", "large"):
        assert (found[name]["rw"], found[name]["rwmixwrite"]) == ("randrw", "30")
    assert (
        jobs(workload.measuring(Point(1, 0), request(write=100), TWO))["small"]["rw"] == "randwrite"
    )


def test_streams_of_a_concatenation_start_apart_and_stay_in_their_volume() -> None:
    found = jobs(workload.measuring(Point(0, 3), request(type=Type.SEQ, num_streamIO=6), TWO))
    streams = [found[f"large{n}"] for n in range(3)]
    assert [(s["filename"], int(s["offset"]) // MIB) for s in streams] == [
        ("/dev/a", 0),
        ("/dev/a", 32),
        ("/dev/b", 0),
    ]
    assert [int(s["size"]) // MIB for s in streams] == [64, 32, 32]
    assert {(s["rw"], s["iodepth"]) for s in streams} == {("read", "6")}


def test_streams_of_a_raid0_go_on_to_the_next_volume_after_a_stripe() -> None:
    raid0 = request(type=Type.SEQ, simulate=Simulate.RAID0, stripe=4096)
    found = jobs(workload.measuring(Point(0, 2), raid0, TWO))
    assert [int(found[f"large{n}"]["offset"]) // MIB for n in range(2)] == [0, 16]
    assert [int(found[f"large{n}"]["size"]) // MIB for n in range(2)] == [64, 32]
    assert {found[f"large{n}"]["file_service_type"] for n in range(2)} == {"roundrobin:4"}


def test_random_ios_of_a_raid0_keep_to_what_its_smallest_volume_has() -> None:
    found = jobs(workload.measuring(Point(1, 0), request(simulate=Simulate.RAID0), TWO))
    assert int(found["small"]["size"]) == 2 * 32 * MIB


def test_a_stream_reads_or_writes() -> None:
    sequential = request(type=Type.SEQ, write=50)
    found = jobs(workload.measuring(Point(0, 4), sequential, TWO))
    assert [found[f"large{n}"]["rw"] for n in range(4)] == ["write", "write", "read", "read"]


def test_a_cache_is_warmed_before_streams_alone() -> None:
    assert workload.warming(Point(1, 1), request(), TWO) is None
    sequential = request(type=Type.SEQ)
    assert workload.warming(Point(1, 0), sequential, TWO) is None
    assert workload.warming(Point(0, 1), request(type=Type.SEQ, cache_size=0), TWO) is None
    warm = workload.warming(Point(0, 1), sequential, TWO)
    assert warm is not None
    assert jobs(warm)[""]["runtime"] == "120"
    assert jobs(warm)["warm"]["rw"] == "randread"
    sized = workload.warming(Point(0, 1), request(type=Type.SEQ, cache_size=64, write=1), TWO)
    assert sized is not None
    assert jobs(sized)[""]["io_size"] == "64m"
    assert jobs(sized)["warm"]["rw"] == "randwrite"


def test_colons_in_names_do_not_part_them() -> None:
    volume = Volume("/dev/disk/by-path/ip-10.0.0.1:3260-lun-0", 64 * MIB)
    found = jobs(workload.measuring(Point(1, 0), request(), (volume,)))
    assert found["small"]["filename"] == "/dev/disk/by-path/ip-10.0.0.1\\:3260-lun-0"
