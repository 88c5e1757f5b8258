# SPDX-License-Identifier: LGPL-2.1-or-later
"""The modem on its pty, driven by frames, and by the real libmbim."""

import os
import struct
import subprocess
import sys
import time
from pathlib import Path

import pytest

from esimlab import mbim
from esimlab.card import ISD_R
from esimlab.modem import MbimModem
from esimlab.mbimuicc import INTER_INDUSTRY, class_byte
from esimlab.uicc import DEFAULT_ATR, has_le
from esimlab.wires import PtyWire
from mbimhost import Host

GET_EID = bytes.fromhex("bf3e035c015a")
GET_PROFILES = bytes.fromhex("bf2d00")


@pytest.fixture
def make(card):
    """make (**quirks) -> (modem, host that has opened it)."""
    made = []

    def build(*more_slots, **quirks):
        modem = MbimModem([card, *more_slots], **quirks)
        host = Host(PtyWire(modem).path)
        made.append((modem, host))
        done = host.open()
        assert (done.kind, done.status) == (mbim.OPEN_DONE, 0)
        return modem, host
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


def test_class_bytes():
    assert [class_byte(c, 1) for c in (0, 1, 3, 4, 19)] == [0x80, 0x81, 0x83, 0xC0, 0xCF]
    assert [class_byte(c, 0) for c in (0, 1, 3, 4, 19)] == [0x00, 0x01, 0x03, 0x40, 0x4F]


def test_le():
    assert not has_le(bytes.fromhex("80e29100021122"))
    assert has_le(bytes.fromhex("80e2910002112200"))
    assert has_le(bytes.fromhex("80c0000010"))
    assert not has_le(bytes.fromhex("80c00000"))


def test_command_before_open_is_refused(card):
    modem = MbimModem([card])
    host = Host(PtyWire(modem).path)
    refusal = host.ask(mbim.BASIC_CONNECT, 1)
    assert (refusal.kind, refusal.status) == (mbim.FUNCTION_ERROR, mbim.ERROR_NOT_OPENED)
    host.close()
    modem.close()


def test_eid_comes_through(make, card):
    modem, host = make()
    status, channel, fci = host.open_channel(ISD_R)
    assert status == 0 and channel and fci[:1] == b"\x6f"
    status, data, sw = host.store(channel, GET_EID)
    assert (status, sw) == (0, 0x9000)
    assert data.hex().endswith(card.eid)
    assert host.close_channel(channel) == (0, 0x0090)
    assert [e.kind for e in modem.exchanges] == ["open", "apdu", "close"]
    assert modem.exchange_count() == 3
    assert modem.exchanges[1].tag() == "BF3E"


def test_host_class_byte_is_ignored_and_type_is_not(make):
    modem, host = make()
    _, channel, _ = host.open_channel(ISD_R)
    assert host.store(channel, GET_EID, kind=INTER_INDUSTRY)[2] == 0x6E00
    assert host.store(channel, GET_EID)[2] == 0x9000
    assert modem.exchanges[-1].apdu[0] == 0x80 | channel


def test_long_messages_in_fragments_both_ways(card):
    modem = MbimModem([card], max_transfer=128)
    host = Host(PtyWire(modem).path)
    host.open(max_transfer=4096)
    _, channel, _ = host.open_channel(ISD_R)
    before = host.frames_read
    assert len(host.store(channel, GET_PROFILES)[1]) > 256
    assert host.frames_read - before >= 4
    assert host.ask(mbim.BASIC_CONNECT, 1, bytes(900), max_transfer=128).status == 0
    refusal = host.ask(mbim.BASIC_CONNECT, 1, bytes(900), max_transfer=256)
    assert (refusal.kind, refusal.status) == (mbim.FUNCTION_ERROR, mbim.ERROR_MAX_TRANSFER)
    host.close()
    modem.close()


