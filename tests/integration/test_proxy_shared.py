# SPDX-License-Identifier: LGPL-2.1-or-later
"""Another program asks the card through mbim-proxy at the same time, as ModemManager does for the EID, with channel group 1.
Neither disturbs the other."""

import re

import pytest
from esimlab import netns
from esimlab.card import ISD_R
from harness import wait_until
from panel import EUICC, PROFILE, Panel
from scene import BLUE

pytestmark = pytest.mark.skipif(not netns.available(), reason="this machine allows no namespaces here: run as root outside a "
                                                              "chroot, or allow user namespaces")
GET_EID = "BF3E035C015A"


class Other:
    """mbimcli with a channel to the ISD-R that it keeps open."""

    def __init__(self, lab):
        self.lab = lab
        said = self._ask(f"--ms-set-uicc-open-channel=application-id={ISD_R.hex()},selectp2arg=4,channel-group=1")
        self.channel = int(re.search(r"channel: (\d+)", said).group(1))

    def _ask(self, question):
        done = self.lab.run("mbimcli", "-p", "-d", self.lab.wire.path, question)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def eid(self):
        """The answer to GetEID, as hexadecimal digits."""
        command = f"{0x80 | self.channel:02X}E2910006{GET_EID}00"
        return re.sub(r"[^0-9A-F]", "", self._ask(f"--ms-set-uicc-apdu=channel={self.channel},secure-message=none,"
                                                  f"classbyte-type=extended,command={command}").upper())

    def close(self):
        self._ask(f"--ms-set-uicc-close-channel=channel={self.channel},channel-group=1")


def test_neither_disturbs_the_other(make_lab):
    lab = make_lab(proxy=True)
    panel = Panel(lab)
    blue = panel.profile(BLUE)
    other = Other(lab)
    assert lab.card.eid in other.eid()
    # Reading and naming, in a session that is kept and in a new one, while the other keeps its channel and uses it.
    for name in ("one", "two"):
        panel.run(panel.euicc(), EUICC, "Refresh")
        panel.call(blue, PROFILE, "SetNickname", name)
        assert lab.card.eid in other.eid()
        panel.client.wait_until(lambda: len(lab.modem.open_channels) == 1)
        assert lab.card.eid in other.eid()
    assert lab.modem.data_interruptions == 0
    other.close()
    assert lab.modem.open_channels == []


def test_a_crash_takes_no_channel_of_others(make_lab):
    """The daemon closes what an earlier run left open: its own group, and no other."""
    lab = make_lab(proxy=True)
    panel = Panel(lab)
    panel.wait_closed()
    other = Other(lab)
    happened = lab.kill_at(3, "after")
    panel.call(panel.euicc(), EUICC, "Refresh")
    wait_until(panel, lambda: happened and not lab.daemon.alive())
    assert len(lab.modem.open_channels) == 2
    lab.daemon.start()
    wait_until(panel, lambda: BLUE in panel.profiles())
    panel.client.wait_until(lambda: len(lab.modem.open_channels) == 1)
    assert lab.card.eid in other.eid()
    other.close()
