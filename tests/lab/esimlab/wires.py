# SPDX-License-Identifier: LGPL-2.1-or-later
"""How a host reaches the modem: a pty that stands for its device node, the proxy's socket, or the QRTR bus."""

import contextlib
import os
import pty
import socket
import struct
import termios
import tty

from . import mbim, qmi

PROXY_CONFIGURATION = 1


class Outbox:
    """Writes without waiting, on the modem's loop; what the reader does not take, stays queued."""

    def __init__(self, loop, descriptor):
        self.loop, self.descriptor = loop, descriptor
        self.queue = bytearray()

    def write(self, data):
        self.queue += data
        self._flush()

    def clear(self):
        self.queue.clear()
        self.loop.remove_writer(self.descriptor)

    def _flush(self):
        try:
            while self.queue:
                del self.queue[:os.write(self.descriptor, self.queue)]
        except BlockingIOError:
            self.loop.add_writer(self.descriptor, self._flush)
            return
        except OSError:
            self.queue.clear()
        self.loop.remove_writer(self.descriptor)


class PtyWire:
    """The modem's device node. `path` is what a host opens: `link`, a symlink to it, if that is given. A node's
    number is somebody else's once it is free; a link goes with its node.

    One opener at a time, as with a real node without a proxy. A host that dies leaves the node
    usable: the next OPEN begins anew.
    """

    def __init__(self, modem, link=None):
        self.modem, self.link = modem, link
        self.path = self.node = None
        self.master = self.slave = -1
        self.reader = modem.new_reader()
        self.session = self.outbox = None
        modem.call(self._plug)
        modem.wires.append(self)

    def _plug(self):
        self.master, self.slave = self._same_node_again()
        self.node = os.ttyname(self.slave)
        self.path = str(self.link or self.node)
        tty.setraw(self.slave)
        os.set_blocking(self.master, False)
        self.reader.clear()
        self.outbox = Outbox(self.modem.loop, self.master)
        self.session = self.modem.attach(self.outbox.write, "pty")
        self.modem.loop.add_reader(self.master, self._readable)
        if self.link:
            if os.path.islink(self.link):
                os.unlink(self.link)
            os.symlink(self.node, self.link)

    def _same_node_again(self):
        """A pty; after a replug the one with the former name, if it is still free."""
        spare, pair = [], pty.openpty()
        while self.node and os.ttyname(pair[1]) != self.node and len(spare) < 16:
            spare.append(pair)
            pair = pty.openpty()
        if self.node and os.ttyname(pair[1]) != self.node:
            spare.append(pair)
            pair = spare.pop(0)
        for descriptor in [fd for both in spare for fd in both]:
            os.close(descriptor)
        return pair

    def _readable(self):
        try:
            data = os.read(self.master, 65536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        for frame in self.reader.feed(data):
            if self.modem.begins(frame):
                self._forget_unread()
            if self.session is not None:
                self.session.receive(frame)

    def _forget_unread(self):
        """What an earlier host did not read is not for the next one."""
        self.outbox.clear()
        termios.tcflush(self.slave, termios.TCIFLUSH)

    def flush(self):
        """After a host was killed: drop what it had not read, and what it wrote that we have not."""
        def run():
            if self.master >= 0:
                self._forget_unread()
                # tcflush leaves what already lies in the master's line discipline.
                with contextlib.suppress(OSError):
                    while os.read(self.master, 65536):
                        pass
                self.reader.clear()
                self.session.clear()
        self.modem.call(run)

    def _unplug(self):
        if self.master < 0:
            return
        self.modem.loop.remove_reader(self.master)
        self.outbox.clear()
        self.modem.detach(self.session)
        self.session = None
        os.close(self.master)
        os.close(self.slave)
        self.master = self.slave = -1
        if self.link and os.path.islink(self.link):
            os.unlink(self.link)

    def unplug(self):
        """The node goes away under whoever has it open (a hangup)."""
        self.modem.call(self._unplug)

    def replug(self):
        if self.master < 0:
            self.modem.call(self._plug)

    def close(self):
        self.unplug()
        if self in self.modem.wires:
            self.modem.wires.remove(self)


class ProxyClient:
    """One connection to the proxy's socket."""

    def __init__(self, wire, connection, number):
        self.wire, self.connection = wire, connection
        self.reader = mbim.FrameReader()
        self.outbox = Outbox(wire.modem.loop, connection.fileno())
        self.session = wire.modem.attach(self.outbox.write, f"proxy-{number}")
        self.configured = None
        wire.modem.loop.add_reader(connection.fileno(), self.readable)

    def readable(self):
        try:
            data = self.connection.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.wire.drop(self)
            return
        for frame in self.reader.feed(data):
            if not self.control(frame):
                self.session.receive(frame)

    def control(self, frame):
        """The proxy's own message: which device the client means."""
        if len(frame) < 48 or frame[20:36] != mbim.PROXY_CONTROL:
            return False
        try:
            message = mbim.Assembler().add(frame)
            status = mbim.STATUS_NO_DEVICE_SUPPORT
            if message.cid == PROXY_CONFIGURATION and message.operation == mbim.SET:
                self.configured = mbim.InfoReader(message.info).string()
                status = 0
        except mbim.MbimError:
            status = mbim.STATUS_INVALID_PARAMETERS
        transaction = int.from_bytes(frame[8:12], "little")
        self.session.post(mbim.Message(mbim.COMMAND_DONE, transaction, status=status,
                                       service=mbim.PROXY_CONTROL, cid=PROXY_CONFIGURATION))
        return True


class ProxyWire:
    """The modem in the place of mbim-proxy. Wants a network namespace of its own, for the name of
    an abstract socket is one a namespace (`unshare -rn`)."""

    NAME = "\0mbim-proxy"

    def __init__(self, modem):
        self.modem = modem
        self.clients = []
        self.listener = None
        self.count = 0
        modem.call(self._plug)
        modem.wires.append(self)

    def _plug(self):
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(self.NAME)
        self.listener.listen(16)
        self.listener.setblocking(False)
        self.modem.loop.add_reader(self.listener.fileno(), self._accept)

    def _accept(self):
        connection, _ = self.listener.accept()
        connection.setblocking(False)
        self.count += 1
        self.clients.append(ProxyClient(self, connection, self.count))

    def drop(self, client):
        self.modem.loop.remove_reader(client.connection.fileno())
        client.outbox.clear()
        self.modem.detach(client.session)
        client.connection.close()
        self.clients.remove(client)

    def _unplug(self):
        if self.listener is None:
            return
        self.modem.loop.remove_reader(self.listener.fileno())
        self.listener.close()
        self.listener = None
        for client in list(self.clients):
            self.drop(client)

    def flush(self):
        """A dead client's socket is closed by the kernel: nothing stays behind."""

    def unplug(self):
        self.modem.call(self._unplug)

    def replug(self):
        if self.listener is None:
            self.modem.call(self._plug)

    def close(self):
        self.unplug()
        if self in self.modem.wires:
            self.modem.wires.remove(self)


QRTR_CONTROL_PORT = 0xFFFFFFFE        # linux/qrtr.h, as the numbers of the control packets below
QRTR_NEW_SERVER, QRTR_BYE, QRTR_DEL_CLIENT = 4, 3, 6


def has_qrtr():
    """Whether this kernel has QRTR."""
    try:
        socket.socket(socket.AF_QIPCRTR, socket.SOCK_DGRAM).close()
    except (AttributeError, OSError):
        return False
    return True


def open_qrtr():
    """A socket of QRTR with a port of its own; Python has addresses of this family as (node, port)."""
    return socket.socket(socket.AF_QIPCRTR, socket.SOCK_DGRAM)


class QrtrService:
    """One service at the QRTR bus: who sends to its port is a client; nobody asks for client ids here."""

    def __init__(self, wire, service, connection):
        self.wire, self.service, self.connection = wire, service, connection
        self.ports = {}
        self.name = f"qrtr-{qmi.SERVICE_NAMES[service.NUMBER]}"
        connection.setblocking(False)
        wire.modem.loop.add_reader(connection.fileno(), self._readable)
        node, port = connection.getsockname()
        # The low octet of an instance is the service's major version.
        connection.sendto(struct.pack("<5I", QRTR_NEW_SERVER, service.NUMBER, service.VERSION[0], node, port),
                          (node, QRTR_CONTROL_PORT))

    def _readable(self):
        try:
            data, address = self.connection.recvfrom(65536)
        except BlockingIOError:
            return
        if address[1] == QRTR_CONTROL_PORT:
            self._control(data)
            return
        modem = self.wire.modem
        modem.note(">", self, data)
        port = self._port(address)
        modem.qmi.receive(port, self.service.NUMBER, 0, data, port.send)

    def _port(self, address):
        if address not in self.ports:
            self.ports[address] = self.wire.modem.qmi.add_port(lambda message: self._send(message, address), True)
        # After a restart the modem knows nobody; here it need not be asked for an id.
        self.wire.modem.qmi.welcome(self.ports[address], self.service.NUMBER)
        return self.ports[address]

    def _send(self, message, address):
        data = message.sdu()
        self.wire.modem.note("<", self, data)
        with contextlib.suppress(OSError):
            self.connection.sendto(data, address)

    def _control(self, data):
        if len(data) < 12:
            return
        command, node, port = struct.unpack_from("<3I", data)
        gone = [address for address in self.ports if address[0] == node and command in (QRTR_BYE, QRTR_DEL_CLIENT)
                and (command == QRTR_BYE or address[1] == port)]
        for address in gone:
            self.wire.modem.qmi.drop_port(self.ports.pop(address))

    def close(self):
        self.wire.modem.loop.remove_reader(self.connection.fileno())
        self.connection.close()
        for port in self.ports.values():
            self.wire.modem.qmi.drop_port(port)
        self.ports.clear()


class QrtrWire:
    """The modem as a node of the QRTR bus: every service of QMI but the control service, each at a port of its own.

    `path` is "qrtr:NODE", this machine's own node. open_socket: makes a datagram socket with addresses (node, port).
    """

    def __init__(self, modem, open_socket=open_qrtr):
        self.modem, self._open_socket = modem, open_socket
        self.services = {}
        self.path = None
        modem.call(self._plug)
        modem.wires.append(self)

    def _plug(self):
        for service in self.modem.qmi.services.values():
            if service.NUMBER != qmi.CTL:
                self.services[service.NUMBER] = QrtrService(self, service, self._open_socket())
        self.path = f"qrtr:{self.services[qmi.UIM].connection.getsockname()[0]}"

    def _unplug(self):
        for service in self.services.values():
            service.close()
        self.services.clear()

    def flush(self):
        """A dead client's socket is closed by the kernel, which says so."""

    def unplug(self):
        """The kernel's name service tells everybody that the services are gone."""
        self.modem.call(self._unplug)

    def replug(self):
        if not self.services:
            self.modem.call(self._plug)

    def close(self):
        self.unplug()
        if self in self.modem.wires:
            self.modem.wires.remove(self)