def test_whole_answer_collected(make, card):
    modem, host = make(collects_61xx=True)
    _, channel, _ = host.open_channel(ISD_R)
    status, data, sw = host.store(channel, GET_PROFILES)
    assert (status, sw) == (0, 0x9000)
    assert len(data) > 256 and data[:2] == b"\xbf\x2d"


def test_61xx_for_the_host(make):
    modem, host = make(collects_61xx=False)
    _, channel, _ = host.open_channel(ISD_R)
    _, data, sw = host.store(channel, GET_PROFILES)
    assert sw >> 8 == 0x61 or len(data) == 256
    while sw >> 8 == 0x61:
        _, more, sw = host.apdu(channel, bytes([0, 0xC0, 0, 0, sw & 0xFF]), kind=INTER_INDUSTRY)
        data += more
    assert sw == 0x9000 and len(data) > 256
    assert modem.exchange_count() == 2
    assert len(modem.exchanges) > 3


def test_accepted_p2(make):
    _, host = make(p2_accepted={0x0C})
    assert host.open_channel(ISD_R, p2=4)[0] == mbim.STATUS_SELECT_FAILED
    assert host.open_channel(ISD_R, p2=0x0C)[0] == 0


def test_unknown_application(make):
    _, host = make()
    assert host.open_channel(bytes(16))[0] == mbim.STATUS_SELECT_FAILED


def test_needs_le(make):
    _, host = make(needs_le=True)
    _, channel, _ = host.open_channel(ISD_R)
    without = b"\x00\xe2\x91\x00" + bytes([len(GET_EID)]) + GET_EID
    assert host.apdu(channel, without)[2] == 0x6700
    assert host.apdu(channel, without + b"\x00")[2] == 0x9000


def test_max_apdu(make):
    _, host = make(max_apdu=100)
    _, channel, _ = host.open_channel(ISD_R)
    assert host.store(channel, bytes(120))[0] == mbim.STATUS_INVALID_PARAMETERS
    assert host.store(channel, GET_EID)[2] == 0x9000


def test_channels_run_out_and_a_group_is_closed(make):
    modem, host = make()
    assert [host.open_channel(ISD_R, group=3)[0] for _ in range(2)] == [0, 0]
    assert host.open_channel(ISD_R, group=1)[0] == 0
    assert host.open_channel(ISD_R)[0] == mbim.STATUS_NO_LOGICAL_CHANNELS
    assert host.close_channel(0, group=3) == (0, 0x0090)
    assert len(modem.open_channels) == 1
    assert host.close_channel(9)[0] == mbim.STATUS_INVALID_LOGICAL_CHANNEL


@pytest.mark.parametrize("leaks, left", [(True, 1), (False, 0)])
def test_what_a_dead_client_leaves(make, leaks, left):
    modem, host = make(leaks_channels=leaks)
    host.open_channel(ISD_R)
    again = Host(modem.wires[0].path)
    assert again.open().status == 0
    assert len(modem.open_channels) == left
    again.close()


@pytest.mark.parametrize("mode, states", [("ready_0_1", [0, 7]), ("7_0_1", [7, 0, 7]), ("silent", []),
                                          ("reset_needed", [])])
def test_refresh(make, card, mode, states):
    modem, host = make(refresh_mode=mode)
    _, channel, _ = host.open_channel(ISD_R)
    assert host.store(channel, disable(card))[:1] == (0,)
    seen = []
    deadline = time.monotonic() + 0.6
    while time.monotonic() < deadline:
        message = host.read(0.1)
        if message is not None and message.service == mbim.BASIC_CONNECT:
            seen.append(struct.unpack_from("<I", message.info)[0])
    assert seen == states
    assert modem.open_channels == [] and card.active_iccid() is None
    assert host.store(channel, GET_EID)[0] == mbim.STATUS_INVALID_LOGICAL_CHANNEL
    if mode == "reset_needed":
        assert host.open_channel(ISD_R)[0] == mbim.STATUS_NO_LOGICAL_CHANNELS
        assert host.ask(mbim.UICC, 6, struct.pack("<I", 1), mbim.SET).status == 0
        time.sleep(0.2)
    assert host.open_channel(ISD_R)[0] == 0
    assert host.ready_state() == 7


