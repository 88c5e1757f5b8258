# SPDX-License-Identifier: LGPL-2.1-or-later
"""The portal method from the first question to the receipt: what is asked, what may be answered, and what
becomes of each answer. Dates and clocks: test_portal_time.py; cards: test_portal_card.py."""

import time

import carrierfiles
import pytest
from carrierfiles import EVERYTHING, FORM, HOST, LAB_OWNER, LOGIN, PHONE, RECOVERY, STATUS, STOP, WEB, entry
from esimlab import Profile
from esimlab.busclient import BusError
from esimlab.daemon import ROOT_PATH
from esimlab.profiles import Owner
from panel import DEREGISTRATION, ERROR, MANAGER, PROFILE
from portal import CARRIER, CONSENT, DIGEST, END, OUTCOME, PLAN, REFERENCE, REQUEST, SUBMISSION, Journey, day, document
from portal import LOGIN as AT_LOGIN
from portal import portal_lab, start_of, words
from scene import BLUE, ISLAND

STEPS = ["preflight", "consent", "identity", "submit", "review", "await-end", "save-notifications", "disable", "delete",
         "verify", "notify"]


@pytest.fixture
def portal(make_lab, tmp_path):
    """A panel; Blue Travel Data is of a carrier with a page and a login, Island Prepaid of one that is called."""
    return portal_lab(make_lab, tmp_path / "carriers")


def twin(name):
    return entry(name, {"service-provider": "Shared Brand"}, PHONE)


def of_twins(make_lab, folder):
    """A profile of which nobody can tell whose it is: two carriers of the directory fit alike."""
    profile = Profile("8900100000000000018", "Shared", "Shared Brand", owner=Owner("00103"))
    return portal_lab(make_lab, folder, twin("twin-one"), twin("twin-two"), profiles=[profile]), profile.iccid


def at_the_profile(journey):
    """The profile is as it was, and nothing was tried."""
    return journey.lab.card.profile(BLUE) is not None and journey.deletions() == 0


# The way through

def test_the_carriers_of_these_tests_are_good(portal):
    for groups in (WEB, PHONE, EVERYTHING):
        text = carrierfiles.text_of(entry("tried", LAB_OWNER, groups))
        assert portal.client.call(ROOT_PATH, MANAGER, "CheckCarrierFile", "(s)", text) == []


def test_this_build_says_what_it_can(portal):
    assert "deregister-portal" in portal.get(ROOT_PATH, MANAGER, "Capabilities")


def test_from_the_first_question_to_the_receipt(portal):
    lab, journey = portal.lab, Journey.begin(portal, method="", reason="travel-ended")
    seen = []
    for kind in (PLAN, CONSENT, AT_LOGIN, REQUEST, SUBMISSION, OUTCOME):
        journey.go(kind)
        seen.append((journey.stage, kind))
    assert seen == [("preparing", PLAN), ("preparing", CONSENT), ("verifying-identity", AT_LOGIN),
                    ("submitting", REQUEST), ("submitting", SUBMISSION), ("in-review", OUTCOME)]
    assert journey.deletions() == 0
    journey.go("completed")
    assert lab.card.profile(BLUE) is None and len(lab.card.profiles) == 2
    assert [d.notice.event for d in lab.smdp.received] == ["delete"]
    told = journey.told()
    assert told["method"] == "portal" and told["acknowledged"] is True and "question" not in told
    assert [one["step"] for one in told["steps"]] == STEPS
    assert set(journey.steps().values()) <= {"done", "skipped"}
    assert told["removed"] >= told["confirmed"] >= told["submitted"] > 0 and told["completed"] >= told["removed"]


def test_what_has_happened_is_told_in_order(portal):
    journey = Journey.begin(portal)
    journey.go("completed")
    history = journey.told()["history"]
    codes = [one["code"] for one in history]
    wanted = ["requested", "consented", "identity-done", "page-opened", "submitted", "confirmed", "removed"]
    assert [code for code in codes if code in wanted] == wanted
    times = [one["time"] for one in history]
    assert times == sorted(times) and all(one.keys() == {"time", "code", "parameters"} for one in history)


