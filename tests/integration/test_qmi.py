# SPDX-License-Identifier: LGPL-2.1-or-later
"""The whole daemon on modems that speak QMI: on a port of their own, and inside MBIM."""

import pytest
from esimlab import Card, qmi
from esimlab.profiles import demo_profiles
from panel import EUICC, MANAGER, OPERATION, PROFILE, ROOT_PATH, Panel
from portal import CONSENT, Journey, portal_lab
from scene import BLUE as PORTAL_BLUE
from ways import (AIS, BLUE, FAR, ISLAND, QMI_WAYS, WAYS, Announcements, about, check_deregistration, check_enabled,
                  check_whole_life)

QUICK = {"card": {"linger-milliseconds": "50", "switch-timeout-seconds": "2"}}
PATIENT = {"card": {"linger-milliseconds": "50", "switch-timeout-seconds": str(FAR)}}


@pytest.fixture(params=QMI_WAYS)
def transport(request):
    return request.param


@pytest.fixture
def with_modem(make_lab, transport):
    """with_modem (quirks) -> a Panel of a modem with QMI"""
    return lambda config=QUICK, **quirks: Panel(make_lab(transport=transport, modem=quirks, config=config))


# The whole life

def test_whole_life(with_modem, transport):
    panel = with_modem()
    seen = panel.client.get_all(panel.euicc(), EUICC)
    assert (seen["State"], seen["Transport"], seen["Slot"]) == ("idle", transport, 1)
    assert seen["Eid"] == panel.lab.card.eid and seen["Device"] == str(panel.lab.wire.path)
    assert set(panel.profiles()) == {AIS, BLUE, ISLAND}
    check_whole_life(panel)
    # What nobody may do beside ModemManager.
    assert panel.lab.modem.syncs == 0 and panel.lab.modem.resets == 0


def test_what_this_build_can(with_modem, transport):
    assert f"transport-{transport.split('-')[0]}" in with_modem().get(ROOT_PATH, MANAGER, "Capabilities")


def test_details_and_notifications(with_modem):
    panel = with_modem()
    panel.run(panel.euicc(), EUICC, "Refresh", details=True, notifications=True)
    seen = panel.client.get_all(panel.euicc(), EUICC)
    assert seen["SpecVersion"] == "2.5.0" and seen["FreeMemory"] > 0 and seen["NotificationsRead"]


def test_by_the_portal(make_lab, tmp_path, transport):
    """The carrier's side is the same; the removal at its end goes over this modem."""
    panel = portal_lab(make_lab, tmp_path / "carriers", transport=transport)
    journey = Journey.begin(panel)
    journey.go(CONSENT)
    assert journey.deletions() == 0
    journey.go("completed")
    assert panel.lab.card.profile(PORTAL_BLUE) is None
    assert journey.receipt()["delete-notifications"]


# What a switch of profiles leads to

MODES = ["ready_0_1", "7_0_1", "absent", "indication", "silent", "reset_needed"]
# Long after its answer, so that nothing can pass for the announcement but the announcement.
LATE = {"refresh_delay": 0.8, "ready_delay": 0.6}


@pytest.mark.parametrize("mode", MODES)
def test_ways_to_refresh(with_modem, mode):
    panel = with_modem(refresh_mode=mode)
    panel.run(panel.profile(BLUE), PROFILE, "Enable")
    check_enabled(panel, BLUE)
    panel.run(panel.profile(BLUE), PROFILE, "Disable")
    check_enabled(panel, None)
    panel.run(panel.profile(AIS), PROFILE, "Enable")
    check_deregistration(panel, AIS)
    check_enabled(panel, None)


@pytest.mark.parametrize("mode", ["ready_0_1", "7_0_1", "absent", "indication"])
def test_the_wait_ends_with_the_announcement(with_modem, mode, record_property):
    """Neither before it, nor by a time-out of ours, which is far off, nor by asking again now and then."""
    panel = with_modem(PATIENT, refresh_mode=mode, **LATE)
    gaps = []
    for method, iccid in (("Enable", BLUE), ("Enable", AIS), ("Disable", AIS)):
        announced = Announcements(panel.lab.modem)
        panel.run(panel.profile(iccid), PROFILE, method)
        # That no profile is there is also what some modems say on their way.
        assert method == "Disable" or announced.opened_before_its_time() == []
        gaps.append(announced.first_open_after(announced.last()) - announced.last())
    record_property("seconds after the announcement", str(gaps))
    assert max(gaps) < 3 and min(gaps) < 0.5, gaps


