"""``naviseccli`` and two storage processors as whole processes: what an administrator sees and scripts rely on."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.arrays import NAVISECCLI, PASSWORD, USER, RunningArray, running
from tests.unit.array.arrays import IQN

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def array(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningArray]:
    with running(tmp_path_factory.mktemp("navi")) as found:
        yield found


@pytest.fixture
def stranger(tmp_path: Path) -> Iterator[RunningArray]:
    """Whose certificate nobody has accepted yet."""
    with running(tmp_path, trusting=False) as found:
        yield found


def test_the_certificate_is_asked_about_until_it_is_accepted(stranger: RunningArray) -> None:
    rejected = stranger.run("getagent", typed="3\n")
    assert (rejected.returncode, rejected.stderr) == (255, "")
    assert "Serial No" not in rejected.stdout
    assert "APM00153042305 SP A" in rejected.stdout
    once = stranger.run("getagent", typed="1\n")
    assert "Serial No:           APM00153042305" in once.stdout
    stored = stranger.run("getagent", typed="2\n")
    assert stored.returncode == 0
    assert "[3] reject" in stored.stdout, "what was accepted for a session is asked about again"
    known = stranger.run("getagent")
    assert known.stdout.startswith("Agent Rev:")
    for sp in ("A", "B"):
        stranger.run("getagent", sp=sp, typed="2\n")
    level = [NAVISECCLI, "security", "-certificate", "-getLevel"]
    env = {"HOME": str(stranger.home), "PATH": "/usr/bin"}
    found = subprocess.run(level, capture_output=True, text=True, check=True, env=env)
    assert found.stdout == "MEDIUM\n"


def test_both_sps_are_one_array(array: RunningArray) -> None:
    made = array.run(
        *[
            "storagepool",
            "-create",
            "-disks",
            "0_0_0",
            "0_0_1",
            "0_0_2",
            "0_0_3",
            "0_0_4",
            "-name",
            "P",
        ],
        sp="A",
    )
    assert (made.stdout, made.returncode) == ("", 0)
    assert "Pool Name:  P\n" in array.run("storagepool", "-list", sp="B").stdout
    assert "SP Identifier:       B" in array.run("getagent", "-spid", sp="B").stdout


def test_scripts_use_a_security_file(array: RunningArray) -> None:
    """With the address, or for all; without the file, nothing is asked."""
    none = array.run("getagent", known=False)
    assert (none.returncode, "Security file not found" in none.stdout) == (255, True)
    who = ["-AddUserSecurity", "-user", USER, "-password", PASSWORD, "-scope", "0"]
    assert array.run(*who, known=False).returncode == 0
    assert array.run("getagent", known=False).returncode == 0
    kept = (array.home / "SecuredCLISecurityFile.xml").read_text()
    assert PASSWORD not in kept
    assert USER not in kept
    assert (array.home / "SecuredCLIXMLEncrypted.key").stat().st_mode & 0o077 == 0
    assert array.run("-RemoveUserSecurity", known=False).returncode == 0
    assert array.run("getagent", known=False).returncode == 255


def test_a_wrong_password_says_the_words_that_clients_look_for(array: RunningArray) -> None:
    who = ["-user", USER, "-password", "wrong-one", "-scope", "0"]
    wrong = array.run(*who, "getagent", known=False)
    assert (wrong.returncode, wrong.stderr) == (255, "")
    address = array.addresses["A"]
    assert wrong.stdout.startswith(f"Error returned from the Management Server on {address}\n")
    assert "invalid username, password and/or scope." in wrong.stdout
    nobody = array.run("-user", "nobody", "-password", "wrong-one", "getagent", known=False)
    assert nobody.stdout == wrong.stdout


def test_options_before_the_command(array: RunningArray, tmp_path: Path) -> None:
    said = array.run("-f", str(tmp_path / "out"), "-np", "arrayname")
    assert said.stdout == "Array Name:  K10\n" == (tmp_path / "out").read_text()
    assert "<VALUE>K10</VALUE>" in array.run("-Xml", "-t", "30", "arrayname").stdout
    helped = array.run("-Help", "metalun", known=False)
    assert "metalun -expand -base N" in helped.stdout
    assert array.run("-nonsense", known=False).returncode == 255


def test_a_change_is_confirmed_by_typing(array: RunningArray) -> None:
    array.run(*["storagegroup", "-create", "-gname", "doomed"])
    destroy = ["storagegroup", "-destroy", "-gname", "doomed"]
    assert array.run(*destroy, typed="n\n").returncode == 0
    assert "doomed" in array.run("storagegroup", "-list").stdout
    assert array.run(*destroy, typed="y\n").returncode == 0
    assert "doomed" not in array.run("storagegroup", "-list").stdout


def test_the_audit_log_knows_who_did_what(array: RunningArray) -> None:
    array.run(
        *[
            "security",
            "-adduser",
            "-user",
            "op",
            "-password",
            "secret-1",
            "-role",
            "operator",
            "-scope",
            "global",
            "-o",
        ]
    )
    who = ["-user", "op", "-password", "secret-1"]
    denied = array.run(*who, "arrayname", "other", "-o", known=False)
    assert "does not allow" in denied.stdout
    log = (array.root / "audit-a.log").read_text()
    entries = [json.loads(line) for line in log.splitlines()]
    assert "secret-1" not in log
    assert {**entries[-1], "time": ""} == {
        "time": "",
        "sp": "A",
        "user": "op",
        "address": "127.0.0.1",
        "command": ["arrayname", "other", "-o"],
        "status": 255,
    }


def test_a_lun_goes_to_a_host(tmp_path: Path) -> None:
    """Made, mapped and found by a real initiator, moved to the other SP, and taken away again."""
    with running(tmp_path) as array:
        for sp in ("a", "b"):
            address = array.addresses[sp.upper()].rpartition(".")[0] + (
                ".11" if sp == "a" else ".12"
            )
            net = f"-address {address} -subnetmask 255.0.0.0 -gateway 127.0.0.1"
            done = array.run(*f"connection -setport -iscsi -sp {sp} -portid 0 {net} -o".split())
            assert done.stdout == ""
        for sp in ("A", "B"):
            array.kill(sp)
            array.start(sp)
        for line in (
            "storagepool -create -disks 0_0_0 0_0_1 0_0_2 0_0_3 0_0_4 -name P",
            "lun -create -capacity 3 -sq gb -poolName P -name disk -type Thin -l 15 -sp a",
            "storagegroup -create -gname G",
            f"storagegroup -setpath -gname G -hbauid {IQN} -sp a -spport 0 -host h -failovermode 4 -o",
            f"storagegroup -setpath -gname G -hbauid {IQN} -sp b -spport 0 -host h -failovermode 4 -o",
            "storagegroup -addhlu -hlu 2 -alu 15 -gname G",
        ):
            assert array.run(*line.split()).stdout == "", line
        portal = array.addresses["A"].rpartition(".")[0]
        url = f"iscsi://{portal}.11/iqn.1992-04.com.emc:cx.apm00153042305.a0/2"
        write = ["qemu-io", "--image-opts", *_image(url), "-c", "write -P 7 1M 64k"]
        assert "wrote 65536/65536" in subprocess.run(write, capture_output=True, text=True).stdout
        listed = array.run("lun", "-list", "-l", "15", "-consumedCap").stdout
        assert "Consumed Capacity (Blocks):  0\n" not in listed
        array.run("trespass", "lun", "15", sp="B")
        owner = array.run("lun", "-list", "-l", "15", "-owner").stdout
        assert "Current Owner:  SP B" in owner
        array.kill("A")
        assert "Faulted Subsystem:  SP A" in array.run("faults", "-list", sp="B").stdout
        url = f"iscsi://{portal}.12/iqn.1992-04.com.emc:cx.apm00153042305.b0/2"
        read = ["qemu-io", "--image-opts", *_image(url), "-c", "read -P 7 1M 64k"]
        assert "read 65536/65536" in subprocess.run(read, capture_output=True, text=True).stdout
        array.run(*["storagegroup", "-removehlu", "-hlu", "2", "-gname", "G", "-o"], sp="B")
        gone = subprocess.run(read, capture_output=True, text=True)
        assert gone.returncode != 0
        refused = array.run("getagent", sp="A")
        assert "connection refused" in refused.stdout
        assert refused.returncode == 255


def _image(url: str) -> list[str]:
    """Options for QEMU's initiator under the name that is registered."""
    portal, target, lun = url.removeprefix("iscsi://").split("/")
    return [
        f"driver=iscsi,transport=tcp,portal={portal},target={target},lun={lun},initiator-name={IQN}"
    ]
