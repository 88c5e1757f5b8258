# SPDX-License-Identifier: LGPL-2.1-or-later
"""USB devices without hardware: this end of USB/IP, whose other end is the kernel's vhci-hcd.

The kernel's Documentation/usb/usbip_protocol.rst describes the wire; USB 2.0 chapter 9 the standard requests and the
descriptors. What only `attach` uses wants root and the module vhci-hcd; everything else can be tried on a socketpair.
"""

import errno
import pathlib
import socket
import struct

CONTROLLER = pathlib.Path("/sys/devices/platform/vhci_hcd.0")
SYSTEM_USB = pathlib.Path("/sys/bus/usb/devices")
HIGH_SPEED = 3
# Bus 1, device 1: what the kernel is told here comes back in each header and means nothing else.
DEVICE_ID = 1 << 16 | 1
MAX_TRANSFER = 1 << 20

CMD_SUBMIT, CMD_UNLINK, RET_SUBMIT, RET_UNLINK = 1, 2, 3, 4
HEADER = struct.Struct(">IIIII")
SUBMIT = struct.Struct(">Iiiii8s")
RESULT = struct.Struct(">iiiii8x")
UNLINK = struct.Struct(">I24x")
UNLINKED = struct.Struct(">i24x")
HEADER_LENGTH = 48

GET_STATUS, CLEAR_FEATURE, SET_FEATURE = 0x00, 0x01, 0x03
GET_DESCRIPTOR, GET_CONFIGURATION, SET_CONFIGURATION = 0x06, 0x08, 0x09
GET_INTERFACE, SET_INTERFACE = 0x0A, 0x0B
DEVICE, CONFIGURATION, STRING = 1, 2, 3
STANDARD, CLASS = 0x00, 0x20
TYPE_MASK = 0x60


class Stall(Exception):
    """The device refuses a control request."""


class Setup:
    """The eight octets of a control request, and the data of one to the device."""

    def __init__(self, octets, data=b""):
        self.kind, self.request, self.value, self.index, self.length = struct.unpack("<BBHHH", octets)
        self.data = data

    @property
    def standard(self):
        return self.kind & TYPE_MASK == STANDARD


class Urb:
    """A transfer that the kernel waits for."""

    def __init__(self, sequence, endpoint, inward, length, setup, data):
        self.sequence, self.endpoint, self.inward = sequence, endpoint, inward
        self.length, self.setup, self.data = length, setup, data


class Device:
    """A USB device: descriptors, the standard requests, and queues of what its IN endpoints have to say.

    A subclass has `device_descriptor`, `configuration` (whole) and `strings`, and answers `class_request` and
    `received`. All of it runs on the loop of whoever owns it.
    """

    device_descriptor = b""
    configuration = b""
    strings = ()

    def __init__(self):
        self.link = None
        self.configured = 0
        self.alternates = {}

    def standard_request(self, setup):
        """The answer's octets; Stall for what the device does not know."""
        if setup.request == GET_DESCRIPTOR:
            return self._descriptor(setup.value >> 8, setup.value & 0xFF)
        if setup.request == GET_STATUS:
            return bytes(2)
        if setup.request == GET_CONFIGURATION:
            return bytes([self.configured])
        if setup.request == GET_INTERFACE:
            return bytes([self.alternates.get(setup.index, 0)])
        if setup.request == SET_CONFIGURATION:
            self.configured, self.alternates = setup.value, {}
        elif setup.request == SET_INTERFACE:
            self.alternates[setup.index] = setup.value
        elif setup.request not in (CLEAR_FEATURE, SET_FEATURE):
            raise Stall
        return b""

    def _descriptor(self, kind, number):
        if kind == DEVICE:
            return self.device_descriptor
        if kind == CONFIGURATION and number == 0:
            return self.configuration
        if kind == STRING and number == 0:
            return struct.pack("<BBH", 4, STRING, 0x0409)
        if kind == STRING and number <= len(self.strings):
            text = self.strings[number - 1].encode("utf-16-le")
            return bytes([2 + len(text), STRING]) + text
        raise Stall

    def class_request(self, setup):
        """The octets of the answer to a class or vendor request."""
        raise Stall

    def received(self, endpoint, data):
        """A transfer to the device over a bulk endpoint."""

    def unplugged(self):
        """The kernel has let go of the device."""


