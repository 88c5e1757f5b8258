# SPDX-License-Identifier: LGPL-2.1-or-later
"""The daemon beside ModemManager: it is kept off around a switch and at no other time, is let go of again, and shows the
card as it is when an operation has succeeded."""

import threading

import pytest
from esimlab.chassis import RUNGS, CardState
from esimlab.mmbus import State
from esimlab.profiles import demo_profiles
from esimlab.shortwaits import short_waits
from harness import deregister, wait_until
from panel import ERROR, EUICC, MANAGER, OPERATION, PROFILE, ROOT_PATH, Panel

AIS, BLUE, ISLAND = (profile.iccid for profile in demo_profiles())
NONE = ""
AGREED = {"contract-continues": True}
MODES = [("mbim", mode) for mode in ("ready_0_1", "7_0_1", "silent", "absent")]
MODES += [("qmi", mode) for mode in ("ready_0_1", "silent", "absent", "indication")]
MODES += [("qmi-over-mbim", mode) for mode in ("ready_0_1", "silent")]
MODES += [pytest.param(transport, "reset_needed", marks=pytest.mark.long) for transport in ("mbim", "qmi")]
LET_GO = 8  # "seconds after", with the modem's rest


@pytest.fixture
def beside(make_lab):
    """beside (transport, habits of ModemManager, quirks) -> a Panel; ModemManager shows the modem and is known to the
    daemon."""
    def make(transport="mbim", habits=True, lab=None, **quirks):
        panel = Panel(make_lab(transport=transport, modem=quirks, modem_manager=habits, **(lab or {})))
        panel.lab.modem_manager.wait(lambda: panel.lab.modem_manager.state in (State.REGISTERED, State.FAILED))
        wait_until(panel, lambda: known(panel))
        return panel
    return make


def known(panel):
    modem, = panel.client.call("/org/esimd1", MANAGER, "ListModems")
    return modem["modem-manager"]


def shows(panel, iccid, since):
    """ModemManager shows this ICCID, and has shown no other one since the operation ended."""
    manager = panel.lab.modem_manager
    manager.call_through()
    assert manager.iccid == iccid, manager.history[since:]
    assert {seen for path, _, seen in manager.history[since:] if path is not None} == {iccid}
    return len(manager.history)


def let_go(panel, inhibitions):
    """So many inhibitions in all, each ended by the daemon itself, within seconds."""
    manager = panel.lab.modem_manager
    manager.wait(lambda: not manager.inhibited, LET_GO)
    assert [one.how for one in manager.inhibitions] == ["released"] * inhibitions
    assert manager.leaks == 0


def run(panel, iccid, method, **values):
    """The operation; where ModemManager's history stood when it had succeeded."""
    panel.run(panel.profile(iccid), PROFILE, method, **values)
    return len(panel.lab.modem_manager.history) - 1


def fails(panel, iccid, method):
    """The name and the words of the operation's error."""
    operation = panel.call(panel.profile(iccid), PROFILE, method)
    seen = panel.wait_ended(operation)
    assert seen["State"] == "failed", seen
    return seen["ErrorName"].removeprefix(ERROR), panel.describe(operation)["error"]


@pytest.mark.parametrize(("transport", "mode"), MODES)
def test_never_stale(beside, transport, mode):
    panel = beside(transport, refresh_mode=mode)
    shows(panel, AIS, -1)
    shows(panel, BLUE, run(panel, BLUE, "Enable"))
    shows(panel, NONE, run(panel, BLUE, "Disable"))
    assert panel.lab.modem_manager.state == State.FAILED
    shows(panel, ISLAND, run(panel, ISLAND, "Enable"))
    shows(panel, NONE, run(panel, ISLAND, "Delete", **AGREED))
    let_go(panel, 4)


@pytest.mark.parametrize(("transport", "mode"), [("mbim", "ready_0_1"), ("mbim", "silent"), ("qmi", "silent")])
def test_deregistration(beside, transport, mode):
    panel = beside(transport, refresh_mode=mode)
    deregister(panel, AIS)
    # The server has the deletion's notification before ModemManager has probed the modem.
    since = len(panel.lab.modem_manager.history) - 1
    panel.lab.modem_manager.wait_shown(NONE, State.FAILED)
    shows(panel, NONE, since)
    let_go(panel, 1)


