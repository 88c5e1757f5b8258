# SPDX-License-Identifier: LGPL-2.1-or-later
"""Downloads on the bus: the way in, every way out, and what is on the disk, the card and the server then."""

import dataclasses
import time

import pytest
from downloads import answer, download, end, failure, question
from harness import records, wait_until
from panel import ERROR, EUICC, OPERATION, PROFILE, Panel

from esimlab.busclient import BusClient
from esimlab.daemon import BUS_NAME
from esimlab.profiles import Address, Owner, Profile
from esimlab.rat import EVERYBODY
from esimlab.shortwaits import short_waits

SMDP = "smdp.lab.example"
REJECTED, POSTPONED, TIMEOUT, POLICY, MISMATCH, LOADING = range(6)
INSTALL = "install-consent"


def settled(panel):
    """Nothing is left to do anywhere: on the disk, on the card, at the server."""
    lab = panel.lab
    wait_until(panel, lambda: not records(lab, "notifications") and not lab.card.pending_notifications)
    wait_until(panel, lambda: not records(lab, "downloads"))
    assert not records(lab, "unsaved")
    assert lab.smdp.open_sessions() == []
    assert lab.smdp.violations == []
    text = lab.logs()
    for order in lab.smdp.desk.orders:
        for secret in (order.matching_id, order.profile.iccid, order.confirmation_code):
            assert not secret or secret not in text, "a secret is in the log"


def not_installed(panel, order, *reasons):
    settled(panel)
    assert order.cancelled == list(reasons)
    assert order.profile.iccid not in panel.profiles()
    assert order.profile.iccid not in [p.iccid for p in panel.lab.card.profiles]


def profile(number=1, **changes):
    return Profile(f"8900100000009{number:05d}0", f"Reise {number}", "Lab Telecom", imsi=f"0010109000{number:05d}",
                   **{"addresses": [Address(SMDP)], **changes})


# The way in

def test_a_profile_comes(panel):
    order = panel.lab.smdp.order()
    with panel.exchanges() as seen:
        result = end(panel, download(panel, order))
        settled(panel)
    assert result["iccid"] == order.profile.iccid
    path, properties = panel.profiles()[order.profile.iccid]
    assert result["profile"] == path and properties["State"] == "disabled"
    assert order.results == ["success"] and order.cancelled == []
    assert [r.path.rsplit("/", 1)[1] for r in panel.lab.smdp.requests] == [
        "initiateAuthentication", "authenticateClient", "getBoundProfilePackage", "handleNotification"]
    assert panel.lab.smdp.handshakes["ok"] == 1
    assert seen.count("BF41") == 0 and seen.count("BF2D") <= 2, seen


def test_the_user_sees_what_is_offered(panel):
    icon = b"\x89PNG" + bytes(range(96))
    order = panel.lab.smdp.order(profile(icon=icon, owner=Owner("00101")))
    operation = download(panel, order)
    asked = question(panel, operation, INSTALL)
    told = asked["metadata"]
    assert told["iccid"] == order.profile.iccid and told["name"] == "Reise 1"
    assert told["service-provider"] == "Lab Telecom" and told["class"] == "operational"
    assert told["icon-type"] == "image/png" and bytes(told["icon"]) == icon
    assert told["server"] == SMDP and told["home-operator"] == "00101"
    assert told["root-key-id"] and told["confirmation-code-required"] is False
    assert time.time() < asked["deadline"] <= time.time() + 301
    seen = panel.client.get_all(operation, OPERATION)
    assert (seen["State"], seen["Phase"], seen["NeedsInput"]) == ("waiting", "waiting-for-consent", True)
    end(panel, operation)
    settled(panel)


@pytest.mark.parametrize("told_by", ["modem", "ModemManager"])
def test_the_server_is_told_which_device_it_is(make_lab, told_by):
    panel = Panel(make_lab(modem={"imei": "356938035643809"}, modem_manager=told_by == "ModemManager"))
    end(panel, download(panel, panel.lab.smdp.order()))
    session, = panel.lab.smdp.desk.sessions.values()
    assert (session.tac, session.imei) == ("53968330", "539683306534089f")


