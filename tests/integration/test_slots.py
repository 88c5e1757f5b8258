# SPDX-License-Identifier: LGPL-2.1-or-later
"""Modems with two slots, through the real proxies: the other slot is shown and never switched by looking; it is switched
when somebody asks, and led back when that leads nowhere."""

import os
import threading

import pytest
from conftest import needs_root
from esimlab import Card, ber, netns
from esimlab.busclient import BusError
from esimlab.daemon import PATIENCE
from esimlab.profiles import demo_profiles
from esimlab.routes import Routes
from harness import wait_until
from panel import DEREGISTRATION, EUICC, MANAGER, OPERATION, PROFILE, ROOT_PATH, Panel
from ways import AGREED, AIS, BLUE, ISLAND, on

pytestmark = [needs_root, pytest.mark.skipif(not netns.available(), reason="no network namespaces here")]
QUICK = {"card": {"linger-milliseconds": "50", "switch-timeout-seconds": "3"}}
# AIS and BLUE are in the first slot, AIS enabled; ISLAND is in the second.
SECOND_EID = 4711


@pytest.fixture(params=["mbim", "qmi", pytest.param("qmi-over-mbim", marks=pytest.mark.long)])
def transport(request):
    return request.param


class Slots(Panel):
    """A client of a modem with two slots. Slots are numbered as they are shown: from 1."""

    def __init__(self, lab):
        super().__init__(lab)
        self.switches = []
        switch = lab.modem.switch_slot

        def switch_slot(slot):
            self.switches.append(slot + 1)
            switch(slot)
        lab.modem.call(setattr, lab.modem, "switch_slot", switch_slot)

    def slots(self):
        """{slot: properties}"""
        return {seen["Slot"]: {**seen, "path": path} for path, seen in self.objects(EUICC).items()}

    def path(self, slot):
        return self.slots()[slot]["path"]

    def states(self):
        return {slot: seen["State"] for slot, seen in sorted(self.slots().items())}

    def wait_states(self, **states):
        """wait_states(s1="idle", s2="inactive-slot")"""
        wanted = {int(name[1:]): state for name, state in states.items()}
        try:
            wait_until(self, lambda: self.states() == wanted, 20)
        except TimeoutError:
            raise AssertionError(f"not {wanted}: {self.states()}") from None

    def activate(self, slot, **values):
        return self.run(self.path(slot), EUICC, "ActivateSlot", **values)

    def modem(self):
        modem, = self.client.call(ROOT_PATH, MANAGER, "ListModems")
        return modem


def second_card(pki, **settings):
    return Card(pki, ber.make_eid(pki.eid_prefix, SECOND_EID), demo_profiles()[2:], **settings)


@pytest.fixture
def make_slots(make_lab, pki):
    """make_slots (what is in the second slot, quirks, and what Lab takes) -> a Slots; the first slot is in use."""
    def make(second, quirks=None, config=None, **settings):
        cards = [Card(pki, profiles=demo_profiles()[:2]), second]
        panel = Slots(make_lab(slots=cards, proxy=True, modem=quirks or {}, config={**QUICK, **(config or {})}, **settings))
        panel.first, panel.second = cards
        return panel
    return make


@pytest.fixture
def panel(make_slots, pki):
    panel = make_slots(second_card(pki))
    panel.wait_states(s1="idle", s2="inactive-slot")
    return panel


def told_eid(panel):
    """What the modem tells of the card in a slot that it does not use: QMI its EID, MBIM nothing."""
    return panel.second.eid if panel.lab.transport != "mbim" else ""


# Looking

def test_the_other_slot_is_shown(panel):
    seen = panel.slots()
    assert seen[1]["Eid"] == panel.first.eid and seen[2]["Eid"] == told_eid(panel)
    assert seen[1]["Problem"] == "" and "slot" in seen[2]["Problem"]
    assert seen[1]["Modem"] == seen[2]["Modem"] and seen[1]["Device"] == seen[2]["Device"] == str(panel.lab.wire.path)
    assert set(panel.profiles()) == {AIS, BLUE}
    assert panel.fails(seen[2]["path"], EUICC, "Refresh")[0] == "WrongState"
    assert panel.switches == [] and not any(e.slot for e in panel.lab.modem.exchanges)