@pytest.mark.parametrize("mode, states", [("absent", [2, 0, 7]), ("indication", [0, 7])])
def test_refresh_in_other_ways(make, card, mode, states):
    _, host = make(refresh_mode=mode)
    _, channel, _ = host.open_channel(ISD_R)
    host.store(channel, disable(card))
    assert [struct.unpack_from("<I", host.read().info)[0] for _ in states] == states


def test_refresh_that_takes_the_port_away(make, card):
    modem, host = make(refresh_mode="re_enumerates")
    _, channel, _ = host.open_channel(ISD_R)
    host.store(channel, disable(card))
    comes_back(modem, host)
    again = Host(modem.wires[0].path)
    assert again.ask(mbim.BASIC_CONNECT, 1).kind == mbim.FUNCTION_ERROR
    assert again.open().status == 0 and again.ready_state() == 7
    again.close()


def comes_back(modem, host):
    """Wait for the port to go and to come, its reader let go of."""
    for gone in (True, False):
        deadline = time.monotonic() + 3
        while (modem.wires[0].master < 0) != gone:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        if gone:
            os.dup2(os.open("/dev/null", os.O_RDWR), host.fd)


@pytest.mark.parametrize("rung", ["power_cycle", "reset"])
@pytest.mark.parametrize("habit", [{"refresh_mode": "silent", "stale_identity": True}, {"refresh_mode": "reset_needed"}])
def test_ladder(make, card, rung, habit):
    """UICC reset, then device reset: the one that helps, and not the one below."""
    modem, host = make(helped_by=rung, **habit)
    before = card.active_iccid()
    _, channel, _ = host.open_channel(ISD_R)
    host.store(channel, disable(card))
    deadline = time.monotonic() + 2
    while card.active_iccid() is not None:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    well = lambda: shown_iccid(host) == "" if modem.quirks.stale_identity else host.open_channel(ISD_R)[0] == 0
    assert not well() and (shown_iccid(host) == before or not modem.quirks.stale_identity)
    assert host.ask(mbim.UICC, 6, struct.pack("<I", 1), mbim.SET).status == 0
    while modem.refreshing:
        time.sleep(0.01)
    assert well() == (rung == "power_cycle")
    if rung == "reset":
        assert host.ask(mbim.MS_EXTENSIONS, 10, b"", mbim.SET).status == 0
        comes_back(modem, host)
        host.fd = Host(modem.wires[0].path).fd
        assert host.open().status == 0 and well() and modem.resets == 1


def shown_iccid(host):
    reader = mbim.InfoReader(host.ask(mbim.BASIC_CONNECT, 2).info)
    return (reader.u32(), reader.string(), reader.string())[2]


def test_a_modem_without_the_device_reset(make):
    modem, host = make(knows_reset=False)
    assert host.ask(mbim.MS_EXTENSIONS, 10, b"", mbim.SET).status == mbim.STATUS_NO_DEVICE_SUPPORT
    assert modem.resets == 0


def test_what_interrupts_data(make, card):
    modem, host = make(None)
    modem.connected = True
    _, channel, _ = host.open_channel(ISD_R)
    host.store(channel, GET_PROFILES)
    host.close_channel(channel)
    assert modem.connected and modem.data_interruptions == 0
    host.ask(mbim.UICC, 6, struct.pack("<I", 0), mbim.SET)
    assert not modem.connected and modem.data_interruptions == 1
    modem.connected = True
    assert host.ask(mbim.MS_EXTENSIONS, 7, mbim.InfoWriter().u32(1).blob(struct.pack("<I", 1)).bytes(), mbim.SET).status == 0
    assert modem.data.interruptions == ["card power", "slot switch"] and modem.data_octets > 0


