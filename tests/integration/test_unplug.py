# SPDX-License-Identifier: LGPL-2.1-or-later
"""The modem is pulled at each exchange with the card, and plugged in again: the daemon lives, the record goes on, and
everything that must hold does."""

import threading
import time

import pytest

from esimlab import netns
from esimlab.diskfaults import DiskFaults
from esimlab.lab import Lab
from killpoints import DISABLED, ENABLED, Deregistration, Point, Site, Verb
from test_kill import STRIDE, go_through, steps_of

CASES = [Deregistration("deregister-enabled", ENABLED), Verb("delete", DISABLED, "Delete"),
         Verb("enable", DISABLED, "Enable"), Verb("disable", ENABLED, "Disable")]
# "before": the command has left us and does not reach the card; "after": the card has carried it out, and nobody hears.
MOMENTS = ("before", "after")
# In the short run; odd, so that both moments come.
SAMPLE = 5
AWAY = 0.1
BACK = 20


class UnplugSite(Site):
    """A site whose modem can be pulled. Plugging it in again needs a thread: the modem's own one is busy."""

    PULLS = ("unplug", "proxy")  # which of them dies: the modem's port, or the proxy before it

    def __init__(self, lab, faults):
        super().__init__(lab, faults)
        self._pulls = []

    def _prepare(self, case):
        self._wait_until_back()
        self._pulls.clear()
        super()._prepare(case)

    def close(self):
        self._wait_until_back()
        super().close()

    def _wait_until_back(self):
        for pull in self._pulls:
            pull.join(BACK)
            assert not pull.is_alive(), "it was never plugged in again"

    def _arm(self, point):
        if point.on not in self.PULLS:
            super()._arm(point)
            return
        pull = {"unplug": self._pull, "proxy": self._crash}[point.on]
        modem, target = self.lab.modem, len(self.lab.modem.exchanges) + point.number
        hooks = {"before": modem.before_command, "after": modem.after_command}[point.moment]

        def hook(exchange):
            if exchange.index != target or self._pulls:
                return False
            self._pulls.append(threading.Thread(target=pull, name="pull"))
            self._pulls[-1].start()
            return True
        hooks.append(hook)

    def _crash(self):
        """The proxy's node is hung up with it; whoever needs the proxy has systemd start it again."""
        self.lab.proxy.kill()
        # As the kernel does with a node that its only opener has closed.
        self.lab.wire.flush()

    def _pull(self):
        self.lab.modem.unplug()
        time.sleep(AWAY)
        self.lab.modem.replug()

    def _drive(self, panel):
        ended = super()._drive(panel)
        self._wait_until_back()
        return ended

    def _reached(self, point, deaths, steps):
        return bool(self._pulls) if point.on in self.PULLS else super()._reached(point, deaths, steps)

    def untold_channels(self):
        """QMI closes a channel by its number alone, and a number that we were not told may be another program's. (MBIM closes
        a group of them: ours.) So one stays open where the proxy crashed with the modem's answer to OPEN in its hands."""
        if not self.lab.transport.startswith("qmi"):
            return set()
        opened = {e.channel: e.silent for e in self.lab.modem.exchanges if e.kind == "open" and e.sw == 0x9000}
        return {channel for channel, silent in opened.items() if silent}

    def _check_end(self, panel):
        super()._check_end(panel)
        if not self.lab.daemon.alive():
            self.found.append("the daemon did not live through it")


@pytest.fixture
def make_site(build, pki, tmp_path, request):
    def make(transport, **settings):
        faults = DiskFaults(build, tmp_path / "state", tmp_path)
        lab = Lab(tmp_path, build=build, pki=pki, daemon=False, environment=faults.environment, transport=transport,
                  **settings)
        request.node.labs = [lab]
        request.addfinalizer(lab.close)
        lab.__enter__()
        site = UnplugSite(lab, faults)
        request.addfinalizer(site.close)
        return site
    return make


def pulls(site, case, what="unplug"):
    exchanges = steps_of(site, case)[0]
    return [Point(what, number, moment) for number in range(exchanges) for moment in MOMENTS]


@pytest.mark.parametrize("transport", ["mbim", "qmi"])
def test_pulled_at_some_exchanges(make_site, transport, kill_tally):
    site = make_site(transport)
    go_through(site, CASES[0], pulls(site, CASES[0])[::SAMPLE], kill_tally)


@pytest.mark.long
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
@pytest.mark.parametrize("transport", ["mbim", "qmi", "qmi-over-mbim"])
def test_pulled_at_each_exchange(make_site, transport, case, kill_tally):
    site = make_site(transport)
    go_through(site, case, pulls(site, case)[::STRIDE], kill_tally)


needs_namespaces = pytest.mark.skipif(not netns.available(), reason="this machine allows no namespaces here")


@needs_namespaces
@pytest.mark.parametrize("what", UnplugSite.PULLS)
@pytest.mark.parametrize("transport", ["mbim", "qmi", pytest.param("qmi-over-mbim", marks=pytest.mark.long)])
def test_behind_the_proxy(make_site, transport, what, kill_tally):
    """The modem is pulled while the real proxy holds its port, or the proxy crashes."""
    site = make_site(transport, proxy=True)
    go_through(site, CASES[0], pulls(site, CASES[0], what)[::3 * SAMPLE], kill_tally)


@pytest.mark.long
@needs_namespaces
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
@pytest.mark.parametrize("what", UnplugSite.PULLS)
@pytest.mark.parametrize("transport", ["mbim", "qmi", "qmi-over-mbim"])
def test_behind_the_proxy_at_each_exchange(make_site, transport, what, case, kill_tally):
    site = make_site(transport, proxy=True)
    go_through(site, case, pulls(site, case, what)[::STRIDE], kill_tally)


@pytest.mark.long
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
@pytest.mark.parametrize("mode", ["silent", "reset_needed", "re_enumerates", "absent"])
@pytest.mark.parametrize("transport", ["mbim", "qmi"])
def test_pulled_with_other_modems(make_site, transport, mode, case, kill_tally):
    """While it is being read again after a switch, in each way that it may do so."""
    site = make_site(transport, modem={"refresh_mode": mode}, config={"card": {"switch-timeout-seconds": "1"}})
    go_through(site, case, pulls(site, case)[::2 * STRIDE], kill_tally)
