# SPDX-License-Identifier: LGPL-2.1-or-later
"""The modem as a USB device, asked over USB/IP as a kernel would, without one."""

import errno
import struct
import types

import pytest
from esimlab import mbim, usbip
from esimlab.card import Card
from esimlab.modem import MbimModem
from esimlab.profiles import demo_profiles
from esimlab.qmimodem import QmiModem
from esimlab.usbmodem import GET_ENCAPSULATED_RESPONSE, SEND_ENCAPSULATED_COMMAND, UsbMbim, UsbQmi, UsbWire

IN, CLASS_IN, CLASS_OUT = 0x80, 0xA1, 0x21
OPEN = mbim.Message(mbim.OPEN, 1, status=4096).pack()


class Kernel:
    """The other end: vhci-hcd's part of the conversation. A transfer is (status, data or length)."""

    def __init__(self, link):
        self.socket, self.sequence = link.kernels, 0
        self.socket.settimeout(2)
        self.answers = {}

    def submit(self, endpoint, *, inward, length=0, setup=bytes(8), data=b""):
        self.sequence += 1
        self.socket.sendall(usbip.HEADER.pack(usbip.CMD_SUBMIT, self.sequence, usbip.DEVICE_ID, int(inward), endpoint)
                            + usbip.SUBMIT.pack(0, length, 0, 0, 0, setup) + data)
        return self.sequence

    def unlink(self, victim):
        self.sequence += 1
        self.socket.sendall(usbip.HEADER.pack(usbip.CMD_UNLINK, self.sequence, usbip.DEVICE_ID, 0, 0)
                            + usbip.UNLINK.pack(victim))
        return self.sequence

    def _exactly(self, count):
        data = b""
        while len(data) < count:
            piece = self.socket.recv(count - len(data))
            assert piece, "the device hung up"
            data += piece
        return data

    def answer(self, sequence, inward=True):
        """The answer to this one; others are kept."""
        while sequence not in self.answers:
            head = self._exactly(usbip.HEADER_LENGTH)
            command, number = usbip.HEADER.unpack_from(head)[:2]
            if command == usbip.RET_UNLINK:
                self.answers[number] = usbip.UNLINKED.unpack_from(head, usbip.HEADER.size)[0], 0
                continue
            status, length = usbip.RESULT.unpack_from(head, usbip.HEADER.size)[:2]
            self.answers[number] = status, self._exactly(length) if number == sequence and inward else length
        return self.answers.pop(sequence)

    def control(self, kind, request, value=0, index=0, length=0, data=b""):
        setup = struct.pack("<BBHHH", kind, request, value, index, length or len(data))
        inward = bool(kind & IN)
        return self.answer(self.submit(0, inward=inward, length=length or len(data), setup=setup, data=data), inward)


@pytest.fixture(params=[(MbimModem, UsbMbim), (QmiModem, UsbQmi)], ids=["mbim", "qmi"])
def plugged(pki, request, monkeypatch):
    """A modem whose link no kernel has taken: (modem, wire, the kernel that the test plays)."""
    make, kind = request.param
    monkeypatch.setattr(usbip.Link, "attach", lambda self: 0)
    modem = make([Card(pki, profiles=demo_profiles())])
    wire = UsbWire(modem, kind)
    yield types.SimpleNamespace(modem=modem, wire=wire, kind=kind, kernel=Kernel(wire.link))
    modem.close()


def test_descriptors(plugged):
    kernel = plugged.kernel
    status, device = kernel.control(IN, usbip.GET_DESCRIPTOR, usbip.DEVICE << 8, 0, 18)
    assert (status, len(device), device[0]) == (0, 18, 18)
    _, head = kernel.control(IN, usbip.GET_DESCRIPTOR, usbip.CONFIGURATION << 8, 0, 9)
    total = struct.unpack_from("<H", head, 2)[0]
    _, whole = kernel.control(IN, usbip.GET_DESCRIPTOR, usbip.CONFIGURATION << 8, 0, 4096)
    assert len(whole) == total
    position, interfaces = 0, set()
    while position < total:
        assert whole[position] >= 2
        if whole[position + 1] == 4:
            interfaces.add(whole[position + 2])
        position += whole[position]
    assert position == total and len(interfaces) == whole[4]
    _, serial = kernel.control(IN, usbip.GET_DESCRIPTOR, usbip.STRING << 8 | 3, 0x0409, 255)
    assert serial[2:].decode("utf-16-le") == plugged.kind.strings[2]


def test_what_it_does_not_know_is_refused(plugged):
    for request in ((IN, usbip.GET_DESCRIPTOR, 0x0F00), (CLASS_IN, 0x7F), (IN, usbip.GET_DESCRIPTOR, usbip.STRING << 8 | 9)):
        assert plugged.kernel.control(*request, length=64)[0] == -errno.EPIPE


def test_settings_are_kept(plugged):
    kernel = plugged.kernel
    kernel.control(0, usbip.SET_CONFIGURATION, 1)
    kernel.control(1, usbip.SET_INTERFACE, 1, 1)
    assert kernel.control(IN, usbip.GET_CONFIGURATION, length=1) == (0, b"\1")
    assert kernel.control(IN | 1, usbip.GET_INTERFACE, 0, 1, 1) == (0, b"\1")
    assert kernel.control(IN | 1, usbip.GET_INTERFACE, 0, 0, 1) == (0, b"\0")


def test_a_message_and_its_announced_answer(plugged):
    kernel = plugged.kernel
    ask = OPEN if plugged.kind is UsbMbim else bytes.fromhex("010f00000000000001002700040001010000")[:16]
    waiting = kernel.submit(1, inward=True, length=64)
    status, taken = kernel.control(CLASS_OUT, SEND_ENCAPSULATED_COMMAND, data=ask)
    assert (status, taken) == (0, len(ask))
    assert kernel.answer(waiting) == (0, bytes.fromhex("a101000000000000"))
    status, answer = kernel.control(CLASS_IN, GET_ENCAPSULATED_RESPONSE, length=4096)
    assert status == 0 and answer[:4] == (b"\1\0\0\x80" if plugged.kind is UsbMbim else answer[:4]) and answer
    assert kernel.control(CLASS_IN, GET_ENCAPSULATED_RESPONSE, length=4096) == (0, b"")


def test_a_transfer_is_taken_back(plugged):
    kernel = plugged.kernel
    victim = kernel.submit(1, inward=True, length=64)
    assert kernel.answer(kernel.unlink(victim)) == (-errno.ECONNRESET, 0)
    assert kernel.answer(kernel.unlink(victim)) == (0, 0)


def test_data_is_counted(plugged):
    kernel = plugged.kernel
    assert kernel.answer(kernel.submit(1, inward=False, length=300, data=bytes(300)), inward=False) == (0, 300)
    assert plugged.modem.call(lambda: plugged.wire.data_transfers) == 1
    plugged.wire.unplug()
    assert plugged.wire.data_octets == 300


def test_pulled_out_and_put_back(plugged):
    before = plugged.wire.link
    plugged.modem.unplug()
    assert plugged.wire.link is None and before.ours.fileno() < 0
    plugged.modem.replug()
    kernel = Kernel(plugged.wire.link)
    assert kernel.control(IN, usbip.GET_CONFIGURATION, length=1) == (0, b"\0")


def test_the_kernel_lets_go(plugged):
    link = plugged.wire.link
    link.kernels.close()
    for _ in range(200):
        if plugged.modem.call(lambda: plugged.wire.link) is None:
            break
        plugged.modem.call(lambda: None)
    assert plugged.wire.link is None