def test_a_carrier_that_is_called_has_neither_login_nor_page(portal):
    journey = Journey.begin(portal, ISLAND)
    journey.go(SUBMISSION)
    assert journey.stage == "submitting" and journey.steps()["identity"] == "skipped"
    assert "page-opened" not in journey.history()
    [task] = journey.told()["tasks"]
    [call] = task["channels"]
    assert (call["type"], call["numbers"], call["numbers-from-abroad"], call["exclusive"]) == (
        "phone", ["0120000000"], ["+81300000000"], True)
    assert call["open"] == "yes" and call["opens-at"] == 0
    journey.go("completed")
    assert portal.lab.card.profile(ISLAND) is None


def test_describe_tells_of_the_carrier_and_its_tasks(portal):
    journey = Journey.begin(portal)
    journey.go(CONSENT)
    told = journey.told()
    assert told["carrier"] == {"id": "labtel", "name": {"": "Labtel", "zh_CN": "labtel 电信"}, "plan": "monthly",
                               "plan-name": {"": "Monthly bill", "zh_CN": "月结"}, "known": True}
    first, second = told["tasks"]
    assert first["bring"] == ["account-login", "phone-number"] and second["returns"] == ["reference", "effective-date"]
    assert second["text"] == {"": "Fill in the form.", "zh_CN": "填写表格。"}
    assert [task["state"] for task in (first, second)] == ["pending", "pending"]
    [site] = first["channels"]
    assert (site["id"], site["type"], site["url"]) == ("site", "web", f"https://{HOST}/")
    assert told["contact"]["channel"] == "hotline" and told["contact"]["numbers"] == ["1175"]
    assert told["contact"]["numbers-from-abroad"] == ["+6622719000"]
    assert told["contact"]["hours"] == "mon-fri 09:00-18:00" and told["contact"]["open"] in ("yes", "no")
    assert (told["contact"]["opens-at"] > 0) == (told["contact"]["open"] == "no")
    assert (told["reference"], told["submitted"], told["effective-date"]) == ("", 0, "")
    assert "evidence" not in told and "refusal" not in told


def test_tasks_that_are_done(portal):
    journey = Journey.begin(portal)
    journey.go(SUBMISSION)
    first, second = (task["id"] for task in journey.told()["tasks"])
    journey.answer(SUBMISSION, outcome="not-yet", **{"tasks-done": words(first)})
    state = {task["id"]: (task["state"], task["time"] > 0) for task in journey.told()["tasks"]}
    assert state == {first: ("done", True), second: ("pending", False)}
    journey.restart()
    assert [task["state"] for task in journey.told()["tasks"]] == ["done", "pending"]


# Whose it is

def test_a_carrier_that_two_could_be_is_asked_for(make_lab, tmp_path):
    panel, iccid = of_twins(make_lab, tmp_path / "carriers")
    journey = Journey.begin(panel, iccid, method="")
    question = journey.question(CARRIER)
    assert question["due"] is True and journey.needs_input and question["message"]
    [field] = question["fields"]
    assert (field["name"], field["type"]) == ("carrier", "choice")
    assert {"twin-one", "twin-two"} <= {choice["value"] for choice in field["choices"]}
    assert all(choice["label"][""] for choice in field["choices"])
    assert "carrier-question" in journey.findings() and not journey.told().get("carrier", {}).get("id")
    for wrong in ({}, {"carrier": "nobody"}, {"carrier": 1}, {"plan": "monthly"},
                  {"carrier": "twin-one", "colour": "green"}):
        journey.refused("InvalidArgument", CARRIER, **wrong)
    journey.answer(CARRIER, carrier="twin-two")
    journey.go("completed")
    assert journey.told()["carrier"]["id"] == "twin-two"


