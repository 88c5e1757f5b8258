# SPDX-License-Identifier: LGPL-2.1-or-later
"""Each method of Euicc, Profile and Operation, as the D-Bus XML tells it."""

import re

import pytest
from esimlab import Profile
from esimlab.busclient import BusClient
from esimlab.daemon import BUS_NAME, PATIENCE
from esimlab.profiles import Address, demo_profiles
from gi.repository import GLib
from panel import EUICC, MANAGER, OPERATION, PROFILE, ROOT_PATH, Panel

AIS, BLUE, ISLAND = (profile.iccid for profile in demo_profiles())
SMDP, RSP = "smdp.lab.example", "rsp.lab.example"
AGREED = {"contract-continues": True}
BRIEF_LINGER = {"card": {"linger-milliseconds": "20"}}


def one(**settings):
    """One profile that tells nobody, with these settings."""
    return [Profile(**{"iccid": "8900100000000000018", "name": "One", "provider": "Lab", **settings})]


@pytest.fixture
def alone(make_lab):
    """alone (**settings of one profile) -> a Panel of a card with nothing else."""
    return lambda **settings: Panel(make_lab(profiles=one(**settings)))


@pytest.fixture
def deaf(lab, panel):
    """The plain laboratory with a server that takes nothing."""
    lab.smdp.behave("status", times=-1, code=503)
    return panel


def events(lab):
    return [(d.notice.event, d.notice.iccid, d.host) for d in lab.smdp.received]


# Listing

def test_the_first_list_takes_four_exchanges_and_the_second_none(make_lab):
    panel = Panel(make_lab(config=BRIEF_LINGER))
    assert set(panel.profiles()) == {AIS, BLUE, ISLAND}
    panel.wait_closed()
    kinds = [exchange.tag() or exchange.kind for exchange in panel.lab.modem.exchanges]
    assert kinds == ["open", "BF3E", "BF2D", "close"]
    assert panel.lab.modem.exchange_count() == 4
    with panel.exchanges() as asked:
        panel.profiles()
        panel.notifications()
    assert asked == []


def test_a_profile_shows_what_the_card_says(panel):
    path, seen = panel.profiles()[BLUE]
    assert seen == {
        "Euicc": panel.euicc(), "Iccid": BLUE, "Name": "Blue Travel Data", "Nickname": "Work",
        "ServiceProvider": "Lab Telecom", "HomeOperator": "00101", "Gid1": "4C", "Gid2": "",
        "Class": "operational", "State": "disabled", "PolicyRules": [], "CanDisable": False,
        "CanDelete": True, "Connections": [], "NotificationAddresses": [SMDP], "Deregistration": "/"}
    assert panel.profiles()[AIS][1]["State"] == "enabled" and panel.profiles()[AIS][1]["CanDisable"]
    assert sorted(panel.profiles()[ISLAND][1]["NotificationAddresses"]) == [RSP, SMDP]


@pytest.mark.parametrize("iccid", ["890010000000000001", "8900100000000000018", "89001000000000000182"])
def test_iccids_of_18_19_and_20_digits(alone, iccid):
    panel = alone(iccid=iccid)
    assert list(panel.profiles()) == [iccid]
    panel.run(panel.profile(iccid), PROFILE, "Enable")
    assert panel.lab.card.active_iccid() == iccid
    panel.run(panel.profile(iccid), PROFILE, "Delete", **AGREED)
    assert panel.profiles() == {} and panel.lab.card.profiles == []


def test_a_card_without_profiles(make_lab):
    panel = Panel(make_lab(profiles=[]))
    assert panel.profiles() == {}
    assert panel.get(panel.euicc(), EUICC, "State") == "idle"


