"""The array before initiators that others wrote: libiscsi's conformance suites, and QEMU."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from millpond.array.model.types import Secret
from tests.support.storage import MIB, Storage

NOT_PASSED = {
    "GetLBAStatus.UnmapSingle": "asks for the state of one block, and wants that of the next physical "
    "block of 4 KiB as the answer (SBC-3 5.4 begins with the block asked for)",
    "WriteSame10.UnmapUntilEnd": "wants zeros where it wrote 0xFF with WRITE SAME; with UNMAP and LBPRZ data "
    "that are not zeros are written (SBC-3 5.46)",
}
"""What does not pass, and why."""

SUITES = (
    "CompareAndWrite GetLBAStatus Inquiry Mandatory ModeSense6 Prefetch10 Prefetch16 PrinReadKeys "
    "PrinReportCapabilities PrinServiceactionRange ProutClear ProutPreempt ProutRegister "
    "ProutReserve Read6 Read10 Read12 Read16 ReadCapacity10 ReadCapacity16 ReportSupportedOpcodes "
    "StartStopUnit TestUnitReady Unmap Verify10 Verify12 Verify16 Write10 Write12 Write16 "
    "WriteSame10 WriteSame16 WriteVerify10 WriteVerify12 WriteVerify16"
)
"""Of the family SCSI. Not run, for CLARiiONs do not have it: ExtendedCopy, ReceiveCopyResults, OrWrite,
WriteAtomic16, Sanitize, ReadDefectData10/12, Reserve6 (obsolete since SPC-3); NoMedia, PreventAllow (removable
media); ReadOnly (a read-only LUN)."""


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Storage]:
    with Storage(tmp_path_factory.mktemp("conformance") / "array") as running:
        yield running


def conforms(suite: str, *urls: str) -> None:
    """Run ``suite``: some of its tests pass, and all but those in ``NOT_PASSED``."""
    done = subprocess.run(
        ["iscsi-test-cu", "--dataloss", "--normal", "--verbose", f"--test={suite}", *urls],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert "Run Summary" in done.stdout, done.stdout + done.stderr
    name, passed, failed = suite.split(".")[1], [], []
    for part in done.stdout.split("  Test: ")[1:]:
        test, _, rest = part.partition(" ")
        outcome = rest.split("\nSuite:")[0].split("Run Summary")[0].split()
        (failed if "FAILED" in outcome else passed).append(f"{name}.{test}")
    unexpected = [test for test in failed if test not in NOT_PASSED]
    assert not unexpected, done.stdout
    assert passed, done.stdout


@pytest.mark.slow
@pytest.mark.thorough
@pytest.mark.parametrize("suite", SUITES.split())
def test_scsi_conformance(storage: Storage, suite: str) -> None:
    conforms(f"SCSI.{suite}", storage.url("A"))


@pytest.mark.slow
@pytest.mark.thorough
def test_iscsi_conformance(storage: Storage) -> None:
    for suite in ("iSCSIcmdsn", "iSCSIdatasn", "iSCSIResiduals", "iSCSITMF"):
        conforms(f"iSCSI.{suite}", storage.url("A"))


@pytest.mark.slow
@pytest.mark.thorough
def test_conformance_through_both_sps(storage: Storage) -> None:
    """On LUN 1, which has not been written to: CompareAndWrite zeroes 256 blocks, and compares 257."""
    for test in ("CompareAndWrite", "CompareAndWriteAsync", "Simple", "Reset"):
        conforms(f"SCSI.MultipathIO.{test}", storage.url("A", 1), storage.url("B", 1))


def test_qemu_writes_through_one_sp_what_it_reads_through_the_other(
    storage: Storage, tmp_path: Path
) -> None:
    image = tmp_path / "image"
    data = bytes(range(256)) * (4 * MIB // 256)
    image.write_bytes(data + bytes(8 * MIB) + data[::-1])
    raw = ("-f", "raw")
    subprocess.run(
        ["qemu-img", "convert", "-n", *raw, "-O", "raw", image, storage.url("A", 1)], check=True
    )
    back = tmp_path / "back"
    subprocess.run(
        ["qemu-img", "convert", *raw, "-O", "raw", storage.url("B", 1), back], check=True
    )
    with back.open("rb") as file:
        assert file.read(16 * MIB) == image.read_bytes()
    written = ["write -P 0x5a 1M 3M", "write -z -u 2M 1M", "flush"]
    done = subprocess.run(
        [
            *("qemu-io", *raw, *(option for line in written for option in ("-c", line))),
            *("-c", "read -P 0x5a 1M 1M", "-c", "read -P 0 2M 1M", storage.url("A", 1)),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "failed" not in done.stdout


def test_chap_both_ways_with_a_real_initiator(tmp_path: Path) -> None:
    chap = Secret(
        user="host", secret="a secret of 16 c", mutual_user="sp", mutual_secret="another one!"
    )
    with Storage(tmp_path / "array", chap=chap) as storage:

        def inquiry(login: str, more: str = "") -> int:
            url = storage.url("A", login=login) + more
            return subprocess.run(["iscsi-inq", url], capture_output=True, check=False).returncode

        right = "host%a secret of 16 c@"
        assert inquiry(right) == 0
        assert inquiry(right, "?target_user=sp&target_password=another one!") == 0
        assert inquiry(right, "?target_user=sp&target_password=wrong") != 0
        assert inquiry("host%wrong@") != 0
        assert inquiry("") != 0