def test_looking_switches_nothing(panel):
    """Not reading, not a restart, not a card that comes to the other slot."""
    panel.lab.modem.connected = True
    panel.run(panel.path(1), EUICC, "Refresh", details=True, notifications=True)
    panel.run(panel.profile(BLUE), PROFILE, "SetNickname", "x")
    panel.modem()
    assert panel.esimctl("status").returncode == panel.esimctl("slot").returncode == 0
    panel.lab.daemon.restart()
    panel.wait_states(s1="idle", s2="inactive-slot")
    panel.lab.modem.insert_card(1, None)
    wait_until(panel, lambda: panel.states().get(2) != "inactive-slot")
    assert panel.modem()["slots"][1]["content"] == "empty"
    panel.lab.modem.insert_card(1, panel.second)
    panel.wait_states(s1="idle", s2="inactive-slot")
    assert panel.switches == [] and panel.lab.modem.data_interruptions == 0


def check_agrees(panel):
    """ListModems, esimctl and the modem's truth."""
    truth = panel.lab.modem
    modem = panel.modem()
    assert modem["transport"] == panel.lab.transport and modem["device"] == str(panel.lab.wire.path)
    assert not modem["problem"]
    assert [(s["slot"], s["active"]) for s in modem["slots"]] == [(n + 1, n == truth.active_slot) for n in range(2)]
    for slot in modem["slots"]:
        card = truth.slots[slot["slot"] - 1]
        assert slot["eid"] in (card.eid, told_eid(panel) and card.eid)
        assert slot["content"] == ("euicc" if slot["eid"] else "card")
        assert slot["euicc"] == panel.path(slot["slot"])
    shown = [line.split() for line in panel.esimctl("slot").stdout.splitlines()]
    used = {int(line[0]): line[1] == "yes" for line in shown if line and line[0].isdigit()}
    assert used == {number + 1: number == truth.active_slot for number in range(2)}
    status = panel.esimctl("status").stdout
    assert truth.slots[truth.active_slot].eid in status and "lab" in status


def test_everybody_agrees(panel):
    check_agrees(panel)
    panel.activate(2)
    panel.wait_states(s1="inactive-slot", s2="idle")
    check_agrees(panel)


# Switching

def test_there_and_back(panel):
    assert panel.activate(2) == {}
    assert panel.switches == [2] and panel.lab.modem.active_slot == 1
    panel.wait_states(s1="inactive-slot", s2="idle")
    assert panel.slots()[2]["Eid"] == panel.second.eid and ISLAND in panel.profiles()
    panel.run(panel.profile(ISLAND), PROFILE, "Enable")
    assert panel.second.active_iccid() == ISLAND and panel.first.active_iccid() == AIS
    panel.activate(1)
    panel.wait_states(s1="idle", s2="inactive-slot")
    assert panel.switches == [2, 1]
    panel.run(panel.profile(BLUE), PROFILE, "Enable")
    assert panel.first.active_iccid() == BLUE and panel.second.active_iccid() == ISLAND
    assert panel.lab.modem.syncs == 0


def test_no_channel_is_left_behind(panel):
    """It is closed on the slot that is left: no modem likes to find it open there."""
    panel.run(panel.path(1), EUICC, "Refresh")
    assert panel.lab.modem.open_channels
    open_at_switch = []
    switch = panel.lab.modem.switch_slot
    panel.lab.modem.call(setattr, panel.lab.modem, "switch_slot",
                         lambda slot: (open_at_switch.append(panel.lab.modem.open_channels), switch(slot)))
    panel.activate(2)
    assert open_at_switch == [[]]


def test_what_is_active_cannot_be_activated(panel):
    with panel.refused("WrongState"):
        panel.call(panel.path(1), EUICC, "ActivateSlot")
    panel.activate(2)
    panel.wait_states(s1="inactive-slot", s2="idle")
    with panel.refused("WrongState"):
        panel.call(panel.path(2), EUICC, "ActivateSlot")
    with panel.refused("InvalidArgument"):
        panel.call(panel.path(1), EUICC, "ActivateSlot", nonsense=True)
    assert panel.switches == [2]


