# SPDX-License-Identifier: LGPL-2.1-or-later
"""The portal method and the card: the preflight and its findings, cards that go and others that come, policy
rules, a profile that is no longer the one that was meant, and what the receipt claims."""

import time

import pytest
from carrierfiles import EVERYTHING, ISLAND_OWNER, LAB_OWNER, OLD, PHONE, WEB, entry
from esimlab.busclient import BusError
from esimlab.daemon import ROOT_PATH
from esimlab.lab import TOP
from esimlab.profiles import Owner, Profile, demo_profiles, isdp_aid
from harness import wait_until
from panel import DEREGISTRATION, ERROR, EUICC, MANAGER, Panel
from portal import (CONSENT, DIGEST, END, OUTCOME, REFERENCE, SUBMISSION, TOKYO, Journey, day, document,
                    portal_lab, start_of)
from scene import AIS, BLUE, ISLAND
from test_faults import other_card

GONE = "8966010000000000012"


@pytest.fixture
def portal(make_lab, tmp_path):
    return portal_lab(make_lab, tmp_path / "carriers")


def confirmed(offset=-1, **more):
    return {"outcome": "confirmed", "effective-date": day(offset), **more}


def pull(panel):
    panel.lab.modem.insert_card(0, None)
    wait_until(panel, lambda: panel.objects(EUICC)[panel.euicc()]["State"] == "absent")


def untouched(card, count=3):
    return len(card.profiles) == count and not {"BF31", "BF32", "BF33"} & set(card.counters)


# The preflight alone

def dry_run(make_lab, folder, groups=WEB, *, profile=None, iccid=BLUE, **values):
    """The findings of a dry run, which writes, asks and changes nothing."""
    entries = [entry("labtel", LAB_OWNER, groups), entry("island", ISLAND_OWNER, PHONE)]
    settings = {"profiles": [profile]} if profile else {}
    panel = portal_lab(make_lab, folder, *entries, **settings)
    card = panel.lab.card.state()
    path = panel.deregister(profile.iccid if profile else iccid, **{"method": "portal", "dry-run": True, **values})
    journey = Journey(panel, path).wait("checked")
    told = journey.told()
    assert "question" not in told and not journey.needs_input and told["dry-run"] is True
    assert journey.record_bytes() == {} and panel.lab.card.state() == card and journey.deletions() == 0
    for one in told["findings"]:
        assert one.keys() == {"code", "severity", "message", "parameters"} and one["message"]
        assert one["severity"] in ("ok", "warning", "blocker")
    return {one["code"]: one for one in told["findings"]}


def severities(findings, *codes):
    return {code: findings[code]["severity"] if code in findings else None for code in codes}


@pytest.mark.parametrize("method", ["portal", "local"])
def test_a_card_that_a_remote_manager_looks_after(portal, method):
    """Recognised by what it says when it is selected; left alone, whatever the method."""
    portal.lab.daemon.stop()
    portal.lab.card.iot = True
    portal.lab.daemon.start()
    path = portal.deregister(BLUE, method=method)
    journey = Journey(portal, path).wait("failed")
    told = journey.told()
    assert told["error-name"] == ERROR + "WrongState" and "eIM" in told["error"]
    assert journey.findings()["eim-managed"]["severity"] == "blocker" and untouched(portal.lab.card)


def test_dry_run_of_what_the_card_says(make_lab, tmp_path):
    found = dry_run(make_lab, tmp_path / "carriers")
    assert severities(found, "card-answers", "profile-known", "class-operational", "delete-address-present", "method",
                      "carrier-known", "plan-question", "bring", "processing", "credit-unknown", "notice-unknown") == {
        "card-answers": "ok", "profile-known": "ok", "class-operational": "ok", "delete-address-present": "ok",
        "method": "ok", "carrier-known": "ok", "plan-question": "warning", "bring": "ok", "processing": "ok",
        "credit-unknown": "ok", "notice-unknown": "warning"}
    assert found["carrier-known"]["parameters"] == {"name": {"": "Labtel", "zh_CN": "labtel 电信"}, "id": "labtel"}
    assert found["method"]["parameters"]["method"] == "portal"
    assert set(found["bring"]["parameters"]["bring"]) >= {"account-login", "phone-number"}
    assert found["processing"]["parameters"] == {"days-min": 1, "days-max": 3}
    # The contract goes on only where the card alone is asked.
    assert not {"contract-continues", "carrier-unknown", "carrier-question", "no-steps", "facts-old", "bundle"} & found.keys()


