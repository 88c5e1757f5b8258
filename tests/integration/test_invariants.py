# SPDX-License-Identifier: LGPL-2.1-or-later
"""What must always hold of a deregistration, where a single comparison is all that holds it: each of these tests
stands for one that could be left out without any other test taking notice."""

import json

import pytest
from carrierfiles import LAB_OWNER, WEB, entry
from esimlab.profiles import Address, Profile, demo_profiles, isdp_aid
from harness import AGREED, deregister, wait_stage, wait_tried, wait_until
from panel import DEREGISTRATION, ERROR, EUICC, Panel
from portal import CONSENT, LOGIN, OUTCOME, REFERENCE, REQUEST, SUBMISSION, Journey, day, portal_lab, words
from scene import BLUE, ISLAND
from test_faults import other_card
from test_no_end import NONE_PENDING
from test_outbox import SMDP


@pytest.fixture
def portal(make_lab, tmp_path):
    return portal_lab(make_lab, tmp_path / "carriers")


# Nothing is deleted without what allows it

def test_while_a_rule_forbids_it_the_removal_is_not_even_begun(make_lab, tmp_path):
    """Looked at before, and not found out by trying: the stage in which a profile goes is not come to."""
    profiles = demo_profiles()
    profiles[1].ppr = ("ppr2",)
    panel = portal_lab(make_lab, tmp_path / "carriers", profiles=profiles)
    journey = Journey.begin(panel)
    journey.go(OUTCOME)
    journey.answer(OUTCOME, outcome="confirmed", **{"effective-date": day(-1)})
    assert journey.wait_told("error-name", ERROR + "PolicyViolation")["stage"] == "confirmed"
    assert "'confirmed'" in str(panel.client.signals) and "'removing-profile'" not in str(panel.client.signals)


def test_who_asks_for_the_card_alone_is_told_that_the_contract_goes_on(portal):
    """In the very question whose answer releases the deletion, and not in that of the carrier's own way."""
    local, portals = Journey.begin(portal, method="local"), Journey.begin(portal, ISLAND)
    assert "contract goes on" in local.question(("consent", "local"))["message"]
    assert "contract is ended at the carrier first" in portals.go(CONSENT)["message"]


# One submission

def test_another_request_begins_without_what_was_said_of_the_first(portal):
    """Or the receipt of the second would show the reference of the one that was rejected."""
    journey = Journey.begin(portal)
    journey.go(OUTCOME)
    assert journey.told()["reference"] == REFERENCE
    journey.answer(OUTCOME, outcome="rejected", missing=words("owner-name"))
    journey.do("Retry")
    journey.question()
    told = journey.told()
    assert (told["reference"], told["submitted"], told["expected-by"]) == ("", 0, 0) and "refusal" not in told
    journey.go("completed", submission={"outcome": "submitted"})
    assert not journey.told()["reference"] and not journey.receipt()["carrier"]["reference"]


@pytest.mark.parametrize("kind, answer", [(SUBMISSION, {"outcome": "not-yet"}), (OUTCOME, {"outcome": "in-review"}),
                                          (LOGIN, {"outcome": "refused"})], ids=["submission", "outcome", "login"])
def test_an_answer_counts_once(portal, kind, answer):
    """The same question is asked again, and is another one: what was sent twice is taken once."""
    journey = Journey.begin(portal)
    number = journey.go(kind)["id"]
    journey.answer_number(number, **answer)
    assert journey.question(kind)["id"] > number
    with journey.unchanged(), portal.refused("WrongState"):
        journey.answer_number(number, **journey.answers[kind])


def test_a_deletion_that_was_sent_is_not_taken_back(make_lab):
    """Nobody knows yet what became of it: it cannot be called withdrawn, and what the card did is found out."""
    panel = Panel(make_lab(config={"network": {"retry-min-seconds": "600", "retry-max-seconds": "600"}}))
    card = panel.lab.card

    def stall(exchange):
        if exchange.tag() == "BF33":
            card.fail_at("BF2D", sw=0x6F00, times=-1)
        return False
    panel.lab.modem.after_command.append(stall)
    path = panel.deregister(BLUE)
    panel.answer(path, **AGREED)
    wait_until(panel, lambda: panel.describe(path, DEREGISTRATION).get("error"))
    assert card.profile(BLUE) is None and panel.stage(path) == "removing-profile"
    with panel.refused("WrongState"):
        panel.client.call(path, DEREGISTRATION, "Withdraw")
    panel.lab.modem.after_command.remove(stall)
    card.clear_faults()
    panel.client.call(path, DEREGISTRATION, "Check")
    panel.wait_stage(path, "completed")
    assert panel.client.call(path, DEREGISTRATION, "GetReceipt")


def test_a_rejection_says_what_is_missing(portal):
    """Also when it has ended, and after a restart."""
    journey = Journey.begin(portal)
    journey.go(OUTCOME)
    journey.answer(OUTCOME, outcome="rejected", missing=words("owner-name", "identity-copies"))
    journey.wait("rejected")
    for _ in range(2):
        assert journey.told()["refusal"]["missing"] == ["owner-name", "identity-copies"]
        journey.restart()


# Notifications

def test_each_takes_up_its_own_notifications(panel):
    """The card gives them late, those of both at once: a notification of the other is no proof."""
    panel.lab.card.fail_at("BF2B", times=-1, data=NONE_PENDING)
    first = deregister(panel, ISLAND, until="notifying-operator")
    second = deregister(panel, BLUE, until="notifying-operator")
    panel.lab.card.clear_faults()
    for path, iccid in ((second, BLUE), (first, ISLAND)):
        panel.client.call(path, DEREGISTRATION, "Check")
        panel.wait_stage(path, "completed")
        receipt = json.loads(panel.client.call(path, DEREGISTRATION, "GetReceipt"))
        raised = {n.sequence for n in panel.lab.card.euicc.notifications.raised if n.iccid == iccid}
        told = {one["sequence"] for one in receipt["delete-notifications"]}
        assert told and told <= raised


