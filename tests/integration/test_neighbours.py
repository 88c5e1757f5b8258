# SPDX-License-Identifier: LGPL-2.1-or-later
"""What else lives with the modem is not disturbed: a data connection goes on while the card is only read, and another
program's channel and APDUs go through the same proxy beside ours."""

import threading

import pytest
from esimlab import netns
from esimlab.card import ISD_R, USIM
from esimlab.daemon import PATIENCE
from harness import wait_until
from otherhost import OtherHost
from panel import DEREGISTRATION, EUICC, MANAGER, PROFILE, ROOT_PATH, Panel
from ways import AIS, BLUE, ISLAND, WAYS, check_enabled, on

QUICK = {"card": {"linger-milliseconds": "50", "switch-timeout-seconds": "2"}}
GET_EID = bytes.fromhex("bf3e035c015a")
needs_namespaces = pytest.mark.skipif(not netns.available(), reason="no network namespaces here")
ON_EACH = on("mbim", "qmi", long=["qmi-over-mbim"])


# Data

@on(*WAYS)
def test_data_goes_on_while_the_card_is_read(make_lab, transport):
    lab = make_lab(daemon=False, config=QUICK)
    lab.modem.connected = True
    lab.daemon.start()
    panel = Panel(lab)
    panel.run(panel.euicc(), EUICC, "Refresh", details=True, notifications=True)
    panel.run(panel.profile(BLUE), PROFILE, "SetNickname", "x")
    panel.run(panel.euicc(), EUICC, "SendNotifications")
    panel.notifications()
    panel.client.call(ROOT_PATH, MANAGER, "ListModems")
    path = panel.deregister(AIS)
    panel.wait_question(path)
    panel.client.call(path, DEREGISTRATION, "Withdraw")
    panel.wait_closed()
    lab.daemon.restart()
    assert lab.modem.data_interruptions == 0 and lab.modem.connected, lab.modem.data.interruptions
    # The account is kept: what must end it does.
    panel.run(panel.profile(BLUE), PROFILE, "Enable")
    assert lab.modem.data_interruptions > 0


@on(*WAYS)
def test_a_deletion_of_a_disabled_profile_cuts_nothing(make_lab, transport):
    panel = Panel(make_lab(config=QUICK))
    panel.lab.modem.connected = True
    panel.run(panel.profile(ISLAND), PROFILE, "Delete", **{"contract-continues": True})
    panel.wait_card_empty()
    assert panel.lab.modem.data_interruptions == 0, panel.lab.modem.data.interruptions


# Another program

@pytest.fixture
def panel(make_lab):
    return Panel(make_lab(proxy=True, config=QUICK))


@pytest.fixture
def other(panel):
    with OtherHost(panel.lab) as host:
        yield host


def check_serves(panel, other, channel):
    """The other's channel is open, and the card answers on it."""
    error, data, word = other.store(channel, GET_EID)
    assert (error, word) == (0, 0x9000) and bytes.fromhex(panel.lab.card.eid) in data


@needs_namespaces
@ON_EACH
def test_its_channel_outlives_our_work(panel, other):
    channel = other.open(ISD_R)
    for method, arguments, values in (("Refresh", [], {}), ("Refresh", [], {"details": True, "notifications": True}),
                                      ("SendNotifications", [], {})):
        panel.run(panel.euicc(), EUICC, method, *arguments, **values)
        check_serves(panel, other, channel)
    panel.run(panel.profile(BLUE), PROFILE, "SetNickname", "x")
    panel.run(panel.profile(ISLAND), PROFILE, "Delete", **{"contract-continues": True})
    panel.wait_card_empty()
    wait_until(panel, lambda: panel.lab.modem.open_channels == [channel])
    check_serves(panel, other, channel)
    assert other.close_channel(channel) == 0


@needs_namespaces
@ON_EACH
def test_its_commands_go_between_ours(panel, other):
    """A hundred of them, while we read and write: each gets its own answer, and so does each of ours."""
    channel, wrong, done = other.open(ISD_R), [], threading.Event()

    def ask():
        for _ in range(100):
            try:
                check_serves(panel, other, channel)
            except AssertionError as error:
                wrong.append(error)
        done.set()
    thread = threading.Thread(target=ask)
    thread.start()
    rounds = 0
    while not done.is_set() or rounds < 5:
        panel.run(panel.profile(BLUE), PROFILE, "SetNickname", f"name {rounds}")
        panel.run(panel.euicc(), EUICC, "Refresh")
        assert panel.lab.card.profile(BLUE).nickname == f"name {rounds}"
        rounds += 1
    thread.join(20 * PATIENCE)
    assert wrong == []


@needs_namespaces
@ON_EACH
def test_its_channel_outlives_our_end(panel, other):
    """Whether we leave or are killed; and what we clear away at the next start is ours alone."""
    panel.run(panel.euicc(), EUICC, "Refresh")
    channel = other.open(USIM)
    panel.lab.daemon.restart()
    wait_until(panel, lambda: panel.lab.modem.open_channels == [channel])
    happened = panel.lab.kill_at(3, "after")
    panel.call(panel.euicc(), EUICC, "Refresh")
    wait_until(panel, lambda: happened and not panel.lab.daemon.alive())
    assert len(panel.lab.modem.open_channels) == 2
    panel.lab.daemon.start()
    wait_until(panel, lambda: panel.lab.modem.open_channels == [channel])
    panel.run(panel.euicc(), EUICC, "Refresh")
    assert channel in panel.lab.modem.open_channels and other.close_channel(channel) == 0


@needs_namespaces
@ON_EACH
def test_it_has_every_channel(panel, other):
    """They are its own, so they stay; we say who is in the way, and go on when one is free."""
    panel.wait_closed()
    channels = [other.open(ISD_R) for _ in range(3)]
    name, told = panel.fails(panel.profile(BLUE), PROFILE, "Enable")
    assert name == "ModemError" and "channel" in told["error"] and "other program" in told["error"]
    assert panel.lab.modem.open_channels == sorted(channels)
    for channel in channels:
        check_serves(panel, other, channel)
    other.close_channel(channels[0])
    panel.run(panel.profile(BLUE), PROFILE, "Enable")
    check_enabled(panel, BLUE)


TOOLS = {"mbim": ["mbimcli", "--query-subscriber-ready-status"],
         "qmi": ["qmicli", "--device-open-qmi", "--uim-get-slot-status"],
         "qmi-over-mbim": ["qmicli", "--device-open-mbim", "--uim-get-slot-status"]}


@needs_namespaces
@ON_EACH
def test_tools_beside_us(panel, transport):
    lab = panel.lab
    for _ in range(3):
        operation = panel.call(panel.euicc(), EUICC, "Refresh", details=True)
        said = lab.run(*TOOLS[transport], "-p", "-d", lab.wire.path)
        assert lab.card.active_iccid() in said.stdout, said
        assert panel.wait_ended(operation)["State"] == "succeeded"
    panel.run(panel.profile(BLUE), PROFILE, "Enable")
    assert BLUE in lab.run(*TOOLS[transport], "-p", "-d", lab.wire.path).stdout
    assert lab.modem.syncs == 0
