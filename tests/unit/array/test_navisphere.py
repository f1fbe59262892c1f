"""naviseccli's answers: their shape, as recorded from real arrays, and what is refused."""

import re
from contextlib import closing
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from millpond.array.engine.change_map import CopyLock
from millpond.array.model import users
from millpond.array.model.clone_group import CloneState
from millpond.array.model.refusals import REASONS
from millpond.array.model.types import Role, User
from millpond.array.navisphere.context import Context
from millpond.array.navisphere.execute import Answer, execute
from millpond.array.navisphere.families import clone as clone_family
from millpond.array.navisphere.registry import COMMANDS, MISSING
from millpond.array.store.store import Store
from tests.unit.array.arrays import IQN, stored


class Navi:
    """One user at SP A, without the wire."""

    def __init__(self, root: Path, role: Role = Role.ADMINISTRATOR) -> None:
        self.store = stored(root, 15)
        admin = User(name="admin", role=role, scope="global", password="-")
        self.store.change(lambda state, usage: users.add(state, "admin", role, "global", "-"), 0.0)
        self.context = Context(self.store, "A", admin, lambda sp: sp == "A")

    def __call__(self, line: str, xml: bool = False) -> Answer:
        return execute(self.context, line.split(), xml)

    def ok(self, line: str) -> str:
        answer = self(line)
        assert (answer.status, answer.ask) == (0, ""), answer
        return answer.text

    def refused(self, line: str) -> tuple[int, str]:
        answer = self(line)
        assert answer.status, f"{line} was not refused: {answer}"
        return answer.status, answer.text


@pytest.fixture
def navi(tmp_path: Path) -> Navi:
    found = Navi(tmp_path)
    found.ok("storagepool -create -disks 0_0_0 0_0_1 0_0_2 0_0_3 0_0_4 -rtype r_5 -name P1")
    return found


def test_getagent(navi: Navi) -> None:
    lines = navi.ok("getagent").splitlines()
    labels = [line.partition(":")[0] for line in lines]
    assert labels == [
        "Agent Rev",
        "Name",
        "Desc",
        "Node",
        "Physical Node",
        "Signature",
        "Peer Signature",
        "Revision",
        "SCSI Id",
        "Model",
        "Model Type",
        "Prom Rev",
        "SP Memory",
        "Serial No",
        "SP Identifier",
        "Cabinet",
    ]
    assert all(line[20] == " " and line[21] != " " for line in lines if line != "Desc:")
    assert navi.ok("GETAGENT -Serial -spid").split() == [
        "Serial",
        "No:",
        "APM00153042305",
        "SP",
        "Identifier:",
        "A",
    ]


def test_storagepool_list(navi: Navi) -> None:
    navi.ok("lun -create -capacity 50 -sq gb -poolName P1 -l 155")
    navi.ok("lun -create -capacity 900 -poolId 0 -type Thin -l 239 -name thin")
    text = navi.ok("storagepool -list -all")
    for line in (
        "Pool Name:  P1",
        "Pool ID:  0",
        "Raid Type:  r_5",
        "Percent Full Threshold:  70",
        "Disk Type:  SAS",
        "Status:  OK(0x0)",
        "User Capacity (Blocks):  838860800",
        "Consumed Capacity (GBs):  50.000",
        "Percent Full:  12.500",
        "Total Subscribed Capacity (GBs):  950.000",
        "Oversubscribed by (GBs):  550.000",
        "Bus 0 Enclosure 0 Disk 4",
        "LUNs:  155, 239",
    ):
        assert line in text.splitlines(), line
    assert navi.ok("storagepool -list -id 0 -prcntFull -state").splitlines() == [
        "Pool Name:  P1",
        "Pool ID:  0",
        "State:  Ready",
        "Percent Full:  12.500",
        "",
    ]


