# SPDX-License-Identifier: LGPL-2.1-or-later
"""The QMI modem on its pty, driven by frames, and by the real libqmi."""

import struct
import subprocess
import time

import pytest

from esimlab import ber, qmi
from esimlab.card import ISD_R
from esimlab.qmimodem import QmiModem
from esimlab.uicc import DEFAULT_ATR, channel_class
from esimlab.wires import PtyWire
from qmihost import Host

GET_EID = bytes.fromhex("bf3e035c015a")
GET_PROFILES = bytes.fromhex("bf2d00")
ABSENT, PRESENT, ERROR = 0, 1, 2
DETECTED, PIN_REQUIRED, READY = 1, 2, 7


@pytest.fixture
def make(card):
    """make (*more_slots, **quirks) -> (modem, host, its client of UIM)."""
    made = []

    def build(*more_slots, **quirks):
        modem = QmiModem([card, *more_slots], **quirks)
        host = Host(PtyWire(modem).path)
        made.append((modem, host))
        return modem, host, host.allocate()
    yield build
    for modem, host in made:
        host.close()
        modem.close()
        assert modem.errors == []


def disable(card, refresh=True):
    aid = next(p for p in card.profiles if p.enabled).aid
    inner = b"\xa0" + bytes([len(aid) + 2]) + b"\x4f" + bytes([len(aid)]) + aid
    inner += b"\x81\x01" + (b"\xff" if refresh else b"\x00")
    return b"\xbf\x32" + bytes([len(inner)]) + inner


def enable(iccid, refresh=True):
    octets = ber.iccid_octets(iccid)
    inner = b"\xa0\x0c\x5a\x0a" + octets + b"\x81\x01" + (b"\xff" if refresh else b"\x00")
    return b"\xbf\x31" + bytes([len(inner)]) + inner


def switch(host, client, iccid, refresh=True):
    """Enable another profile, as an LPA does; the answer's status word."""
    _, channel, _, _ = host.open_channel(client, ISD_R)
    return host.store(client, channel, enable(iccid, refresh))


# Clients

def test_clients_come_and_go(make):
    modem, host, first = make()
    second = host.allocate()
    assert first != second
    assert host.release(first) == 0 and host.release(first) == qmi.ERROR_INVALID_CLIENT
    assert host.ask(qmi.UIM, first, 0x2F).error == qmi.ERROR_INVALID_CLIENT
    assert host.ask(qmi.UIM, second, 0x2F).error == 0
    assert host.allocate(qmi.DMS) and modem.syncs == 0


def test_sync_is_counted_and_takes_every_client(make):
    modem, host, client = make()
    assert host.ask(qmi.CTL, 0, 0x27).error == 0
    assert modem.syncs == 1
    assert host.ask(qmi.UIM, client, 0x2F).error == qmi.ERROR_INVALID_CLIENT


def test_client_ids_run_out(make):
    _, host, _ = make(max_clients=2)
    host.allocate()
    with pytest.raises(qmi.QmiError) as caught:
        host.allocate()
    assert caught.value.code == qmi.ERROR_CLIENT_IDS_EXHAUSTED
    assert host.allocate(qmi.NAS) == 1


def test_unknown_things_are_answered(make):
    _, host, client = make()
    assert host.ask(qmi.UIM, client, 0x7777).error == qmi.ERROR_INVALID_COMMAND
    assert host.ask(qmi.CTL, 0, 0x22, [(0x01, b"\x0c")]).error == qmi.ERROR_INVALID_SERVICE
    assert host.ask(0x55, 1, 0x20).error == qmi.ERROR_INVALID_SERVICE
    assert host.ask(qmi.UIM, client, 0x42).error == qmi.ERROR_MISSING_ARGUMENT
    assert host.ask(qmi.UIM, client, 0x42, [(0x01, b"\x01"), (0x10, b"\x10abc")]).error == qmi.ERROR_MALFORMED
    host.write(bytes.fromhex("011000000b01000900420004000102000b"))
    assert host.read().error == qmi.ERROR_MALFORMED
    host.write(qmi.Message(qmi.UIM, client, qmi.INDICATION, 9, 0x42).pack())
    assert host.read(0.1) is None