def test_dry_run_where_everything_is_known(make_lab, tmp_path):
    found = dry_run(make_lab, tmp_path / "carriers", EVERYTHING)
    warned = ("bundle", "credit", "notice", "final-bill", "automatic-payment", "add-on", "lost", "abroad",
              "accounts-elsewhere")
    assert severities(found, *warned) == dict.fromkeys(warned, "warning")
    assert severities(found, "porting", "reissue") == {"porting": "ok", "reissue": "ok"}
    parameters = {code: found[code]["parameters"] for code in (*warned, "porting")}
    assert parameters["bundle"]["type"] == "family" and parameters["bundle"]["split-first"] is True
    assert parameters["bundle"]["text"] == {"": "Other lines end with it."}
    assert parameters["credit"]["treatment"] == "forfeited" and parameters["abroad"]["possible"] is False
    assert (parameters["notice"]["length"], parameters["notice"]["anchor"]) == ("P1M", "term-end")
    assert parameters["notice"]["fee-within-term"] is True
    assert parameters["final-bill"]["charge"] == "whole-month" and parameters["final-bill"]["instalments-due"] is True
    assert parameters["lost"]["what"] == ["number", "credit"]
    assert (parameters["porting"]["code"], parameters["porting"]["ends-contract"]) == ("PAC", True)
    assert not {"credit-unknown", "notice-unknown"} & found.keys()


def test_dry_run_where_little_is_known(make_lab, tmp_path):
    """Two pages contradict one another, one is old, and no step is told."""
    groups = {**WEB, "source page": OLD, "step 1": None, "step 2": None, "processing": None,
              "notice one": {"length": "P1M", "anchor": "request", "conflict": "when", "text": "A month."},
              "notice two": {"length": "P0D", "anchor": "request", "conflict": "when", "text": "At once."}}
    found = dry_run(make_lab, tmp_path / "carriers", groups, plan="monthly", carrier="labtel")
    assert severities(found, "facts-old", "conflict", "no-steps") == {
        "facts-old": "warning", "conflict": "warning", "no-steps": "warning"}
    assert found["facts-old"]["parameters"]["checked"] == "2020-01-01"
    assert found["conflict"]["parameters"]["topic"] == "notice"
    assert {text[""] for text in found["conflict"]["parameters"]["texts"]} == {"A month.", "At once."}
    assert "processing" not in found and "bring" not in found


def test_dry_run_of_what_ends_by_itself(make_lab, tmp_path):
    groups = {**WEB, "plan topup": None, "ending": {"method": "portal", "by": "expiry", "ends-by-itself": "true"}}
    assert severities(dry_run(make_lab, tmp_path / "carriers", groups), "ends-by-itself") == {"ends-by-itself": "ok"}


def test_dry_run_of_a_carrier_that_nobody_knows(make_lab, tmp_path):
    profile = Profile("8900100000000000018", "One", "Nobody Mobile", owner=Owner("99999"))
    found = dry_run(make_lab, tmp_path / "carriers", profile=profile)
    assert "warning" in severities(found, "carrier-unknown", "carrier-question").values()
    assert "no-delete-address" in found and "carrier-known" not in found


def test_dry_run_of_a_carrier_that_two_could_be(make_lab, tmp_path):
    profile = Profile("8900100000000000018", "One", "Shared Brand", owner=Owner("00103"))
    twins = [entry(name, {"service-provider": "Shared Brand"}, PHONE) for name in ("twin-one", "twin-two")]
    panel = portal_lab(make_lab, tmp_path / "carriers", *twins, profiles=[profile])
    path = panel.deregister(profile.iccid, method="portal", **{"dry-run": True})
    found = Journey(panel, path).wait("checked").findings()
    assert severities(found, "carrier-question", "carrier-known") == {"carrier-question": "warning", "carrier-known": None}