def test_a_modem_without_an_identity(make_lab):
    panel = Panel(make_lab(modem={"imei": ""}))
    end(panel, download(panel, panel.lab.smdp.order()))
    session, = panel.lab.smdp.desk.sessions.values()
    assert session.tac == "00000000" and session.imei is None


def test_octets_are_counted(panel):
    order = panel.lab.smdp.order()
    operation = download(panel, order)
    end(panel, operation)
    seen = panel.client.get_all(operation, OPERATION)
    assert seen["BytesTotal"] > 14000 and seen["BytesDone"] == seen["BytesTotal"] and seen["Progress"] == 1


def test_from_the_default_server(panel):
    order = panel.lab.smdp.order(eid=panel.lab.card.eid)
    with panel.refused("InvalidArgument"):
        panel.call(panel.euicc(), EUICC, "SetDefaultSmdpAddress", "no host")
    panel.run(panel.euicc(), EUICC, "SetDefaultSmdpAddress", "")
    assert failure(panel, download(panel, code=""))[0] == "WrongState"
    panel.run(panel.euicc(), EUICC, "SetDefaultSmdpAddress", SMDP)
    assert end(panel, download(panel, code=""))["iccid"] == order.profile.iccid
    settled(panel)


def test_by_address_and_matching_id(panel):
    order = panel.lab.smdp.order()
    operation = download(panel, code="", **{"smdp-address": SMDP, "matching-id": order.matching_id})
    end(panel, operation)
    settled(panel)


@pytest.mark.parametrize("root", ["nist", "brainpool"])
def test_both_curves(make_lab, root):
    panel = Panel(make_lab(curve=root))
    panel.lab.smdp.root = root
    end(panel, download(panel, panel.lab.smdp.order()))
    settled(panel)


def test_two_one_after_the_other(panel):
    orders = [panel.lab.smdp.order(), panel.lab.smdp.order()]
    operations = [download(panel, order) for order in orders]
    for operation in operations:
        end(panel, operation)
    settled(panel)
    assert [order.results for order in orders] == [["success"]] * 2


# Confirmation codes

def test_a_code_that_comes_along(panel):
    order = panel.lab.smdp.order(confirmation_code="4711 Lab")
    end(panel, download(panel, order, **{"confirmation-code": "4711 Lab"}))
    settled(panel)


def test_a_code_with_the_consent(panel):
    order = panel.lab.smdp.order(confirmation_code="4711")
    operation = download(panel, order)
    asked = answer(panel, operation, INSTALL, consent=True, **{"confirmation-code": "4711"})
    assert asked["metadata"]["confirmation-code-required"] is True
    assert panel.wait_ended(operation)["State"] == "succeeded"
    settled(panel)


def test_a_wrong_code_is_asked_for_again(panel):
    order = panel.lab.smdp.order(confirmation_code="4711")
    operation = download(panel, order)
    answer(panel, operation, INSTALL, consent=True)
    assert answer(panel, operation, "confirmation-code", code="1")["wrong"] is False
    asked = answer(panel, operation, "confirmation-code", code="4711")
    assert asked["wrong"] is True and asked["retries-left"] == -1
    assert panel.wait_ended(operation)["State"] == "succeeded"
    settled(panel)
    assert order.results == ["success"] and order.cancelled == [POSTPONED]


def test_too_many_wrong_codes(panel):
    order = panel.lab.smdp.order(confirmation_code="4711", code_tries=2)
    operation = download(panel, order)
    answer(panel, operation, INSTALL, consent=True, **{"confirmation-code": "1"})
    answer(panel, operation, "confirmation-code", code="2")
    name, description = failure(panel, operation)
    assert name == "ConfirmationCodeRetriesExceeded"
    assert (description["details"]["subject-code"], description["details"]["reason-code"]) == ("8.2.7", "6.4")
    not_installed(panel, order, POSTPONED, POSTPONED)


