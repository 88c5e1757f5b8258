# SPDX-License-Identifier: LGPL-2.1-or-later
"""Modems and cards as they are: how each refreshes, counts, forgets, and goes away in the middle."""

import os

import pytest
from esimlab import Card, ber
from esimlab.daemon import BUS_NAME, PATIENCE
from esimlab.profiles import demo_profiles
from panel import DEREGISTRATION, EUICC, OPERATION, PROFILE, Panel
from ways import about, on

AIS, BLUE, ISLAND = (profile.iccid for profile in demo_profiles())
AGREED = {"contract-continues": True}
YES = {"consent": True, **AGREED}
QUICK = {"card": {"linger-milliseconds": "50", "switch-timeout-seconds": "2"}}


@pytest.fixture
def with_modem(make_lab):
    """with_modem (quirks) -> a Panel"""
    return lambda **quirks: Panel(make_lab(modem=quirks, config=QUICK))


def go_round(panel):
    """A switch, another, a deletion, and everybody is told."""
    lab = panel.lab
    panel.run(panel.profile(BLUE), PROFILE, "Enable")
    assert lab.card.active_iccid() == BLUE
    panel.run(panel.profile(BLUE), PROFILE, "Disable")
    assert lab.card.active_iccid() is None
    panel.run(panel.profile(ISLAND), PROFILE, "Delete", **AGREED)
    assert sorted(panel.profiles()) == sorted([AIS, BLUE])
    panel.wait_card_empty()
    assert lab.smdp.violations == [] and len(lab.smdp.received) == 5
    panel.wait_closed()


@pytest.mark.parametrize("mode", ["ready_0_1", "7_0_1", "silent", "reset_needed"])
def test_ways_to_refresh(with_modem, mode):
    go_round(with_modem(refresh_mode=mode))


@pytest.mark.parametrize("quirks", [
    {"collects_61xx": False}, {"collects_61xx": True}, {"needs_le": True}, {"p2_accepted": {0x04}},
    {"p2_accepted": {0x0C}}, {"p2_accepted": {0x00}}, {"single_slot": True}, {"mbimex": 0x0300}, {"max_apdu": 133},
    {"max_channels": 1}, {"max_transfer": 512}], ids=str)
def test_habits(with_modem, quirks):
    go_round(with_modem(**quirks))


@on("mbim", "qmi", long=["qmi-over-mbim"])
@pytest.mark.parametrize("style", ["61xx", "6cxx", "direct"])
@pytest.mark.parametrize("collects", [True, False])
def test_ways_to_hand_out_a_long_answer(make_lab, pki, style, collects):
    card = Card(pki, profiles=demo_profiles(), sw_style=style)
    go_round(Panel(make_lab(card=card, modem={"collects_61xx": collects}, config=QUICK)))


@on("mbim", "qmi", long=["qmi-over-mbim"])
@pytest.mark.parametrize("proactive", [True, False])
def test_a_card_that_does_not_announce_its_refresh(make_lab, pki, proactive):
    card = Card(pki, profiles=demo_profiles(), proactive_status=proactive)
    go_round(Panel(make_lab(card=card, config=QUICK)))


@on("mbim", "qmi", long=["qmi-over-mbim"])
def test_a_modem_that_never_shows_the_change(with_modem):
    """The card did it; the modem lives on with what it read before: RefreshFailed, and the list is true."""
    panel = with_modem(refresh_mode="silent")
    panel.lab.card.active_iccid = lambda: AIS
    name, description = panel.fails(panel.profile(BLUE), PROFILE, "Enable")
    assert name == "RefreshFailed" and "modem" in description["error"]
    assert panel.get(panel.profile(BLUE), PROFILE, "State") == "enabled"
    assert panel.get(panel.profile(AIS), PROFILE, "State") == "disabled"


@pytest.mark.long
def test_a_terminal_that_stays_busy(make_lab):
    """At last the change is made without a refresh, and the card is reset."""
    panel = Panel(make_lab(config={"card": {"switch-timeout-seconds": "3"}}))
    panel.lab.card.busy(5)
    panel.run(panel.profile(BLUE), PROFILE, "Enable")
    assert panel.lab.card.active_iccid() == BLUE and not panel.lab.card.needs_reset


def test_channels_that_an_earlier_program_left_open(make_lab):
    lab = make_lab(modem={"leaks_channels": True, "max_channels": 2})
    panel = Panel(lab)
    for _ in range(3):
        assert lab.modem.open_channels or panel.run(panel.euicc(), EUICC, "Refresh") == {}
        lab.daemon.kill()
        lab.daemon.start()
        assert set(panel.profiles()) == {AIS, BLUE, ISLAND}
    assert len(lab.modem.open_channels) <= 1