def test_paths_hold_no_identifiers_and_no_number_comes_twice(lab, panel):
    before = panel.profile(ISLAND)
    panel.run(before, PROFILE, "Delete", **AGREED)
    lab.card.install(Profile(ISLAND, "Island again", "Island Mobile"))
    panel.run(panel.euicc(), EUICC, "Refresh")
    assert panel.profile(ISLAND) != before
    operations = panel.get(ROOT_PATH, MANAGER, "Operations")
    assert len(operations) == 2 == len(set(operations))
    for path in panel.client.objects(ROOT_PATH):
        assert re.fullmatch(r"/org/esimd1/(euicc/\d+(/profile/\d+)?|operation/\d+)", path)
        assert not re.search(r"\d{6}", path)


# Refresh

def test_refresh_reads_the_profiles_again_and_nothing_more(lab, panel):
    lab.card.install(Profile("8900100000000000018", "New", "Lab"))
    with panel.exchanges() as asked:
        panel.run(panel.euicc(), EUICC, "Refresh")
    assert asked == ["BF2D"]
    assert "8900100000000000018" in panel.profiles()


def test_refresh_with_details(panel):
    before = panel.client.get_all(panel.euicc(), EUICC)
    assert (before["SpecVersion"], before["FirmwareVersion"], before["FreeMemory"]) == ("", "", 0)
    panel.run(panel.euicc(), EUICC, "Refresh", details=True)
    seen = panel.client.get_all(panel.euicc(), EUICC)
    assert (seen["SpecVersion"], seen["FirmwareVersion"]) == ("2.5.0", "1.0.7")
    assert seen["FreeMemory"] == panel.lab.card.euicc.free_memory
    assert [k.lower() for k in seen["CiKeyIds"]] == [k.hex() for k in panel.lab.card.euicc.ci_key_ids]


def test_refresh_with_notifications(deaf):
    deaf.lab.card.install(Profile("8900100000000000018", "New", "Lab", addresses=[Address(SMDP)]))
    assert not deaf.get(deaf.euicc(), EUICC, "NotificationsRead")
    deaf.run(deaf.euicc(), EUICC, "Refresh", notifications=True)
    assert deaf.get(deaf.euicc(), EUICC, "NotificationsRead")
    assert deaf.get(deaf.euicc(), EUICC, "PendingNotifications") == 1
    [seen] = deaf.notifications()
    assert (seen["sequence"], seen["event"], seen["address"]) == (0, "install", SMDP)


@pytest.mark.parametrize("method, arguments", [
    ("Refresh", []), ("SendNotifications", []), ("RemoveNotification", [("t", 0)])])
def test_options_of_the_euicc_are_checked(panel, method, arguments):
    with panel.refused("InvalidArgument"):
        panel.call(panel.euicc(), EUICC, method, *arguments, colour="green")
    with panel.refused("InvalidArgument"):
        panel.call(panel.euicc(), EUICC, method, *arguments, **{"cancel-with-caller": "yes"})


# Notifications

def test_listed_notifications_have_what_is_documented_in_ascending_order(deaf):
    for number in range(4):
        deaf.lab.card.install(Profile(f"890010000000000001{number}", "New", "Lab", addresses=[Address(SMDP), Address(RSP)]))
    deaf.run(deaf.euicc(), EUICC, "Refresh", notifications=True)
    seen = deaf.notifications()
    assert [one["sequence"] for one in seen] == list(range(8))
    kinds = {"sequence": int, "event": str, "address": str, "iccid": str, "state": str, "attempts": int,
             "next-attempt": int, "error-name": str, "error": str}
    for one_of_them in seen:
        assert {key: type(value) for key, value in one_of_them.items()} == kinds
        assert one_of_them["state"] in ("pending", "on-card")
        assert one_of_them["iccid"].startswith("8900100000000000")