def test_lun_list(navi: Navi) -> None:
    navi.ok("lun -create -capacity 500 -sq mb -poolName P1 -name File_CS0 -sp b")
    text = navi.ok("lun -list -all")
    assert text.startswith("LOGICAL UNIT NUMBER 0\nName:  File_CS0\nUID:  60:06:01:60:12:60:3D:00:")
    for line in (
        "Current Owner:  SP B",
        "Allocation Owner:  SP B",
        "User Capacity (Blocks):  1024000",
        "User Capacity (GBs):  0.488",
        "Auto-Assign Enabled:  DISABLED",
        "Is Faulted:  false",
        "Is Thin LUN:  No",
        "Attached Snapshot:  N/A",
    ):
        assert line in text.splitlines(), line
    navi.ok("trespass lun 0")
    assert "Current Owner:  SP A\n" in navi.ok("lun -list -l 0 -owner")
    assert navi.ok("lun -list -showOnly Thin") == ""


def test_storagegroup_list(navi: Navi) -> None:
    navi.ok("lun -create -capacity 1 -poolName P1 -l 15")
    navi.ok("storagegroup -create -gname ubuntu14")
    navi.ok(
        f"storagegroup -setpath -gname ubuntu14 -hbauid {IQN} -sp a -spport 0 -ip 192.168.4.30 "
        "-host ubuntu14 -arraycommpath 1 -failovermode 4 -unitserialnumber array -o"
    )
    navi.ok("storagegroup -addhlu -hlu 154 -alu 15 -gname ubuntu14 -o")
    text = navi.ok("storagegroup -list -host -iscsiAttributes -gname ubuntu14")
    uid = re.search(r"Storage Group UID:     ((?:[0-9A-F]{2}:){15}[0-9A-F]{2})\n", text)
    assert uid
    assert text == (
        f"Storage Group Name:    ubuntu14\nStorage Group UID:     {uid[1]}\n".replace(
            "UID:    6", "UID:     6"
        )
        + "HBA/SP Pairs:\n\n"
        "  HBA UID                                          SP Name     SPPort\n"
        "  -------                                          -------     ------\n"
        f"  {IQN:<48} SP A        0\n"
        "Host name:  ubuntu14\n"
        "SPPort:  A-0v0\n"
        "Initiator IP:  192.168.4.30\n"
        "TPGT:  1\n"
        "ISID:  N/A\n"
        "\n\n"
        "HLU/ALU Pairs:\n\n"
        "  HLU Number     ALU Number\n"
        "  ----------     ----------\n"
        "  154            15\n"
        "Shareable:             YES\n\n"
    )


def test_raid_groups_and_classic_luns(navi: Navi) -> None:
    navi.ok("createrg 11 0_0_5 0_0_6 0_0_7 0_0_8 0_0_9 -raidtype r5 -o")
    navi.ok("bind r5 280 -rg 11 -cap 10 -sq gb -sp a")
    navi.ok("bind r5 303 -rg 11 -cap 10 -sq gb")
    navi.ok("chglun -l 280 -name LN_10G_01")
    group = navi.ok("getrg 11").splitlines()
    assert "RaidGroup ID:                              11" in group
    assert "List of disks:                             Bus 0 Enclosure 0 Disk 5" in group
    assert "                                           Bus 0 Enclosure 0 Disk 9" in group
    assert "List of luns:                              280 303" in group
    lun = navi.ok("getlun 280").splitlines()
    assert lun[0] == "Name                        LN_10G_01"
    assert "RAID Type:                  RAID5" in lun
    assert "LUN Capacity(Megabytes):    10240" in lun
    assert navi.refused("getlun 5") == (30, "The specified LUN does not exist.\n")
    navi.ok("metalun -expand -base 280 -lus 303 -type C -o")
    meta = navi.ok("metalun -list").splitlines()
    assert "Total User Capacity (Blocks/Megabytes):  41943040/20480" in meta
    assert meta.count("    Number of LUNs:  1") == 2
    assert navi("unbind 280 -o").text == REASONS["lun.in_use"].text + "\n"


