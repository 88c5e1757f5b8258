# SPDX-License-Identifier: LGPL-2.1-or-later
"""Through the real qmi-proxy: what it keeps for a program that died is given back by the next run."""

import pytest
from esimlab import netns, qmi
from harness import wait_until
from panel import EUICC, Panel
from scene import BLUE

pytestmark = pytest.mark.skipif(not netns.available(), reason="this machine allows no namespaces here: run as root outside a "
                                                              "chroot, or allow user namespaces")


def test_a_crash_takes_nothing_for_ever(make_lab):
    lab = make_lab(transport="qmi", proxy=True)
    panel = Panel(lab)
    panel.wait_closed()
    happened = lab.kill_at(3, "after")
    panel.call(panel.euicc(), EUICC, "Refresh")
    wait_until(panel, lambda: happened and not lab.daemon.alive())
    assert len(lab.modem.open_channels) == 1
    before = [client.number for client in lab.modem.qmi.clients(qmi.UIM)]
    lab.daemon.start()
    wait_until(panel, lambda: BLUE in panel.profiles())
    panel.wait_closed()
    assert lab.modem.open_channels == []
    after = [client.number for client in lab.modem.qmi.clients(qmi.UIM)]
    assert len(after) == len(before) == 1 and after != before