@on("mbim", "qmi", long=["qmi-over-mbim"])
def test_no_channel_stays_open_when_the_daemon_leaves(lab, panel):
    panel.run(panel.euicc(), EUICC, "Refresh")
    assert lab.modem.open_channels
    lab.daemon.stop()
    assert lab.modem.open_channels == []


# A card that is another one

def other_card(lab, pki):
    return Card(pki, ber.make_eid(pki.eid_prefix, 4711), demo_profiles()).state()


@on("mbim", "qmi", long=["qmi-over-mbim"])
def test_another_card_is_shown_as_such(lab, panel, pki):
    before = panel.get(panel.euicc(), EUICC, "Eid")
    lab.modem.insert_card(0, None)
    lab.modem.insert_card(0, Card(pki, ber.make_eid(pki.eid_prefix, 4711), demo_profiles()[:1]))
    panel.client.wait_until(lambda: panel.get(panel.euicc(), EUICC, "Eid") != before, 10 * PATIENCE)
    panel.client.wait_until(lambda: set(panel.profiles()) == {AIS}, 10 * PATIENCE)


@on("mbim", "qmi", long=["qmi-over-mbim"])
@pytest.mark.parametrize("method, values", [("Enable", {}), ("Delete", AGREED)])
def test_nothing_is_changed_on_a_card_that_came_unseen(make_lab, pki, method, values):
    """The same ICCIDs, another EID, and no word of the modem."""
    panel = Panel(make_lab(config={"card": {"linger-milliseconds": "1"}}))
    panel.wait_closed()
    panel.lab.card.swap(other_card(panel.lab, pki))
    name, _ = panel.fails(panel.profile(BLUE), PROFILE, method, **values)
    assert name in ("WrongState", "CardRemoved")
    assert panel.lab.card.counters["BF31"] == panel.lab.card.counters["BF33"] == 0
    assert panel.lab.card.profile(BLUE)
    panel.client.wait_until(lambda: panel.get(panel.euicc(), EUICC, "Eid") == panel.lab.card.eid, 10 * PATIENCE)


@on("mbim", "qmi", long=["qmi-over-mbim"])
def test_a_deregistration_waits_for_its_own_card(make_lab, pki):
    panel = Panel(make_lab(config={"card": {"linger-milliseconds": "1"}}))
    lab = panel.lab
    path = panel.deregister(ISLAND)
    panel.wait_question(path)
    panel.wait_closed()
    first = lab.card.swap(other_card(lab, pki))
    panel.answer(path, **YES)
    panel.client.wait_until(lambda: panel.describe(path, DEREGISTRATION).get("error"), 10 * PATIENCE)
    assert panel.stage(path) == "removing-profile" and lab.card.counters["BF33"] == 0
    assert lab.card.profile(ISLAND)
    lab.card.swap(first)
    lab.modem.insert_card(0, None)
    lab.modem.insert_card(0, lab.card)
    panel.wait_stage(path, "completed")
    assert lab.card.profile(ISLAND) is None


# Away and back

def wait_state(panel, *states):
    return panel.client.wait_until(lambda: panel.get(panel.euicc(), EUICC, "State") in states, 15 * PATIENCE)


def plug_back(lab, panel):
    """Under the same name, which is free once the daemon has let go of the node."""
    panel.client.wait_until(lambda: not os.path.exists(lab.wire.path), 10 * PATIENCE)
    lab.modem.replug()


@on("mbim", "qmi", long=["qmi-over-mbim"])
def test_unplugged_and_back(lab, panel):
    path = panel.euicc()
    lab.modem.unplug()
    wait_state(panel, "absent")
    assert panel.euicc() == path and panel.get(path, EUICC, "Problem")
    with panel.refused("CardRemoved"):
        panel.call(panel.profile(BLUE), PROFILE, "Enable")
    plug_back(lab, panel)
    wait_state(panel, "idle")
    assert panel.euicc() == path and panel.get(path, EUICC, "Problem") == ""
    panel.run(panel.profile(BLUE), PROFILE, "Enable")