def test_without_refresh_flag_nothing_is_announced(make, card):
    modem, host = make()
    _, channel, _ = host.open_channel(ISD_R)
    host.store(channel, disable(card, refresh=False))
    assert host.read(0.3) is None
    assert modem.open_channels == [channel]


def test_ready_status_holds_identity(make, card):
    _, host = make()
    reader = mbim.InfoReader(host.ask(mbim.BASIC_CONNECT, 2).info)
    assert (reader.u32(), reader.string(), reader.string()) == (1, card.active_imsi(), card.active_iccid())


def test_empty():
    modem = MbimModem([None])
    host = Host(PtyWire(modem).path)
    host.open()
    assert host.ready_state() == 2
    assert host.open_channel(ISD_R)[0] == mbim.STATUS_SIM_NOT_INSERTED
    host.close()
    modem.close()


def test_locked(make):
    assert make(locked=True)[1].ready_state() == 6


def test_slots(make, card):
    modem, host = make(None)
    slot = lambda n: struct.unpack("<II", host.ask(mbim.MS_EXTENSIONS, 8, struct.pack("<I", n)).info)
    assert [slot(0), slot(1)] == [(0, 7), (1, 3)]
    assert host.ask(mbim.MS_EXTENSIONS, 8, struct.pack("<I", 2)).status == mbim.STATUS_INVALID_PARAMETERS
    to_second = mbim.InfoWriter().u32(1).blob(struct.pack("<I", 1)).bytes()
    assert host.ask(mbim.MS_EXTENSIONS, 7, to_second, mbim.SET).status == 0
    assert modem.active_slot == 1 and slot(0) == (0, 2)
    time.sleep(0.15)
    assert host.ready_state() == 2


def test_single_slot(make):
    _, host = make(single_slot=True)
    assert {host.ask(mbim.MS_EXTENSIONS, cid, bytes(4)).status for cid in (5, 7, 8)} == {
        mbim.STATUS_NO_DEVICE_SUPPORT}


def test_slot_indication_only_when_subscribed(make, card):
    modem, host = make()
    modem.call(modem.indicate_slot, 0)
    assert host.read(0.1) is None
    entry = mbim.MS_EXTENSIONS + struct.pack("<II", 1, 8)
    host.ask(mbim.BASIC_CONNECT, 19, mbim.InfoWriter().u32(1).blob(entry).bytes(), mbim.SET)
    modem.call(modem.indicate_slot, 0)
    assert host.read(1).cid == 8
    modem.call(modem.indicate_ready)
    assert host.read(0.1) is None


def test_silence_and_other_faults(make, card):
    modem, host = make()
    _, channel, _ = host.open_channel(ISD_R)
    card.fail_at("BF3E", silence=True)
    assert host.store(channel, GET_EID, timeout=0.2) is None
    assert modem.exchanges[-1].silent
    modem.fail(lambda m: m.service == mbim.UICC, mbim.STATUS_FAILURE)
    assert host.store(channel, GET_EID)[0] == mbim.STATUS_FAILURE
    modem.fail(lambda m: m.service == mbim.UICC, ("host-error", mbim.ERROR_CANCEL))
    refusal = host.ask(mbim.UICC, 1)
    assert (refusal.kind, refusal.status) == (mbim.FUNCTION_ERROR, mbim.ERROR_CANCEL)
    modem.fail(lambda m: m.cid == 4, "truncate")
    with pytest.raises(mbim.MbimError):
        host.store(channel, GET_EID)
    assert host.store(channel, GET_EID)[2] == 0x9000


def test_card_taken_out_and_put_back(make, card):
    modem, host = make()
    host.open_channel(ISD_R)
    modem.insert_card(0, None)
    assert struct.unpack_from("<I", host.read().info)[0] == 2
    assert host.open_channel(ISD_R)[0] == mbim.STATUS_SIM_NOT_INSERTED
    modem.insert_card(0, card)
    assert [struct.unpack_from("<I", host.read().info)[0] for _ in range(2)] == [0, 1]
    assert host.open_channel(ISD_R)[0] == 0


