"""What the Debian template's own files say."""

_CONSOLES = "console=tty0 console=ttyS0,115200"

# update-grub, which runs with every new kernel, writes the same from these.
_DEFAULT_GRUB = f"""\
GRUB_DEFAULT=0
GRUB_TIMEOUT=1
GRUB_DISTRIBUTOR=Debian
GRUB_CMDLINE_LINUX_DEFAULT=""
GRUB_CMDLINE_LINUX="{_CONSOLES}"
GRUB_TERMINAL="console serial"
GRUB_SERIAL_COMMAND="serial --speed=115200"
"""

_GRUB_CFG = f"""\
serial --speed=115200
terminal_input console serial
terminal_output console serial
search --no-floppy --fs-uuid --set=root @UUID@
linux /vmlinuz root=UUID=@UUID@ ro {_CONSOLES}
initrd /initrd.img
boot
"""

# Only what a pool offers is looked for; and apt's sources are those that the template was made from.
_CLOUD = """\
datasource_list: [NoCloud, None]
locale: C.UTF-8
manage_etc_hosts: localhost
apt:
  preserve_sources_list: true
system_info:
  network:
    renderers: [networkd]
"""


def files(identity: str) -> dict[str, str]:
    """By their paths; ``identity`` is the file system's UUID."""
    return {
        "etc/default/grub": _DEFAULT_GRUB,
        "boot/grub/grub.cfg": _GRUB_CFG.replace("@UUID@", identity),
        "etc/fstab": f"UUID={identity} / ext4 errors=remount-ro 0 1\n",
        "etc/cloud/cloud.cfg.d/90_millpond.cfg": _CLOUD,
        "etc/hostname": "debian\n",
        "etc/hosts": "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n",
        "etc/machine-id": "uninitialized\n",
    }
