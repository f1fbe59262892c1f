"""What the tiny template's own files say. busybox is everything but the guest agent."""

INITTAB = """\
::sysinit:/etc/rcS
ttyS0::respawn:/sbin/console
tty1::respawn:/bin/getty 38400 tty1
::ctrlaltdel:/bin/reboot -f
"""

# The console comes first; all that is not needed for the first tick happens behind it.
RC_S = """\
#!/bin/sh
export PATH=/bin:/sbin
mount -t proc -o nosuid proc /proc
mount -t sysfs -o nosuid sysfs /sys
mount -t devtmpfs -o nosuid devtmpfs /dev
hostname tiny
/etc/rc.devices </dev/null >/dev/null 2>&1 &
"""

# uevent runs the handler for all that is plugged in from now on, which includes what the modules
# find when they are loaded.
RC_DEVICES = """\
#!/bin/sh
mkdir -p /dev/pts /dev/shm /run/qemu
mount -t devpts devpts /dev/pts
mount -t tmpfs tmpfs /dev/shm
uevent /sbin/hotplug &
sleep 0.1
while read -r module; do insmod "/lib/modules/$module"; done </etc/modules
ip link set lo up
acpid -d -c /etc/acpi
"""

# The kernel announces: a network card, a disk, a processor (which starts offline), the agent's channel
# (its name comes with a later "change").
HOTPLUG = """\
#!/bin/sh
case $SUBSYSTEM/$ACTION in
net/add)
    ip link set "$INTERFACE" up
    ;;
block/add)
    stamp "$DEVNAME" &
    ;;
cpu/add)
    echo 1 >"/sys$DEVPATH/online"
    ;;
virtio-ports/*)
    [ "$(cat "/sys$DEVPATH/name")" = org.qemu.guest_agent.0 ] || exit 0
    mkdir /run/agent 2>/dev/null || exit 0
    (
        while [ -e "/dev/$DEVNAME" ]; do
            qemu-ga -m virtio-serial -p "/dev/$DEVNAME" -t /run/qemu
            sleep 1
        done
        rmdir /run/agent
    ) &
    ;;
esac
"""

# Writes on no disk but one that asks for it in its first sector; lab/chaos/stamps.py reads it.
STAMP = """\
#!/bin/sh
disk=/dev/$1
sector() { dd if="$disk" bs=512 skip="$1" count=1 iflag=direct 2>/dev/null | tr -d '\\000\\n'; }
write() { printf '%-511s\\n' "$2" | dd of="$disk" bs=512 seek="$1" oflag=direct 2>/dev/null; }
[ "$(sector 0)" = "millpond stamp" ] || exit 0
boot=$(cat /proc/sys/kernel/random/uuid)
n=0
mine=
while :; do
    there=$(sector 1 | sed 's/ *$//')
    [ -z "$mine" ] || [ "$there" = "$mine" ] || write 2 "$mine, but then: $there"
    n=$((n + 1))
    mine="$boot $n"
    write 1 "$mine"
    sleep 0.2
done
"""

CONSOLE = """\
#!/bin/sh
trap : INT QUIT
n=1
stty -echo -isig
echo
while :; do
    echo "millpond tick $n"
    n=$((n + 1))
    if read -r -t 0.2 line; then
        stty sane
        login
        stty sane -echo -isig
    fi
done
"""

POWER_BUTTON = """\
#!/bin/sh
exec poweroff -f
"""

# What the guest agent calls: shutdown -P|-H|-r +0 MESSAGE.
SHUTDOWN = """\
#!/bin/sh
sync
case "$*" in
*-r*) exec reboot -f ;;
*) exec poweroff -f ;;
esac
"""

# openssl passwd -6 -salt millpond millpond
SHADOW = """\
root:$6$millpond$Qg3CwZqTLCRKdZAPsk36hCAdSkMDUfQRGw0dlqkQv8.dGa490SfQhALEV9UGAJyuqy34XKwx4ZO9W01q2Laqc0:19000:0:99999:7:::
"""

PASSWD = "root:x:0:0:root:/root:/bin/sh\n"  # noqa: S105 - a file

GROUP = "root:x:0:\ntty:x:5:\n"

OS_RELEASE = """\
ID=millpond-tiny
NAME="Millpond tiny"
PRETTY_NAME="Millpond tiny"
VERSION_ID=1
"""

SYSLINUX_CFG = """\
DEFAULT tiny
PROMPT 0
LABEL tiny
  LINUX vmlinuz
  INITRD initrd
  APPEND @APPEND@
"""