def test_supported_messages(make):
    _, host, client = make()
    bits = qmi.read_long_array(host.ask(qmi.UIM, client, 0x1E).get(0x10))
    known = {i for i in range(len(bits) * 8) if bits[i // 8] >> i % 8 & 1}
    assert {0x2F, 0x3B, 0x3F, 0x42, 0x46, 0x47} <= known and 0x7777 not in known


# Channels and APDUs

def test_eid_comes_through(make, card):
    modem, host, client = make()
    error, channel, sw, fci = host.open_channel(client, ISD_R)
    assert (error, sw) == (0, 0x9000) and channel and fci[:1] == b"\x6f"
    error, data, sw = host.store(client, channel, GET_EID)
    assert (error, sw) == (0, 0x9000) and data.hex().endswith(card.eid)
    assert host.close_channel(client, channel) == (0, b"\x90\x00")
    assert [e.kind for e in modem.exchanges if e.counted] == ["open", "apdu", "close"]
    assert modem.exchange_count() == 3 and modem.exchanges[1].tag() == "BF3E"


def test_channel_in_the_class_byte(make):
    modem, host, client = make()
    _, channel, _, _ = host.open_channel(client, ISD_R)
    command = b"\x82\xe2\x91\x00\x06" + GET_EID + b"\x00"
    assert host.apdu(client, channel, command)[2] >> 8 == 0x61
    assert modem.exchanges[-1].apdu[0] == 0x80 | channel
    modem.quirks.rewrites_class = False
    assert host.apdu(client, channel, command)[2] == 0x6881
    assert [channel_class(cla, n) for cla, n in ((0x80, 3), (0x84, 1), (0x00, 4), (0x8C, 19), (0xC1, 2), (0xE0, 1))] == [
        0x83, 0x85, 0x40, 0xEF, 0x82, 0x8D]


@pytest.mark.parametrize("collects", [True, False])
def test_long_answer(make, collects):
    modem, host, client = make(collects_61xx=collects)
    _, channel, _, _ = host.open_channel(client, ISD_R)
    error, data, sw = host.apdu(client, channel, b"\x80\xe2\x91\x00\x03" + GET_PROFILES + b"\x00")
    assert error == 0 and (sw == 0x9000 and len(data) > 256 if collects else sw >> 8 == 0x61)
    error, data, sw = host.store(client, channel, GET_PROFILES)
    assert (error, sw) == (0, 0x9000) and data[:2] == b"\xbf\x2d" and len(data) > 256


def test_refusals(make):
    modem, host, client = make(max_apdu=100)
    assert host.open_channel(client, bytes(16))[::2] == (qmi.ERROR_INTERNAL, 0x6A82)
    assert host.open_channel(client, ISD_R, slot=2)[0] == qmi.ERROR_INVALID_ARGUMENT
    assert host.close_channel(client, 9)[0] == qmi.ERROR_INVALID_ARGUMENT
    channels = [host.open_channel(client, ISD_R)[1] for _ in range(3)]
    assert host.open_channel(client, ISD_R)[0] == qmi.ERROR_INSUFFICIENT_RESOURCES
    assert host.apdu(client, channels[0], bytes(120))[0] == qmi.ERROR_ARGUMENT_TOO_LONG
    modem.insert_card(0, None)
    assert host.open_channel(client, ISD_R)[0] == qmi.ERROR_UIM_UNINITIALIZED


def test_the_older_way_to_open(make):
    modem, host, client = make()
    done = host.ask(qmi.UIM, client, 0x3F, [(0x01, b"\x01"), (0x10, qmi.short_array(ISD_R))])
    assert done.error == 0 and modem.open_channels == [done.get(0x10)[0]]


@pytest.mark.parametrize("leaks, left", [(True, 1), (False, 0)])
def test_what_a_released_client_leaves(make, leaks, left):
    modem, host, client = make(leaks_channels=leaks)
    host.open_channel(client, ISD_R)
    host.release(client)
    assert len(modem.open_channels) == left


def test_first_call_after_a_switch(make, pki):
    from esimlab import Card
    modem, host, client = make(Card(pki), first_command_after_switch_fails=True, ready_delay=0)
    assert host.ask(qmi.UIM, client, 0x46, [(0x01, b"\x01"), (0x02, struct.pack("<I", 2))]).error == 0
    wait_until(lambda: not modem.refreshing)
    assert host.open_channel(client, ISD_R)[0] == qmi.ERROR_INTERNAL
    assert host.open_channel(client, ISD_R)[0] == 0


# The card's state

def test_slots(make, card):
    modem, host, client = make(None)
    iccid = ber.iccid_octets(card.active_iccid())
    assert host.slots(client) == [(True, True, 1, iccid), (False, False, 0, b"")]
    answer = host.ask(qmi.UIM, client, 0x47)
    assert DEFAULT_ATR in answer.get(0x11) and answer.get(0x12) == b"\x02\x10" + bytes.fromhex(card.eid) + b"\x00"
    host.register(client)
    to_second = [(0x01, b"\x01"), (0x02, struct.pack("<I", 2))]
    assert host.ask(qmi.UIM, client, 0x46, to_second).error == 0
    assert host.slots(client, host.indication(0x48))[1][1:3] == (True, 1)
    assert host.card(client)[0] == ABSENT
    assert host.ask(qmi.UIM, client, 0x46, to_second).error == qmi.ERROR_NO_EFFECT
    assert host.ask(qmi.UIM, client, 0x46, [(0x01, b"\x01"), (0x02, struct.pack("<I", 3))]).error == 48


def test_single_slot(make):
    _, host, client = make(single_slot=True)
    assert host.ask(qmi.UIM, client, 0x47).error == qmi.ERROR_NOT_SUPPORTED
    assert host.ask(qmi.UIM, client, 0x46, [(0x01, b"\x01"), (0x02, bytes(4))]).error == qmi.ERROR_NOT_SUPPORTED


def test_slot_numbers_of_a_port_that_names_them(card):
    """As over QRTR: the number is the physical slot's."""
    modem = QmiModem([None, card])
    answers = []
    port = modem.call(modem.qmi.add_port, None, True)
    ask = lambda number, *tlvs: modem.call(lambda: modem.qmi.receive(
        port, qmi.UIM, client.number, qmi.Message(qmi.UIM, client.number, qmi.REQUEST, 1, number, tlvs).sdu(),
        answers.append))
    client = modem.call(modem.qmi.allocate, port, qmi.UIM)
    port.send = answers.append
    ask(0x46, (0x01, b"\x01"), (0x02, struct.pack("<I", 2)))
    deadline = time.monotonic() + 2
    while modem.refreshing and time.monotonic() < deadline:
        time.sleep(0.01)
    ask(0x42, (0x01, b"\x01"), (0x10, qmi.short_array(ISD_R)))
    ask(0x42, (0x01, b"\x02"), (0x10, qmi.short_array(ISD_R)))
    assert [a.error for a in answers] == [0, qmi.ERROR_INVALID_ARGUMENT, 0]
    modem.close()


def test_power_off_and_on(make, card):
    modem, host, client = make()
    assert host.register(client, 0xFF) == 21
    host.open_channel(client, ISD_R)
    slot = [(0x01, b"\x01")]
    assert host.ask(qmi.UIM, client, 0x31, slot).error == qmi.ERROR_NO_EFFECT
    assert host.ask(qmi.UIM, client, 0x30, slot).error == 0
    assert host.card(client, host.indication(0x32)) == (ERROR, None)
    assert host.open_channel(client, ISD_R)[0] == qmi.ERROR_UIM_UNINITIALIZED and modem.open_channels == []
    assert host.iccid(client) is None
    assert host.ask(qmi.UIM, client, 0x31, slot).error == 0
    assert [host.card(client, host.indication(0x32)) for _ in range(2)] == [(PRESENT, DETECTED), (PRESENT, READY)]
    assert card.resets == 1 and host.open_channel(client, ISD_R)[0] == 0


def test_power_on_too_soon(make, card):
    _, host, client = make(discharge_time=0.3)
    for wait, resets in ((0, 0), (0.35, 1)):
        assert host.ask(qmi.UIM, client, 0x30, [(0x01, b"\x01")]).error == 0
        time.sleep(wait)
        assert host.ask(qmi.UIM, client, 0x31, [(0x01, b"\x01")]).error == 0
        assert card.resets == resets


def test_provisioning_session(make, card):
    _, host, client = make()
    off, on = [(0x01, b"\x00\x00")], [(0x01, b"\x00\x01"), (0x10, b"\x01\x00")]
    assert host.ask(qmi.UIM, client, 0x38, off).error == 0
    assert host.card(client) == (PRESENT, DETECTED)
    assert host.ask(qmi.UIM, client, 0x38, off).error == qmi.ERROR_NO_EFFECT
    assert host.ask(qmi.UIM, client, 0x38, on).error == 0
    assert host.card(client) == (PRESENT, READY) and card.resets == 0


def test_locked_and_empty(make, card):
    modem, host, client = make(locked=True)
    assert host.card(client) == (PRESENT, PIN_REQUIRED)
    modem.insert_card(0, None)
    assert host.card(client) == (ABSENT, None)


def test_files(make, card):
    _, host, client = make()
    assert host.iccid(client) == ber.iccid_octets(card.active_iccid())
    read = lambda file, offset=0, length=0: host.ask(qmi.UIM, client, 0x20, [
        (0x01, b"\x00\x00"), (0x02, struct.pack("<HBHH", file, 4, 0x3F00, 0x7FFF)), (0x03, struct.pack("<HH", offset, length))])
    octets = qmi.read_long_array(read(0x6F07).get(0x11))
    digits = "".join(f"{octet & 15:x}{octet >> 4:x}" for octet in octets[1:1 + octets[0]])
    assert digits[1:] == card.active_imsi()
    assert qmi.read_long_array(read(0x2FE2, 1, 2).get(0x11)) == ber.iccid_octets(card.active_iccid())[1:3]
    missing = read(0x6F99)
    assert (missing.error, missing.get(0x10)) == (qmi.ERROR_SIM_FILE_NOT_FOUND, b"\x6a\x82")


# Modes of refresh

WALKS = [("ready_0_1", [(PRESENT, DETECTED), (PRESENT, READY)]),
         ("7_0_1", [(PRESENT, None), (PRESENT, DETECTED), (PRESENT, READY)]),
         ("absent", [(ABSENT, None), (PRESENT, DETECTED), (PRESENT, READY)]),
         ("silent", []), ("reset_needed", [])]


@pytest.mark.parametrize("mode, states", WALKS)
def test_refresh(make, card, mode, states):
    modem, host, client = make(refresh_mode=mode)
    host.register(client, 1)
    target = card.profiles[1].iccid
    assert switch(host, client, target)[2] & 0xFF00 in (0x9000, 0x9100)
    seen = [host.indication(0x32) for _ in states]
    assert [message and host.card(client, message) for message in seen] == states
    assert host.indication(0x32, 0.3) is None
    assert modem.open_channels == [] and card.active_iccid() == target
    assert host.open_channel(client, ISD_R)[0] == (qmi.ERROR_INSUFFICIENT_RESOURCES if mode == "reset_needed" else 0)
    assert host.iccid(client) == ber.iccid_octets(target)


def test_refresh_with_its_indication(make, card):
    _, host, client = make(refresh_mode="indication")
    other = host.allocate()
    for number in (0x44, 0x2A):
        flags = b"\x01\x00" + (b"\x00\x00" if number == 0x2A else b"")
        assert host.ask(qmi.UIM, client, number, [(0x01, b"\x00\x00"), (0x02, flags)]).error == 0
    assert host.register(other, 1) == 1
    switch(host, client, card.profiles[1].iccid)
    told = [host.read() for _ in range(4)]
    assert [(m.client, m.number) for m in told] == [(client, 0x33), (other, 0x32), (other, 0x32), (client, 0x33)]
    assert [m.get(0x10)[:2] for m in (told[0], told[3])] == [b"\x01\x00", b"\x02\x00"]
    assert host.ask(qmi.UIM, client, 0x2C, [(0x01, b"\x00\x00"), (0x02, b"\x01")]).error == 0


LADDER = ["provisioning", "power_cycle", "reset"]


@pytest.mark.parametrize("rung", LADDER)
def test_ladder(make, card, rung):
    """The modem shows the former ICCID until the rung that helps it."""
    modem, host, client = make(refresh_mode="silent", stale_identity=True, helped_by=rung)
    before, target = ber.iccid_octets(card.active_iccid()), card.profiles[1].iccid
    switch(host, client, target)
    wait_until(lambda: card.active_iccid() == target)
    assert host.iccid(client) == before and host.slots(client)[0][3] == before
    for step in LADDER[:LADDER.index(rung) + 1]:
        assert host.iccid(client) == before
        host, client = climb(modem, host, client, step)
    assert host.iccid(client) == ber.iccid_octets(target) == host.slots(client)[0][3]
    assert host.card(client) == (PRESENT, READY)


@pytest.mark.parametrize("rung", LADDER)
def test_ladder_of_a_dead_card(make, card, rung):
    modem, host, client = make(refresh_mode="reset_needed", helped_by=rung)
    switch(host, client, card.profiles[1].iccid)
    wait_until(lambda: modem.uicc.dead)
    for step in LADDER[:LADDER.index(rung) + 1]:
        assert host.open_channel(client, ISD_R)[0] == qmi.ERROR_INSUFFICIENT_RESOURCES
        host, client = climb(modem, host, client, step)
    assert host.open_channel(client, ISD_R)[0] == 0


def climb(modem, host, client, step):
    """One rung; (host, client) afterwards."""
    if step == "provisioning":
        for change in ([(0x01, b"\x00\x00")], [(0x01, b"\x00\x01"), (0x10, b"\x01\x00")]):
            assert host.ask(qmi.UIM, client, 0x38, change).error == 0
    elif step == "power_cycle":
        for number in (0x30, 0x31):
            assert host.ask(qmi.UIM, client, number, [(0x01, b"\x01")]).error == 0
        wait_until(lambda: not modem.refreshing)
    else:
        reset(modem, host)
        host.fd = Host(modem.wires[0].path).fd
        client = host.allocate()
    return host, client


def reset(modem, host):
    """Offline, reset, and back on the bus."""
    device = host.allocate(qmi.DMS)
    node = modem.wires[0].node
    assert host.ask(qmi.DMS, device, 0x2E, [(0x01, b"\x04")]).error == qmi.ERROR_INVALID_TRANSITION
    assert host.ask(qmi.DMS, device, 0x2E, [(0x01, b"\x03")]).error == 0
    assert host.ask(qmi.DMS, device, 0x2E, [(0x01, b"\x04")]).error == 0
    wait_until(lambda: modem.wires[0].master < 0)
    host.close()
    wait_until(lambda: modem.wires[0].master >= 0)
    assert node.startswith("/dev/pts/") and modem.resets == 1


def wait_until(look, seconds=3):
    deadline = time.monotonic() + seconds
    while not look():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.01)


def test_re_enumeration(make, card):
    modem, host, client = make(refresh_mode="re_enumerates")
    switch(host, client, card.profiles[1].iccid)
    wait_until(lambda: modem.wires[0].master < 0)
    host.close()
    wait_until(lambda: modem.wires[0].master >= 0)
    host.fd = Host(modem.wires[0].path).fd
    assert host.ask(qmi.UIM, client, 0x2F).error == qmi.ERROR_INVALID_CLIENT
    client = host.allocate()
    assert host.iccid(client) == ber.iccid_octets(card.profiles[1].iccid)


def test_without_refresh_flag_nothing_is_announced(make, card):
    modem, host, client = make(refresh_mode="re_enumerates")
    host.register(client)
    switch(host, client, card.profiles[1].iccid, refresh=False)
    assert host.read(0.3) is None and len(modem.open_channels) == 1


# Faults and hooks

def test_silence_and_other_faults(make, card):
    modem, host, client = make()
    _, channel, _, _ = host.open_channel(client, ISD_R)
    card.fail_at("BF3E", silence=True)
    assert host.store(client, channel, GET_EID, timeout=0.2) is None and modem.exchanges[-1].silent
    apdus = lambda m: m.service == qmi.UIM and m.number == 0x3B
    modem.fail(apdus, qmi.ERROR_DEVICE_NOT_READY)
    assert host.store(client, channel, GET_EID)[0] == qmi.ERROR_DEVICE_NOT_READY
    for how in ("truncate", "oversize", "garbage"):
        modem.fail(apdus, how)
        with pytest.raises(qmi.QmiError):
            host.store(client, channel, GET_EID)
        host.messages.clear()
    assert host.store(client, channel, GET_EID)[2] == 0x9000
    modem.fail(apdus, "silent")
    assert host.store(client, channel, GET_EID, timeout=0.2) is None


def test_hooks_see_every_exchange(make):
    modem, host, client = make()
    before, after, answered = [], [], []
    modem.before_command.append(lambda e: before.append((e.index, e.sw)))
    modem.after_command.append(lambda e: after.append((e.index, e.sw)))
    modem.after_response.append(lambda e: answered.append(e.index))
    _, channel, _, _ = host.open_channel(client, ISD_R)
    host.close_channel(client, channel)
    host.ask(qmi.UIM, client, 0x2F)
    assert (before, after, answered) == ([(0, None), (1, None)], [(0, 0x9000), (1, 0x9000)], [0, 1])


def test_a_hook_may_spoil_what_the_card_says(make, card):
    modem, host, client = make()

    def hook(exchange):
        exchange.spoil = (lambda act: (act() and b"\x01\x02", 0x9000)) if exchange.index == 1 else None
    modem.before_command.append(hook)
    _, channel, _, _ = host.open_channel(client, ISD_R)
    assert host.store(client, channel, GET_EID) == (0, b"\x01\x02", 0x9000)
    assert host.store(client, channel, GET_EID)[1].hex().endswith(card.eid)


def test_unplug_and_replug(make):
    modem, host, client = make()
    host.open_channel(client, ISD_R)
    modem.unplug()
    with pytest.raises(OSError):
        host.write(b"x" * 16)
    modem.replug()
    assert modem.open_channels == []
    again = Host(modem.wires[0].path)
    assert again.open_channel(again.allocate(), ISD_R)[0] == 0
    again.close()


# The data connection

def test_what_interrupts_data(make, card):
    modem, host, client = make(None)
    device = host.allocate(qmi.DMS)
    data = host.allocate(qmi.WDS)
    assert host.ask(qmi.WDS, data, 0x20).error == 0 and modem.connected
    _, channel, _, _ = host.open_channel(client, ISD_R)
    host.store(client, channel, GET_PROFILES)
    host.close_channel(client, channel)
    assert modem.data_interruptions == 0
    wait_until(lambda: modem.data_octets > 0)
    slot = [(0x01, b"\x01")]
    for act in (lambda: host.ask(qmi.UIM, client, 0x30, slot), lambda: host.ask(qmi.UIM, client, 0x31, slot),
                lambda: host.ask(qmi.DMS, device, 0x2E, [(0x01, b"\x01")]),
                lambda: host.ask(qmi.UIM, client, 0x46, [(0x01, b"\x01"), (0x02, struct.pack("<I", 2))])):
        modem.connected = True
        before = modem.data_interruptions
        assert act().error == 0 and modem.data_interruptions == before + 1 and not modem.connected
    octets = modem.data_octets
    time.sleep(0.01)
    assert modem.data_octets == octets


# The real libqmi

def qmicli(path, *arguments):
    done = subprocess.run(["qmicli", "-d", path, "--device-open-qmi", *arguments], capture_output=True, text=True,
                          timeout=20, check=False)
    return done.stdout + done.stderr


@pytest.fixture
def node(card):
    modem = QmiModem([card, None])
    yield modem, PtyWire(modem).path
    modem.close()
    assert modem.errors == [] and modem.syncs == 0


@pytest.mark.parametrize("option, words", [
    ("--dms-get-ids", ["IMEI: '350000000000001'"]), ("--dms-get-model", ["LABMODEM"]),
    ("--dms-get-manufacturer", ["'Lab'"]), ("--dms-get-revision", ["LAB.1.0"]),
    ("--dms-get-operating-mode", ["online"]), ("--dms-get-capabilities", ["gsm, umts, lte"]),
    ("--dms-get-band-capabilities", ["1, 3, 7, 8, 20"]), ("--dms-uim-get-state", ["initialization-completed"]),
    ("--dms-uim-get-pin-status", ["disabled"]),
    ("--uim-get-card-status", ["Card state: 'present'", "usim (2)", "Application state: 'ready'",
                               "Primary GW:   slot '1', application '1'"]),
    ("--uim-get-supported-messages", ["0x003B", "0x0042"]),
    ("--nas-get-serving-system", ["'registered'", "'lte'", "Lab Network"]), ("--nas-get-home-network", ["MCC: '520'"]),
    ("--nas-get-signal-info", ["RSRP"]), ("--nas-get-signal-strength", ["-60"]),
    ("--nas-get-system-selection-preference", ["gsm, umts, lte"]),
    ("--nas-get-technology-preference", ["auto"]),
    ("--wds-get-packet-service-status", ["disconnected"]), ("--wda-get-data-format", ["raw-ip"]),
    ("--get-service-version-info", ["uim (1.46)", "dms (1.14)"]),
    ("--wds-get-profile-list=3gpp", ["Profile list"]),
    ("--uim-read-transparent=0x3F00,0x2FE2", ["98:66:30:42:80:00:00:00:00:81"]),
    ("--dms-get-msisdn", ["InvalidQmiCommand"]),
])
def test_qmicli_reads(node, option, words):
    said = qmicli(node[1], option)
    assert [word for word in words if word not in said] == [], said


def test_qmicli_acts(node, card):
    modem, path = node
    slots = qmicli(path, "--uim-get-slot-status")
    assert "2 physical slots" in slots and "Is eUICC: yes" in slots and card.eid in slots
    assert card.active_iccid() in slots
    assert "Successfully performed SIM power off" in qmicli(path, "--uim-sim-power-off=1")
    assert "power-down" in qmicli(path, "--uim-get-card-status")
    assert "Successfully performed SIM power on" in qmicli(path, "--uim-sim-power-on=1")
    wait_until(lambda: not modem.refreshing)
    change = "--uim-change-provisioning-session=session-type=primary-gw-provisioning,"
    assert "uccess" in qmicli(path, change + "activate=no")
    assert "session doesn't exist" in qmicli(path, "--uim-get-card-status").splitlines()[2]
    assert "uccess" in qmicli(path, change + "activate=yes,slot=1,aid=A0:00:00:00:87:10:02:FF:FF:FF:FF:89:07:09:00:00")
    assert "Successfully switched slots" in qmicli(path, "--uim-switch-slot=2")
    assert modem.active_slot == 1
    assert "reset" in qmicli(path, "--uim-reset")
    assert "uccess" in qmicli(path, "--dms-set-operating-mode=offline")
    assert "uccess" in qmicli(path, "--dms-set-operating-mode=reset")
    assert modem.resets == 1


def test_qmicli_syncs_only_when_told(node):
    modem, path = node
    qmicli(path, "--device-open-sync", "--dms-get-ids")
    assert modem.syncs == 1
    modem.qmi.syncs = 0