def test_disks_ports_and_faults(navi: Navi) -> None:
    disk = navi.ok("getdisk 0_0_4").splitlines()
    assert disk[0] == "Bus 0 Enclosure 0 Disk 4"
    assert "State:                   Enabled" in disk
    assert "Capacity:                102400" in disk
    assert navi.ok("getdisk 0_0_9 -state").splitlines()[1] == "State:                   Unbound"
    port = navi.ok("port -list -sp").splitlines()
    assert port[:3] == [
        "SP Name:             SP A",
        "SP Port ID:          0",
        "SP UID:              iqn.1992-04.com.emc:cx.apm00153042305.a0",
    ]
    assert "Registered Initiators:        0" in port
    assert navi.ok("faults -list") == "Faulted Subsystem:  SP B\n"
    assert "SP A State:                 Present" in navi.ok("getcrus").splitlines()


def test_a_pool_above_its_threshold_is_told(navi: Navi) -> None:
    status, text = navi.refused("lun -create -capacity 300 -poolName P1")
    assert (status, "-ignoreThresholds" in text) == (255, True)
    navi.ok("lun -create -capacity 300 -poolName P1 -ignoreThresholds")
    assert "Storage Pool P1 is above its Percent Full Threshold of 70 (75.000 percent)" in navi.ok(
        "faults -list"
    )
    assert "LUN 0 created" in navi.ok("getlog -n 1")


@pytest.mark.parametrize(
    ("line", "status", "text"),
    [
        ("storagepool -destroy -id 7 -o", 72, REASONS["pool.not_found"].text),
        ("storagepool -list -name x", 72, REASONS["pool.not_found"].text),
        ("lun -list -l 77", 9, REASONS["lun.not_found"].text),
        ("lun -expand -l 0 -capacity 1 -o", 255, "greater than current LUN size. (0x712d8e04)"),
        ("lun -create -capacity 1 -poolId 0 -name one", 255, "(0x712d8d04)"),
        ("storagepool -create -disks 0_0_0 0_0_5 0_0_6", 255, "(0x76008304)"),
        ("storagepool -create -disks 0_0_5 0_0_6 0_0_7 -name P1", 255, "(0x712d8501)"),
        (
            "storagegroup -create -gname G",
            66,
            "Error: storagegroup command failed\nError returned from Agent\n"
            "Storage Group name already in use\n",
        ),
        (
            "storagegroup -addhlu -hlu 1 -alu 0 -gname G",
            66,
            "Error returned from Agent\nRequested LUN has already been added to this Storage Group",
        ),
        ("storagegroup -addhlu -hlu 0 -alu 1 -gname G", 66, "Host LUN Number already in use"),
        ("storagegroup -addhlu -hlu 2 -alu 99 -gname G", 255, "is not a bound ALU number"),
        ("storagegroup -removehlu -hlu 9 -gname G -o", 66, "No such Host LUN"),
        ("storagegroup -connecthost -host x -gname G -o", 116, "is not known by storage system"),
        (
            "storagegroup -list -gname none",
            83,
            "Error: storagegroup command failed\nThe group name or UID does not match any storage",
        ),
        (
            "lun -destroy -l 0 -o",
            255,
            "Cannot unbind LUN because it's contained in a Storage Group.",
        ),
        (
            "createrg 1 0_0_5 0_0_6 -raidtype r5 -o",
            255,
            "Error: createrg command failed\nThe specified",
        ),
        ("getrg 5", 66, "RAIDGroup Not Found"),
        (f"arrayname {'x' * 65} -o", 255, "The max length of storage system name is 64"),
        (
            "port -removeHBA -hbauid iqn.x -o",
            255,
            "The HBA UID specified is not known by the array",
        ),
        ("security -rmuser -user nobody -scope global -o", 255, "User does not exist"),
        ("security -rmuser -user admin -scope global -o", 255, "The last administrator"),
        ("lun -create -capacity ten -poolId 0", 255, "Invalid command line parameters"),
        ("lun -frobnicate", 255, "Specify an action for lun"),
        ("frobnicate", 255, "Unknown command frobnicate"),
        ("reserved -lunpool", 255, "commands are not supported by the target storage system"),
        ("mirror -sync -info", 255, "Sync Mirror Feature software is not installed"),
    ],
)
def test_refusals(navi: Navi, line: str, status: int, text: str) -> None:
    navi.ok("lun -create -capacity 2 -poolName P1 -name one")
    navi.ok("lun -create -capacity 2 -poolName P1 -name two")
    navi.ok("storagegroup -create -gname G")
    navi.ok("storagegroup -addhlu -hlu 0 -alu 0 -gname G")
    before = navi.context.state
    found = navi.refused(line)
    assert (found[0], text in found[1]) == (status, True), found
    assert navi.context.state == before


