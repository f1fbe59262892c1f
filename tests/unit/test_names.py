"""Names and numbers from outside: what is refused, and that nothing hostile gets through."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from millpond.domain.names import AbsolutePath, Address, InterfaceName, Mac, Name, Text, new_mac
from millpond.domain.vm import Disk

HOSTILE = [
    "",
    "a/b",
    "../x",
    "a\nb",
    "-rf",
    ".hidden",
    "a b",
    "a\x00",
    "x" * 64,
    "a" * 65536,
    "\u202eevil",
]


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("kind", [Name, InterfaceName])
def test_hostile_names_are_refused(kind: object, value: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_python(value)


@given(st.text())
def test_a_name_is_one_harmless_path_component(value: str) -> None:
    try:
        name = TypeAdapter(Name).validate_python(value)
    except ValidationError:
        return
    assert name.isascii() and name[0].isalnum() and not set(name) & set("/\\\n\r\0 '\"$`")


@pytest.mark.parametrize("path", ["OVS", "/", "/a/../b", "/a//b", "/a/-b", "/a b", "/.x", "/a\n"])
def test_hostile_paths_are_refused(path: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(AbsolutePath).validate_python(path)


def test_addresses() -> None:
    for good in ("198.18.0.11", "srv1.example.org", "2001:db8::1"):
        assert TypeAdapter(Address).validate_python(good) == good
    for bad in ("-oProxyCommand", "a b", "a/b", "a@b", "a\nb"):
        with pytest.raises(ValidationError):
            TypeAdapter(Address).validate_python(bad)


def test_macs_are_unicast_and_lower_case() -> None:
    assert TypeAdapter(Mac).validate_python(new_mac()).startswith("00:16:3e:")
    with pytest.raises(ValidationError):
        TypeAdapter(Mac).validate_python("01:16:3e:00:00:01")
    assert TypeAdapter(Mac).validate_python("00:16:3E:AB:cd:0F") == "00:16:3e:ab:cd:0f"
    assert TypeAdapter(Mac).validate_json('"00:16:3E:AB:CD:0F"') == "00:16:3e:ab:cd:0f"


def test_text_takes_newlines_but_no_other_control_characters() -> None:
    assert TypeAdapter(Text).validate_python("two\nlines\tand ü")
    with pytest.raises(ValidationError):
        TypeAdapter(Text).validate_python("bell\x07")


@pytest.mark.parametrize(
    "source", ["file:../x", "file:/etc/passwd", "file:a/b", "phy:x", "tap:a", "file:-x"]
)
def test_hostile_disk_sources_are_refused(source: str) -> None:
    with pytest.raises(ValidationError):
        Disk(target="vda", source=source, size=1 << 20)


def test_a_device_path_cannot_climb() -> None:
    with pytest.raises(ValidationError):
        Disk(target="vda", source="phy:/dev/../etc/shadow", size=1 << 20)