@pytest.mark.long
@pytest.mark.parametrize("method, iccid, now", [("Enable", BLUE, BLUE), ("Disable", AIS, None)])
@pytest.mark.parametrize("mode", ["ready_0_1", "7_0_1", "absent", "indication"])
@pytest.mark.parametrize("transport", WAYS, indirect=True)
def test_a_modem_that_takes_its_time(with_modem, mode, method, iccid, now):
    """Seconds in each state on its way, in which it refuses everybody; none of them is the last one."""
    panel = with_modem(PATIENT, refresh_mode=mode, refresh_delay=0.8, ready_delay=5)
    announced = Announcements(panel.lab.modem)
    panel.run(panel.profile(iccid), PROFILE, method)
    check_enabled(panel, now)
    states = [state.value for _, state in announced.seen]
    assert "off" not in states, "the card's power was taken in the middle of it"
    assert announced.first_open_after(announced.last()) - announced.last() < 3


@pytest.mark.parametrize("busy", [1, 3])
def test_a_busy_terminal(with_modem, busy):
    panel = with_modem(cat_busy=busy)
    panel.run(panel.profile(BLUE), PROFILE, "Enable")
    check_enabled(panel, BLUE)
    panel.lab.card.busy(busy)
    check_deregistration(panel, BLUE)


@pytest.mark.parametrize("style", ["61xx", "6cxx", "direct"])
def test_a_modem_that_hands_61xx_through(make_lab, pki, transport, style):
    card = Card(pki, profiles=demo_profiles(), sw_style=style)
    panel = Panel(make_lab(transport=transport, card=card, config=QUICK, modem={"collects_61xx": False}))
    panel.run(panel.profile(BLUE), PROFILE, "Enable")
    panel.run(panel.euicc(), EUICC, "Refresh", details=True, notifications=True)
    check_enabled(panel, BLUE)


@pytest.mark.parametrize("quirks", [{"max_channels": 1}, {"rewrites_class": False}, {"single_slot": True},
                                    {"needs_le": True}, {"leaks_channels": False}, {"max_apdu": 133},
                                    {"shows_eid": False}], ids=str)
def test_habits_of_qmi(with_modem, quirks):
    panel = with_modem(**quirks)
    panel.run(panel.profile(BLUE), PROFILE, "Enable")
    check_enabled(panel, BLUE)
    check_deregistration(panel, BLUE)


# Channels

def test_own_channels_are_closed_after_a_crash(with_modem):
    """Each life leaves one open when it is killed; the next one closes it, or all would be gone after three."""
    panel = with_modem({"card": {"linger-milliseconds": "60000"}}, max_channels=2)
    lab = panel.lab
    for _ in range(4):
        panel.run(panel.euicc(), EUICC, "Refresh")
        assert len(lab.modem.open_channels) == 1
        lab.daemon.kill()
        lab.daemon.start()
        assert set(panel.profiles()) == {AIS, BLUE, ISLAND}
    panel.run(panel.profile(BLUE), PROFILE, "Enable")
    check_enabled(panel, BLUE)


def test_channels_of_others(with_modem):
    """Three that somebody left open: whose they are cannot be told, so they stay, and the panel says what to do."""
    panel = with_modem(stale_channels=3)
    seen = panel.client.get_all(panel.euicc(), EUICC)
    assert seen["State"] == "absent" and "channel" in seen["Problem"] and "restart" in seen["Problem"], seen
    assert len(panel.lab.modem.open_channels) == 3 and panel.lab.modem.resets == 0


def test_channels_of_others_are_let_go_later(with_modem):
    panel = with_modem(stale_channels=3)
    uicc = panel.lab.modem.uicc
    panel.lab.modem.call(lambda: [uicc._close_one(number) for number in list(uicc.channels)])
    panel.run(panel.euicc(), EUICC, "Refresh")
    assert set(panel.profiles()) == {AIS, BLUE, ISLAND}
