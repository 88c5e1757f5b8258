# SPDX-License-Identifier: LGPL-2.1-or-later
"""The guest's first program: finds the root, puts a writable layer over it, unpacks what is to be tested, and hands over
to systemd. A cpio archive of busybox, a few modules and a script."""

import stat

SCRIPT = """#!/bin/busybox sh
export PATH=/bin
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
while read module; do insmod /modules/$module || echo "initrd: $module was not loaded"; done </modules/order
tries=0
while [ ! -b /dev/vdb ] && [ $tries -lt 100 ]; do sleep 0.1; tries=$((tries+1)); done
mount -t squashfs -o ro /dev/vda /base || exec sh
mount -t tmpfs -o mode=755,size=70% tmpfs /layer
mkdir /layer/upper /layer/work
mount -t overlay -o lowerdir=/base,upperdir=/layer/upper,workdir=/layer/work overlay /root || exec sh
tar -x -f /dev/vdb -C /root || exec sh
mkdir -p /root/dev
mount --move /dev /root/dev
umount /sys /proc
exec switch_root /root /lib/systemd/systemd
"""


def entry(name, mode, data=b""):
    """One file in cpio's "newc" format."""
    fields = [0, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0]
    head = b"070701" + b"".join(b"%08X" % field for field in fields) + name.encode() + b"\0"
    return head + bytes(-len(head) % 4) + data + bytes(-len(data) % 4)


def initrd(image):
    """The octets of the archive, for the image in this folder."""
    order = (image / "modules.txt").read_bytes()
    out = [entry(name, stat.S_IFDIR | 0o755) for name in
           ("bin", "proc", "sys", "dev", "base", "layer", "root", "modules")]
    out.append(entry("init", stat.S_IFREG | 0o755, SCRIPT.encode()))
    out.append(entry("bin/busybox", stat.S_IFREG | 0o755, (image / "busybox").read_bytes()))
    out.append(entry("modules/order", stat.S_IFREG | 0o644, order))
    for name in order.decode().split():
        out.append(entry(f"modules/{name}", stat.S_IFREG | 0o644, (image / name).read_bytes()))
    return b"".join(out) + entry("TRAILER!!!", 0)