def test_a_slow_card(make_slots, pki):
    """Seconds until the modem is through with it, and its first call fails, as with an X55."""
    panel = make_slots(second_card(pki), {"ready_delay": 1.5, "first_command_after_switch_fails": True},
                       {"card": {"linger-milliseconds": "50", "switch-timeout-seconds": "10"}})
    panel.wait_states(s1="idle", s2="inactive-slot")
    panel.activate(2)
    panel.wait_states(s1="inactive-slot", s2="idle")
    assert panel.switches == [2]


def test_by_the_tool(panel):
    done = panel.esimctl("slot", "activate", "2")
    assert done.returncode == 0, (done.stdout, done.stderr)
    assert panel.switches == [2] and panel.lab.modem.active_slot == 1
    panel.wait_states(s1="inactive-slot", s2="idle")


def test_work_that_stands_in_line(panel):
    """What was asked before the switch is done on its card, what comes after it is refused."""
    renaming = panel.call(panel.profile(BLUE), PROFILE, "SetNickname", "in time")
    switching = panel.call(panel.path(2), EUICC, "ActivateSlot")
    late = panel.call(panel.profile(AIS), PROFILE, "SetNickname", "too late")
    assert panel.wait_ended(renaming)["State"] == "succeeded"
    assert panel.wait_ended(switching)["State"] == "succeeded"
    seen = panel.wait_ended(late)
    assert (seen["State"], seen["ErrorName"].rsplit(".", 1)[1]) == ("failed", "WrongState")
    assert panel.first.profile(BLUE).nickname == "in time" and panel.first.profile(AIS).nickname != "too late"


def test_asked_twice(panel):
    """Two clients at once: one switch, and neither hears of a failure that was none."""
    operations = [panel.call(panel.path(2), EUICC, "ActivateSlot") for _ in range(2)]
    assert [panel.wait_ended(operation)["State"] for operation in operations] == ["succeeded"] * 2
    assert panel.switches == [2]
    panel.wait_states(s1="inactive-slot", s2="idle")


# Where it leads nowhere

def check_restored(panel, error):
    operation = panel.call(panel.path(2), EUICC, "ActivateSlot")
    seen = panel.wait_ended(operation, 40)
    assert (seen["State"], seen["ErrorName"].rsplit(".", 1)[1]) == ("failed", error), panel.describe(operation)
    assert len(panel.describe(operation)["error"]) > 20
    assert panel.switches == [2, 1] and panel.lab.modem.active_slot == 0
    wait_until(panel, lambda: panel.states()[1] == "idle")
    panel.run(panel.profile(BLUE), PROFILE, "Enable")
    assert panel.first.active_iccid() == BLUE


@on("mbim")
def test_a_plain_sim(make_slots, pki):
    """MBIM does not tell that it is none."""
    card = second_card(pki)
    card.isdr_present = card.is_euicc = False
    panel = make_slots(card)
    panel.wait_states(s1="idle", s2="inactive-slot")
    check_restored(panel, "NotSupported")


@on("qmi")
def test_a_plain_sim_that_is_known(make_slots, pki):
    """QMI tells: it is in the list of slots, and no eUICC."""
    card = second_card(pki)
    card.isdr_present = card.is_euicc = False
    panel = make_slots(card)
    panel.wait_states(s1="idle")
    assert [(s["content"], s["euicc"] == "/") for s in panel.modem()["slots"]] == [("euicc", False), ("uicc", True)]


def test_a_card_that_cannot_be_read(panel):
    panel.second.fail_at("BF2D", sw=0x6F00, times=-1)
    check_restored(panel, "CardError")


def test_a_card_that_goes_in_the_middle(panel):
    """It is pulled as the modem comes to it."""
    switch = panel.lab.modem.switch_slot

    def pull(slot):
        switch(slot)
        if slot == 1:
            panel.lab.modem.call(panel.lab.modem._insert_card, 1, None)
    panel.lab.modem.call(setattr, panel.lab.modem, "switch_slot", pull)
    check_restored(panel, "CardRemoved")