@pytest.mark.parametrize("ppr, enabled, code", [("ppr2", False, "ppr2"), ("ppr1", True, "ppr1-enabled")])
def test_dry_run_of_a_profile_with_rules(make_lab, tmp_path, ppr, enabled, code):
    """The carrier must lift the rule: a warning for the portal, a blocker for the card alone."""
    profile = Profile(BLUE, "One", "Lab Telecom", ppr=(ppr,), enabled=enabled, owner=Owner("00101", gid1=b"\x4C"))
    assert severities(dry_run(make_lab, tmp_path / "one", profile=profile), code) == {code: "warning"}
    local = dry_run(make_lab, tmp_path / "two", profile=profile, method="local")
    assert severities(local, code) == {code: "blocker"} and "carrier-known" not in local


def test_dry_run_with_other_lines_of_the_provider(make_lab, tmp_path):
    one, two = (Profile(iccid, name, "Lab Telecom", owner=Owner("00101", gid1=b"\x4C"))
                for iccid, name in ((BLUE, "One"), ("8900100000000000018", "Two")))
    panel = portal_lab(make_lab, tmp_path / "carriers", profiles=[one, two])
    path = panel.deregister(BLUE, method="portal", **{"dry-run": True})
    found = Journey(panel, path).wait("checked").findings()
    assert found["other-lines"]["severity"] == "warning" and found["other-lines"]["parameters"]["count"] == 1


def test_dry_run_and_the_way_to_the_network(make_lab, tmp_path):
    """Only while the profile is enabled is there a question of another network; a disabled one gets no codes."""
    networks = {"other-network", "no-other-network", "other-network-unknown"}
    enabled = portal_lab(make_lab, tmp_path / "one")
    path = enabled.deregister(AIS, method="portal", **{"dry-run": True, "carrier": "labtel"})
    found = Journey(enabled, path).wait("checked").findings()
    assert len(networks & found.keys()) == 1 and "needs-enabled" not in found
    disabled = dry_run(make_lab, tmp_path / "two", {**WEB, "step 2": {**WEB["step 2"], "bring": "sms-access"}})
    assert not networks & disabled.keys() and disabled["needs-enabled"]["severity"] == "warning"


def test_the_preflight_of_what_is_shipped(make_lab):
    """AIS with the directory that comes with esimd."""
    panel = Panel(make_lab(config={"carriers": {"folders": f"{TOP / 'data' / 'carriers.d'};"}}))
    path = panel.deregister(AIS, method="", **{"dry-run": True})
    found = Journey(panel, path).wait("checked").findings()
    assert found["carrier-known"]["parameters"]["id"] == "ais-th" and "plan-question" in found


# Policy rules that the carrier must lift

@pytest.mark.parametrize("how", ["check", "restart", "card-comes-back"])
def test_it_waits_until_the_carrier_has_lifted_the_rule(make_lab, tmp_path, how):
    profiles = demo_profiles()
    profiles[1].ppr = ("ppr2",)
    panel = portal_lab(make_lab, tmp_path / "carriers", profiles=profiles)
    journey = Journey.begin(panel)
    journey.go(OUTCOME)
    journey.answer(OUTCOME, **confirmed())
    journey.wait("confirmed")
    time.sleep(1)
    told = journey.told()
    assert told["stage"] == "confirmed" and told["evidence"]["effective-date"] == day(-1)
    assert untouched(panel.lab.card) and told["findings"]
    journey.do("Check")
    journey.restart()
    assert journey.wait("confirmed").deletions() == 0
    panel.lab.card.profile(BLUE).ppr = ()
    if how == "check":
        journey.do("Check")
    elif how == "restart":
        journey.restart()
    else:
        pull(panel)
        panel.lab.modem.insert_card(0, panel.lab.card)
    journey.wait("completed")
    assert panel.lab.card.profile(BLUE) is None