def test_it_is_neither_of_them(make_lab, tmp_path):
    """The user knows a carrier that the directory does not: nothing is known of the way, and the way is open."""
    panel, iccid = of_twins(make_lab, tmp_path / "carriers")
    journey = Journey.begin(panel, iccid)
    journey.answer(CARRIER, carrier="")
    journey.go(SUBMISSION)
    told = journey.told()
    assert told["carrier"]["id"] == "" and told["carrier"]["known"] is False
    assert told["tasks"] == [] and told.get("contact", {}) == {}
    assert "carrier-unknown" in journey.findings()
    journey.go("completed")
    assert panel.lab.card.profile(iccid) is None


def test_nobody_knows_the_carrier(make_lab, tmp_path):
    panel = portal_lab(make_lab, tmp_path / "carriers", entry("labtel", LAB_OWNER, WEB))
    with panel.refused("CarrierUnknown"):
        panel.call(panel.profile(ISLAND), PROFILE, "Deregister")
    assert panel.objects(DEREGISTRATION) == {}
    journey = Journey.begin(panel, ISLAND)
    values = [choice["value"] for choice in journey.question(CARRIER)["fields"][0]["choices"]]
    assert values == [] or "labtel" in values
    journey.go("completed", carrier={"carrier": ""})


@pytest.mark.parametrize("plan", ["topup", "monthly"])
def test_options_spare_the_questions(portal, plan):
    journey = Journey.begin(portal, carrier="labtel", plan=plan)
    question = journey.question()
    assert (question["type"], question["subject"]) == CONSENT
    assert (journey.told()["carrier"]["id"], journey.told()["carrier"]["plan"]) == ("labtel", plan)


def test_another_carrier_than_the_directory_thinks(portal):
    journey = Journey.begin(portal, BLUE, carrier="island")
    journey.go(SUBMISSION)
    assert journey.told()["carrier"]["id"] == "island" and journey.steps()["identity"] == "skipped"


def test_a_plan_that_is_not_known(portal):
    journey = Journey.begin(portal)
    values = {choice["value"] for choice in journey.question(PLAN)["fields"][0]["choices"]}
    assert "plan-question" in journey.findings()
    assert {"monthly", "topup"} <= values
    for wrong in ({}, {"plan": "gold"}, {"plan": True}, {"carrier": "labtel"}, {"plan": "monthly", "colour": "green"}):
        journey.refused("InvalidArgument", PLAN, **wrong)
    journey.answer(PLAN, plan="")
    journey.go(CONSENT)
    assert journey.told()["carrier"]["plan"] == ""
    journey.go("completed")


@pytest.mark.parametrize("options, error", [
    ({"method": "letter"}, "NotSupported"), ({"method": "post"}, "NotSupported"),
    ({"carrier": "nobody"}, "InvalidArgument"), ({"carrier": True}, "InvalidArgument"),
    ({"carrier": "labtel", "plan": "gold"}, "InvalidArgument"), ({"plan": 1}, "InvalidArgument"),
    ({"reason": "bored"}, "InvalidArgument"), ({"reason-text": "x" * 501}, "InvalidArgument"),
    ({"reason-text": True}, "InvalidArgument"), ({"colour": "green"}, "InvalidArgument")])
def test_what_deregister_refuses(portal, options, error):
    with portal.refused(error):
        portal.call(portal.profile(BLUE), PROFILE, "Deregister", **{"method": "portal", **options})
    assert portal.objects(DEREGISTRATION) == {} and not list(portal.lab.state_folder.glob("deregistrations/*"))


def test_a_long_text_in_another_language_is_taken(portal):
    text = "再见" * 250
    journey = Journey.begin(portal, **{"reason-text": text})
    assert journey.go(REQUEST)["reason-text"] == text


# What is asked

def test_consent_says_what_it_is_about(portal):
    journey = Journey.begin(portal)
    question = journey.go(CONSENT)
    assert question["due"] is True and journey.needs_input and question["message"]
    for wrong in ({}, {"consent": "yes"}, {"consent": True, "colour": "green"}, {"outcome": "done"}):
        journey.refused("InvalidArgument", CONSENT, **wrong)
    journey.answer(CONSENT, consent=False)
    journey.wait("withdrawn")
    assert at_the_profile(journey) and "withdrawn" in journey.history()