def test_a_card_that_is_never_ready(make_slots, pki):
    """The modem uses the slot and does not come to the end with the card in it."""
    panel = make_slots(second_card(pki), config={"card": {"linger-milliseconds": "50", "switch-timeout-seconds": "1"}})
    panel.wait_states(s1="idle", s2="inactive-slot")
    modem, switch = panel.lab.modem, panel.lab.modem.switch_slot

    def slow_there(slot):
        modem.quirks.ready_delay = 30 if slot == 1 else 0.05
        switch(slot)
    modem.call(setattr, modem, "switch_slot", slow_there)
    operation = panel.call(panel.path(2), EUICC, "ActivateSlot")
    seen = panel.wait_ended(operation, 40)
    assert seen["State"] == "failed" and panel.describe(operation)["error"]
    assert modem.active_slot == 0 and panel.switches == [2, 1]


# What others do

def test_switched_by_somebody_else(panel):
    panel.lab.modem.call(panel.lab.modem.switch_slot, 1)
    panel.wait_states(s1="inactive-slot", s2="idle")
    assert ISLAND in panel.profiles() and panel.slots()[2]["Eid"] == panel.second.eid
    panel.run(panel.profile(ISLAND), PROFILE, "Enable")
    panel.lab.modem.call(panel.lab.modem.switch_slot, 0)
    panel.wait_states(s1="idle", s2="inactive-slot")
    panel.run(panel.profile(BLUE), PROFILE, "Enable")
    assert panel.switches == [2, 1]


def test_switched_by_somebody_else_in_the_middle(panel):
    """Of a switch of profiles: it says that the card is not there, and nothing is done to the other one."""
    modem = panel.lab.modem
    happened = []

    def hook(exchange):
        if exchange.tag() == "BF31" and not happened:
            happened.append(exchange)
            modem.loop.call_soon(modem.switch_slot, 1)
        return False
    modem.before_command.append(hook)
    operation = panel.call(panel.profile(BLUE), PROFILE, "Enable")
    seen = panel.wait_ended(operation, 40)
    assert happened and (seen["State"] == "succeeded" or len(panel.describe(operation)["error"]) > 20)
    panel.wait_states(s1="inactive-slot", s2="idle")
    assert not panel.second.profile(ISLAND).enabled and panel.second.counters["BF31"] == 0
    assert panel.switches == [2]
    modem.call(modem.switch_slot, 0)
    panel.wait_states(s1="idle", s2="inactive-slot")
    assert panel.get(panel.profile(BLUE), PROFILE, "State") == ("enabled" if panel.first.profile(BLUE).enabled else "disabled")


def test_a_card_comes_to_an_empty_slot(make_slots, pki):
    panel = make_slots(None)
    panel.wait_states(s1="idle")
    assert [slot["content"] for slot in panel.modem()["slots"]] == ["euicc", "empty"]
    panel.second = second_card(pki)
    panel.lab.modem.insert_card(1, panel.second)
    panel.wait_states(s1="idle", s2="inactive-slot")
    panel.activate(2)
    panel.wait_states(s1="inactive-slot", s2="idle")
    assert ISLAND in panel.profiles() and panel.switches == [2]


def test_another_card_comes_to_the_other_slot(panel, pki):
    """It is not taken for the one that was read there before."""
    panel.activate(2)
    panel.activate(1)
    panel.wait_states(s1="idle", s2="inactive-slot")
    third = Card(pki, ber.make_eid(pki.eid_prefix, 815), demo_profiles()[2:])
    panel.lab.modem.insert_card(1, None)
    wait_until(panel, lambda: panel.modem()["slots"][1]["content"] == "empty")
    panel.lab.modem.insert_card(1, third)
    wait_until(panel, lambda: panel.modem()["slots"][1]["content"] != "empty")
    panel.wait_states(s1="idle", s2="inactive-slot")
    assert panel.slots()[2]["Eid"] in ("", third.eid)
    panel.activate(2)
    assert panel.slots()[2]["Eid"] == third.eid


# A deregistration on the slot that is left

def test_a_deregistration_waits_for_its_slot(panel):
    path = panel.deregister(AIS)
    panel.wait_question(path)
    panel.activate(2)
    panel.wait_states(s1="inactive-slot", s2="idle")
    panel.answer(path, consent=True, **AGREED)
    panel.client.call(path, DEREGISTRATION, "Check")
    panel.run(panel.profile(ISLAND), PROFILE, "SetNickname", "meanwhile")
    assert panel.stage(path) == "removing-profile"
    assert panel.first.counters["BF33"] == panel.second.counters["BF33"] == 0 and panel.switches == [2]
    panel.activate(1)
    panel.wait_stage(path, "completed", timeout=30)
    assert panel.first.profile(AIS) is None and panel.second.profile(ISLAND)
    assert panel.switches == [2, 1]


