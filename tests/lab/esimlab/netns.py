# SPDX-License-Identifier: LGPL-2.1-or-later
"""A network namespace of the laboratory's own.

The proxies of libmbim and libqmi listen at abstract sockets, whose names are one a network namespace: in one of its own
the laboratory's proxies do not meet the machine's. What shall talk to them runs in it by `wrap`; what shall be reached
from there listens there with a socket of `listener`.

Run as a program this file is what holds the namespace: `netns.py FD [WAY_OUT]`, FD a Unix socket. It makes sockets to
order.
"""

import fcntl
import os
import socket
import struct
import subprocess
import sys

# Linux, if.h and sockios.h.
SIOCGIFFLAGS, SIOCSIFFLAGS, SIOCSIFNAME, IFF_UP = 0x8913, 0x8914, 0x8923, 0x1
# rtnetlink.h and netlink.h.
RTM_NEWROUTE, NLM_F_REQUEST, NLM_F_ACK, NLM_F_CREATE, NLMSG_ERROR, RTA_OIF = 24, 0x1, 0x4, 0x400, 2, 4
RT_TABLE_MAIN, RTPROT_STATIC, RT_SCOPE_LINK, RTN_UNICAST = 254, 4, 253, 1
ANSWER_SECONDS = 10


def unshare_command():
    """Root needs a namespace for the network alone; others one for users as well, in which they stay who they are."""
    return ["unshare", "-n", "--"] if os.getuid() == 0 else ["unshare", "--map-current-user", "--keep-caps", "-n", "--"]


def available():
    """Whether this machine lets us have one."""
    return subprocess.run([*unshare_command(), "true"], capture_output=True, check=False).returncode == 0


class NetNamespace:
    """way_out: a default route leads over an interface of this name ("wwan0"), as far as the kernel's tables say; it is
    the loopback under another name, so that nothing gets out, and everything works that is of this machine."""

    def __init__(self, way_out=None):
        self._ours, theirs = socket.socketpair()
        self._ours.settimeout(ANSWER_SECONDS)
        with theirs:
            self.holder = subprocess.Popen([*unshare_command(), sys.executable, __file__, str(theirs.fileno()),
                                            *filter(None, [way_out])],
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


def add_default_route(name):
    """Over the interface, for IPv4."""
    route = struct.pack("=BBBBBBBBI", socket.AF_INET, 0, 0, 0, RT_TABLE_MAIN, RTPROT_STATIC, RT_SCOPE_LINK, RTN_UNICAST, 0)
    route += struct.pack("=HHI", 8, RTA_OIF, socket.if_nametoindex(name))
    header = struct.pack("=IHHII", 16 + len(route), RTM_NEWROUTE, NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE, 1, 0)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as kernel:
        kernel.send(header + route)
        answer = kernel.recv(4096)
    kind, error = struct.unpack_from("=H", answer, 4)[0], struct.unpack_from("=i", answer, 16)[0]
    if kind != NLMSG_ERROR or error != 0:
        raise OSError(-error, "no default route could be made")


def bring_up(name):
    """The loopback, which bears this name afterwards."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        if name != "lo":
            fcntl.ioctl(any_socket, SIOCSIFNAME, struct.pack("16s16s8x", b"lo", name.encode()))
        request = bytearray(struct.pack("16sH22x", name.encode(), 0))
        fcntl.ioctl(any_socket, SIOCGIFFLAGS, request)
        flags = struct.unpack_from("16sH", request)[1]
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sH22x", name.encode(), flags | IFF_UP))


def hold(orders, way_out=None):
    bring_up(way_out or "lo")
    if way_out:
        add_default_route(way_out)
    orders.sendall(b"up")
    while order := orders.recv(2):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as made:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            made.bind(("127.0.0.1", struct.unpack("<H", order)[0]))
            made.listen(32)
            socket.send_fds(orders, [b"!"], [made.fileno()])


if __name__ == "__main__":
    hold(socket.socket(fileno=int(sys.argv[1])), *sys.argv[2:])