def test_the_login_page(portal):
    journey = Journey.begin(portal)
    question = journey.go(AT_LOGIN)
    assert (question["address"], question["recovery-address"], question["stop-at"]) == (LOGIN, RECOVERY, STOP)
    assert sorted(question["allowed-hosts"]) == [HOST, "sso.lab.example"]
    assert "account-login" in question["bring"] and question["due"] is True
    for wrong in ({}, {"outcome": "perhaps"}, {"outcome": "submitted"}, {"outcome": 1}, {"outcome": "done", "password": "x"},
                  {"outcome": "refused", "missing": words("shoe-size")}, {"outcome": "refused", "missing": "iccid"},
                  {"opened": True}):
        journey.refused("InvalidArgument", AT_LOGIN, **wrong)
    journey.answer(AT_LOGIN, outcome="done")
    journey.wait("submitting")
    assert journey.steps()["identity"] == "done"


def test_the_page_of_the_request(portal):
    journey = Journey.begin(portal, reason="too-expensive", **{"reason-text": "It costs too much."})
    question = journey.go(REQUEST)
    assert (question["address"], question["recovery-address"], question["stop-at"]) == (FORM, RECOVERY, STOP)
    assert set(question["allowed-hosts"]) == {HOST, "sso.lab.example"}
    assert (question["reason"], question["reason-text"]) == ("too-expensive", "It costs too much.")
    assert "reference" in question["returns"] and question["due"] is True
    for wrong in ({}, {"opened": "yes"}, {"opened": True, "outcome": "submitted"},
                  {"outcome": "submitted"}):
        journey.refused("InvalidArgument", REQUEST, **wrong)
    journey.answer(REQUEST, opened=True)
    question = journey.question(SUBMISSION)
    assert (question["reason"], question["reason-text"]) == ("too-expensive", "It costs too much.")


def test_another_way_than_the_page(portal):
    """Who goes to the shop instead says so: the page was not opened, and is offered again after a "not submitted"."""
    journey = Journey.begin(portal)
    journey.go(REQUEST)
    journey.answer(REQUEST, opened=False)
    journey.question(SUBMISSION)
    assert "page-opened" not in journey.history()
    journey.restart()
    journey.answer(SUBMISSION, outcome="not-submitted")
    journey.question(REQUEST)


WRONG_SUBMISSIONS = [
    ({}, "outcome"), ({"outcome": "done"}, "outcome"), ({"outcome": 1}, "outcome"), ({"outcome": "in-review"}, "outcome"),
    ({"outcome": "submitted", "reference": "x" * 101}, "reference"), ({"outcome": "submitted", "reference": 7}, "reference"),
    ({"outcome": "submitted", "date": "2026-02-30"}, "date"), ({"outcome": "submitted", "date": "today"}, "date"),
    ({"outcome": "submitted", "date": "2026-2-3"}, "date"), ({"outcome": "submitted", "date": 20260203}, "date"),
    ({"outcome": "submitted", "expected-by": "soon"}, "expected-by"),
    ({"outcome": "submitted", "expected-by": "2026-11-31"}, "expected-by"),
    ({"outcome": "submitted", "colour": "green"}, "colour"), ({"outcome": "refused", "missing": words("shoe-size")}, "missing"),
    ({"outcome": "refused", "missing": "iccid"}, "missing"), ({"outcome": "confirmed"}, "effective-date"),
    ({"outcome": "not-yet", "tasks-done": words("no-such-task")}, "tasks-done"),
    ({"outcome": "not-yet", "tasks-done": "1"}, "tasks-done")]


def test_answers_to_the_submission_that_are_none(portal):
    journey = Journey.begin(portal)
    journey.go(SUBMISSION)
    for wrong, key in WRONG_SUBMISSIONS:
        assert key in journey.refused("InvalidArgument", SUBMISSION, **wrong), wrong
    journey.answer(SUBMISSION, outcome="submitted")
    journey.wait("in-review")


def confirmed(**more):
    return {"outcome": "confirmed", "effective-date": day(-1), **more}