def test_a_rule_against_disabling(make_lab, tmp_path):
    profiles = demo_profiles()
    profiles[0].enabled, profiles[1].enabled, profiles[1].ppr = False, True, ("ppr1",)
    panel = portal_lab(make_lab, tmp_path / "carriers", profiles=profiles)
    journey = Journey.begin(panel)
    journey.go(OUTCOME)
    journey.answer(OUTCOME, **confirmed())
    journey.wait("confirmed")
    journey.do("Check")
    assert journey.wait("confirmed").deletions() == 0 and panel.lab.card.profile(BLUE).enabled
    panel.lab.card.profile(BLUE).ppr = ()
    journey.do("Check")
    journey.wait("completed")


# Cards that go, and others that come

def test_the_card_is_away_when_it_is_confirmed(portal):
    card, journey = portal.lab.card, Journey.begin(portal)
    journey.go(OUTCOME)
    pull(portal)
    journey.answer(OUTCOME, **confirmed())
    journey.wait("confirmed")
    assert "confirmed" in journey.history()
    journey.restart()
    assert journey.stage == "confirmed" and untouched(card)
    portal.lab.modem.insert_card(0, card)
    journey.wait("completed")
    assert card.profile(BLUE) is None


def test_the_whole_way_to_the_carrier_without_the_card(portal):
    """The carrier's page does not need it; only the preflight and the removal do."""
    card, journey = portal.lab.card, Journey.begin(portal)
    journey.go(CONSENT)
    pull(portal)
    journey.go("confirmed")
    assert card.profile(BLUE) is not None
    portal.lab.modem.insert_card(0, card)
    journey.wait("completed")


@pytest.mark.parametrize("where", [SUBMISSION, OUTCOME, "confirmed"],
                         ids=lambda where: where if isinstance(where, str) else "-".join(where))
def test_another_card_with_the_same_profile(portal, pki, where):
    """Another eUICC is not the one that was meant: it is left alone, and the record waits for its own."""
    mine, other, journey = portal.lab.card, other_card(pki), Journey.begin(portal)
    journey.go(OUTCOME if where == "confirmed" else where)
    pull(portal)
    if where == "confirmed":
        journey.answer(OUTCOME, **confirmed())
        journey.wait("confirmed")
    portal.lab.modem.insert_card(0, other)
    wait_until(portal, lambda: portal.objects(EUICC)[portal.euicc()]["Eid"] == other.eid)
    if where != "confirmed":
        journey.go("confirmed")
    journey.do("Check")
    time.sleep(1.5)
    assert journey.stage == "confirmed" and untouched(other) and untouched(mine)
    assert portal.get(journey.path, DEREGISTRATION, "Profile") == "/"
    portal.lab.modem.insert_card(0, None)
    portal.lab.modem.insert_card(0, mine)
    journey.wait("completed")
    assert untouched(other) and other.pending_notifications == []


def says_that_it_is_another(journey):
    """It stopped, and says in words that this is not the profile that was meant."""
    told = journey.wait_told("error")
    assert told["error-name"] == ERROR + "WrongState" and "another profile" in told["error"] and told["advice"]
    assert told["stage"] not in ("removing-profile", "notifying-operator", "completed")
    assert untouched(journey.lab.card)


@pytest.mark.parametrize("where", [OUTCOME, END], ids="-".join)
def test_another_profile_under_the_same_number(portal, where):
    """Deleted and installed again: the ICCID is the same, the ISD-P is not."""
    journey = Journey.begin(portal)
    journey.go(where, outcome=confirmed(9))
    portal.lab.card.profile(BLUE).aid = isdp_aid(9)
    if where == OUTCOME:
        journey.answer(OUTCOME, **confirmed())
    else:
        journey.answer(END, **{"remove-now": True})
    says_that_it_is_another(journey)


def test_another_profile_while_the_card_was_away(portal):
    card, journey = portal.lab.card, Journey.begin(portal)
    journey.go(OUTCOME)
    pull(portal)
    journey.answer(OUTCOME, **confirmed())
    journey.wait("confirmed")
    card.profile(BLUE).aid = isdp_aid(9)
    portal.lab.modem.insert_card(0, card)
    says_that_it_is_another(journey)