def test_kept_off_for_a_switch_alone(beside):
    """Reading, naming, notifications, and the deletion of a profile that is not enabled go on beside it, and beside data."""
    panel = beside(habits={"connects": True})
    modem, manager = panel.lab.modem, panel.lab.modem_manager
    manager.wait_shown(state=State.CONNECTED)
    euicc, blue = panel.euicc(), panel.profile(BLUE)
    octets = modem.data_octets
    panel.run(euicc, EUICC, "Refresh")
    panel.profiles()
    panel.notifications()
    panel.run(blue, PROFILE, "SetNickname", "Work, too")
    panel.run(panel.profile(ISLAND), PROFILE, "Delete", **AGREED)
    panel.wait_card_empty()
    panel.wait_closed()
    assert manager.inhibitions == [] and manager.state == State.CONNECTED
    assert modem.data_interruptions == 0 and modem.data_octets > octets
    # And a switch does cut it, once.
    run(panel, BLUE, "Enable")
    let_go(panel, 1)
    assert manager.interruptions == 1
    manager.wait_shown(BLUE, State.CONNECTED)


def test_refused_before_the_card_is_touched(beside):
    """Another program inhibits the modem: an error that says so, and a card as before."""
    panel = beside()
    panel.lab.modem_manager.refusals = ["InProgress"]
    with panel.exchanges() as asked:
        name, message = fails(panel, BLUE, "Enable")
    assert name == "Busy" and "try again" in message
    assert "BF31" not in asked
    assert panel.lab.card.active_iccid() == AIS
    assert panel.lab.modem_manager.inhibitions == []
    # The next one is served.
    shows(panel, BLUE, run(panel, BLUE, "Enable"))
    let_go(panel, 1)


@pytest.mark.parametrize("state", [State.INITIALIZING, State.DISABLING, State.ENABLING, State.CONNECTING,
                                   State.DISCONNECTING])
def test_waits_until_it_has_done(beside, state):
    panel = beside()
    manager = panel.lab.modem_manager
    manager.set_state(state)
    manager.wait_shown(state=state)
    operation = panel.call(panel.profile(BLUE), PROFILE, "Enable")
    wait_until(panel, lambda: panel.get(operation, OPERATION, "Phase") == "holding-modem")
    before = len(panel.lab.modem.exchanges)
    manager.call_through()
    assert manager.inhibitions == [] and len(panel.lab.modem.exchanges) == before
    manager.set_state(State.REGISTERED)
    assert panel.wait_ended(operation)["State"] == "succeeded"
    shows(panel, BLUE, len(manager.history) - 1)
    let_go(panel, 1)


def test_waiting_can_be_cancelled(beside):
    panel = beside()
    manager = panel.lab.modem_manager
    manager.set_state(State.CONNECTING)
    manager.wait_shown(state=State.CONNECTING)
    operation = panel.call(panel.profile(BLUE), PROFILE, "Enable")
    wait_until(panel, lambda: panel.get(operation, OPERATION, "Phase") == "holding-modem")
    panel.client.call(operation, OPERATION, "Cancel")
    assert panel.wait_ended(operation)["State"] == "cancelled"
    manager.set_state(State.REGISTERED)
    manager.call_through()
    assert manager.inhibitions == [] and panel.lab.card.active_iccid() == AIS


def test_searching_is_no_reason_to_wait(beside):
    """A profile without coverage is one that somebody may want to change."""
    panel = beside()
    panel.lab.modem_manager.set_state(State.SEARCHING)
    panel.lab.modem_manager.wait_shown(state=State.SEARCHING)
    shows(panel, BLUE, run(panel, BLUE, "Enable"))
    let_go(panel, 1)


def test_modem_without_profiles(beside, make_lab):
    """FAILED, with the reason esim-without-profiles: it is ours to use all the same."""
    profiles = [profile for profile in demo_profiles() if not profile.enabled]
    panel = beside(lab={"profiles": profiles})
    assert panel.lab.modem_manager.state == State.FAILED
    modem, = panel.client.call("/org/esimd1", MANAGER, "ListModems")
    assert modem["modem-manager-state"] == "failed: esim-without-profiles"
    shows(panel, BLUE, run(panel, BLUE, "Enable"))
    let_go(panel, 1)


def test_without_it(lab, panel):
    """Nobody there, then somebody who does not know the modem."""
    assert not known(panel)
    panel.run(panel.profile(BLUE), PROFILE, "Enable")
    assert lab.card.active_iccid() == BLUE


def test_modem_that_it_does_not_know(make_lab):
    panel = Panel(make_lab(modem_manager={"knows": False}))
    panel.run(panel.profile(BLUE), PROFILE, "Enable")
    assert panel.lab.card.active_iccid() == BLUE and panel.lab.modem_manager.inhibitions == []


def test_its_word_where_udev_has_none(make_lab):
    """Without udev and configuration a modem is what ModemManager tells: with its port, and as long as it does."""
    panel = Panel(make_lab(modem_manager={"uid": "/sys/devices/lab", "port": "cdc-wdm99"},
                           config={"modem lab": {"device": None, "transport": None, "use-proxy": None}}))

    def shown():
        return {one["modem"]: one["ports"] for one in panel.client.call(ROOT_PATH, MANAGER, "ListModems")}
    wait_until(panel, lambda: shown() == {"/sys/devices/lab": ["mbim /dev/cdc-wdm99"]})
    # It may be on its way back when it ends; the modem is not, when it says that this has gone.
    panel.lab.modem.unplug()
    wait_until(panel, lambda: not shown().get("/sys/devices/lab"))


