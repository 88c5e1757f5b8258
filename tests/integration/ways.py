# SPDX-License-Identifier: LGPL-2.1-or-later
"""What tests over several transports share: which command of the host's is meant, what the modem announced and when, and
the whole life of a profile in one breath."""

import json
import time

import pytest
from esimlab import mbim, qmi
from esimlab.mbimuicc import CID_APDU, CID_CLOSE_CHANNEL, CID_OPEN_CHANNEL
from esimlab.profiles import demo_profiles
from panel import DEREGISTRATION, EUICC, PROFILE

AIS, BLUE, ISLAND = (profile.iccid for profile in demo_profiles())
AGREED = {"contract-continues": True}
QMI_WAYS = ("qmi", "qmi-over-mbim")
WAYS = ("mbim", *QMI_WAYS)
QMI_OPEN, QMI_APDU, QMI_LOGICAL_CHANNEL = 0x42, 0x3B, 0x3F
# A time-out of ours that is far longer than any of the lab's modems takes for a switch.
FAR = 15


def on(*normal, long=()):
    """Marks a test to run with a modem that speaks each of these."""
    return pytest.mark.parametrize("transport", [*normal, *(pytest.param(one, marks=pytest.mark.long) for one in long)])


def asks(message, what):
    """Whether this message of the host's is about "open", "close" or a function of the card by its tag ("BF31")."""
    return about(message) == what


def about(message):
    """What of the card this message is about, in either protocol: "open", "close", a tag, or None."""
    if isinstance(message, qmi.Message):
        return about_qmi(message)
    if message.service != mbim.UICC:
        return None
    if message.cid in (CID_OPEN_CHANNEL, CID_CLOSE_CHANNEL):
        return "open" if message.cid == CID_OPEN_CHANNEL else "close"
    if message.cid != CID_APDU:
        return None
    info = mbim.InfoReader(message.info)
    info.u32(), info.u32(), info.u32()
    return tag_in(info.uicc_blob())


def about_qmi(message):
    if message.service != qmi.UIM or message.kind != qmi.REQUEST:
        return None
    if message.number == QMI_OPEN:
        return "open"
    if message.number == QMI_LOGICAL_CHANNEL:
        return "close" if message.get(0x11) is not None else "open"
    if message.number != QMI_APDU or not message.get(0x02):
        return None
    return tag_in(qmi.read_long_array(message.get(0x02)))


def tag_in(command):
    """The tag with which a function's first STORE DATA begins."""
    if len(command) < 7 or command[1] != 0xE2 or command[3] != 0:
        return None
    return command[5:7].hex().upper()


class Announcements:
    """When the modem told its hosts of the card's state, and which it was."""

    def __init__(self, modem):
        self.modem, self.seen = modem, []
        announce = modem.indicate_ready

        def indicate_ready():
            self.seen.append((time.monotonic(), modem.card_state()))
            announce()
        modem.call(setattr, modem, "indicate_ready", indicate_ready)

    def last(self):
        """The moment of the last one."""
        return self.seen[-1][0]

    def first_open_after(self, moment):
        """When the card was next opened after that: the daemon had ended its wait then."""
        return next(e.when for e in self.modem.exchanges if e.kind == "open" and e.when >= moment)

    def opened_before_its_time(self):
        """Whether a channel was asked for between the card's own reset and the last announcement."""
        begin, end = self.seen[0][0], self.last()
        return [e for e in self.modem.exchanges if e.kind == "open" and begin <= e.when < end]


def check_whole_life(panel):
    """Rename, switch, switch back, delete, deregister what is enabled; everybody is told, with a receipt."""
    lab = panel.lab
    panel.run(panel.profile(BLUE), PROFILE, "SetNickname", "Reise 旅行")
    assert lab.card.profile(BLUE).nickname == panel.get(panel.profile(BLUE), PROFILE, "Nickname") == "Reise 旅行"
    panel.run(panel.profile(BLUE), PROFILE, "Enable")
    check_enabled(panel, BLUE)
    panel.run(panel.profile(BLUE), PROFILE, "Disable")
    check_enabled(panel, None)
    panel.run(panel.profile(ISLAND), PROFILE, "Delete", **AGREED)
    assert lab.card.profile(ISLAND) is None and ISLAND not in panel.profiles()
    panel.run(panel.profile(AIS), PROFILE, "Enable")
    check_deregistration(panel, AIS)
    assert set(panel.profiles()) == {BLUE}
    panel.wait_card_empty()
    assert lab.smdp.violations == []
    panel.wait_closed()


def check_enabled(panel, iccid):
    """Card, modem and bus agree."""
    lab = panel.lab
    assert lab.card.active_iccid() == iccid
    assert lab.modem.identity()[0] == iccid
    shown = [one for one, (_, seen) in panel.profiles().items() if seen["State"] == "enabled"]
    assert shown == ([iccid] if iccid else [])


def check_deregistration(panel, iccid, **values):
    """From the question to the receipt."""
    lab = panel.lab
    path = panel.deregister(iccid, **values)
    panel.answer(path, consent=True, **AGREED)
    panel.wait_stage(path, "completed", timeout=40)
    assert lab.card.profile(iccid) is None and iccid not in panel.profiles()
    told = panel.describe(path, DEREGISTRATION)
    assert told["acknowledged"] and "error" not in told, told
    receipt = json.loads(panel.client.call(path, DEREGISTRATION, "GetReceipt"))
    signed = [n for n in lab.card.euicc.notifications.raised if n.event == "delete" and n.iccid == iccid]
    assert signed and len(receipt["delete-notifications"]) == len(signed)
    assert all(proof["acknowledged-by"] for proof in receipt["delete-notifications"])
    return path


def state(panel):
    return panel.get(panel.euicc(), EUICC, "State")
