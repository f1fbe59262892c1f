"""The link between two arrays: made by their administrators, for those two alone, and cut on demand."""

import socket
import ssl
import subprocess
from collections.abc import Iterator

import pytest

from millpond.array.link.frames import PORT
from millpond.array.model.types import SPS
from tests.support.arrays import PROGRAMS, until
from tests.support.linked import PATIENCE, SERIAL_TWO, Pair, info, navi, pair

pytestmark = [pytest.mark.slow, pytest.mark.thorough]


@pytest.fixture(scope="module")
def linked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with pair(tmp_path_factory.mktemp("links"), SPS) as found:
        yield found


def program(pair: Pair, command: str, *words: str, typed: str = "") -> tuple[int, str]:
    whole = [PROGRAMS / "millpond-array", command, pair.one.array.root, *words]
    done = subprocess.run(whole, input=typed, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_two_arrays_know_each_other(linked: Pair) -> None:
    assert navi(linked.one, "mirror", "-sync", "-info", "-systems", sp="B") == (
        "Remote systems that are enabled for mirroring:\n"
        "Array UID:  50:06:01:60:22:60:3D:00\nArray Name:  K10\nStatus:  Enabled on both SPs\n"
    )


def test_a_link_is_cut_and_there_again(linked: Pair) -> None:
    assert program(linked, "fault", "link", SERIAL_TWO) == (0, "")
    linked.wait_linked(False)
    assert f"Link to array {SERIAL_TWO} is cut" in navi(linked.one, "faults", "-list")
    assert program(linked, "repair", "link", SERIAL_TWO) == (0, "")
    linked.wait_linked()


def test_the_other_sp_is_taken_when_one_is_dead(linked: Pair) -> None:
    linked.two.kill("A")
    until(lambda: "Enabled on SP" in info(linked.two, "B"), PATIENCE)
    until(lambda: "Enabled on both SPs" in info(linked.one), PATIENCE)
    linked.two.start("A")
    linked.wait_linked()


def test_nobody_else_is_let_in(linked: Pair) -> None:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with (
        socket.create_connection((linked.one.addresses["A"], PORT), 60) as plain,
        pytest.raises((ssl.SSLError, ConnectionError)),
        context.wrap_socket(plain) as wrapped,
    ):
        wrapped.sendall(bytes(64))
        assert wrapped.recv(64) == b""
        raise ConnectionError("it was closed without a word")


def test_an_array_is_not_linked_to_itself(linked: Pair) -> None:
    status, described = program(linked, "link")
    assert status == 0
    damaged = described.replace("BEGIN CERTIFICATE", "BEGIN NOTHING")
    for typed, why in (
        (described, "not linked to itself"),
        ("{}", "does not describe an array"),
        (damaged, "does not describe an array"),
    ):
        status, said = program(linked, "link", "--with", "-", typed=typed)
        assert (status, why in said) == (1, True), said