def test_send_notifications_delivers_and_empties_the_card(lab, panel):
    lab.card.install(Profile("8900100000000000018", "New", "Lab", addresses=[Address(SMDP), Address(RSP)]))
    assert panel.run(panel.euicc(), EUICC, "SendNotifications") == {"sent": 2, "waiting": 0, "refused": 0}
    assert sorted(host for _, _, host in events(lab)) == [RSP, SMDP]
    # What was acknowledged goes from the card and the disk right after.
    panel.client.wait_until(lambda: not lab.card.pending_notifications and not panel.notifications(), 20)
    assert panel.get(panel.euicc(), EUICC, "PendingNotifications") == 0


def test_send_notifications_says_what_waits_and_tries_it_at_once(deaf):
    lab = deaf.lab
    lab.card.install(Profile("8900100000000000018", "New", "Lab", addresses=[Address(SMDP)]))
    assert deaf.run(deaf.euicc(), EUICC, "SendNotifications") == {"sent": 0, "waiting": 1, "refused": 0}
    [seen] = deaf.notifications()
    assert seen["state"] == "pending" and seen["attempts"] >= 1 and seen["next-attempt"] > 0
    assert seen["error-name"] == f"{BUS_NAME}.Error.ServerError" and seen["error"]
    assert len(lab.card.pending_notifications) == 1
    lab.smdp.well_behaved()
    assert deaf.run(deaf.euicc(), EUICC, "SendNotifications") == {"sent": 1, "waiting": 0, "refused": 0}
    assert lab.card.pending_notifications == []


def test_send_notifications_counts_those_refused(make_lab):
    panel = Panel(make_lab(config={"network": {"refusals-max": "1"}}))
    panel.lab.smdp.refuse_seq(0)
    panel.lab.card.install(Profile("8900100000000000018", "New", "Lab", addresses=[Address(SMDP)]))
    assert panel.run(panel.euicc(), EUICC, "SendNotifications") == {"sent": 0, "waiting": 0, "refused": 1}
    [seen] = panel.notifications()
    assert seen["state"] == "refused" and seen["error"]
    assert len(panel.lab.card.pending_notifications) == 1


def test_send_notifications_of_an_empty_card(panel):
    assert panel.run(panel.euicc(), EUICC, "SendNotifications") == {"sent": 0, "waiting": 0, "refused": 0}


def test_remove_notification_zero(deaf):
    deaf.lab.card.install(Profile("8900100000000000018", "New", "Lab", addresses=[Address(SMDP), Address(RSP)]))
    deaf.run(deaf.euicc(), EUICC, "Refresh", notifications=True)
    deaf.run(deaf.euicc(), EUICC, "RemoveNotification", ("t", 0))
    assert [n.sequence for n in deaf.lab.card.pending_notifications] == [1]
    assert [n["sequence"] for n in deaf.notifications()] == [1]
    with deaf.refused("NotFound"):
        deaf.call(deaf.euicc(), EUICC, "RemoveNotification", ("t", 0))


@pytest.mark.parametrize("number", [0, 7, 2**64 - 1])
def test_remove_a_notification_that_is_not_there(panel, number):
    with panel.refused("NotFound"):
        panel.call(panel.euicc(), EUICC, "RemoveNotification", ("t", number))


def test_a_notification_that_a_deregistration_needs_is_not_removed(deaf):
    path = deaf.deregister(ISLAND)
    deaf.answer(path, consent=True, **AGREED)
    deaf.wait_stage(path, "notifying-operator")
    assert len(deaf.notifications()) == 2
    for seen in deaf.notifications():
        with deaf.refused("WrongState"):
            deaf.call(deaf.euicc(), EUICC, "RemoveNotification", ("t", seen["sequence"]))


# Enable and Disable

def test_enable_switches_and_both_operators_hear_of_it(lab, panel):
    panel.run(panel.profile(BLUE), PROFILE, "Enable")
    states = {iccid: seen["State"] for iccid, (_, seen) in panel.profiles().items()}
    assert states == {AIS: "disabled", BLUE: "enabled", ISLAND: "disabled"}
    assert lab.card.active_iccid() == BLUE
    panel.wait_card_empty()
    assert events(lab) == [("disable", AIS, SMDP), ("enable", BLUE, SMDP)]
    assert lab.smdp.violations == [] and lab.smdp.duplicates == []


