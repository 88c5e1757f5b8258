# SPDX-License-Identifier: LGPL-2.1-or-later
"""Comings and goings: the daemon leaves with calls on their way to it, and cards come back after long."""

import os
import signal
import time

import pytest
from esimlab.busclient import BusClient
from esimlab.daemon import BUS_NAME, PATIENCE
from esimlab.diskfaults import DiskFaults
from esimlab.shortwaits import short_waits
from gi.repository import Gio, GLib
from harness import AGREED, wait_until
from panel import DEREGISTRATION, EUICC, PROFILE, Panel
from scene import AIS, BLUE, CONSENT, ISLAND, NOTHING, arguments

INTERACTIVE = Gio.DBusCallFlags.ALLOW_INTERACTIVE_AUTHORIZATION
CANCELLED, NO_REPLY = f"{BUS_NAME}.Error.Cancelled", "org.freedesktop.DBus.Error.NoReply"
# Of what came after everything was off the bus.
GONE = "org.freedesktop.DBus.Error.UnknownMethod"
LOOKS = 100
LINGER = {"card": {"linger-milliseconds": "60000"}}


class Calls:
    """Calls that nobody waits for, each kept until its answer is in: a value, or a GLib.Error."""

    def __init__(self, lab):
        self.client = BusClient(lab.bus.address, BUS_NAME)
        self.answers = {}
        self.count = 0

    def send(self, path, interface, method, parameters=None, timeout=-1):
        """The call's number."""
        number = self.count
        self.count += 1
        self.client.connection.call(BUS_NAME, path, interface, method, parameters, None, INTERACTIVE, timeout, None,
                                    self._take, number)
        return number

    def _take(self, connection, result, number):
        try:
            self.answers[number] = connection.call_finish(result)
        except GLib.Error as error:
            self.answers[number] = error

    def wait(self, true=None, timeout=10):
        """Until true(), or until all are answered."""
        until = time.monotonic() + timeout * PATIENCE
        while not (true() if true else len(self.answers) == self.count):
            assert time.monotonic() < until, f"{self.count - len(self.answers)} calls were never answered"
            GLib.MainContext.default().iteration(False)

    def failures(self):
        return {number: Gio.DBusError.get_remote_error(answer) for number, answer in self.answers.items()
                if isinstance(answer, GLib.Error)}


@pytest.fixture
def slow_disk(make_lab, build):
    """(panel, faults) of a laboratory whose disk can be made to wait."""
    lab = make_lab(daemon=False, config=LINGER)
    faults = DiskFaults(build, lab.state_folder, lab.workdir)
    lab.daemon.environment.update(faults.environment)
    lab.daemon.start()
    return Panel(lab), faults


def test_sigterm_with_calls_on_their_way(slow_disk):
    """The disk holds the daemon in its farewell while the answers come that the calls wait for: of polkit, of
    the bus, of the card and of the disk itself. Every caller hears of the end, and it is a clean one."""
    panel, faults = slow_disk
    lab, calls = panel.lab, Calls(panel.lab)
    path = panel.deregister(ISLAND)
    question = panel.wait_question(path)
    lab.polkit.challenge(f"{BUS_NAME}.switch", after=None)
    prompt = calls.send(panel.profile(BLUE), PROFILE, "Enable", arguments(NOTHING))
    wait_until(panel, lab.polkit.waiting)
    held = len(faults.steps()) + 1
    faults.hold(held, held)
    answer = calls.send(path, DEREGISTRATION, "Answer", arguments(GLib.Variant("u", question["id"]), CONSENT))
    wait_until(panel, lambda: len(faults.steps()) >= held)
    lab.modem.quirks.slow = 0.2
    panel.call(panel.profile(AIS), PROFILE, "SetNickname", "on its way")
    assert lab.modem.open_channels
    looks = [calls.send(path, DEREGISTRATION, "Describe") for _ in range(LOOKS)]
    calls.wait(lambda: looks[0] in calls.answers)
    os.kill(lab.daemon.pid, signal.SIGTERM)
    # The channel is closed on the way out; after that it waits for the disk.
    wait_until(panel, lambda: not lab.modem.open_channels)
    lab.polkit.answer_waiting()
    wait_until(panel, lambda: not lab.polkit.waiting())
    assert lab.daemon.alive()
    faults.heal()
    assert lab.daemon.process.wait(15 * PATIENCE) == 0, lab.daemon.log()
    calls.wait()
    failures = calls.failures()
    # Whose answer was on disk is told so; the looks ended before the end, or with it.
    assert prompt in failures and failures.pop(prompt) in (CANCELLED, NO_REPLY)
    assert set(failures) <= set(looks) and set(failures.values()) <= {CANCELLED, GONE}
    assert answer in calls.answers
    lab.modem.quirks.slow = 0
    lab.daemon.start()
    panel.wait_stage(path, "completed")


# Away for more than two minutes: the eUICC is not shown any more

@pytest.fixture
def short_absence(make_lab, build):
    """A panel of a laboratory in which two minutes of absence are a quarter of a second."""
    return Panel(make_lab(environment=short_waits(build, 120, 250)))


def euiccs(panel):
    return set(panel.objects(EUICC))


def take_away(lab, what):
    """How to bring it back."""
    if what == "card":
        card = lab.card
        lab.modem.insert_card(0, None)
        return lambda: lab.modem.insert_card(0, card)
    lab.modem.unplug()
    return lab.modem.replug


@pytest.mark.parametrize("what", ["card", "modem"])
def test_back_after_long(short_absence, what):
    """It is seen again as an object of its own, and what is open goes on with it: a question that stood is
    still the same, and the consent that was given meanwhile is acted on."""
    panel = short_absence
    lab, first = panel.lab, panel.euicc()
    asked, agreed = panel.deregister(AIS), panel.deregister(ISLAND)
    question = panel.wait_question(asked)
    panel.wait_question(agreed)
    bring_back = take_away(lab, what)
    wait_until(panel, lambda: not euiccs(panel))
    assert not panel.profiles() and panel.stage(asked) == panel.stage(agreed) == "preparing"
    panel.answer(agreed, **AGREED)
    assert panel.stage(agreed) == "removing-profile"
    wait_free(panel, what)
    bring_back()
    wait_until(panel, lambda: euiccs(panel))
    assert panel.euicc() != first
    panel.wait_stage(agreed, "completed")
    assert lab.card.profile(ISLAND) is None and lab.card.profile(AIS).enabled
    assert panel.describe(asked, DEREGISTRATION)["question"]["id"] == question["id"]
    panel.answer(asked, **AGREED)
    panel.wait_stage(asked, "completed")
    panel.run(panel.profile(BLUE), PROFILE, "Enable")


def wait_free(panel, what):
    """Until the daemon has let go of the node, so that a modem can come back under its name."""
    if what == "modem":
        wait_until(panel, lambda: not os.path.exists(panel.lab.wire.path))