def test_busy_while_the_card_starts(make):
    modem, host = make(ready_delay=0.3)
    assert host.ask(mbim.UICC, 6, struct.pack("<I", 1), mbim.SET).status == 0
    assert host.open_channel(ISD_R)[0] == mbim.STATUS_NOT_INITIALIZED
    time.sleep(0.5)
    assert host.open_channel(ISD_R)[0] == 0


def test_hooks_see_every_exchange(make):
    modem, host = make()
    before, after, answered = [], [], []
    modem.before_command.append(lambda e: before.append((e.index, e.sw)))
    modem.after_command.append(lambda e: after.append((e.index, e.sw)))
    modem.after_response.append(lambda e: answered.append(e.index))
    _, channel, _ = host.open_channel(ISD_R)
    host.store(channel, GET_EID)
    host.ask(mbim.BASIC_CONNECT, 1)
    assert (before, after, answered) == ([(0, None), (1, None)], [(0, 0x9000), (1, 0x9000)], [0, 1])


def test_a_hook_may_spoil_what_the_card_says(make, card):
    modem, host = make()
    true = []

    def spoil(act):
        true.append(act())
        return b"\x01\x02", 0x9000

    def hook(exchange):
        exchange.spoil = spoil if exchange.index in (1, 3) else None
    modem.before_command.append(hook)
    _, channel, _ = host.open_channel(ISD_R)
    assert host.store(channel, GET_EID) == (0, b"\x01\x02", 0x9000)
    status, answer, sw = host.store(channel, GET_EID)
    assert (status, sw, true[0]) == (0, 0x9000, (answer, 0x9000)) and bytes.fromhex(card.eid) in answer
    host.close_channel(channel)
    assert true[1] == (b"", 0x9000) and modem.open_channels == []


def test_unplug_and_replug(make):
    modem, host = make()
    wire = modem.wires[0]
    path = wire.path
    host.open_channel(ISD_R)
    modem.unplug()
    with pytest.raises(OSError):
        host.write(b"x" * 16)
    modem.replug()
    assert modem.open_channels == []
    again = Host(wire.path)
    assert again.open().status == 0 and again.open_channel(ISD_R)[0] == 0
    again.close()
    assert path.startswith("/dev/pts/")


def test_killed_in_the_middle_of_a_frame(make):
    modem, host = make()
    host.write(mbim.Message(mbim.COMMAND, 5, service=mbim.UICC, cid=4, info=bytes(80)).pack()[:50])
    time.sleep(0.05)
    modem.wires[0].flush()
    again = Host(modem.wires[0].path)
    assert again.open().status == 0
    again.close()


def test_flush_takes_what_was_not_yet_read(make):
    modem, host = make()
    _, channel, _ = host.open_channel(ISD_R)

    def die_while_the_next_waits(exchange):
        if exchange.index == 1:
            time.sleep(0.1)
            modem.wires[0].flush()
    modem.after_response.append(die_while_the_next_waits)
    host.store(channel, GET_EID)
    assert host.store(channel, GET_EID, timeout=0.3) is None
    assert len(modem.exchanges) == 2


def test_malformed_frame_is_answered(make):
    _, host = make()
    frame = bytearray(mbim.Message(mbim.COMMAND, 77, service=mbim.UICC, cid=4).pack())
    frame[44] = 200
    host.write(bytes(frame))
    refusal = host.answer(77)
    assert (refusal.kind, refusal.status) == (mbim.FUNCTION_ERROR, mbim.ERROR_LENGTH_MISMATCH)


def test_record(card, tmp_path):
    modem = MbimModem([card], record_file=tmp_path / "frames")
    host = Host(PtyWire(modem).path)
    host.open()
    host.close()
    modem.close()
    lines = (tmp_path / "frames").read_text().splitlines()
    assert [line.split()[1:3] for line in lines] == [["pty", ">"], ["pty", "<"]]


