"""What the image's own files say."""

INIT = """\
#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin
mount -t devtmpfs dev /dev
mount -t proc proc /proc
mount -t sysfs sys /sys
while read module; do insmod "/lib/modules/$module"; done < /modules
until [ -b /dev/vda ]; do sleep 0.1; done
mount -t ext4 -o noatime /dev/vda /root
cp -a /node/. /root/
umount /proc /sys
mount --move /dev /root/dev
exec switch_root /root /sbin/init
"""

# What daemons say is in the console's log then, and outlives a crash.
_JOURNALD = """\
[Journal]
Storage=volatile
ForwardToConsole=yes
MaxLevelConsole=notice
TTYPath=/dev/ttyS0
"""

_MODULES = "".join(
    f"{module}\n"
    for module in ("iscsi_tcp", "dm_multipath", "scsi_dh_alua", "scsi_dh_emc", "ocfs2_stack_o2cb")
)

FILES = {
    "etc/modules-load.d/millpond.conf": _MODULES,
    "etc/systemd/journald.conf.d/millpond.conf": _JOURNALD,
    # Before the first mount of o2cb's file system, a hang ends like a crash: with a reset.
    "etc/sysctl.d/millpond.conf": "kernel.panic_on_oops = 1\nkernel.panic = 5\n",
}

ENABLED = ("systemd-networkd", "multipathd", "iscsid", "open-iscsi")

DISABLED = ("o2cb", "ocfs2")
"""Started when there is a file system for them."""

MASKED = (
    *("apt-daily.timer", "apt-daily-upgrade.timer", "dpkg-db-backup.timer", "fstrim.timer"),
    *("e2scrub_all.timer", "e2scrub_reap.service", "systemd-networkd-wait-online.service"),
    *("getty@tty1.service", "serial-getty@ttyS0.service", "systemd-firstboot.service"),
)
