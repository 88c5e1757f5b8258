# SPDX-License-Identifier: LGPL-2.1-or-later
"""The daemon is killed, or the modem pulled out, in the middle of a deregistration: it is ended all the same."""

import os
import signal

import pytest
from esimlab.modem import MbimModem
from esimlab.usbmodem import UsbMbim, UsbWire
from guest import DAEMON, KINDS, is_active, main_pid, show, wait_for
from harness import AGREED
from panel import DEREGISTRATION

ENABLE, DISABLE, DELETE = "BF31", "BF32", "BF33"
POINTS = [(DISABLE, "before"), (DELETE, "before"), (DELETE, "after")]


class Occupant(UsbMbim):
    """Another modem, so that the node of the one that was pulled out is taken when it comes back."""

    strings = ("esimd", "Another modem", "LAB0009")


@pytest.fixture(params=KINDS)
def modem(guest, request):
    guest.need(request.param)
    guest.fresh(request.param, refresh_mode=guest.plain_mode())
    return guest


def begin(panel, profile):
    """A deregistration that has its consent; its path."""
    path = panel.deregister(profile.iccid)
    panel.answer(path, **AGREED)
    return path


def wait_ended(guest, profile):
    """The one deregistration of this profile, once it is completed; a killed daemon numbers its objects anew."""
    def look():
        told = [path for path, every in guest.client.objects("/org/esimd1").items() if DEREGISTRATION in every
                and guest.client.call(path, DEREGISTRATION, "Describe").get("iccid") == profile.iccid
                and guest.client.call(path, DEREGISTRATION, "Describe").get("eid") == guest.card.eid]
        return [guest.client.get(path, DEREGISTRATION, "Stage") for path in told] == ["completed"]
    wait_for(look, "the end of the deregistration")


def judge(guest, profile):
    """Deleted once, told to each recipient, and nothing that a server would complain of."""
    assert guest.card.profile(profile.iccid) is None
    taken = [delivery.notice.address for delivery in guest.smdp.received
             if (delivery.notice.event, delivery.notice.iccid, delivery.notice.eid)
             == ("delete", profile.iccid, guest.card.eid)]
    assert set(taken) == set(profile.recipients("delete"))
    assert not guest.smdp.violations


@pytest.mark.parametrize("tag, when", POINTS)
def test_the_daemon_is_killed(modem, panel, tag, when):
    profile = next(one for one in modem.card.profiles if one.enabled)
    victim = main_pid()
    restarts = int(show(DAEMON, "NRestarts")["NRestarts"])
    happened = modem.at(tag, lambda: os.kill(victim, signal.SIGKILL), when)
    begin(panel, profile)
    wait_for(lambda: happened, "the kill")
    wait_for(lambda: is_active(DAEMON) and main_pid() not in (None, victim), "systemd's restart of esimd")
    assert int(show(DAEMON, "NRestarts")["NRestarts"]) == restarts + 1
    wait_ended(modem, profile)
    judge(modem, profile)


@pytest.mark.parametrize("tag, when", POINTS)
def test_the_modem_is_pulled_out(modem, panel, tag, when):
    """And comes back behind another node."""
    profile = next(one for one in modem.card.profiles if one.enabled)
    daemon, node = main_pid(), modem.wire.node()
    happened = modem.at(tag, modem.modem.unplug, when)
    begin(panel, profile)
    wait_for(lambda: happened and not node.exists(), "the end of the modem's node")
    another = MbimModem([None])
    try:
        occupant = UsbWire(another, Occupant)
        assert wait_for(occupant.node, "the other modem's node") == node
        modem.plug()
        assert wait_for(modem.wire.node, "the modem's node") != node
        wait_ended(modem, profile)
    finally:
        another.close()
    judge(modem, profile)
    assert main_pid() == daemon