class Link:
    """One device in a port of the controller, from `attach` until `close`.

    on_gone is called once, when the kernel closes its end.
    """

    def __init__(self, loop, device, make_outbox, on_gone=None):
        self.loop, self.device, self.on_gone = loop, device, on_gone
        self.ours, self.kernels = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        self.ours.setblocking(False)
        self.outbox = make_outbox(loop, self.ours.fileno())
        self.buffer = bytearray()
        self.waiting = {}   # endpoint: URBs that wait for its data
        self.queued = {}    # endpoint: data that waits for a URB
        self.urbs = 0
        device.link = self
        loop.add_reader(self.ours.fileno(), self._readable)

    def attach(self, port=None, controller=CONTROLLER):
        """Plug it in; returns the number of the port. OSError where there is none or the module is not loaded."""
        number = free_port(controller) if port is None else port
        line = f"{number} {self.kernels.fileno()} {DEVICE_ID} {HIGH_SPEED}"
        (controller / "attach").write_text(line, encoding="ascii")
        # The kernel holds the socket itself now.
        self.kernels.close()
        return number

    def close(self):
        """Pull it out: the kernel sees the end of the connection."""
        if self.ours.fileno() < 0:
            return
        self.loop.remove_reader(self.ours.fileno())
        self.outbox.clear()
        self.ours.close()
        self.kernels.close()
        self.waiting.clear()
        self.queued.clear()

    def _readable(self):
        try:
            data = self.ours.recv(1 << 16)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.close()
            if self.on_gone:
                self.on_gone()
            return
        self.buffer += data
        while self._take_one():
            pass

    def _take_one(self):
        """Handle the first whole packet of the buffer; False if none is there."""
        if len(self.buffer) < HEADER_LENGTH:
            return False
        command, sequence, _device, inward, endpoint = HEADER.unpack_from(self.buffer)
        if command == CMD_UNLINK:
            self._unlink(sequence, UNLINK.unpack_from(self.buffer, HEADER.size)[0])
            del self.buffer[:HEADER_LENGTH]
            return True
        if command != CMD_SUBMIT:
            raise ValueError(f"no USB/IP command: {command}")
        _flags, length, _frame, _packets, _interval, setup = SUBMIT.unpack_from(self.buffer, HEADER.size)
        if not 0 <= length <= MAX_TRANSFER:
            raise ValueError(f"a transfer of {length} octets")
        whole = HEADER_LENGTH + (0 if inward else length)
        if len(self.buffer) < whole:
            return False
        data = bytes(self.buffer[HEADER_LENGTH:whole])
        del self.buffer[:whole]
        self.urbs += 1
        self._submit(Urb(sequence, endpoint, bool(inward), length, setup, data))
        return True

    def _submit(self, urb):
        if urb.endpoint == 0:
            self._control(urb)
        elif urb.inward:
            self.waiting.setdefault(urb.endpoint, []).append(urb)
            self._pour(urb.endpoint)
        else:
            self._done(urb, length=len(urb.data))
            self.device.received(urb.endpoint, urb.data)

    def _control(self, urb):
        setup = Setup(urb.setup, urb.data)
        try:
            answer = self.device.standard_request(setup) if setup.standard else self.device.class_request(setup)
        except Stall:
            self._done(urb, status=-errno.EPIPE)
            return
        answer = answer[:urb.length] if urb.inward else b""
        self._done(urb, answer, length=len(answer) if urb.inward else len(urb.data))

    def _done(self, urb, data=b"", status=0, length=0):
        self.outbox.write(HEADER.pack(RET_SUBMIT, urb.sequence, 0, 0, 0)
                          + RESULT.pack(status, length, 0, 0, 0) + data)

    def _unlink(self, sequence, victim):
        """The kernel takes a URB back. If it was answered already, that answer is on its way: status 0."""
        status = 0
        for urbs in self.waiting.values():
            for urb in urbs:
                if urb.sequence == victim:
                    urbs.remove(urb)
                    status = -errno.ECONNRESET
                    break
        self.outbox.write(HEADER.pack(RET_UNLINK, sequence, 0, 0, 0) + UNLINKED.pack(status))

    def say(self, endpoint, data):
        """Data from an IN endpoint, one transfer (at most as long as the host's URBs are)."""
        self.queued.setdefault(endpoint, []).append(data)
        self._pour(endpoint)

    def _pour(self, endpoint):
        urbs, said = self.waiting.get(endpoint, []), self.queued.get(endpoint, [])
        while urbs and said:
            urb, data = urbs.pop(0), said.pop(0)[:MAX_TRANSFER]
            self._done(urb, data[:urb.length], length=min(len(data), urb.length))


def free_port(controller=CONTROLLER):
    """The first free high-speed port. The table's rows: hub, port, state (4: free), and so on."""
    for row in (controller / "status").read_text(encoding="ascii").splitlines()[1:]:
        hub, port, state = row.split()[:3]
        if hub == "hs" and int(state) == 4:
            return int(port)
    raise OSError(errno.EBUSY, "every port of vhci_hcd is taken")


def device_descriptor(vendor, product, *, iad=False, release=0x0100):
    """Strings: 1 the manufacturer, 2 the product, 3 the serial number."""
    kind = (0xEF, 2, 1) if iad else (0, 0, 0)
    return struct.pack("<BBHBBBBHHHBBBB", 18, DEVICE, 0x0200, *kind, 64, vendor, product, release, 1, 2, 3, 1)


def configuration(interfaces, parts):
    """A configuration descriptor over the descriptors of its interfaces; self-powered, 100 mA."""
    body = b"".join(parts)
    return struct.pack("<BBHBBBBB", 9, CONFIGURATION, 9 + len(body), interfaces, 1, 0, 0xC0, 50) + body


def interface(number, alternate, endpoints, kind):
    return struct.pack("<BBBBBBBBB", 9, 4, number, alternate, endpoints, *kind, 0)


def endpoint(address, attributes, size, interval=0):
    """attributes: 2 bulk, 3 interrupt."""
    return struct.pack("<BBBBHB", 7, 5, address, attributes, size, interval)