def test_enable_asks_the_card_for_no_more_than_is_needed(deaf):
    with deaf.exchanges() as asked:
        deaf.run(deaf.profile(BLUE), PROFILE, "Enable")
    # The session was open. The card reset itself, so a new one begins; what it raised is saved, for the
    # roots that the card knows (BF20, once in a life of the daemon).
    assert asked == ["BF31", "open", "BF3E", "BF2D", "BF2B", "BF20"]
    with deaf.exchanges() as asked:
        deaf.run(deaf.profile(BLUE), PROFILE, "Disable")
    assert asked == ["BF32", "open", "BF3E", "BF2D", "BF2B"]


def test_disable(lab, panel):
    panel.run(panel.profile(AIS), PROFILE, "Disable")
    assert {seen["State"] for _, seen in panel.profiles().values()} == {"disabled"}
    assert lab.card.active_iccid() is None
    panel.wait_card_empty()
    assert events(lab) == [("disable", AIS, SMDP)]


@pytest.mark.parametrize("iccid, method", [(AIS, "Enable"), (BLUE, "Disable")])
def test_a_switch_to_the_state_that_it_has(panel, iccid, method):
    with panel.refused("WrongState"):
        panel.call(panel.profile(iccid), PROFILE, method)


def test_a_test_profile_is_not_enabled(alone):
    panel = alone(profile_class="test")
    [(path, seen)] = panel.profiles().values()
    assert seen["Class"] == "test"
    with panel.refused("TestProfile"):
        panel.call(path, PROFILE, "Enable")


def test_ppr1_forbids_disabling(alone):
    panel = alone(enabled=True, ppr=("ppr1",))
    [(path, seen)] = panel.profiles().values()
    assert (seen["PolicyRules"], seen["CanDisable"]) == (["ppr1"], False)
    with panel.refused("PolicyViolation"):
        panel.call(path, PROFILE, "Disable")


def test_ppr1_of_the_enabled_profile_forbids_enabling_another(make_lab):
    profiles = demo_profiles()
    profiles[0].ppr = ("ppr1",)
    panel = Panel(make_lab(profiles=profiles))
    name, description = panel.fails(panel.profile(BLUE), PROFILE, "Enable")
    assert name == "PolicyViolation" and description["error"]
    assert description["details"]["result-code"] == 3
    assert panel.lab.card.active_iccid() == AIS


@pytest.mark.parametrize("times", [1, 3])
def test_a_busy_terminal_is_asked_again(lab, panel, times):
    lab.card.busy(times)
    panel.run(panel.profile(BLUE), PROFILE, "Enable")
    assert lab.card.active_iccid() == BLUE
    assert lab.card.counters["BF31"] == times + 1


# SetNickname

@pytest.mark.parametrize("nickname", ["x" * 64, "é" * 32, "สวัสดี", "📱 travel"])
def test_set_nickname(lab, panel, nickname):
    with panel.exchanges() as asked:
        panel.run(panel.profile(AIS), PROFILE, "SetNickname", nickname)
    assert asked == ["BF29"]
    assert lab.card.profile(AIS).nickname == nickname
    assert panel.get(panel.profile(AIS), PROFILE, "Nickname") == nickname


def test_an_empty_nickname_takes_it_away(lab, panel):
    panel.run(panel.profile(BLUE), PROFILE, "SetNickname", "")
    assert lab.card.profile(BLUE).nickname is None
    assert panel.get(panel.profile(BLUE), PROFILE, "Nickname") == ""


@pytest.mark.parametrize("nickname", ["x" * 65, "é" * 33, "📱" * 17, "two\nlines"])
def test_a_nickname_that_the_card_would_not_take(lab, panel, nickname):
    with panel.exchanges() as asked, panel.refused("InvalidArgument"):
        panel.call(panel.profile(AIS), PROFILE, "SetNickname", nickname)
    assert asked == [] and lab.card.profile(AIS).nickname is None


