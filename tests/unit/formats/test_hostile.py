"""Descriptions that try to run code, read files, or eat the machine: refused by their documented code,
quickly, and with nothing done."""

import os
import random
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from millpond.adapters.formats import libvirt_xml, manifest, ovf, vmx, xen
from millpond.adapters.formats.xen_eval import evaluate
from millpond.domain.errors import Refused
from millpond.domain.foreign import ForeignVm, inside, reference
from tests.unit.formats.samples import data

OVF = data("ovf/version2.ovf").decode()
DOMAIN = data("libvirt/old-bridge.xml").decode()


def code_of(call: Callable[[], object]) -> str:
    started = time.process_time()
    with pytest.raises(Refused) as refused:
        call()
    assert time.process_time() - started < 5
    assert refused.value.fix
    return refused.value.code


LAUGHS = '<!ENTITY l0 "lol">' + "".join(
    f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12)
)
DOCTYPES = {
    "billion laughs": f"<!DOCTYPE x [{LAUGHS}]>",
    "external entity": '<!DOCTYPE x [<!ENTITY l11 SYSTEM "file:///etc/passwd">]>',
    "parameter entity": '<!DOCTYPE x [<!ENTITY % l11 SYSTEM "http://127.0.0.1:9/x.dtd"> %l11;]>',
    "document type": '<!DOCTYPE domain SYSTEM "http://127.0.0.1:9/x.dtd">',
    "lower case": "<!doctype x>",
}


@pytest.mark.parametrize("doctype", DOCTYPES.values(), ids=DOCTYPES)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-be"])
def test_a_document_type_is_refused(doctype: str, encoding: str) -> None:
    body = DOMAIN.replace("<name>legacy", "<name>&l11;")
    head = f'<?xml version="1.0" encoding="{encoding}"?>{doctype}'
    hostile = (head + body).encode(encoding)
    assert code_of(lambda: libvirt_xml.read(hostile, "x.xml")) == "import.unsafe_xml"
    hostile = (head + OVF.partition("?>")[2]).encode(encoding)
    assert code_of(lambda: ovf.read(hostile, "x.ovf")) == "import.unsafe_xml"


def test_nothing_is_included() -> None:
    include = (
        '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="/etc/passwd" parse="text"/>'
    )
    hostile = DOMAIN.replace("<name>legacy", f"<name>{include}").encode()
    assert code_of(lambda: libvirt_xml.read(hostile, "x.xml")) == "import.unsafe_xml"


@pytest.mark.parametrize("depth", [70, 300, 50_000])
def test_depth_is_limited(depth: int) -> None:
    deep = "<a>" * depth + "</a>" * depth
    hostile = DOMAIN.replace("<devices>", f"<devices>{deep}").encode()
    assert code_of(lambda: libvirt_xml.read(hostile, "x.xml")) == "import.too_large"


def test_size_and_number_are_limited() -> None:
    many = DOMAIN.replace("<devices>", "<devices>" + "<disk/>" * 60_000).encode()
    assert code_of(lambda: libvirt_xml.read(many, "x.xml")) == "import.too_large"
    big = DOMAIN.replace("legacy<", "legacy" + "x" * (5 << 20) + "<").encode()
    assert code_of(lambda: libvirt_xml.read(big, "x.xml")) == "import.too_large"
    drives = "<disk type='file'><source file='/a'/><target dev='vda' bus='virtio'/></disk>" * 100
    crowded = DOMAIN.replace("<devices>", f"<devices>{drives}").encode()
    assert code_of(lambda: libvirt_xml.read(crowded, "x.xml")) == "import.unreadable"
    named = DOMAIN.replace("source bridge='br0'", f"source bridge='{'b' * 100_000}'").encode()
    assert len(libvirt_xml.read(named, "x.xml").nics[0].network) == 255


@pytest.mark.parametrize(
    "text", ["", "<", "<domain>", "\0\0", "<a/>", "not xml at all", "<domain/>x"]
)
def test_what_is_no_such_file_is_refused(text: str) -> None:
    readers: list[Callable[[bytes, str], object]] = [libvirt_xml.read, ovf.read, vmx.read]
    for read in readers:
        assert code_of(lambda read=read: read(text.encode(), "x")) == "import.unreadable"  # type: ignore[misc]