def test_switched_off(make_lab):
    """The configuration says that it is none of our business."""
    panel = Panel(make_lab(modem_manager=True, config={"modem-manager": {"enabled": "false"}}))
    panel.lab.modem_manager.wait_shown(state=State.REGISTERED)
    panel.run(panel.profile(BLUE), PROFILE, "Enable")
    assert panel.lab.modem_manager.inhibitions == [] and not known(panel)


def in_the_middle(panel, what):
    """Has `what` done when the card is about to enable a profile; a list that holds its thread then."""
    begun = []

    def look(exchange):
        if exchange.tag() == "BF31" and not begun:
            begun.append(threading.Thread(target=what))
            begun[0].start()
        return False
    panel.lab.modem.before_command.append(look)
    return begun


def test_crashes_in_the_middle(beside):
    """Its inhibition is gone with it; when it is back, it is kept off again until the switch is over."""
    panel = beside(refresh_mode="silent")
    manager = panel.lab.modem_manager

    def restart():
        manager.stop()
        manager.start()
    begun = in_the_middle(panel, restart)
    since = run(panel, BLUE, "Enable")
    begun[0].join(10)
    shows(panel, BLUE, since)
    manager.wait(lambda: not manager.inhibited, LET_GO)
    assert [one.how for one in manager.inhibitions] == ["gone", "released"]


def test_goes_away_in_the_middle(beside):
    panel = beside()
    manager = panel.lab.modem_manager
    begun = in_the_middle(panel, manager.stop)
    panel.run(panel.profile(BLUE), PROFILE, "Enable")
    begun[0].join(10)
    assert panel.lab.card.active_iccid() == BLUE
    assert [one.how for one in manager.inhibitions] == ["gone"]


def test_plugged_in_a_moment_ago(make_lab):
    """ModemManager is probing the modem still: what it reads now would be stale. It is waited for."""
    panel = Panel(make_lab(modem_manager={"probe": 1.5}))
    manager = panel.lab.modem_manager
    assert manager.shown is None
    panel.run(panel.profile(BLUE), PROFILE, "Enable")
    manager.wait_shown(BLUE)
    assert manager.iccid == BLUE
    assert [one.how for one in manager.inhibitions] == ["released"]


def test_two_switches_in_a_row(beside):
    """The second comes while ModemManager probes anew, and waits for that."""
    panel = beside(habits={"probe": 1.0})
    for iccid in (BLUE, ISLAND, AIS):
        panel.run(panel.profile(iccid), PROFILE, "Enable")
    shows(panel, AIS, len(panel.lab.modem_manager.history) - 1)
    let_go(panel, 3)


# A modem that shows, or gives ModemManager to read, what was there before

IMPATIENT = (60, 1500, 4, 100)  # seconds, and the milliseconds that they take here: the looks, and the modem's rest
LADDER = [("mbim", "power_cycle", 0), ("qmi", "reset", 1)]
LADDER += [pytest.param(*rung, marks=pytest.mark.long)
           for rung in (("mbim", "reset", 1), ("qmi", "provisioning", 0), ("qmi", "power_cycle", 0),
                        ("qmi-over-mbim", "power_cycle", 0))]


@pytest.fixture
def stale(beside, build):
    """stale (transport, what helps, habits of ModemManager, quirks) -> a Panel that need not wait for minutes."""
    def make(transport, helped_by, habits=True, **quirks):
        return beside(transport, habits, lab={"environment": short_waits(build, *IMPATIENT),
                                              "config": {"card": {"switch-timeout-seconds": "2"}}},
                      **{"refresh_mode": "silent", "helped_by": helped_by, **quirks})
    return make


@pytest.mark.parametrize(("transport", "helped_by", "resets"), LADDER)
def test_escalation(stale, transport, helped_by, resets):
    """ModemManager reads the old SIM until enough was done: no more than needed, and each time with it kept off."""
    panel = stale(transport, helped_by, habits={"mended_by": helped_by})
    shows(panel, BLUE, run(panel, BLUE, "Enable"))
    assert panel.lab.card.active_iccid() == BLUE
    assert panel.lab.modem.resets == resets
    rungs = RUNGS.index(helped_by) + 1
    let_go(panel, len(panel.lab.modem_manager.inhibitions))
    # One for the switch, and one for each rung that the modem has.
    assert 2 <= len(panel.lab.modem_manager.inhibitions) <= 1 + rungs