EMPTY_RESOURCES = (
    "snap -list -res",
    "snap -create -name s2 -res",
    "snap -restore -id s -res",
    "snap -group -create -name g2 -res",
    "snap -group -addmember -id g -res",
    "snap -group -replmember -id g -res",
)


@pytest.mark.parametrize("line", EMPTY_RESOURCES)
@pytest.mark.parametrize("empty", ["", ",", " "])
def test_an_empty_resource_is_none(navi: Navi, line: str, empty: str) -> None:
    navi.ok("lun -create -capacity 1 -poolId 0 -l 0")
    navi.ok("snap -group -create -name g -res 0")
    before = navi.store.state()
    answer = execute(navi.context, [*line.split(), empty])
    assert answer.status
    assert "The specified resource does not exist" in answer.text
    assert navi.store.state() == before


def test_what_is_not_there_says_so(navi: Navi) -> None:
    for word in MISSING:
        assert word not in {command.words[0].lower() for command in COMMANDS}
        assert navi.refused(f"{word} -list")[0] == 255


def test_a_change_asks_first(navi: Navi) -> None:
    answer = navi("storagepool -destroy -id 0")
    assert answer.ask
    assert navi.context.state.pools
    navi.ok("storagepool -destroy -id 0 -o")
    assert not navi.context.state.pools


@pytest.mark.parametrize(
    ("role", "line", "allowed"),
    [
        (Role.OPERATOR, "getdisk", True),
        (Role.OPERATOR, "arrayname x -o", False),
        (Role.STORAGE, "arrayname x -o", True),
        (Role.STORAGE, "security -rmuser -user x -o", False),
        (Role.SECURITY, "arrayname x -o", False),
        (Role.SECURITY, "security -adduser -user x -password secret1 -role operator -o", True),
    ],
)
def test_roles(tmp_path: Path, role: Role, line: str, allowed: bool) -> None:
    answer = Navi(tmp_path, role)(line)
    assert (answer.status == 0) is allowed
    assert ("does not allow" in answer.text) is not allowed


def test_xml_has_what_the_text_has(navi: Navi) -> None:
    answer = navi("storagepool -list -id 0 -state", xml=True)
    tree = ElementTree.fromstring(answer.text)
    pairs = [(p.get("NAME"), p.findtext("VALUE")) for p in tree.iter("PARAMVALUE")]
    assert pairs == [("Pool Name", "P1"), ("Pool ID", "0"), ("State", "Ready"), ("", " ")]
    wrong = navi("storagepool -list -id 9", xml=True)
    assert wrong.status == 72
    properties = {
        p.get("NAME"): p.findtext("VALUE")
        for p in ElementTree.fromstring(wrong.text).iter("PROPERTY")
    }
    assert properties["errorCode"] == "72"
    assert properties["success"] == "false"
    assert properties["why"] == REASONS["pool.not_found"].text


def test_getall(navi: Navi) -> None:
    navi.ok(f"storagegroup -setpath -hbauid {IQN} -sp a -spport 0 -host ubuntu14 -o")
    hbas = navi.ok("getall -hba").splitlines()
    assert hbas[0] == "Information about each HBA:"
    assert "HBA UID:                 " + IQN in hbas
    assert "Server Name:             ubuntu14" in hbas
    assert "    StorageGroup Name:      None" in hbas
    whole = navi.ok("getall")
    for piece in ("Serial No:", "SP A State:", "Bus 0 Enclosure 0 Disk 14", "HBA UID:"):
        assert piece in whole


