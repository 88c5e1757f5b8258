# SPDX-License-Identifier: LGPL-2.1-or-later
"""The modem as a USB device of a stock kernel: cdc_mbim or qmi_wwan bind to it and make its nodes.

CDC 1.2 and MBIM 1.0 (both USB-IF) have the numbers.
"""

import pathlib
import struct

from . import usbip
from .wires import Outbox

SEND_ENCAPSULATED_COMMAND, GET_ENCAPSULATED_RESPONSE, RESET_FUNCTION = 0x00, 0x01, 0x05
SET_CONTROL_LINE_STATE = 0x22
GET_NTB_PARAMETERS, SET_NTB_FORMAT, GET_NTB_INPUT_SIZE, SET_NTB_INPUT_SIZE = 0x80, 0x84, 0x85, 0x86
GET_MAX_DATAGRAM_SIZE, SET_MAX_DATAGRAM_SIZE, SET_CRC_MODE = 0x87, 0x88, 0x8A
MAX_CONTROL_MESSAGE = 4096
NTB_SIZE, DATAGRAM_SIZE = 16384, 2048

NOTIFY, BULK_IN, BULK_OUT = 1, 2, 1
INWARD = 0x80
BULK, INTERRUPT = 2, 3


class UsbModem(usbip.Device):
    """What both kinds have in common: messages over the control endpoint, each announced by a notification."""

    control_interface = 0

    def __init__(self, on_message):
        super().__init__()
        self.on_message = on_message
        self.answers = []
        # What went over the data interface, so that a test can see that it goes on.
        self.data_transfers = self.data_octets = 0

    def send(self, frame):
        """A message to the host."""
        self.answers.append(bytes(frame))
        # RESPONSE_AVAILABLE, CDC 1.2 table 19.
        self.link.say(NOTIFY, struct.pack("<BBHHH", 0xA1, 0x01, 0, self.control_interface, 0))

    def class_request(self, setup):
        if setup.request == SEND_ENCAPSULATED_COMMAND:
            # Afterwards: the answer to this transfer goes before what the message causes.
            self.link.loop.call_soon(self.on_message, setup.data)
            return b""
        if setup.request == GET_ENCAPSULATED_RESPONSE:
            return self.answers.pop(0) if self.answers else b""
        return self.other_request(setup)

    def other_request(self, setup):
        raise usbip.Stall

    def received(self, _endpoint, data):
        self.data_transfers += 1
        self.data_octets += len(data)


class UsbMbim(UsbModem):
    """An MBIM function, MBIM 1.0 chapter 6: one control interface, one data interface with an empty and a used
    setting. The vendor and product are those that pid.codes keeps for tests."""

    device_descriptor = usbip.device_descriptor(0x1209, 0x0001, iad=True)
    strings = ("esimd", "Laboratory modem", "LAB0001")
    configuration = usbip.configuration(2, [
        struct.pack("<BBBBBBBB", 8, 11, 0, 2, 2, 0x0E, 0, 0),
        usbip.interface(0, 0, 1, (2, 0x0E, 0)),
        bytes.fromhex("0524001001"),                       # CDC 1.1
        bytes.fromhex("0524060001"),                       # union of interfaces 0 and 1
        # MBIM functional descriptor: version 1.0, 16 filters of 128 octets; bit 3 is GET/SET_MAX_DATAGRAM_SIZE.
        struct.pack("<BBBHHBBHB", 12, 0x24, 0x1B, 0x0100, MAX_CONTROL_MESSAGE, 16, 128, DATAGRAM_SIZE, 0x08),
        usbip.endpoint(INWARD | NOTIFY, INTERRUPT, 64, 5),
        usbip.interface(1, 0, 0, (0x0A, 0, 2)),
        usbip.interface(1, 1, 2, (0x0A, 0, 2)),
        usbip.endpoint(INWARD | BULK_IN, BULK, 512),
        usbip.endpoint(BULK_OUT, BULK, 512),
    ])

    def other_request(self, setup):
        if setup.request == GET_NTB_PARAMETERS:
            # NCM 1.0 table 6-3: 16 bit NTBs, both ways of this size, no alignment beyond 4.
            return struct.pack("<HHIHHHHIHHHH", 28, 1, NTB_SIZE, 4, 0, 4, 0, NTB_SIZE, 4, 0, 4, 0)
        if setup.request == GET_NTB_INPUT_SIZE:
            return struct.pack("<I", NTB_SIZE)
        if setup.request == GET_MAX_DATAGRAM_SIZE:
            return struct.pack("<H", DATAGRAM_SIZE)
        if setup.request == RESET_FUNCTION:
            self.answers.clear()
            return b""
        if setup.request in (SET_NTB_FORMAT, SET_NTB_INPUT_SIZE, SET_MAX_DATAGRAM_SIZE, SET_CRC_MODE):
            return b""
        raise usbip.Stall