def test_no_code_is_at_hand(panel):
    order = panel.lab.smdp.order(confirmation_code="4711")
    operation = download(panel, order)
    answer(panel, operation, INSTALL, consent=True)
    answer(panel, operation, "confirmation-code", cancel=True)
    assert failure(panel, operation)[0] == "ConsentDenied"
    not_installed(panel, order, POSTPONED)


# Every reason to cancel

@pytest.mark.parametrize("said, reason", [({"consent": False}, REJECTED),
                                          ({"consent": False, "postpone": True}, POSTPONED)])
def test_nobody_wants_it(panel, said, reason):
    order = panel.lab.smdp.order()
    operation = download(panel, order)
    answer(panel, operation, INSTALL, **said)
    assert failure(panel, operation)[0] == "ConsentDenied"
    not_installed(panel, order, reason)


def test_nobody_answers(make_lab, build):
    panel = Panel(make_lab(environment=short_waits(build, 300, 500)))
    order = panel.lab.smdp.order()
    assert failure(panel, download(panel, order))[0] == "TimedOut"
    not_installed(panel, order, TIMEOUT)


def test_cancelled_while_it_asks(panel):
    order = panel.lab.smdp.order()
    operation = download(panel, order)
    question(panel, operation, INSTALL)
    panel.client.call(operation, OPERATION, "Cancel")
    assert failure(panel, operation)[0] == "Cancelled"
    not_installed(panel, order, REJECTED)


@pytest.mark.parametrize("function", ["initiateAuthentication", "authenticateClient", "getBoundProfilePackage"])
def test_cancelled_while_the_server_is_silent(panel, function):
    smdp = panel.lab.smdp
    order = smdp.order()
    smdp.behave("silence", function=function)
    operation = download(panel, order)
    if function == "getBoundProfilePackage":
        answer(panel, operation, INSTALL, consent=True)
    assert smdp.wait_for(lambda s: s.requests and s.requests[-1].path.endswith(function))
    begin = time.monotonic()
    panel.client.call(operation, OPERATION, "Cancel")
    assert failure(panel, operation)[0] == "Cancelled"
    assert time.monotonic() - begin < 5
    # Before the server knows the card there is nothing that it could be told.
    known = function != "initiateAuthentication" and smdp.desk.sessions and order.cancelled
    not_installed(panel, order, *([REJECTED] if known else []))


def test_the_caller_leaves(panel):
    order = panel.lab.smdp.order()
    with BusClient(panel.lab.bus.address, BUS_NAME) as other:
        operation = Panel(panel.lab, other).call(panel.euicc(), EUICC, "Download", order.activation_code,
                                                 **{"cancel-with-caller": True})
        question(panel, operation, INSTALL)
    assert failure(panel, operation)[0] == "Cancelled"
    not_installed(panel, order, REJECTED)


def test_the_service_stops_while_it_asks(panel):
    lab = panel.lab
    order = lab.smdp.order()
    question(panel, download(panel, order), INSTALL)
    begin = time.monotonic()
    lab.daemon.stop()
    assert time.monotonic() - begin < 10
    assert order.cancelled == [POSTPONED] and lab.smdp.open_sessions() == []
    assert not records(lab, "downloads")
    lab.daemon.start()
    # The order is as good as new.
    end(panel, download(panel, order))
    settled(panel)


@pytest.mark.parametrize("function", ["authenticateClient", "getBoundProfilePackage"])
def test_the_service_stops_while_the_server_is_silent(panel, function):
    lab = panel.lab
    order = lab.smdp.order()
    lab.smdp.behave("silence", function=function)
    operation = download(panel, order)
    if function == "getBoundProfilePackage":
        answer(panel, operation, INSTALL, consent=True)
    assert lab.smdp.wait_for(lambda s: s.requests and s.requests[-1].path.endswith(function))
    begin = time.monotonic()
    lab.daemon.stop()
    assert time.monotonic() - begin < 10
    assert lab.smdp.open_sessions() == []
    assert not records(lab, "downloads")


