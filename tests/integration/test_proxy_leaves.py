# SPDX-License-Identifier: LGPL-2.1-or-later
"""A proxy leaves when nobody has used it for a while, or because it is told to: systemd is asked for another."""

import pytest

from esimlab import netns
from harness import wait_until
from panel import EUICC, PROFILE, Panel
from scene import BLUE

pytestmark = pytest.mark.skipif(not netns.available(), reason="this machine allows no namespaces here: run as root outside a "
                                                              "chroot, or allow user namespaces")


def test_proxy_that_has_left_is_started_again(make_lab):
    lab = make_lab(proxy=True)
    panel, unit = Panel(lab), f"esimd-{lab.proxy.name}.service"
    # One was there from the beginning.
    assert lab.systemd1.asked == []
    lab.proxy.close()
    wait_until(panel, lambda: lab.systemd1.asked)
    wait_until(panel, lambda: panel.objects(EUICC)[panel.euicc()]["State"] == "idle")
    panel.call(panel.profile(BLUE), PROFILE, "SetNickname", "by another proxy")
    assert set(lab.systemd1.asked) == {unit} and lab.systemd1.failures == []


def test_daemon_that_finds_none(make_lab):
    lab = make_lab(proxy=True, daemon=False)
    lab.proxy.close()
    lab.daemon.start()
    panel = Panel(lab)
    assert panel.profiles() and lab.systemd1.asked == [f"esimd-{lab.proxy.name}.service"]