def test_a_notification_of_another_card_is_no_proof(panel, pki):
    """The contract moved to another card under its ICCID, and is deleted there too, which gives no notification."""
    panel.lab.smdp.behave("status", times=-1, code=503)
    wait_tried(panel, deregister(panel, BLUE, until="notifying-operator"))
    other = other_card(pki)
    other.fail_at("BF2B", times=-1, data=NONE_PENDING)
    panel.lab.modem.insert_card(0, None)
    panel.lab.modem.insert_card(0, other)
    wait_until(panel, lambda: panel.objects(EUICC)[panel.euicc()]["Eid"] == other.eid)
    path = deregister(panel, BLUE, until="notifying-operator")
    panel.client.call(path, DEREGISTRATION, "Check")
    panel.run(panel.euicc(), EUICC, "Refresh")
    told = panel.describe(path, DEREGISTRATION)
    assert told["eid"] == other.eid and told["notifications"] == [] and not told["acknowledged"]


def test_nothing_is_taken_from_a_card_that_came_unseen(make_lab, pki):
    """Acknowledged for the first; the second, of which the modem said nothing, keeps its own of the same number."""
    panel = Panel(make_lab(config={"card": {"linger-milliseconds": "1"}}))
    panel.lab.smdp.behave("status", times=-1, code=503)
    path = deregister(panel, BLUE, until="notifying-operator")
    proof = wait_tried(panel, path)
    panel.wait_closed()
    second = other_card(pki)
    second.install(Profile("8949020000000001119", "Of the second", "Lab", addresses=[Address(SMDP)]))
    number = [one.sequence for one in second.pending_notifications]
    assert number == [proof["sequence"]]
    panel.lab.card.swap(second.state())
    panel.lab.smdp.well_behaved()
    panel.client.call(path, DEREGISTRATION, "Check")
    wait_stage(panel, path, "completed")
    wait_until(panel, lambda: panel.get(panel.euicc(), EUICC, "Eid") == second.eid)
    assert [one.sequence for one in panel.lab.card.pending_notifications] == number


# The carrier's own hosts

def test_the_page_is_the_plans_own(make_lab, tmp_path):
    """A step that names the ways of two plans leads to the one of the plan that was chosen."""
    other = "other.lab.example"
    groups = {**WEB, "channel site": {**WEB["channel site"], "plans": "topup"},
              "channel bill": {"type": "web", "url": f"https://{other}/", "login-url": f"https://{other}/login",
                               "plans": "monthly", "text": "The page for those who pay by bill."},
              "step 1": {**WEB["step 1"], "channel": "site;bill"}, "step 2": {**WEB["step 2"], "channel": "site;bill"}}
    panel = portal_lab(make_lab, tmp_path / "carriers", entry("labtel", LAB_OWNER, groups))
    journey = Journey.begin(panel, carrier="labtel", plan="monthly")
    question = journey.go(LOGIN)
    assert (question["address"], question["allowed-hosts"]) == (f"https://{other}/login", [other])
    assert journey.go(REQUEST)["allowed-hosts"] == [other]


# A record is bound to one profile of one card

@pytest.mark.parametrize("method, consent", [("portal", CONSENT), ("local", ("consent", "local"))])
def test_a_profile_that_was_installed_again_is_not_asked_about(portal, method, consent):
    """Found by the preflight already: nobody is sent to the carrier for a profile that is another one by now."""
    journey = Journey.begin(portal, method=method)
    journey.go(consent)
    profile = portal.lab.card.profile(BLUE)
    journey.restart(meanwhile=lambda: setattr(profile, "aid", isdp_aid(9)))
    journey.wait("failed")
    assert journey.findings()["profile-replaced"]["severity"] == "blocker"
    assert "question" not in journey.told() and journey.deletions() == 0


def test_iccids_that_differ_at_their_end_alone(make_lab):
    """Two of one batch: the other one is neither disabled nor deleted, and its notification is not ours."""
    one, two = "89445001234567890123", "89445001234567890125"
    profiles = [Profile(iccid, "Batch", "Lab Telecom", aid=isdp_aid(number))
                for number, iccid in enumerate((one, two), 1)]
    panel = Panel(make_lab(profiles=profiles))
    path = panel.deregister(two)
    panel.answer(path, **AGREED)
    panel.wait_stage(path, "completed")
    assert [profile.iccid for profile in panel.lab.card.profiles] == [one]


def test_another_card_is_not_even_asked(portal, pki):
    """While its own card is away a record has no work for the one that is there, and no error of it."""
    other, journey = other_card(pki), Journey.begin(portal)
    journey.go(OUTCOME)
    portal.lab.modem.insert_card(0, None)
    wait_until(portal, lambda: portal.objects(EUICC)[portal.euicc()]["State"] == "absent")
    journey.answer(OUTCOME, outcome="confirmed", **{"effective-date": day(-1)})
    journey.wait("confirmed")
    portal.lab.modem.insert_card(0, other)
    wait_until(portal, lambda: portal.objects(EUICC)[portal.euicc()]["Eid"] == other.eid)
    journey.do("Check")
    # Done after whatever the record would have had done.
    portal.run(portal.euicc(), EUICC, "Refresh")
    assert journey.stage == "confirmed" and "error" not in journey.told()
    assert portal.get(journey.path, DEREGISTRATION, "Profile") == "/"
