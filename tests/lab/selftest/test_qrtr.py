# SPDX-License-Identifier: LGPL-2.1-or-later
"""The QMI modem at the QRTR bus: at the kernel's where it has one, and always at one of datagram sockets."""

import itertools
import os
import socket
import struct
import time

import pytest

from esimlab import ber, qmi
from esimlab.card import ISD_R
from esimlab.lab import Lab
from esimlab.qmimodem import QmiModem
from esimlab.wires import QRTR_CONTROL_PORT, QrtrWire, has_qrtr, open_qrtr

NODE = 1


class Bus:
    """Datagram sockets with QRTR's addresses, in a folder; the control port is another of them."""

    def __init__(self, folder):
        self.folder, self._ports = folder, itertools.count(0x4000)
        self.control = self.make(QRTR_CONTROL_PORT)

    def make(self, port=None):
        return BusSocket(self.folder, next(self._ports) if port is None else port)

    def announced(self):
        """{service: port} of what was announced since."""
        found = {}
        while True:
            try:
                data, _ = self.control.recvfrom(64)
            except BlockingIOError:
                return found
            command, service, version, node, port = struct.unpack("<5I", data)
            assert (command, node) == (4, NODE) and version == 1
            found[service] = port

    def client_gone(self, port, told):
        """As the kernel tells a server's port of a client that closed its socket."""
        self.control.sendto(struct.pack("<5I", 6, NODE, port, 0, 0), (NODE, told))


class BusSocket:
    def __init__(self, folder, port):
        self._folder, self._port = folder, port
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self._socket.bind(str(folder / str(port)))
        self.fileno, self.setblocking, self.settimeout = (self._socket.fileno, self._socket.setblocking,
                                                          self._socket.settimeout)

    def getsockname(self):
        return NODE, self._port

    def sendto(self, data, address):
        self._socket.sendto(data, str(self._folder / str(address[1])))

    def recvfrom(self, size):
        data, name = self._socket.recvfrom(size)
        return data, (NODE, int(os.path.basename(name)))

    def close(self):
        self._socket.close()
        os.unlink(self._folder / str(self._port))


def ask(client, service, address, number, tlvs=()):
    """The answer; indications that come before it are dropped."""
    client.settimeout(2)
    client.sendto(qmi.Message(service, 0, qmi.REQUEST, 5, number, tlvs).sdu(), address)
    while True:
        message = qmi.parse_sdu(service, 0, client.recvfrom(4096)[0])
        if message.kind == qmi.RESPONSE:
            return message


def walk(modem, client, address, card):
    """Slot 2 is named by its number, the EID comes through it."""
    ask(client, qmi.UIM, address, 0x46, [(0x01, b"\x01"), (0x02, struct.pack("<I", 2))])
    deadline = time.monotonic() + 2
    while modem.refreshing and time.monotonic() < deadline:
        time.sleep(0.01)
    opening = lambda slot: ask(client, qmi.UIM, address, 0x42, [(0x01, bytes([slot])), (0x10, qmi.short_array(ISD_R))])
    assert opening(1).error == qmi.ERROR_INVALID_ARGUMENT
    channel = opening(2).get(0x10)
    answer = ask(client, qmi.UIM, address, 0x3B, [(0x01, b"\x02"), (0x02, qmi.long_array(
        bytes.fromhex("80e2910006bf3e035c015a00"))), (0x10, channel)])
    size = qmi.read_long_array(answer.get(0x10))[1]
    answer = ask(client, qmi.UIM, address, 0x3B, [(0x01, b"\x02"), (0x02, qmi.long_array(bytes([0, 0xC0, 0, 0, size]))),
                                                  (0x10, channel)])
    assert bytes.fromhex(card.eid) in answer.get(0x10)


@pytest.fixture
def bus(tmp_path):
    return Bus(tmp_path)


def test_announcement_and_messages(card, bus):
    modem = QmiModem([None, card])
    wire = QrtrWire(modem, bus.make)
    assert wire.path == "qrtr:1"
    ports = bus.announced()
    assert set(ports) == {qmi.WDS, qmi.DMS, qmi.NAS, qmi.UIM, qmi.WDA}
    client = bus.make()
    assert ask(client, qmi.DMS, (NODE, ports[qmi.DMS]), 0x22).get(0x01) == b"LABMODEM"
    walk(modem, client, (NODE, ports[qmi.UIM]), card)
    modem.close()
    assert modem.errors == []


def test_each_sender_is_a_client(card, bus):
    modem = QmiModem([card], leaks_channels=False)
    QrtrWire(modem, bus.make)
    address = NODE, bus.announced()[qmi.UIM]
    one, other = bus.make(), bus.make()
    assert ask(one, qmi.UIM, address, 0x2E, [(0x01, struct.pack("<I", 16))]).error == 0
    assert ask(other, qmi.UIM, address, 0x42, [(0x01, b"\x01"), (0x10, qmi.short_array(ISD_R))]).error == 0
    modem.call(modem.indicate_slot, 0)
    told = qmi.parse_sdu(qmi.UIM, 0, one.recvfrom(4096)[0])
    assert (told.kind, told.number) == (qmi.INDICATION, 0x48) and ber.iccid_octets(card.active_iccid()) in told.get(0x10)
    other.setblocking(False)
    with pytest.raises(BlockingIOError):
        other.recvfrom(4096)
    assert len(modem.open_channels) == 1
    bus.client_gone(other.getsockname()[1], address[1])
    deadline = time.monotonic() + 2
    while modem.open_channels and time.monotonic() < deadline:
        time.sleep(0.01)
    assert modem.open_channels == []
    modem.close()
    assert modem.errors == []


def test_a_reset_takes_the_services_away_and_brings_others(card, bus):
    modem = QmiModem([card])
    QrtrWire(modem, bus.make)
    ports = bus.announced()
    client = bus.make()
    for mode in (3, 4):
        assert ask(client, qmi.DMS, (NODE, ports[qmi.DMS]), 0x2E, [(0x01, bytes([mode]))]).error == 0
    again, deadline = {}, time.monotonic() + 3
    while len(again) < len(ports) and time.monotonic() < deadline:
        again.update(bus.announced())
        time.sleep(0.01)
    assert set(again) == set(ports) and not set(again.values()) & set(ports.values())
    assert ask(client, qmi.DMS, (NODE, again[qmi.DMS]), 0x2D).get(0x01) == b"\x00"
    modem.close()


@pytest.mark.skipif(not has_qrtr(), reason="this kernel has no QRTR: load its module qrtr")
def test_at_the_kernels_bus(card):
    modem = QmiModem([None, card])
    wire = QrtrWire(modem)
    address = wire.services[qmi.UIM].connection.getsockname()
    client = open_qrtr()
    client.sendto(struct.pack("<5I", 10, qmi.UIM, 0, 0, 0), (client.getsockname()[0], QRTR_CONTROL_PORT))
    client.settimeout(2)
    found = None
    while found != address:
        command, service, _, *found = struct.unpack("<5I", client.recvfrom(64)[0])
        assert command == 4
        found = tuple(found)
    walk(modem, client, address, card)
    modem.close()
    assert modem.errors == []


@pytest.mark.skipif(not has_qrtr(), reason="this kernel has no QRTR: load its module qrtr")
def test_in_a_laboratory(pki):
    with Lab(pki=pki, daemon=False, transport="qrtr") as lab:
        assert lab.settings()["modem lab"]["device"].startswith("qrtr:")


def test_no_proxy():
    with pytest.raises(ValueError, match="needs no proxy"):
        Lab(transport="qrtr", proxy=True)