def test_a_profile_that_somebody_else_deleted(portal):
    """It claims no deletion of its own."""
    card, journey = portal.lab.card, Journey.begin(portal)
    journey.go(OUTCOME)
    portal.lab.modem.call(card.euicc.profiles.remove, card.profile(BLUE))
    journey.answer(OUTCOME, **confirmed())
    told = journey.wait_told("error")
    assert told["error-name"] == ERROR + "NotFound" and "removed" not in journey.history()
    assert untouched(card, 2)


def test_two_side_by_side_on_one_card(portal):
    first, second = Journey.begin(portal, BLUE), Journey.begin(portal, ISLAND)
    for kind in (CONSENT, SUBMISSION, OUTCOME):
        first.go(kind)
        second.go(kind)
    first.answer(OUTCOME, **confirmed(reference="END-1"))
    second.answer(OUTCOME, **confirmed(reference="END-2"))
    first.wait("completed")
    second.wait("completed")
    assert [p.iccid for p in portal.lab.card.profiles] == [AIS] and portal.lab.card.counters["BF33"] == 2
    assert portal.lab.smdp.violations == [] and len(portal.lab.smdp.received) == 3
    assert [j.told()["evidence"]["reference"] for j in (first, second)] == ["END-1", "END-2"]
    assert REFERENCE in str(first.receipt()) and "END-2" not in str(first.receipt())


def test_one_is_removed_while_another_waits(portal):
    first, second = Journey.begin(portal, BLUE), Journey.begin(portal, ISLAND)
    first.go("awaiting-end", outcome=confirmed(9))
    second.go("completed")
    assert first.stage == "awaiting-end" and portal.lab.card.profile(BLUE) is not None
    assert portal.lab.card.counters["BF33"] == 1


# Without a profile

def test_a_contract_whose_profile_is_gone(portal):
    before = portal.lab.card.state()
    journey = Journey.begin_iccid(portal, GONE, carrier="labtel", plan="monthly", reason="travel-ended")
    assert [one["step"] for one in journey.told()["steps"]] == [
        "preflight", "consent", "identity", "submit", "review", "await-end"]
    journey.go(OUTCOME)
    journey.restart()
    journey.answer(OUTCOME, **confirmed(reference="END-1", **document()))
    journey.wait("completed")
    told, receipt = journey.told(), journey.receipt()
    assert told["iccid"] == GONE and told["evidence"]["reference"] == "END-1" and told["removed"] == 0
    assert "removed" not in journey.history() and told["notifications"] == []
    assert portal.lab.card.state() == before and portal.lab.smdp.received == []
    assert receipt["delete-notifications"] == [] and receipt["iccid"] == GONE
    assert any("delet" in str(one) for one in receipt["does-not-prove"])
    assert all(one["label"] != "signed-by-euicc" for one in receipt["statements"])


def test_a_contract_without_a_profile_waits_for_its_end_too(portal):
    journey = Journey.begin_iccid(portal, GONE, carrier="labtel", plan="monthly")
    journey.go(END, outcome=confirmed(9))
    assert journey.stage == "awaiting-end"
    journey.restart()
    assert journey.stage == "awaiting-end"
    journey.answer(END, **{"effective-date": day(-1)})
    journey.wait("completed")


@pytest.mark.parametrize("iccid, options, errors", [
    (BLUE, {}, ("WrongState",)), (GONE, {"method": "local"}, ("InvalidArgument", "NotSupported")),
    (GONE, {"method": "ts43"}, ("NotSupported",)), (GONE, {"carrier": "nobody"}, ("InvalidArgument",)),
    (GONE, {"colour": "green"}, ("InvalidArgument",)), ("12", {}, ("InvalidArgument",)),
    ("89660100000000000ab", {}, ("InvalidArgument",)), ("", {}, ("InvalidArgument",)), ("8" * 64, {}, ("InvalidArgument",))])
