# SPDX-License-Identifier: LGPL-2.1-or-later
"""QMI carried by an MBIM modem."""

import struct
import subprocess
import sys

import pytest

from esimlab import mbim, qmi
from esimlab.card import ISD_R
from esimlab.modem import MbimModem
from esimlab.wires import PtyWire
from mbimhost import Host

ALLOCATE_UIM = [(0x01, bytes([qmi.UIM]))]


@pytest.fixture
def make(card):
    made = []

    def build(**quirks):
        modem = MbimModem([card], **{"qmi_over_mbim": True, **quirks})
        host = Host(PtyWire(modem).path)
        made.append((modem, host))
        host.open()
        return modem, host
    yield build
    for modem, host in made:
        host.close()
        modem.close()
        assert modem.errors == []


def ask(host, service, client, number, tlvs=(), **how):
    """The MBIM status, and the QMI message that came back."""
    request = qmi.Message(service, client, qmi.REQUEST, 9, number, tlvs)
    done = host.ask(mbim.QMI, 1, request.pack(), mbim.SET, **how)
    return None if done is None else (done.status, qmi.parse(done.info) if done.info else None)


def allocate(host):
    return ask(host, qmi.CTL, 0, 0x22, ALLOCATE_UIM)[1].get(0x01)[1]


def test_a_card_is_reached_both_ways(make, card):
    modem, host = make()
    client = allocate(host)
    _, answer = ask(host, qmi.UIM, client, 0x42, [(0x01, b"\x01"), (0x10, qmi.short_array(ISD_R))])
    channel = answer.get(0x10)[0]
    assert modem.open_channels == [channel]
    status, data, sw = host.store(channel, bytes.fromhex("bf3e035c015a"))
    assert (status, sw) == (0, 0x9000) and data.hex().endswith(card.eid)
    assert ask(host, qmi.UIM, client, 0x3F, [(0x01, b"\x01"), (0x11, bytes([channel]))])[1].error == 0
    assert [e.kind for e in modem.exchanges] == ["open", "apdu", "close"]


def test_hooks_are_called_once(make):
    modem, host = make()
    answered = []
    modem.after_response.append(lambda e: answered.append(e.index))
    client = allocate(host)
    ask(host, qmi.UIM, client, 0x42, [(0x01, b"\x01"), (0x10, qmi.short_array(ISD_R))])
    host.open_channel(ISD_R)
    modem.call(lambda: None)   # the hook comes after the answer has gone out
    assert answered == [0, 1]


def test_indications_for_a_subscriber(make):
    modem, host = make()
    client = allocate(host)
    ask(host, qmi.UIM, client, 0x2E, [(0x01, struct.pack("<I", 1))])
    modem.call(modem.indicate_ready)
    assert host.read(0.2).service == mbim.BASIC_CONNECT and host.read(0.1) is None
    entry = mbim.QMI + struct.pack("<II", 1, 1)
    host.ask(mbim.BASIC_CONNECT, 19, mbim.InfoWriter().u32(1).blob(entry).bytes(), mbim.SET)
    modem.call(modem.indicate_ready)
    told = host.read(1)
    message = qmi.parse(told.info)
    assert (told.kind, told.service, told.cid) == (mbim.INDICATE, mbim.QMI, 1)
    assert (message.kind, message.number, message.client) == (qmi.INDICATION, 0x32, client)


def test_clients_go_with_the_opener(make):
    _, host = make()
    client = allocate(host)
    assert ask(host, qmi.UIM, client, 0x2F)[1].error == 0
    host.open()
    assert ask(host, qmi.UIM, client, 0x2F)[1].error == qmi.ERROR_INVALID_CLIENT


def test_faults(make):
    modem, host = make()
    modem.fail(lambda m: m.service == mbim.QMI, mbim.STATUS_BUSY)
    assert ask(host, qmi.CTL, 0, 0x21) == (mbim.STATUS_BUSY, None)
    modem.fail(lambda m: m.service == mbim.QMI, "silent")
    assert ask(host, qmi.CTL, 0, 0x21, timeout=0.2) is None
    modem.fail(lambda m: m.service == qmi.CTL, qmi.ERROR_INTERNAL)
    assert ask(host, qmi.CTL, 0, 0x21)[1].error == qmi.ERROR_INTERNAL
    assert host.ask(mbim.QMI, 1, b"\x01\x20\x00", mbim.SET).status == mbim.STATUS_INVALID_PARAMETERS
    assert host.ask(mbim.QMI, 1, b"", mbim.QUERY).status == mbim.STATUS_NO_DEVICE_SUPPORT


def test_a_modem_without_it(make):
    _, host = make(qmi_over_mbim=False)
    assert ask(host, qmi.CTL, 0, 0x21)[0] == mbim.STATUS_NO_DEVICE_SUPPORT
    assert mbim.QMI not in host.ask(mbim.BASIC_CONNECT, 16).info


def test_qmicli(card):
    modem = MbimModem([card], qmi_over_mbim=True)
    path = PtyWire(modem).path
    done = subprocess.run(["qmicli", "-d", path, "--device-open-mbim", "--uim-get-slot-status"], capture_output=True,
                          text=True, timeout=20, check=False)
    assert card.eid in done.stdout, done.stderr
    modem.close()
    assert modem.errors == [] and modem.syncs == 0


SCRIPT = """
import gi, struct, sys
gi.require_version("Qmi", "1.0")
from gi.repository import Gio, GLib, Qmi
box = []
def wait(start, finish):
    del box[:]
    start(lambda source, result: box.append((source, result)))
    while not box:
        GLib.MainContext.default().iteration(True)
    return finish(*box[0])
device = wait(lambda done: Qmi.Device.new(Gio.File.new_for_path(sys.argv[1]), None, done),
              lambda _s, r: Qmi.Device.new_finish(r))
flags = Qmi.DeviceOpenFlags.MBIM | Qmi.DeviceOpenFlags.EXPECT_INDICATIONS
wait(lambda done: device.open(flags, 10, None, done), lambda s, r: s.open_finish(r))
uim = wait(lambda done: device.allocate_client(Qmi.Service.UIM, Qmi.CID_NONE, 10, None, done),
           lambda s, r: s.allocate_client_finish(r))
seen = []
uim.connect("card-status", lambda _client, told: seen.append(told))
events = Qmi.MessageUimRegisterEventsInput()
events.set_event_registration_mask(Qmi.UimEventRegistrationFlag.CARD_STATUS)
wait(lambda done: uim.register_events(events, 10, None, done), lambda s, r: s.register_events_finish(r))
power = Qmi.MessageUimPowerOffSimInput()
power.set_slot(1)
wait(lambda done: uim.power_off_sim(power, 10, None, done), lambda s, r: s.power_off_sim_finish(r))
while not seen:
    GLib.MainContext.default().iteration(True)
print("card status told")
"""


def test_libqmi_is_told(card):
    """The flag that asks for indications makes libqmi subscribe to the service."""
    modem = MbimModem([card], qmi_over_mbim=True)
    path = PtyWire(modem).path
    done = subprocess.run([sys.executable, "-c", SCRIPT, path], capture_output=True, text=True, timeout=20, check=False)
    assert done.stdout == "card status told\n", done.stderr
    modem.close()