WRONG_OUTCOMES = [
    ({}, "outcome"), ({"outcome": "submitted"}, "outcome"), ({"outcome": "not-yet"}, "outcome"),
    ({"outcome": "confirmed"}, "effective-date"), (confirmed(**{"effective-date": ""}), "effective-date"),
    (confirmed(**{"effective-date": "2027-13-01"}), "effective-date"),
    (confirmed(**{"effective-date": "2027-02-29"}), "effective-date"),
    (confirmed(**{"effective-date": "01.02.2027"}), "effective-date"),
    (confirmed(**{"effective-date": "2027-02-01 "}), "effective-date"),
    (confirmed(**{"effective-date": "1999-12-31"}), "effective-date"),
    (confirmed(**{"effective-date": day(5 * 366 + 2)}), "effective-date"),
    (confirmed(**{"effective-date": 20270201}), "effective-date"),
    (confirmed(date="yesterday"), "date"), (confirmed(reference="x" * 101), "reference"),
    (confirmed(**{"document-name": "letter.pdf"}), "document"),
    (confirmed(**{"document-sha256": DIGEST}), "document"),
    (confirmed(**document("x" * 201)), "document-name"), (confirmed(**document("papers/letter.pdf")), "document-name"),
    (confirmed(**{**document(), "document-sha256": DIGEST[1:]}), "document-sha256"),
    (confirmed(**{**document(), "document-sha256": "z" * 64}), "document-sha256"),
    (confirmed(**{**document(), "document-size": "4711"}), "document-size"), (confirmed(colour="green"), "colour"),
    ({"outcome": "in-review", "expected-by": "later"}, "expected-by"),
    ({"outcome": "refused", "missing": words("shoe-size")}, "missing")]


def test_answers_to_the_outcome_that_are_none(portal):
    journey = Journey.begin(portal)
    journey.go(OUTCOME)
    for wrong, key in WRONG_OUTCOMES:
        assert key in journey.refused("InvalidArgument", OUTCOME, **wrong), wrong
    assert journey.stage == "in-review" and at_the_profile(journey)
    journey.go("completed")


def test_answers_to_the_reminder_that_are_none(portal):
    journey = Journey.begin(portal)
    journey.go(END, outcome=confirmed(**{"effective-date": day(20)}))
    for wrong in ({}, {"seen": "yes"}, {"remove-now": 1}, {"seen": True, "remove-now": True}, {"colour": "green"},
                  {"outcome": "confirmed", "effective-date": day(-1)}, {"effective-date": "2027-02-30"},
                  {"effective-date": "1999-12-31"}, {"effective-date": day(5 * 366 + 2)}, {"effective-date": 5}):
        journey.refused("InvalidArgument", END, **wrong)
    assert journey.stage == "awaiting-end" and at_the_profile(journey)


@pytest.mark.parametrize("kind", [PLAN, CONSENT, AT_LOGIN, REQUEST, SUBMISSION, OUTCOME, END], ids="-".join)
def test_the_number_of_a_question_is_good_for_it_alone(portal, kind):
    journey = Journey.begin(portal)
    number = journey.go(kind, outcome=confirmed(**{"effective-date": day(20)}))["id"]
    right = journey.answers[kind]
    with journey.unchanged():
        for wrong in (0, number + 1, 2**32 - 1):
            with portal.refused("WrongState"):
                journey.answer_number(wrong, **right)
    journey.restart()
    journey.question(kind)
    with journey.unchanged(), portal.refused("WrongState"):
        journey.answer_number(number, **right)
    assert journey.question()["id"] != number


# What becomes of it

@pytest.mark.parametrize("kind", [AT_LOGIN, SUBMISSION, OUTCOME], ids="-".join)
def test_refused_with_what_is_missing(portal, kind):
    """The carrier wants something more: what, whom to call, and when they answer; it goes on from there."""
    journey = Journey.begin(portal)
    journey.go(kind)
    journey.answer(kind, outcome="refused", missing=words("identity-copies", "other"))
    told = journey.wait_told("refusal")
    assert told["refusal"]["missing"] == ["identity-copies", "other"] and told["refusal"]["time"] > 0
    assert told["contact"]["numbers"] == ["1175"] and told["contact"]["hours"] == "mon-fri 09:00-18:00"
    assert told["stage"] in ("verifying-identity", "submitting", "in-review") and told["question"]
    assert "refused" in journey.history() and at_the_profile(journey)
    refusal = told["refusal"]
    journey.restart()
    assert journey.told()["refusal"] == refusal
    journey.go("completed")