# The machine's only way

def test_consent_to_disconnect(make_slots, pki, tmp_path, build):
    routes = Routes(tmp_path / "net")
    panel = make_slots(second_card(pki), environment=routes.environment(build))
    panel.wait_states(s1="idle", s2="inactive-slot")
    for consent in (False, True):
        operation = panel.call(panel.path(2), EUICC, "ActivateSlot")
        wait_until(panel, lambda path=operation: panel.get(path, OPERATION, "NeedsInput"))
        question = panel.describe(operation)["question"]
        assert question["type"] == "disconnect-consent" and panel.switches == []
        panel.call(operation, OPERATION, "Answer", ("u", question["id"]), consent=consent)
        seen = panel.wait_ended(operation)
        assert seen["State"] == ("succeeded" if consent else "failed")
    panel.wait_states(s1="inactive-slot", s2="idle")
    assert panel.switches == [2]
    # On the second slot nothing is enabled: there is nothing to cut.
    panel.activate(1)
    panel.activate(2, **{"allow-disconnect": True})


# Unplugged, and killed

def pull_after(panel, slot, act):
    """act() on a thread of its own once the modem has been told to use this slot."""
    switch, threads = panel.lab.modem.switch_slot, []

    def hook(number):
        switch(number)
        if number + 1 == slot and not threads:
            threads.append(threading.Thread(target=act))
            threads[0].start()
    panel.lab.modem.call(setattr, panel.lab.modem, "switch_slot", hook)
    return threads


def test_unplugged_in_the_middle(panel):
    threads = pull_after(panel, 2, panel.lab.modem.unplug)
    operation = panel.call(panel.path(2), EUICC, "ActivateSlot")
    seen = panel.wait_ended(operation, 40)
    assert seen["State"] == "failed" and panel.describe(operation)["error"]
    threads[0].join(10)
    wait_until(panel, lambda: set(panel.states().values()) <= {"absent"})
    wait_until(panel, lambda: not os.path.exists(panel.lab.wire.path))
    panel.lab.modem.replug()
    panel.wait_states(s1="idle", s2="inactive-slot")
    assert panel.switches == [2]
    panel.activate(2)


def test_killed_in_the_middle(panel):
    """The modem stays as it is: which slot it uses is for a person to say, and the next life shows it."""
    threads = pull_after(panel, 2, panel.lab.daemon.kill)
    panel.call(panel.path(2), EUICC, "ActivateSlot")
    wait_until(panel, lambda: threads and not panel.lab.daemon.alive())
    threads[0].join(10)
    panel.lab.daemon.start()
    panel.wait_states(s1="inactive-slot", s2="idle")
    assert panel.switches == [2] and set(panel.profiles()) == {ISLAND}
    panel.activate(1)
    panel.wait_states(s1="idle", s2="inactive-slot")
    assert len(panel.lab.modem.open_channels) <= 1


def is_dead_or_done(panel):
    try:
        return not panel.lab.daemon.alive() or panel.states()[2] == "idle"
    except BusError:
        return not panel.lab.daemon.alive()


@pytest.mark.long
def test_killed_at_each_exchange_of_an_activation(make_slots, pki):
    for number in range(1, 9):
        panel = make_slots(second_card(pki))
        panel.wait_states(s1="idle", s2="inactive-slot")
        happened = panel.lab.kill_at(number, "after")
        panel.call(panel.path(2), EUICC, "ActivateSlot")
        wait_until(panel, lambda: is_dead_or_done(panel), 10)
        if panel.lab.daemon.alive():
            assert not happened
            break
        panel.lab.daemon.start()
        active = panel.lab.modem.active_slot + 1
        wait_until(panel, lambda: panel.states() == {active: "idle", 3 - active: "inactive-slot"}, 20 * PATIENCE)
        panel.lab.close()
    assert number > 2