# Delete

def test_delete(lab, panel):
    path = panel.profile(ISLAND)
    panel.run(path, PROFILE, "Delete", **AGREED)
    assert set(panel.profiles()) == {AIS, BLUE} and lab.card.profile(ISLAND) is None
    assert path not in panel.client.objects(ROOT_PATH)
    panel.wait_card_empty()
    assert sorted(events(lab)) == [("delete", ISLAND, RSP), ("delete", ISLAND, SMDP)]


def test_delete_asks_the_card_for_no_more_than_is_needed(deaf):
    with deaf.exchanges() as asked:
        deaf.run(deaf.profile(ISLAND), PROFILE, "Delete", **AGREED)
    # What lies on the card is saved first; the list right before and right after it.
    assert asked == ["BF2D", "BF2B", "BF33", "BF2D", "BF2B", "BF20"]


@pytest.mark.parametrize("options", [{}, {"contract-continues": False}])
def test_delete_of_an_operational_profile_needs_to_know_of_the_contract(lab, panel, options):
    with panel.exchanges() as asked, panel.refused("InvalidArgument"):
        panel.call(panel.profile(ISLAND), PROFILE, "Delete", **options)
    assert asked == [] and lab.card.profile(ISLAND)


@pytest.mark.parametrize("kind", ["test", "provisioning"])
def test_delete_of_others_does_not(alone, kind):
    panel = alone(profile_class=kind)
    panel.run(panel.profile("8900100000000000018"), PROFILE, "Delete")
    assert panel.lab.card.profiles == []


def test_delete_disables_an_enabled_profile_first(lab, panel):
    panel.run(panel.profile(AIS), PROFILE, "Delete", **AGREED)
    assert lab.card.profile(AIS) is None and lab.card.active_iccid() is None
    panel.wait_card_empty()
    assert events(lab) == [("disable", AIS, SMDP), ("delete", AIS, SMDP)]


@pytest.mark.parametrize("enabled, ppr, may", [(False, "ppr2", False), (True, "ppr1", False), (False, "ppr1", True)])
def test_policy_rules_and_deletion(alone, enabled, ppr, may):
    panel = alone(enabled=enabled, ppr=(ppr,))
    [(path, seen)] = panel.profiles().values()
    assert seen["PolicyRules"] == [ppr]
    if may:
        panel.run(path, PROFILE, "Delete", **AGREED)
    else:
        failed = refused_or_failed(panel, path, "Delete", **AGREED)
        assert failed == "PolicyViolation"
    assert bool(panel.lab.card.profiles) is not may
    assert panel.lab.card.counters["BF33"] == may


def refused_or_failed(panel, path, method, **values):
    """The error's name, from the method or from its operation."""
    from esimlab.busclient import BusError
    try:
        return panel.fails(path, PROFILE, method, **values)[0]
    except BusError as error:
        return error.name.removeprefix(f"{BUS_NAME}.Error.")


def test_a_card_that_knows_profiles_by_aid_alone(lab, panel):
    lab.card.refuse_iccid_delete = True
    panel.run(panel.profile(ISLAND), PROFILE, "Delete", **AGREED)
    assert lab.card.profile(ISLAND) is None


def test_delete_while_a_deregistration_is_open(lab, panel):
    path = panel.deregister(ISLAND)
    panel.wait_question(path)
    with panel.refused("WrongState"):
        panel.call(panel.profile(ISLAND), PROFILE, "Delete", **AGREED)
    panel.run(panel.profile(BLUE), PROFILE, "Delete", **AGREED)
    assert lab.card.profile(ISLAND)


@pytest.mark.parametrize("method, arguments", [
    ("Enable", []), ("Disable", []), ("SetNickname", ["x"]), ("Delete", []), ("Deregister", [])])