@pytest.mark.parametrize("kind", [AT_LOGIN, SUBMISSION, OUTCOME], ids="-".join)
def test_rejected_and_tried_again(portal, kind):
    journey = Journey.begin(portal)
    journey.go(kind)
    journey.answer(kind, outcome="rejected")
    journey.wait("rejected")
    told = journey.told()
    assert "rejected" in journey.history() and "question" not in told and not journey.needs_input
    assert told["contact"]["numbers"] == ["1175"]
    assert at_the_profile(journey) and portal.get(portal.profile(BLUE), PROFILE, "Deregistration") == "/"
    with pytest.raises(BusError):
        journey.do("GetReceipt")
    before = journey.history()
    journey.do("Retry")
    journey.go("completed")
    assert journey.history()[:len(before)] == before and "retried" in journey.history()
    assert portal.lab.card.profile(BLUE) is None


def test_not_yet_changes_nothing_but_the_tasks(portal):
    journey = Journey.begin(portal)
    journey.go(SUBMISSION)
    journey.answer(SUBMISSION, outcome="not-yet")
    assert journey.stage == "submitting" and journey.question(SUBMISSION)
    journey.go("in-review")


def test_not_submitted_after_all(portal):
    """The user says so: then, and only then, the page is offered once more."""
    journey = Journey.begin(portal)
    journey.go(SUBMISSION)
    journey.answer(SUBMISSION, outcome="not-submitted")
    journey.go(REQUEST)
    assert "not-submitted" in journey.history() and journey.stage == "submitting"
    journey.go("completed")


def test_nobody_knows_whether_it_was_submitted(portal):
    journey = Journey.begin(portal)
    journey.go(SUBMISSION)
    journey.answer(SUBMISSION, outcome="unknown")
    journey.wait("submission-unknown")
    assert "submission-unknown" in journey.history() and journey.question(SUBMISSION)
    assert journey.told()["contact"]["numbers"] == ["1175"]
    journey.restart()
    assert journey.stage == "submission-unknown" and journey.question(SUBMISSION)
    journey.answer(SUBMISSION, outcome="submitted", reference=REFERENCE)
    journey.wait("in-review")
    journey.go("completed")
    assert journey.history().count("page-opened") == 1


def test_confirmed_at_once(portal):
    """Some pages end the contract while one looks: the review is passed over."""
    journey = Journey.begin(portal)
    journey.go(SUBMISSION)
    journey.answer(SUBMISSION, **confirmed(reference=REFERENCE))
    journey.wait("completed")
    assert journey.told()["evidence"]["reference"] == REFERENCE


def test_submitted_with_all_that_can_be_said(portal):
    journey = Journey.begin(portal)
    journey.go(SUBMISSION)
    journey.answer(SUBMISSION, outcome="submitted", reference="x" * 100, date=day(-2), **{"expected-by": day(3)})
    journey.wait("in-review")
    told = journey.told()
    assert told["reference"] == "x" * 100 and told["review"] == "waiting"
    assert day(-2) == day(0, now=told["submitted"])
    assert abs(told["expected-by"] - start_of(day(3), after=1)) <= 1
    assert 0 <= told["next-check"] - told["expected-by"] <= 1


def test_the_outcome_stands_and_is_not_due(portal):
    journey = Journey.begin(portal)
    question = journey.go(OUTCOME)
    assert question["due"] is False and journey.needs_input is False
    assert question["status-address"] == STATUS and set(question["allowed-hosts"]) == {HOST, "sso.lab.example"}
    journey.do("Check")
    assert journey.wait_due(OUTCOME) and journey.needs_input
    journey.answer(OUTCOME, outcome="in-review", **{"expected-by": day(9)})
    assert journey.wait_told("review", "waiting")["expected-by"] in range(start_of(day(10)) - 1, start_of(day(10)) + 1)
    assert journey.question(OUTCOME)["due"] is False and "in-review" in journey.history()


