"""The lab's watchdog timer, as its users see it (the kernel's watchdog-api.rst)."""

import errno
import struct

import pytest

from millpond.lab.watchdog import Watchdog

KEEPALIVE, SETTIMEOUT, GETTIMEOUT, GETSUPPORT = 0x80045705, 0xC0045706, 0x80045707, 0x80285700


def _number(value: int) -> bytes:
    return struct.pack("<i", value)


def test_nothing_happens_before_it_is_opened() -> None:
    assert Watchdog().left() is None


def test_opening_starts_it_and_dying_does_not_stop_it() -> None:
    watchdog = Watchdog(60)
    watchdog.open()
    left = watchdog.left()
    assert left is not None
    assert 59 < left <= 60
    watchdog.close()
    assert watchdog.left() is not None


def test_a_v_as_the_last_thing_written_stops_it() -> None:
    watchdog = Watchdog()
    watchdog.open()
    watchdog.write(b"V")
    watchdog.write(b"\0")
    watchdog.close()
    assert watchdog.left() is not None
    watchdog.open()
    watchdog.write(b"V")
    watchdog.close()
    assert watchdog.left() is None


def test_one_user_at_a_time() -> None:
    watchdog = Watchdog()
    watchdog.open()
    with pytest.raises(OSError) as error:
        watchdog.open()
    assert error.value.errno == errno.EBUSY
    watchdog.close()
    watchdog.open()


def test_the_timeout_can_be_set_and_asked_for() -> None:
    watchdog = Watchdog()
    watchdog.open()
    assert watchdog.ioctl(SETTIMEOUT, _number(5)) == _number(5)
    assert watchdog.ioctl(GETTIMEOUT, b"") == _number(5)
    left = watchdog.left()
    assert left is not None
    assert 4 < left <= 5
    for wrong in (0, -1, 601):
        with pytest.raises(OSError, match="Errno 22"):
            watchdog.ioctl(SETTIMEOUT, _number(wrong))
    assert watchdog.ioctl(GETTIMEOUT, b"") == _number(5)


def test_it_runs_down_and_is_petted_up(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("millpond.lab.watchdog.time.monotonic", lambda: now)
    watchdog = Watchdog(10)
    watchdog.open()
    for pet in (lambda: watchdog.write(b"."), lambda: watchdog.ioctl(KEEPALIVE, b"")):
        now += 9
        assert watchdog.left() == 1
        pet()
        assert watchdog.left() == 10
    now += 11
    assert watchdog.left() == 0


def test_answers_are_as_long_as_the_request_says() -> None:
    watchdog = Watchdog()
    for command in (KEEPALIVE, GETTIMEOUT, GETSUPPORT):
        assert len(watchdog.ioctl(command, b"")) == command >> 16 & 0x3FFF
    with pytest.raises(OSError) as error:
        watchdog.ioctl(0x12345678, b"")
    assert error.value.errno == errno.ENOTTY
