# SPDX-License-Identifier: LGPL-2.1-or-later
"""Each modem of habits.py does what its line says, and what a host makes of it that knows how."""

import struct
import subprocess
import time

import pytest

import mbimhost
import qmihost
from esimlab import Card, ber, mbim, qmi
from esimlab.card import ISD_R
from esimlab.habits import HABITS, habit, make
from esimlab.lab import TOP, Lab
from esimlab.wires import PtyWire
from test_lab import build  # noqa: F401

GET_EID = bytes.fromhex("bf3e035c015a")
WITHOUT_LE = b"\x80\xe2\x91\x00\x06" + GET_EID


@pytest.fixture
def meet(card):
    """meet (name, *more_slots) -> (modem, host that has opened it, its client of UIM or None)."""
    made = []

    def build_one(name, *more_slots):
        modem = make(name, [card, *more_slots])
        path = PtyWire(modem).path
        if habit(name)[0] == "qmi":
            host = qmihost.Host(path)
            made.append((modem, host))
            return modem, host, host.allocate()
        host = mbimhost.Host(path)
        made.append((modem, host))
        assert host.open().status == 0
        return modem, host, None
    yield build_one
    for modem, host in made:
        host.close()
        modem.close()
        assert modem.errors == []


def reads_eid(host, client, card, p2=0x0C):
    """By the way that works with every modem that works."""
    if client is None:
        status, channel, _ = host.open_channel(ISD_R, p2=p2)
        data = host.store(channel, GET_EID)[1] if status == 0 else b""
        host.close_channel(channel)
    else:
        status, channel, _, _ = host.open_channel(client, ISD_R)
        data = host.store(client, channel, GET_EID)[1] if status == 0 else b""
        host.close_channel(client, channel)
    return data.hex().endswith(card.eid)


NOT_TO_BE_READ = {"EM05-G", "L860-GL", "SIM7600G-H", "LE910C4", "leaked-channels", "leaked-channels-qmi"}


@pytest.mark.parametrize("name", HABITS)
def test_which_can_be_read(meet, card, name):
    modem, host, client = meet(name)
    assert modem.quirks.model == name or name.startswith("leaked")
    assert reads_eid(host, client, card) == (name not in NOT_TO_BE_READ)


def test_at_least_ten_and_a_name_that_is_none():
    assert len(HABITS) >= 10
    with pytest.raises(ValueError, match="no modem is called RM500; known are EM05-G, "):
        habit("RM500")


def test_channel_does_not_open(meet):
    _, host, _ = meet("EM05-G")
    assert host.open_channel(ISD_R)[0] == mbim.STATUS_FAILURE


@pytest.mark.parametrize("name, status", [("RM502Q-GL", 0), ("EP06-E", 0), ("EM9191", 0), ("EM7590", 9), ("EM9291", 9),
                                          ("L850-GL", 9)])
def test_slot_mappings(meet, name, status):
    _, host, _ = meet(name)
    assert host.ask(mbim.MS_EXTENSIONS, 7).status == status
    to_first = mbim.InfoWriter().u32(1).blob(struct.pack("<I", 0)).bytes()
    assert host.ask(mbim.MS_EXTENSIONS, 7, to_first, mbim.SET).status == status
    assert host.ask(mbim.MS_EXTENSIONS, 8, bytes(4)).status == (9 if name == "L850-GL" else 0)


def enable(card, refresh):
    inner = b"\xa0\x0c\x5a\x0a" + ber.iccid_octets(card.profiles[1].iccid) + b"\x81\x01" + (b"\xff" if refresh else b"\x00")
    return b"\xbf\x31" + bytes([len(inner)]) + inner


def wait_until(look):
    deadline = time.monotonic() + 3
    while not look():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.01)


def test_cat_busy_then_the_port_goes(meet, card):
    modem, host, client = meet("EG25-G")
    target = card.profiles[1].iccid
    _, channel, _, _ = host.open_channel(client, ISD_R)
    assert host.store(client, channel, enable(card, True))[1] == bytes.fromhex("bf3103800105")
    assert host.store(client, channel, enable(card, True))[1] == bytes.fromhex("bf3103800100")
    wait_until(lambda: modem.wires[0].master < 0)
    host.close()
    wait_until(lambda: modem.wires[0].master >= 0)
    host.fd = qmihost.Host(modem.wires[0].path).fd
    assert host.iccid(host.allocate()) == ber.iccid_octets(target)


def test_without_the_refresh_flag_the_port_stays(meet, card):
    modem, host, client = meet("EG25-G")
    before = host.iccid(client)
    _, channel, _, _ = host.open_channel(client, ISD_R)
    said = [host.store(client, channel, enable(card, False))[1].hex() for _ in range(2)]
    assert said == ["bf3103800105", "bf3103800100"]
    assert host.read(0.4) is None and modem.wires[0].master >= 0 and card.needs_reset and host.iccid(client) == before
    for number in (0x30, 0x31):
        assert host.ask(qmi.UIM, client, number, [(0x01, b"\x01")]).error == 0
    wait_until(lambda: not modem.refreshing)
    assert host.iccid(client) == ber.iccid_octets(card.profiles[1].iccid)