def test_an_outcome_that_nobody_knows(portal):
    journey = Journey.begin(portal)
    journey.go(OUTCOME)
    journey.answer(OUTCOME, outcome="unknown")
    assert journey.stage == "in-review" and journey.question(OUTCOME) and at_the_profile(journey)


def test_the_evidence_is_told(portal):
    journey = Journey.begin(portal)
    journey.go(OUTCOME)
    journey.answer(OUTCOME, **confirmed(reference="END-1", date=day(-1), **document()))
    journey.wait("completed")
    told = journey.told()
    assert told["evidence"] == {
        "type": "attestation", "time": told["confirmed"], "reference": "END-1", "date": day(-1),
        "effective-date": day(-1), "document-name": "letter.pdf", "document-size": 4711, "document-sha256": DIGEST}
    assert (told["effective-date"], told["effective-at"]) == (day(-1), start_of(day(-1), after=1))
    assert abs(told["confirmed"] - time.time()) < 60


# Withdraw, Retry, Delete

WITHDRAWN_AT = [PLAN, CONSENT, AT_LOGIN, REQUEST, SUBMISSION, "submission-unknown", OUTCOME, END]


@pytest.mark.parametrize("where", WITHDRAWN_AT, ids=lambda where: where if isinstance(where, str) else "-".join(where))
def test_withdraw(portal, where):
    journey = Journey.begin(portal)
    answers = {"outcome": confirmed(**{"effective-date": day(9)})}
    if where == "submission-unknown":
        answers["submission"] = {"outcome": "unknown"}
    journey.go(where, **answers)
    with portal.refused("WrongState"):
        journey.do("Forget")
    with portal.refused("WrongState"):
        journey.do("Retry")
    with portal.refused("WrongState"):
        journey.do("GetReceipt")
    journey.do("Withdraw")
    journey.wait("withdrawn")
    assert at_the_profile(journey) and not journey.needs_input and "question" not in journey.told()
    assert "withdrawn" in journey.history()
    journey.restart()
    assert journey.stage == "withdrawn" and at_the_profile(journey)
    journey.do("Forget")
    assert portal.objects(DEREGISTRATION) == {} and journey.record_bytes() == {}


def test_withdrawn_and_begun_again(portal):
    journey = Journey.begin(portal)
    journey.go(OUTCOME)
    journey.do("Withdraw")
    journey.do("Retry")
    journey.go("completed")
    history = journey.history()
    assert history.index("withdrawn") < history.index("retried") < history.index("removed")


@pytest.mark.parametrize("where", [CONSENT, SUBMISSION, OUTCOME, END], ids="-".join)
def test_delete_waits_for_the_deregistration(portal, where):
    journey = Journey.begin(portal)
    journey.go(where, outcome=confirmed(**{"effective-date": day(9)}))
    with portal.refused("WrongState"):
        portal.call(portal.profile(BLUE), PROFILE, "Delete", **{"contract-continues": True})
    with portal.refused("WrongState"):
        portal.call(portal.profile(BLUE), PROFILE, "Deregister", method="local")
    assert at_the_profile(journey)


def test_after_a_withdrawal_delete_still_asks_for_the_contract(portal):
    journey = Journey.begin(portal)
    journey.go(OUTCOME)
    journey.do("Withdraw")
    with pytest.raises(BusError) as caught:
        portal.call(portal.profile(BLUE), PROFILE, "Delete")
    assert caught.value.name.startswith(ERROR)
    portal.run(portal.profile(BLUE), PROFILE, "Delete", **{"contract-continues": True})


def test_local_is_still_there(portal):
    """Where the carrier is known, the card alone has to be asked for in so many words."""
    journey = Journey.begin(portal, BLUE, method="local")
    question = journey.question(("consent", "local"))
    assert "contract" in question["message"]
    journey.answer(("consent", "local"), consent=True, **{"contract-continues": True})
    journey.wait("completed")
    assert journey.told()["method"] == "local" and "evidence" not in journey.told()
