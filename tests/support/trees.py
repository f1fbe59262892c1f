"""Trees as Oracle VM Server 2.2 left them, and folders of image files."""

import subprocess
from pathlib import Path

from tests.data.hostile.images import iso

MIB = 1 << 20
VM_CFG = """\
bootloader = '/usr/bin/pygrub'
disk = ['file:/var/ovs/mount/8E34DA4B2E4F4E09B8E1E5A8D5C4F6A1/{where}/{disk},xvda,w']
keymap = 'en-us'
memory = '{memory}'
name = '{name}'
on_crash = 'restart'
on_reboot = 'restart'
uuid = '0a6d6a2f-5a58-42a2-a8a2-52e4b4ab3b5b'
vcpus = 1
vfb = ['type=vnc,vncunused=1,vnclisten=0.0.0.0']
vif = ['bridge=xenbr0,mac={mac},type=netfront']
vif_other_config = []
"""


def paper_vm(
    root: Path,
    where: str,
    name: str,
    mac: str,
    disk: bytes = b"data" * 65536,
    memory: int = 128,
) -> Path:
    """``running_pool/12_web`` and the like, with its ``vm.cfg`` and ``System.img``. The folder."""
    folder = root / where
    folder.mkdir(parents=True)
    (folder / "System.img").write_bytes(disk)
    text = VM_CFG.format(where=where, disk="System.img", name=name, mac=mac, memory=memory)
    (folder / "vm.cfg").write_text(text)
    return folder


def paper_tree(root: Path) -> None:
    """Two VMs, a template, a CD and a shared disk."""
    paper_vm(root, "running_pool/12_web", "12_web", "00:16:3E:11:00:01")
    paper_vm(root, "running_pool/13_mail", "13_mail", "00:16:3E:11:00:02")
    paper_vm(root, "seed_pool/OVM_EL5U4", "OVM_EL5U4", "00:16:3E:11:00:03", b"seed" * 65536)
    (root / "iso_pool" / "el5").mkdir(parents=True)
    (root / "iso_pool" / "el5" / "EL5-U4.iso").write_bytes(iso())
    (root / "sharedDisk").mkdir(exist_ok=True)
    (root / "sharedDisk" / "quorum.img").write_bytes(b"quorum" * 4096 + bytes(MIB - 24576))


def image(path: Path, format_: str, *options: str) -> None:
    command = ["qemu-img", "create", "-q", "-f", format_, *options, str(path), "4M"]
    subprocess.run(command, check=True)


def contents(root: Path) -> dict[str, bytes]:
    """Every file below, ours left out: what an adoption must not change."""
    return {
        str(p.relative_to(root)): p.read_bytes()
        for p in sorted(root.rglob("*"))
        if p.is_file() and not p.is_symlink()
    }