BOMBS = {
    "power": b"memory = 9 ** 9 ** 9",
    "text": b"name = 'x' * 10 ** 9",
    "list": b"disk = ['a'] * 10 ** 8",
    "doubling": b"a = 'xxxxxxxxxxxxxxxx'\n" + b"a = a + a\n" * 20,
    "width": b"name = '%999999999d' % 1",
    "precision": b"name = '%.999999999f' % 1.0",
    "format width": b"name = '{:999999999}'.format(1)",
    "f-string": b"name = f'{1:999999999}'",
    "fill": b"name = 'a'.zfill(10 ** 9)",
    "replace": b"name = ('a' * 60000).replace('a', 'b' * 60000)",
    "join": b"name = ('a' * 60000).join(['b', 'c', 'd'])",
    "range": b"for i in range(10 ** 12):\n    pass",
    "nested loops": b"for i in range(4000):\n  for j in range(4000):\n    a = 1",
    "many values": b"a = ['x'] * 4000\n" * 3000,
    "long number": b"memory = " + b"9" * 4000,
    "signs": b"a = " + b"-" * 30_000 + b"1",
    "sum": b"a = 1" + b"+1" * 20_000,
    "attributes": b"a = b" + b".c" * 20_000,
    "size": b"#" * 70_000,
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_a_computation_without_end_is_refused(bomb: bytes) -> None:
    assert code_of(lambda: xen.read(bomb, "vm.cfg")) == "import.too_large"


ATTEMPTS = [
    "import os; os.system('touch {canary}')",
    "__import__('os').system('touch {canary}')",
    "open('{canary}', 'w').write('x')",
    "exec(\"open('{canary}', 'w')\")",
    "eval(\"open('{canary}', 'w')\")",
    "name = (lambda: open('{canary}', 'w'))()",
    "name = [open(f, 'w') for f in ['{canary}']]",
    "name = ().__class__.__base__.__subclasses__()",
    "name = '{{0.__class__.__mro__}}'.format(1)",
    "name = '%(x)s' % {{'x': open('{canary}', 'w')}}",
    "name = f\"{{open('{canary}', 'w')}}\"",
    "name = `open('{canary}', 'w')`",
    "from os import system as s\ns('touch {canary}')",
    "def f():\n    open('{canary}', 'w')\nf()",
    "class A(open('{canary}', 'w').__class__): pass",
    "with open('{canary}', 'w') as f: name = 'x'",
    "assert open('{canary}', 'w')",
    "@open('{canary}', 'w').write\ndef f(): pass",
    "def f(a=open('{canary}', 'w')): pass",
    "try:\n    open('{canary}', 'w')\nexcept: pass",
    "a = {{open('{canary}', 'w'): 1}}",
    "str = open\nname = str('{canary}', 'w')",
    "join = ''.join\njoin(open('{canary}', 'w'))",
    "os.system('touch {canary}') if 1 else 0",
    "exec \"open('{canary}', 'w')\"",
    "import subprocess as str\nname = str.run(['touch', '{canary}'])",
]


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_nothing_in_a_configuration_is_run(
    attempt: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is read without effect, what follows is understood, and each attempt is reported."""
    canary = tmp_path / "canary"
    before = set(tmp_path.iterdir())
    for module, name in ((os, "system"), (subprocess, "Popen")):
        monkeypatch.setattr(module, name, lambda *a, **k: pytest.fail(f"it ran {a} {k}"))
    text = attempt.format(canary=canary) + "\nmemory = 128\n"
    read = xen.read(text.encode(), "vm.cfg")
    assert set(tmp_path.iterdir()) == before
    assert read.memory == 128
    assert read.unsaid and read.unsaid[0].startswith("line ")
    assert "open" not in read.name and "<" not in read.name


def test_passwords_are_not_repeated() -> None:
    text = """
import os
vncpasswd = 'hunter2'
vfb = ['type=vnc,vncpasswd=hunter2,' + os.name]
spicepasswd = "hunter2"
os.environ.update(vncpasswd = 'hunter2')
memory = 128
"""
    read = xen.read(text.encode(), "vm.cfg")
    assert len(read.unsaid) >= 3
    assert "hunter2" not in read.model_dump_json()


@pytest.mark.parametrize(
    "href",
    ["../x", "a/../../x", "/etc/passwd", "..", "", ".", "%2e%2e/x", "%2Fetc/passwd", "a\\b", "c:/x",
     "http://h/x", "file:///x", "a%00b", "a%0ab", "a\nb", "\u202efdmv"],
)  # fmt: skip
def test_references_stay_in_their_folder(href: str) -> None:
    assert code_of(lambda: reference("x.ovf", href)) == "import.reference"


def test_references_inside_are_taken() -> None:
    assert reference("x.ovf", "a%20b/./c.vmdk") == "a b/c.vmdk"
    assert inside("x.mf", "a%20b.vmdk") == "a%20b.vmdk"


READERS: list[Callable[[bytes, str], object]] = [
    xen.read, libvirt_xml.read, vmx.read, ovf.read, manifest.read, evaluate,
]  # fmt: skip


@pytest.mark.parametrize("read", READERS, ids=lambda r: r.__module__.rpartition(".")[2])
def test_damaged_files_are_read_or_refused(read: Callable[[bytes, str], object]) -> None:
    """Every file of ours with bytes changed, cut out and doubled: nothing but ``Refused`` comes out."""
    dice = random.Random(4)
    kinds = {"xen": "xen", "xen_eval": "xen", "libvirt_xml": "libvirt", "vmx": "vmx", "ovf": "ovf"}
    name = kinds.get(read.__module__.rpartition(".")[2])
    whole = (
        [p.read_bytes() for p in sorted(_folder(name)) if p.suffix != ".json"]
        if name
        else [b"SHA256(a b.vmdk)= " + b"a" * 64 + b"\nSHA1(x)= " + b"b" * 40 + b"\n"]
    )
    for original in whole:
        for _ in range(40):
            damaged = bytearray(original)
            for _ in range(dice.randrange(1, 6)):
                at = dice.randrange(len(damaged))
                length = dice.randrange(1, 30)
                piece = dice.choice([dice.randbytes(1), b"", bytes(damaged[at : at + 2 * length])])
                damaged[at : at + length] = piece
            try:
                result = read(bytes(damaged), "damaged")
            except Refused as refused:
                assert refused.code.startswith("import.")
            else:
                assert isinstance(result, ForeignVm | tuple | dict)


def _folder(name: str) -> list[Path]:
    from tests.unit.formats.samples import DATA

    return list((DATA / name).iterdir())