def test_what_deregister_iccid_refuses(portal, iccid, options, errors):
    with pytest.raises(BusError) as caught:
        portal.call(ROOT_PATH, MANAGER, "DeregisterIccid", iccid, **options)
    assert caught.value.name in {ERROR + name for name in errors}, caught.value
    assert portal.objects(DEREGISTRATION) == {}


def test_deregister_iccid_twice(portal):
    journey = Journey.begin_iccid(portal, GONE, carrier="labtel", token="once")
    assert portal.call(ROOT_PATH, MANAGER, "DeregisterIccid", GONE, carrier="labtel", token="once") == journey.path
    with portal.refused("WrongState"):
        portal.call(ROOT_PATH, MANAGER, "DeregisterIccid", GONE, carrier="labtel")


def test_a_profile_of_a_card_that_is_away(portal):
    """Its profile is not there to be asked, and nothing is deleted when the card comes back."""
    card = portal.lab.card
    pull(portal)
    journey = Journey.begin_iccid(portal, BLUE, carrier="labtel", plan="monthly")
    journey.go(SUBMISSION)
    portal.lab.modem.insert_card(0, card)
    wait_until(portal, lambda: BLUE in portal.profiles())
    journey.go("completed")
    time.sleep(1)
    assert untouched(card)


def test_dry_run_without_a_profile(portal):
    journey = Journey.begin_iccid(portal, GONE, carrier="labtel", **{"dry-run": True}).wait("checked")
    assert "carrier-known" in journey.findings() and journey.record_bytes() == {} and "question" not in journey.told()


# The receipt

def test_the_receipt_says_who_said_what(portal):
    journey = Journey.begin(portal, reason="travel-ended", **{"reason-text": "a secret reason"})
    journey.go(OUTCOME)
    journey.answer(OUTCOME, **confirmed(reference="END-1", date=day(-2), **document("my-name.pdf")))
    journey.wait("completed")
    receipt = journey.receipt()
    assert (receipt["type"], receipt["method"], receipt["reason"]) == ("esimd-receipt", "portal", "travel-ended")
    stated = str([one for one in receipt["statements"] if one["label"] == "stated-by-user"])
    for words in (REFERENCE, "END-1", day(-1), day(-2), DIGEST):
        assert words in stated
    others = str([one for one in receipt["statements"] if one["label"] != "stated-by-user"])
    assert REFERENCE not in others and "END-1" not in others and DIGEST not in others
    assert {one["label"] for one in receipt["statements"]} <= {"signed-by-euicc", "observed-by-this-machine", "stated-by-user"}
    assert len(receipt["delete-notifications"]) == 1 and any("contract" in str(one) for one in receipt["does-not-prove"])
    assert "a secret reason" not in str(receipt)


def test_the_receipt_is_verified(portal, tmp_path):
    journey = Journey.begin(portal)
    journey.go("completed")
    file = tmp_path / "receipt.json"
    file.write_text(journey.do("GetReceipt"), encoding="utf-8")
    done = portal.esimctl("receipt", "verify", file, "--roots", portal.lab.trust_folder)
    assert done.returncode == 0, done.stderr


def test_a_carrier_that_left_the_directory(portal, tmp_path):
    """What was asked of it goes on without it."""
    journey = Journey.begin(portal)
    journey.go(OUTCOME)
    (tmp_path / "carriers" / "labtel.conf").unlink()
    journey.restart()
    told = journey.told()
    assert (told["carrier"]["id"], told["carrier"]["known"]) == ("labtel", False)
    assert told["carrier"]["name"][""] == "Labtel" and told["stage"] == "in-review"
    journey.go("completed")


def test_dates_are_of_the_carriers_country(portal):
    journey = Journey.begin(portal, ISLAND)
    journey.go(OUTCOME)
    journey.answer(OUTCOME, outcome="confirmed", **{"effective-date": day(-1, TOKYO)})
    journey.wait("completed")
    assert journey.told()["effective-at"] == start_of(day(-1, TOKYO), TOKYO, 1)