class UsbQmi(UsbModem):
    """A vendor's interface with three endpoints, which the kernel's qmi_wwan knows by its number, vendor and product.

    The numbers are those of a module of Qualcomm's that ModemManager knows nothing special about. (2c7c:0125, a Quectel
    EC25, has an AT port too: without one ModemManager 1.20 ends on an assertion of its own.)
    """

    device_descriptor = usbip.device_descriptor(0x05C6, 0x7000)
    strings = ("Qualcomm", "Laboratory modem", "LAB0002")
    configuration = usbip.configuration(1, [
        usbip.interface(0, 0, 3, (0xFF, 0xFF, 0xFF)),
        usbip.endpoint(INWARD | NOTIFY, INTERRUPT, 64, 5),
        usbip.endpoint(INWARD | BULK_IN, BULK, 512),
        usbip.endpoint(BULK_OUT, BULK, 512),
    ])

    def other_request(self, setup):
        # The driver says "terminal ready" before the firmware of these modems talks.
        if setup.request == SET_CONTROL_LINE_STATE:
            return b""
        raise usbip.Stall


class UsbWire:
    """A modem in a USB port. `kind` is UsbMbim or UsbQmi. unplug() pulls it, replug() puts it back, as another device.

    The whole modem loses its power then, so replug through the modem (modem.replug()), which knows what that means.
    """

    def __init__(self, modem, kind=UsbMbim, plugged=True):
        self.modem, self.kind = modem, kind
        self.device = self.link = self.session = self.port = None
        self.before = (0, 0)    # data transfers and octets of former lives
        modem.wires.append(self)
        if plugged:
            modem.call(self._plug)

    def _plug(self):
        self.device = self.kind(self._message)
        self.link = usbip.Link(self.modem.loop, self.device, Outbox, self._gone)
        self.session = self.modem.attach(self.device.send, "usb")
        try:
            self.port = self.link.attach()
        except OSError:
            self._unplug()
            raise

    def _message(self, frame):
        if self.session is None:
            return
        if self.modem.begins(frame):
            # What an earlier host did not read is not for the next one.
            self.device.answers.clear()
        self.session.receive(frame)

    def node(self):
        """The control node that the kernel made, as a path in /dev; None while there is none."""
        for name in sorted(usbip.SYSTEM_USB.glob("*/serial")) if self.link else ():
            if name.read_text(encoding="utf-8").strip() == self.kind.strings[2]:
                for node in sorted(name.parent.glob("*/usbmisc/cdc-wdm*")):
                    return pathlib.Path("/dev") / node.name
        return None

    def _gone(self):
        """The host let go of the port by itself."""
        self._unplug()

    def _unplug(self):
        if self.link is None:
            return
        self.before = (self.data_transfers, self.data_octets)
        self.link.close()
        self.modem.detach(self.session)
        self.device = self.link = self.session = self.port = None

    @property
    def data_transfers(self):
        return self.before[0] + (self.device.data_transfers if self.device else 0)

    @property
    def data_octets(self):
        return self.before[1] + (self.device.data_octets if self.device else 0)

    def flush(self):
        """A dead host's messages are the kernel's to drop."""

    def unplug(self):
        self.modem.call(self._unplug)

    def replug(self):
        if self.link is None:
            self.modem.call(self._plug)

    def close(self):
        self.unplug()
        if self in self.modem.wires:
            self.modem.wires.remove(self)