WORDS = st.sampled_from(
    [
        *[
            "a",
            "b",
            "0",
            "1",
            "2",
            "15",
            "-1",
            "x",
            "P1",
            "G",
            "one",
            "0_0_5",
            "0_0_6",
            "0_0_7",
            "r5",
            "r_5",
            "thin",
            "nonthin",
            "mine",
            "lun",
            "all",
            "s",
            "c",
        ],
        *["gb", "global", "10.0.0.1"],
        *(IQN, "", "é" * 70, "\x1b[2J\x00"),
    ]
)
HARMLESS = [c for c in COMMANDS if c.words != ("rebootSP",)]  # it ends the process it runs in
COMMAND_LINES = st.sampled_from(HARMLESS).flatmap(
    lambda command: st.lists(
        st.sampled_from([o.name for o in command.all_options if o.name.startswith("-")] or ["-o"])
        | WORDS,
        max_size=14,
    ).map(lambda words: [*command.words, *words])
)


def test_any_command_line_has_an_answer(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Whatever is typed: an answer, as text and as XML, and a state that can be read again."""
    navi = Navi(tmp_path_factory.mktemp("any"))

    @settings(
        max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow]
    )  # that is about the machine, if it has much else to do
    @given(COMMAND_LINES, st.booleans())
    def check(argv: list[str], xml: bool) -> None:
        answer = execute(navi.context, argv, xml)
        assert answer.text or answer.status == 0
        if xml and answer.text:
            ElementTree.fromstring(answer.text)

    check()
    assert Store(navi.store.root).state() == navi.context.state


def test_every_refusal_of_the_model_is_used() -> None:
    """In the sources, and no other."""
    source = Path(__file__).parents[3] / "src/millpond/array"
    used = {
        key
        for path in source.rglob("*.py")
        for key in re.findall(r'Refusal\(\s*"([\w.]+)"', path.read_text())
    }
    assert used == set(REASONS)


def test_a_fracture_that_a_copy_under_way_outlasts_says_that_it_was_made(
    navi: Navi, monkeypatch: pytest.MonkeyPatch
) -> None:
    disks = " ".join(f"0_0_{number}" for number in range(10, 15))
    navi.ok(f"storagepool -create -disks {disks} -rtype r_5 -name Slow")
    navi.ok("lun -create -type thin -capacity 1 -sq mb -poolName P1 -l 0")
    navi.ok("lun -create -type thin -capacity 1 -sq mb -poolName Slow -l 1")
    navi.ok("clone -createclonegroup -name G -luns 0 -o")
    navi.ok("clone -addclone -name G -luns 1")
    (one,) = navi.store.state().clone_groups["G"].clones
    monkeypatch.setattr(clone_family, "PATIENCE", 0.0)
    with closing(CopyLock(navi.store.root / one.directory / one.changes)) as copier:
        copier.take()
        status, text = navi.refused(f"clone -fractureclone -name G -cloneid {one.id} -o")
    assert status == 70
    assert "The clone was fractured, but" in text
    (one,) = navi.store.state().clone_groups["G"].clones
    assert one.state is CloneState.OUT_OF_SYNC


def test_the_goal_of_an_io_class_goes_with_a_method(navi: Navi) -> None:
    navi.ok("nqm -ioclass -create -name c -ctrlmethod limit -gmetric tt -gval 20")
    for line in (
        "-create -name d -gval 5",
        "-modify -name c -gval 5",
        "-modify -name c -noctrl -gtol 5",
    ):
        assert "goes with -ctrlmethod" in navi.refused(f"nqm -ioclass {line}")[1]
    assert "Goal Value:  20.0 IO/s" in navi.ok("nqm -ioclass -list")