def test_a_rule_that_the_card_forbids(make_lab):
    panel = Panel(make_lab(rat=[]))
    order = panel.lab.smdp.order(profile(ppr=("ppr2",), owner=Owner("00101")))
    assert failure(panel, download(panel, order))[0] == "PolicyViolation"
    not_installed(panel, order, POLICY)


@pytest.mark.parametrize("consent", [True, False])
def test_a_rule_that_wants_consent(make_lab, consent):
    panel = Panel(make_lab(rat=[{"ppr": [2], "owners": [["*"]], "consent": True}]))
    order = panel.lab.smdp.order(profile(ppr=("ppr2",), owner=Owner("00101")))
    operation = download(panel, order)
    assert answer(panel, operation, INSTALL, consent=True)["metadata"]["policy-rules"] == ["ppr2"]
    assert answer(panel, operation, "policy-consent", consent=consent)["policy-rules"] == ["ppr2"]
    if consent:
        assert panel.wait_ended(operation)["State"] == "succeeded"
        settled(panel)
    else:
        assert failure(panel, operation)[0] == "ConsentDenied"
        not_installed(panel, order, POLICY)


def test_the_package_is_not_what_was_shown(panel):
    shown = profile(1)
    order = panel.lab.smdp.order(shown, lie=dataclasses.replace(shown, name="Something else"))
    operation = download(panel, order)
    with panel.exchanges() as seen:
        answer(panel, operation, INSTALL, consent=True)
        assert failure(panel, operation)[0] == "ServerError"
    assert "BF36" not in seen
    not_installed(panel, order, MISMATCH)


def test_the_card_fails_while_it_loads(panel):
    order = panel.lab.smdp.order()
    panel.lab.card.fail_at("86", nth=3, sw=0x6F00)
    operation = download(panel, order)
    answer(panel, operation, INSTALL, consent=True)
    assert failure(panel, operation)[0] == "CardError"
    # Asked what became of it, the card says that it was interrupted: that is a result, and ends the session.
    not_installed(panel, order)
    assert order.results == ["5/11"]


# The card's own no

@pytest.mark.parametrize("error, name", [(10, "InsufficientMemory"), (9, "ProfileExists"), (12, None)])
def test_the_card_refuses_the_package(panel, error, name):
    order = panel.lab.smdp.order()
    panel.lab.card.fail_load(5, error)
    operation = download(panel, order)
    answer(panel, operation, INSTALL, consent=True)
    told, description = failure(panel, operation)
    assert name in (None, told)
    assert description["details"]["bpp-error"] == error and description["details"]["bpp-command"] == 5
    settled(panel)
    # A result ends the session: it is delivered, and nothing is cancelled.
    assert order.results == [f"5/{error}"] and order.cancelled == []
    assert order.profile.iccid not in panel.profiles()


def test_a_profile_that_is_there_already(panel):
    order = panel.lab.smdp.order(profile(1))
    end(panel, download(panel, order))
    settled(panel)
    again = panel.lab.smdp.order(profile(1))
    assert failure(panel, download(panel, again))[0] == "ProfileExists"
    settled(panel)
    assert again.cancelled == [POSTPONED]


def test_a_test_profile_only_where_it_is_allowed(panel):
    order = panel.lab.smdp.order(profile(1, profile_class="test"))
    assert failure(panel, download(panel, order))[0] == "TestProfile"
    not_installed(panel, order, POSTPONED)
    end(panel, download(panel, order, **{"allow-test-profile": True}))
    settled(panel)


# The server's no