def test_options_of_a_profile_are_checked(panel, method, arguments):
    path = panel.profile(AIS if method == "Disable" else BLUE)
    with panel.exchanges() as asked:
        with panel.refused("InvalidArgument"):
            panel.call(path, PROFILE, method, *arguments, colour="green")
        wrong = {"contract-continues": "yes"} if method == "Delete" else (
            {"method": 7} if method == "Deregister" else {"cancel-with-caller": 1})
        with panel.refused("InvalidArgument"):
            panel.call(path, PROFILE, method, *arguments, **wrong)
    assert asked == []


# Operations

def test_an_operation_tells_of_itself(lab, panel):
    first = len(panel.client.signals)
    path = panel.call(panel.profile(BLUE), PROFILE, "Enable")
    seen = panel.wait_ended(path)
    assert seen == {"Kind": "enable", "State": "succeeded", "Phase": "", "Progress": 1.0, "BytesDone": 0, "BytesTotal": 0, "Cancellable": False,
                    "Committed": True, "Target": panel.profile(BLUE), "Requester": 0, "NeedsInput": False,
                    "Revision": seen["Revision"], "ErrorName": ""}
    assert panel.describe(path).keys() <= {"result"}
    panel.client.wait_signal(lambda s: s[0] == path and s[2] == "Finished", since=first)
    mine = [s for s in panel.client.signals[first:] if s[0] == path]
    assert mine[-1][1:] == (OPERATION, "Finished", (True,))
    changed = [s[3][1]["State"] for s in mine if s[2] == "PropertiesChanged" and "State" in s[3][1]]
    assert changed[-1] == "succeeded"
    with panel.refused("WrongState"):
        panel.client.call(path, OPERATION, "Cancel")
    with panel.refused("WrongState"):
        panel.call(path, OPERATION, "Answer", ("u", 1))
    assert path in panel.get(ROOT_PATH, MANAGER, "Operations")


def test_a_failed_operation_says_why(lab, panel):
    lab.card.fail_at("BF31", result=127)
    name, description = panel.fails(panel.profile(BLUE), PROFILE, "Enable")
    assert name == "CardError" and description["error"]
    assert description["details"]["result-code"] == 127 and "Enable" in description["details"]["function"]


def test_what_waits_can_be_cancelled(lab, panel):
    lab.modem.quirks.slow = 0.3
    first = panel.call(panel.euicc(), EUICC, "Refresh")
    second = panel.call(panel.profile(AIS), PROFILE, "SetNickname", "never")
    assert panel.get(second, OPERATION, "Cancellable") is True
    panel.client.call(second, OPERATION, "Cancel")
    seen = panel.wait_ended(second)
    assert (seen["State"], seen["ErrorName"]) == ("cancelled", f"{BUS_NAME}.Error.Cancelled")
    assert panel.wait_ended(first)["State"] == "succeeded"
    assert lab.card.profile(AIS).nickname is None


@pytest.mark.parametrize("what", ["delete", "reset"])
def test_no_deregistration_of_what_is_about_to_be_deleted(lab, panel, what):
    """Its plan would be made for a profile that is gone when the plan is carried out."""
    lab.modem.quirks.slow = 0.3
    first = panel.call(panel.euicc(), EUICC, "Refresh")
    if what == "delete":
        waiting = panel.call(panel.profile(BLUE), PROFILE, "Delete", **{"contract-continues": True})
    else:
        waiting = panel.call(panel.euicc(), EUICC, "ResetMemory", ("as", ["operational"]), eid=lab.card.eid,
                             **{"contracts-continue": True, "allow-disconnect": True})
    with panel.refused("Busy"):
        panel.deregister(BLUE)
    panel.client.call(waiting, OPERATION, "Cancel")
    assert panel.wait_ended(waiting)["State"] == "cancelled"
    path = panel.deregister(BLUE)
    assert panel.wait_question(path)
    panel.wait_ended(first)