@pytest.mark.parametrize(("transport", "helped_by", "resets"), LADDER)
def test_escalation_of_a_modem(stale, transport, helped_by, resets):
    """The modem itself shows the old ICCID."""
    panel = stale(transport, helped_by, stale_identity=True)
    shows(panel, BLUE, run(panel, BLUE, "Enable"))
    assert panel.lab.modem.resets == resets
    let_go(panel, len(panel.lab.modem_manager.inhibitions))


def test_nothing_helps(stale):
    """The card is as it was wanted, ModemManager is not: an error that says so and what to do; nothing is held."""
    panel = stale("mbim", "reset", habits={"mended_by": "reset"}, knows_reset=False)
    name, message = fails(panel, BLUE, "Enable")
    assert name == "RefreshFailed"
    assert "restart ModemManager" in message and AIS not in message
    assert panel.lab.card.active_iccid() == BLUE and panel.profiles()[BLUE][1]["State"] == "enabled"
    let_go(panel, len(panel.lab.modem_manager.inhibitions))
    # And that it is over helps: the next one begins as ever.
    panel.lab.modem.quirks.knows_reset = True
    shows(panel, ISLAND, run(panel, ISLAND, "Enable"))


# The daemon's death

def kill_in(panel, number, moment, method, **values):
    """Kill it at this exchange of an operation, start it again; ModemManager shows then what is on the card."""
    lab, manager = panel.lab, panel.lab.modem_manager
    path = panel.profile(BLUE)
    panel.wait_closed()
    happened = lab.kill_at(number, moment)
    panel.call(path, PROFILE, method, **values)
    wait_until(panel, lambda: happened and not lab.daemon.alive())
    manager.wait(lambda: not manager.inhibited, LET_GO)
    lab.daemon.start()
    wait_until(panel, lambda: ISLAND in panel.profiles())
    manager.wait(lambda: manager.iccid == (lab.card.active_iccid() or NONE), LET_GO)
    assert manager.leaks == 1


@pytest.mark.parametrize("moment", ["after", pytest.param("before", marks=pytest.mark.long),
                                    pytest.param("answered", marks=pytest.mark.long)])
@pytest.mark.parametrize("number", range(1, 9))  # from its first to the last before its channel is closed
def test_killed(beside, number, moment):
    """At any exchange of a switch: its inhibition ends with it, and what was begun can be done."""
    panel = beside()
    kill_in(panel, number, moment, "Enable")
    if panel.lab.card.active_iccid() != BLUE:
        shows(panel, BLUE, run(panel, BLUE, "Enable"))
    panel.lab.modem_manager.wait(lambda: not panel.lab.modem_manager.inhibited, LET_GO)


@pytest.mark.long
@pytest.mark.parametrize("number", range(4, 13))  # from the first after the list, which shows that it is enabled
def test_killed_in_a_deletion(beside, number):
    panel = beside()
    run(panel, BLUE, "Enable")
    kill_in(panel, number, "after", "Delete", **AGREED)


@pytest.mark.parametrize("phase", ["holding-modem", "waiting-for-modem-manager"])
def test_killed_while_it_waits(beside, phase):
    panel = beside(habits={"probe": 1.0})
    lab, manager = panel.lab, panel.lab.modem_manager
    if phase == "holding-modem":
        manager.unanswered = True
    operation = panel.call(panel.profile(BLUE), PROFILE, "Enable")
    wait_until(panel, lambda: panel.get(operation, OPERATION, "Phase") == phase)
    lab.daemon.kill()
    manager.wait(lambda: not manager.inhibited, LET_GO)
    manager.wait_shown(lab.card.active_iccid())


@pytest.mark.parametrize("phase", ["holding-modem", "waiting-for-modem", "waiting-for-modem-manager"])
def test_stopped_while_it_waits(beside, phase):
    """SIGTERM: it lets go of the modem and leaves in time."""
    panel = beside(habits={"probe": 1.0}, refresh_mode="silent")
    lab, manager = panel.lab, panel.lab.modem_manager
    if phase == "holding-modem":
        manager.set_state(State.CONNECTING)
        manager.wait_shown(state=State.CONNECTING)
    operation = panel.call(panel.profile(BLUE), PROFILE, "Enable")
    wait_until(panel, lambda: panel.get(operation, OPERATION, "Phase") == phase)
    lab.daemon.stop()
    manager.wait(lambda: not manager.inhibited, LET_GO)
    if phase == "holding-modem":
        manager.set_state(State.REGISTERED)
    manager.wait_shown(lab.card.active_iccid())


def test_card_at_rest(beside):
    """The lab's card is as the modem shows it, with ModemManager on it or off."""
    panel = beside()
    assert panel.lab.modem.card_state() is CardState.READY
    assert panel.lab.modem_manager.iccid == panel.lab.card.active_iccid() == AIS
