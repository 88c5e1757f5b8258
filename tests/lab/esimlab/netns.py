# SPDX-License-Identifier: LGPL-2.1-or-later
"""A network namespace of the laboratory's own.

The proxies of libmbim and libqmi listen at abstract sockets, whose names are one a network namespace: in one of its own
the laboratory's proxies do not meet the machine's. What shall talk to them runs in it by `wrap`; what shall be reached
from there listens there with a socket of `listener`.

Run as a program this file is what holds the namespace: `netns.py FD`, FD a Unix socket. It makes sockets to order.
"""

import fcntl
import os
import socket
import struct
import subprocess
import sys

# Linux, if.h and sockios.h.
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 0x1
ANSWER_SECONDS = 10


def unshare_command():
    """Root needs a namespace for the network alone; others one for users as well, in which they stay who they are."""
    return ["unshare", "-n", "--"] if os.getuid() == 0 else ["unshare", "--map-current-user", "--keep-caps", "-n", "--"]


def available():
    """Whether this machine lets us have one."""
    return subprocess.run([*unshare_command(), "true"], capture_output=True, check=False).returncode == 0


class NetNamespace:
    def __init__(self):
        self._ours, theirs = socket.socketpair()
        self._ours.settimeout(ANSWER_SECONDS)
        with theirs:
            self.holder = subprocess.Popen([*unshare_command(), sys.executable, __file__, str(theirs.fileno())],
                                           pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, start_new_session=True)
        if self._ours.recv(16) != b"up":
            self.close()
            raise RuntimeError("no network namespace: run as root outside a chroot, or allow user namespaces")

    @property
    def wrap(self):
        """What goes before a command that shall run inside."""
        if os.getuid() == 0:
            return ["nsenter", f"--net=/proc/{self.holder.pid}/ns/net", "--"]
        return ["nsenter", f"--target={self.holder.pid}", "--user", "--preserve-credentials", "--net", "--"]

    @property
    def as_root(self):
        """The same for a program that takes no other's connections than root's, as the proxies do."""
        return self.wrap if os.getuid() == 0 else [*self.wrap, "unshare", "--map-root-user", "--"]

    def listener(self, port):
        """A socket that listens on 127.0.0.1 inside."""
        self._ours.sendall(struct.pack("<H", port))
        _, descriptors, _, _ = socket.recv_fds(self._ours, 1, 1)
        if not descriptors:
            raise RuntimeError(f"port {port} of the namespace cannot be had")
        return socket.socket(fileno=descriptors[0])

    def listens_at(self, name):
        """Whether somebody inside listens at this abstract name."""
        with open(f"/proc/{self.holder.pid}/net/unix", encoding="utf-8") as table:
            return any(line.split()[-1] == "@" + name for line in table)

    def close(self):
        """The namespace goes with the last process in it."""
        self._ours.close()
        self.holder.wait(ANSWER_SECONDS)


def hold(orders):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = bytearray(struct.pack("16sH22x", b"lo", 0))
        fcntl.ioctl(any_socket, SIOCGIFFLAGS, request)
        flags = struct.unpack_from("16sH", request)[1]
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sH22x", b"lo", flags | IFF_UP))
    orders.sendall(b"up")
    while order := orders.recv(2):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as made:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            made.bind(("127.0.0.1", struct.unpack("<H", order)[0]))
            made.listen(32)
            socket.send_fds(orders, [b"!"], [made.fileno()])


if __name__ == "__main__":
    hold(socket.socket(fileno=int(sys.argv[1])))