@pytest.mark.parametrize("settings, name, codes", [
    ({"eid": "89049032000001000000000000000074"}, "EidMismatch", ("8.1.1", "3.8")),
    ({"released": False}, "NotReleased", ("8.2", "1.2")),
    ({"expired": True}, "OrderExpired", ("8.8.5", "4.10")),
    ({"state": "installed"}, "MatchingIdRefused", ("8.2.6", "3.8")),
])
def test_the_server_refuses_the_order(panel, settings, name, codes):
    order = panel.lab.smdp.order(**settings)
    told, description = failure(panel, download(panel, order))
    assert told == name
    details = description["details"]
    assert (details["subject-code"], details["reason-code"]) == codes and details["root-key-id"]
    settled(panel)


def test_a_code_that_nobody_knows(panel):
    operation = download(panel, code=f"LPA:1${SMDP}$NOBODY-KNOWS")
    assert failure(panel, operation)[0] == "MatchingIdRefused"
    settled(panel)


@pytest.mark.parametrize("lie", ["address", "challenge", "transaction", "key_id"])
def test_a_server_that_lies(panel, lie):
    lies = {"address": "other.lab.example", "challenge": bytes(16), "transaction": bytes(8), "key_id": bytes(20)}
    panel.lab.smdp.desk.lies[lie] = lies[lie]
    order = panel.lab.smdp.order()
    with panel.exchanges() as seen:
        assert failure(panel, download(panel, order))[0] in ("ServerNotTrusted", "ServerError")
    assert "BF38" not in seen
    settled(panel)


def test_malformed_codes_are_refused_at_once(panel):
    for code in ("LPA:1", "LPA:2$smdp.lab.example$A", "LPA:1$$A", "1$smdp.lab.example$a b"):
        with panel.refused("InvalidActivationCode"):
            download(panel, code=code)
    with panel.refused("InvalidArgument"):
        download(panel, code="", **{"matching-id": "ABC"})
    with panel.refused("InvalidArgument"):
        download(panel, code=f"LPA:1${SMDP}$A", **{"smdp-address": SMDP})


# Dark moments

def test_a_server_that_is_told_later(panel):
    """The card has ended the session; the server hears of it when it can."""
    lab = panel.lab
    order = lab.smdp.order()
    operation = download(panel, order)
    question(panel, operation, INSTALL)
    lab.smdp.behave("status", times=2, code=503, function="cancelSession")
    answer(panel, operation, INSTALL, consent=False)
    assert failure(panel, operation)[0] == "ConsentDenied"
    wait_until(panel, lambda: order.cancelled == [REJECTED], 20)
    settled(panel)


def test_a_result_that_is_delivered_later(panel):
    lab = panel.lab
    order = lab.smdp.order()
    lab.smdp.behave("status", times=2, code=503, function="handleNotification")
    assert end(panel, download(panel, order))["notification"] in ("pending", "acknowledged")
    settled(panel)
    assert order.results == ["success"]


def test_killed_while_it_asks(panel):
    lab = panel.lab
    order = lab.smdp.order()
    question(panel, download(panel, order), INSTALL)
    lab.daemon.kill()
    assert len(records(lab, "downloads")) == 1
    lab.daemon.start()
    told = wait_until(panel, lambda: [p for p, seen in panel.objects(OPERATION).items() if seen["Kind"] == "download"])
    assert failure(panel, told[0])[0] == "Cancelled"
    not_installed(panel, order, POSTPONED)
    end(panel, download(panel, order))
    settled(panel)


# What else there is

def test_discovery(panel):
    lab = panel.lab
    order = lab.smdp.order()
    lab.smds.event("EVENT-1", "second.smds.lab.example")
    lab.smds.event(order.matching_id, SMDP)
    found = panel.run(panel.euicc(), EUICC, "Discover")
    assert {"address": SMDP, "matching-id": order.matching_id} in found["orders"]
    end(panel, download(panel, order))
    settled(panel)


def test_discovery_finds_nothing(panel):
    assert panel.run(panel.euicc(), EUICC, "Discover")["orders"] == []