# The real libmbim

def mbimcli(path, *arguments):
    return subprocess.run(["mbimcli", "-d", path, *arguments], capture_output=True, text=True,
                          timeout=20, check=False)


def test_mbimcli(card):
    modem = MbimModem([card, None])
    path = PtyWire(modem).path
    caps = mbimcli(path, "--query-device-caps")
    assert "LABMODEM" in caps.stdout, caps.stderr
    assert card.active_iccid() in mbimcli(path, "--query-subscriber-ready-status").stdout
    assert "ms-uicc-low-level-access" in mbimcli(path, "--query-device-services").stdout
    assert "Number of slots: '2'" in mbimcli(path, "--ms-query-sys-caps").stdout
    assert "slot '0'" in mbimcli(path, "--ms-query-device-slot-mappings").stdout
    assert "active-esim" in mbimcli(path, "--ms-query-slot-info-status=0").stdout
    assert "empty" in mbimcli(path, "--ms-query-slot-info-status=1").stdout
    modem.close()
    assert modem.errors == []


def test_mbimcli_reaches_the_card(card):
    """With the options of 1.28; each call opens the modem anew, so nothing lies open but channels."""
    modem = MbimModem([card, None])
    path = PtyWire(modem).path
    assert DEFAULT_ATR.hex().upper() in mbimcli(path, "--ms-query-uicc-atr").stdout.replace(":", "").upper()
    opened = mbimcli(path, f"--ms-set-uicc-open-channel=application-id={ISD_R.hex()},selectp2arg=4,channel-group=3")
    assert len(modem.open_channels) == 1, opened.stdout + opened.stderr
    channel = modem.open_channels[0]
    command = "80e2910006" + GET_EID.hex() + "00"
    said = mbimcli(path, f"--ms-set-uicc-apdu=channel={channel},secure-message=none,classbyte-type=extended,command={command}")
    assert card.eid in said.stdout.replace(":", ""), said.stdout + said.stderr
    mbimcli(path, f"--ms-set-uicc-close-channel=channel={channel},channel-group=3")
    assert modem.open_channels == [] and [e.kind for e in modem.exchanges] == ["open", "apdu", "close"]
    assert "enabled" in mbimcli(path, "--ms-set-uicc-reset=enable").stdout and card.resets == 1
    assert "slot '1'" in mbimcli(path, "--ms-set-device-slot-mappings=1").stdout and modem.active_slot == 1
    modem.close()
    assert modem.errors == []


def run_libmbim(path, proxy=False, wrap=()):
    """What libmbim's own client code makes of the modem; in a process, as it wants a main loop."""
    script = Path(__file__).with_name("libmbim_client.py")
    arguments = [*wrap, sys.executable, str(script), path] + (["proxy"] if proxy else [])
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)


@pytest.mark.parametrize("quirks", [{}, {"max_transfer": 256}, {"mbimex": 0x0300}])
def test_libmbim(card, quirks):
    modem = MbimModem([card], **quirks)
    said = run_libmbim(PtyWire(modem).path)
    assert said["atr"] == DEFAULT_ATR.hex()
    assert said["eid"].endswith(card.eid)
    assert int(said["profiles"]) > 256
    assert said["close"] == "9000"
    modem.close()
    assert modem.errors == []


def has_namespaces():
    return subprocess.run(["unshare", "-rn", "true"], capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not has_namespaces(), reason="this machine allows no namespaces here: run as root outside a chroot, "
                                                 "or allow user namespaces")
def test_libmbim_by_the_proxys_socket():
    """In a network namespace of its own, where the abstract name is free."""
    said = run_libmbim("/dev/null", True, ["unshare", "-rn"])
    assert said["close"] == "9000" and int(said["profiles"]) > 256