@pytest.mark.parametrize("name", ["EC25", "EC20"])
def test_card_seems_removed_and_then_stale(meet, card, name):
    modem, host, client = meet(name)
    before = host.iccid(client)
    host.register(client, 1)
    _, channel, _, _ = host.open_channel(client, ISD_R)
    host.store(client, channel, enable(card, True))
    states = [host.card(client, host.indication(0x32)) for _ in range(3)]
    assert states[0] == (0, None) and states[2] == (1, 7)
    assert host.iccid(client) == before
    for number in (0x30, 0x31):
        assert host.ask(qmi.UIM, client, number, [(0x01, b"\x01")]).error == 0
    wait_until(lambda: not modem.refreshing)
    assert host.iccid(client) == ber.iccid_octets(card.profiles[1].iccid)


@pytest.mark.parametrize("name", ["L850-GL", "DW5821e-eSIM", "T99W175"])
def test_p2_le_and_class(meet, name):
    _, host, _ = meet(name)
    status, channel, _ = host.open_channel(ISD_R, p2=0x0C)
    assert status == 0
    assert host.apdu(channel, WITHOUT_LE)[2] == 0x6700
    assert host.apdu(channel, WITHOUT_LE + b"\x00", kind=0)[2] == 0x6E00
    assert host.apdu(channel, WITHOUT_LE + b"\x00")[2] == 0x9000
    host.close_channel(channel)
    assert host.open_channel(ISD_R, p2=4)[0] == mbim.STATUS_SELECT_FAILED
    again = host.open_channel(ISD_R, p2=0x0C)[0]
    assert again == (mbim.STATUS_NO_LOGICAL_CHANNELS if name == "L850-GL" else 0)


def test_a_failed_open_is_over_after_a_reset(meet):
    modem, host, _ = meet("L850-GL")
    assert host.open_channel(ISD_R, p2=4)[0] == mbim.STATUS_SELECT_FAILED
    assert host.ask(mbim.UICC, 6, struct.pack("<I", 1), mbim.SET).status == 0
    wait_until(lambda: not modem.refreshing)
    assert host.open_channel(ISD_R, p2=0x0C)[0] == mbim.STATUS_NO_LOGICAL_CHANNELS
    modem.unplug()
    modem.replug()
    host.close()
    host.fd = mbimhost.Host(modem.wires[0].path).fd
    assert host.open().status == 0 and host.open_channel(ISD_R, p2=0x0C)[0] == 0


def test_apdu_for_an_invalid_channel(meet):
    _, host, _ = meet("L860-GL")
    status, channel, _ = host.open_channel(ISD_R)
    assert status == 0 and host.store(channel, GET_EID)[0] == mbim.STATUS_INVALID_LOGICAL_CHANNEL


def test_first_call_after_a_switch(meet, pki):
    second = Card(pki)
    modem, host, _ = meet("X55", second)
    modem.quirks.ready_delay = 0
    to_second = mbim.InfoWriter().u32(1).blob(struct.pack("<I", 1)).bytes()
    assert host.ask(mbim.MS_EXTENSIONS, 7, to_second, mbim.SET).status == 0
    wait_until(lambda: not modem.refreshing)
    assert host.open_channel(ISD_R)[0] == mbim.STATUS_FAILURE
    assert reads_eid(host, None, second)


@pytest.mark.parametrize("name", ["SIM7600G-H", "LE910C4"])
def test_access_denied(meet, name):
    _, host, client = meet(name)
    assert host.open_channel(client, ISD_R)[0] == qmi.ERROR_ACCESS_DENIED


def test_leaked_channels(meet, card):
    modem, host, _ = meet("leaked-channels")
    assert host.open_channel(ISD_R)[0] == mbim.STATUS_NO_LOGICAL_CHANNELS
    assert host.close_channel(0, group=3)[0] == 0 and modem.open_channels == []
    assert reads_eid(host, None, card)


def test_leaked_channels_over_qmi(meet, card):
    modem, host, client = meet("leaked-channels-qmi")
    assert host.open_channel(client, ISD_R)[0] == qmi.ERROR_INSUFFICIENT_RESOURCES
    assert [host.close_channel(client, number)[0] for number in (1, 2, 3)] == [0, 0, 0]
    assert reads_eid(host, client, card)


def test_by_name_in_a_laboratory(pki):
    with Lab(pki=pki, daemon=False, modem="EG25-G") as lab:
        assert lab.transport == "qmi" and lab.modem.quirks.model == "EG25-G"
        said = lab.run("qmicli", "--device-open-qmi", "-d", lab.wire.path, "--dms-get-model").stdout
        assert "Model: 'EG25-G'" in said


def test_in_the_command(build):  # noqa: F811
    run = [str(TOP / "tools" / "lab"), "--build", str(build), "--habit"]
    done = subprocess.run([*run, "EC25", "--quirk", "slow=0.1"], input="true\n", capture_output=True, text=True, timeout=60,
                          check=False)
    assert done.returncode == 0 and "(qmi), with" in done.stdout, done.stderr
    done = subprocess.run([*run, "RM500"], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode != 0 and "known are EM05-G" in done.stderr