def test_memory_reset(panel):
    lab = panel.lab
    euicc = panel.euicc()
    eid = panel.get(euicc, EUICC, "Eid")
    before = set(panel.profiles())
    reset = [("as", ["operational"])]
    with panel.refused("InvalidArgument"):
        panel.call(euicc, EUICC, "ResetMemory", *reset, eid=eid)
    with panel.refused("InvalidArgument"):
        panel.call(euicc, EUICC, "ResetMemory", *reset, eid=eid[:-1] + "0", **{"contracts-continue": True})
    with panel.refused("InvalidArgument"):
        panel.call(euicc, EUICC, "ResetMemory", ("as", []), eid=eid, **{"contracts-continue": True})
    result = panel.run(euicc, EUICC, "ResetMemory", *reset, eid=eid, **{"contracts-continue": True})
    assert set(result["deleted"]) == before - set(panel.profiles()) and result["deleted"]
    wait_until(panel, lambda: not lab.card.pending_notifications)
    assert not [p for p in lab.card.profiles if p.profile_class == "operational"]


@pytest.mark.parametrize("policy, left", [("remove", []), ("keep", ["install"])])
def test_notifications_that_nobody_is_to_get(make_lab, policy, left):
    lab = make_lab(config={"notifications": {"install": policy}})
    panel = Panel(lab)
    order = lab.smdp.order()
    assert end(panel, download(panel, order))["notification"] == ""
    assert order.profile.iccid in panel.profiles()
    assert [n.event for n in lab.card.pending_notifications] == left
    assert lab.smdp.received == [] and not records(lab, "notifications")
    assert not records(lab, "downloads") and not records(lab, "unsaved")


def test_policy_rules_and_addresses_are_read_when_wanted(make_lab):
    panel = Panel(make_lab(rat=[{"ppr": [1, 2], "owners": [EVERYBODY], "consent": True}]))
    euicc = panel.euicc()
    assert panel.get(euicc, EUICC, "RootSmdsAddresses") == [] and panel.get(euicc, EUICC, "PolicyRules") == []
    panel.run(euicc, EUICC, "Refresh", details=True)
    assert panel.get(euicc, EUICC, "RootSmdsAddresses") and panel.get(euicc, EUICC, "FreeMemory") > 0
    rule, = panel.get(euicc, EUICC, "PolicyRules")
    assert set(rule["rules"]) == {"ppr1", "ppr2"} and rule["consent-required"] is True


def test_an_icon_is_read_when_it_is_wanted(panel):
    icon = b"\x89PNG" + bytes(range(96))
    order = panel.lab.smdp.order(profile(icon=icon))
    end(panel, download(panel, order))
    kind, octets = panel.client.call(panel.profile(order.profile.iccid), PROFILE, "GetIcon")
    assert kind == "image/png" and bytes(octets) == icon
    settled(panel)


def test_discovery_is_bounded(panel):
    """Two discovery servers that name one another for ever."""
    lab = panel.lab
    first, second = lab.smds.hosts
    for number in range(20):
        lab.smds.event(f"LOOP-{number}", second if number % 2 else first)
    order = lab.smdp.order()
    lab.smds.event(order.matching_id, SMDP)
    found = panel.run(panel.euicc(), EUICC, "Discover")
    assert len(lab.smds.requests) <= 2 * 16
    assert [p for p in found["problems"] if p["error-name"] == ERROR + "LimitExceeded"]


def test_the_service_stops_while_it_loads(panel):
    """Over a slow line: what has not come by then does not come any more."""
    lab = panel.lab
    order = lab.smdp.order(size=60000)
    lab.smdp.link.rate = 20000
    operation = download(panel, order)
    answer(panel, operation, INSTALL, consent=True)
    wait_until(panel, lambda: panel.get(operation, OPERATION, "BytesDone") > 5000)
    assert panel.get(operation, OPERATION, "Cancellable") is False
    begin = time.monotonic()
    lab.daemon.stop()
    assert time.monotonic() - begin < 10
    lab.smdp.link.rate = 0
    lab.daemon.start()
    settled(panel)
    assert order.profile.iccid not in panel.profiles()