def test_cancel_with_caller(lab, panel):
    lab.modem.quirks.slow = 0.3
    first = panel.call(panel.euicc(), EUICC, "Refresh")
    with BusClient(lab.bus.address, BUS_NAME) as other:
        theirs = Panel(lab, other)
        bound = theirs.call(panel.profile(AIS), PROFILE, "SetNickname", "bound", **{"cancel-with-caller": True})
        free = theirs.call(panel.profile(BLUE), PROFILE, "SetNickname", "free")
    assert panel.wait_ended(first)["State"] == "succeeded"
    assert panel.wait_ended(bound)["State"] == "cancelled"
    assert panel.wait_ended(free)["State"] == "succeeded"
    assert (lab.card.profile(AIS).nickname, lab.card.profile(BLUE).nickname) == (None, "free")


def test_operations_of_a_card_run_in_the_order_asked(lab, panel):
    lab.modem.quirks.slow = 0.05
    path = panel.profile(AIS)
    asked = [panel.call(path, PROFILE, "SetNickname", f"number {n}") for n in range(5)]
    for operation in asked:
        assert panel.wait_ended(operation)["State"] == "succeeded"
    assert lab.card.profile(AIS).nickname == "number 4"


def test_too_many_operations_are_refused(lab, panel):
    lab.modem.quirks.slow = 0.5
    with panel.refused("LimitExceeded"):
        for _ in range(200):
            panel.call(panel.euicc(), EUICC, "Refresh")
    lab.modem.quirks.slow = 0
    for operation in panel.get(ROOT_PATH, MANAGER, "Operations"):
        panel.wait_ended(operation, 30)
    panel.run(panel.euicc(), EUICC, "Refresh")


def test_an_unknown_method_interface_or_object(panel):
    from esimlab.busclient import BusError
    for path, interface, method in [(panel.euicc(), EUICC, "Burn"), (panel.euicc(), PROFILE, "Enable"),
                                    ("/org/esimd1/euicc/99", EUICC, "Refresh")]:
        with pytest.raises(BusError) as caught:
            panel.client.call(path, interface, method, "(a{sv})", {})
        assert caught.value.name.startswith("org.freedesktop.DBus.Error.Unknown")


def test_wrong_arguments_are_refused_by_the_bus(panel):
    from esimlab.busclient import BusError
    with pytest.raises(BusError) as caught:
        panel.client.call(panel.euicc(), EUICC, "RemoveNotification", "(s)", "0")
    assert caught.value.name == "org.freedesktop.DBus.Error.InvalidArgs"


def test_events_are_seen_without_refresh(lab, panel):
    """Another program changed the card: the modem says so, and the list follows."""
    path = panel.profile(AIS)
    lab.card.euicc.by_iccid(AIS).enabled = False
    lab.modem.call(lab.modem.power_cycle_card)
    panel.client.wait_until(lambda: panel.get(path, PROFILE, "State") == "disabled", 10 * PATIENCE)


def test_text_of_an_operator_comes_as_it_is(alone):
    panel = alone(name="<b>Tourist</b> & ünïcode\x07", provider="Opérateur")
    [(_, seen)] = panel.profiles().values()
    assert seen["Name"].startswith("<b>Tourist</b> & ünïcode") and seen["ServiceProvider"] == "Opérateur"
    assert isinstance(GLib.Variant("s", seen["Name"]), GLib.Variant)


def test_a_reset_by_another_program_costs_nobody_an_error(lab, panel):
    """The session with the card was open still; the modem says that the card began anew."""
    resets = lab.card.resets
    lab.modem.call(lab.modem.power_cycle_card)
    panel.client.wait_until(lambda: lab.card.resets > resets and not lab.modem.refreshing)
    panel.run(panel.profile(BLUE), PROFILE, "Enable")
    assert lab.card.active_iccid() == BLUE