@on("mbim", "qmi", long=["qmi-over-mbim"])
@pytest.mark.parametrize("tag", ["BF2D", "BF31", "open"])
def test_unplugged_in_the_middle_of_a_switch(lab, panel, tag):
    panel.run(panel.profile(BLUE), PROFILE, "SetNickname", "x")
    lab.modem.fail(lambda m: about(m) == tag, "unplug")
    operation = panel.call(panel.profile(BLUE), PROFILE, "Enable")
    seen = panel.wait_ended(operation)
    assert (seen["State"], seen["ErrorName"]) == ("failed", f"{BUS_NAME}.Error.CardRemoved"), panel.describe(operation)
    wait_state(panel, "absent")
    plug_back(lab, panel)
    wait_state(panel, "idle")
    shown = panel.get(panel.profile(BLUE), PROFILE, "State")
    assert shown == ("enabled" if lab.card.profile(BLUE).enabled else "disabled")


@on("mbim", "qmi", long=["qmi-over-mbim"])
@pytest.mark.parametrize("tag", ["BF2D", "BF2B", "BF32", "BF33"])
def test_a_deregistration_goes_on_when_the_modem_is_back(lab, panel, tag):
    path = panel.deregister(AIS)
    panel.wait_question(path)
    lab.modem.fail(lambda m: about(m) == tag, "unplug")
    panel.answer(path, **YES)
    wait_state(panel, "absent")
    told = panel.client.wait_until(lambda: panel.describe(path, DEREGISTRATION).get("error") and
                                   panel.describe(path, DEREGISTRATION), 10 * PATIENCE)
    assert told["error-name"] == f"{BUS_NAME}.Error.CardRemoved" and told["advice"]
    plug_back(lab, panel)
    panel.wait_stage(path, "completed", timeout=30)
    assert lab.card.profile(AIS) is None
    assert sorted(d.notice.event for d in lab.smdp.received) == ["delete", "disable"]


@on("mbim", "qmi", long=["qmi-over-mbim"])
def test_the_card_is_taken_out_and_put_back(lab, panel):
    card = lab.card
    lab.modem.insert_card(0, None)
    wait_state(panel, "absent")
    lab.modem.insert_card(0, card)
    wait_state(panel, "idle")
    assert set(panel.profiles()) == {AIS, BLUE, ISLAND}


# Cards that are none of ours

@on("mbim", "qmi", long=["qmi-over-mbim"])
def test_a_plain_sim(make_lab, pki):
    card = Card(pki, profiles=demo_profiles())
    card.isdr_present = card.is_euicc = False
    panel = Panel(make_lab(card=card))
    seen = panel.client.get_all(panel.euicc(), EUICC)
    assert seen["State"] == "unsupported" and seen["Problem"] and seen["Eid"] == ""
    assert panel.profiles() == {}


@on("mbim", "qmi", long=["qmi-over-mbim"])
def test_an_empty_slot(make_lab):
    panel = Panel(make_lab(slots=[None]))
    seen = panel.client.get_all(panel.euicc(), EUICC)
    assert seen["State"] == "absent" and "card" in seen["Problem"]
    for method, arguments in [("SendNotifications", []), ("RemoveNotification", [("t", 0)])]:
        with panel.refused("CardRemoved"):
            panel.call(panel.euicc(), EUICC, method, *arguments)


def test_a_modem_without_uicc_access(with_modem):
    panel = with_modem(no_uicc_service=True)
    seen = panel.client.get_all(panel.euicc(), EUICC)
    assert seen["State"] == "unsupported" and seen["Problem"]


def test_the_other_slot(make_lab, pki):
    cards = [Card(pki, profiles=demo_profiles()[:1]), Card(pki, ber.make_eid(pki.eid_prefix, 4711), demo_profiles())]
    panel = Panel(make_lab(slots=cards, config={"modem lab": {"slot": "2"}}))
    seen = panel.client.get_all(panel.euicc(), EUICC)
    assert (seen["State"], seen["Slot"]) == ("inactive-slot", 2) and seen["Problem"]
    assert panel.lab.modem.active_slot == 0 and panel.lab.modem.exchange_count() == 0


@on("mbim", "qmi", long=["qmi-over-mbim"])
def test_an_operation_shows_its_phases(with_modem):
    panel = with_modem(ready_delay=0.3)
    first = len(panel.client.signals)
    path = panel.call(panel.profile(BLUE), PROFILE, "Enable")
    wait_state(panel, "refreshing")
    panel.wait_ended(path)
    phases = [s[3][1]["Phase"] for s in panel.client.signals[first:]
              if s[0] == path and s[2] == "PropertiesChanged" and "Phase" in s[3][1]]
    known = ["", "holding-modem", "opening-card", "reading-card", "disabling", "enabling", "waiting-for-modem", "deleting",
             "saving-notifications", "delivering", "removing-notifications"]
    assert set(phases) <= set(known) and "waiting-for-modem" in phases
    assert panel.get(path, OPERATION, "Progress") == 1.0
