# SPDX-License-Identifier: LGPL-2.1-or-later
"""The whole of it with a carrier that answers: a person goes through the laboratory's portal with a browser, as
the daemon's questions say, and brings back what the carrier's pages and mails say."""

from urllib.parse import urlparse

import pytest
from portal import DIGEST, END, FRIDAY_NOON, LOGIN, OUTCOME, PLAN, QUICK, REQUEST, SUBMISSION, Journey, size, start_of
from portal import words
from scene import BLUE

from esimlab.clock import Clock
from esimlab.visitor import Missing, Visitor
from panel import Panel

MORNING = FRIDAY_NOON.replace(hour=10)


class Person:
    """Somebody between the daemon's questions and the carrier's portal."""

    def __init__(self, lab, **options):
        self.lab, self.panel = lab, Panel(lab)
        self.visitor = Visitor(lab.carrier)
        self.journey = Journey.begin(self.panel, BLUE, method="", reason="travel-ended", **options)
        self.journey.answers[PLAN] = {"plan": "postpaid"}
        self.reference = None

    def log_in(self):
        """Where the question says, and nowhere else."""
        question = self.journey.go(LOGIN)
        assert urlparse(question["address"]).hostname == self.lab.carrier.host
        assert set(question["allowed-hosts"]) == {self.lab.carrier.host}
        assert urlparse(question["recovery-address"]).path == "/forgotten"
        self.visitor.log_in()
        self.journey.answer(LOGIN, outcome="done")

    def open_page(self):
        question = self.journey.go(REQUEST)
        assert urlparse(question["address"]).hostname == self.lab.carrier.host
        self.journey.answer(REQUEST, opened=True)
        return question

    def submit(self, **how):
        question = self.open_page()
        self.reference = self.visitor.end_contract(question["reason"], question["reason-text"], **how)

    def attest(self):
        """What the progress page says of the request."""
        seen = self.visitor.progress()
        self.journey.answer(SUBMISSION, outcome="submitted", reference=seen.reference)
        self.journey.wait("in-review")
        return seen

    def confirm(self):
        """By the mail that came."""
        mail = self.visitor.read_mail(lambda mail: mail.effective_date)
        self.journey.answer(OUTCOME, outcome="confirmed", reference=mail.reference, **{
            "effective-date": mail.effective_date.isoformat(), "document-name": mail.path.name,
            "document-size": size(mail.size), "document-sha256": mail.sha256})
        return mail


@pytest.fixture
def lab(make_lab):
    """On a Friday morning in Bangkok."""
    return make_lab(clock=Clock(MORNING), carrier=True, config=QUICK)


@pytest.fixture
def person(lab):
    return Person(lab, **{"reason-text": "I have moved away."})


def counted(lab):
    """The requests that did something."""
    return [one for one in lab.carrier.submissions if one.duplicate_of is None]


def advance(lab, seconds):
    """Let the clock be so many seconds after the epoch."""
    lab.clock.step(seconds - lab.clock.now().timestamp())


def test_from_the_login_to_the_receipt(lab, person):
    journey = person.journey
    person.log_in()
    person.submit()
    promised = person.attest()
    told = journey.told()
    assert (told["reference"], told["carrier"]["id"]) == (person.reference, "lab")
    assert 0 <= start_of(promised.expected.isoformat(), after=1) - told["expected-by"] <= 1
    assert not journey.needs_input
    advance(lab, told["expected-by"] - 3600)
    assert lab.carrier.wait_for(lambda carrier: carrier.submissions[0].verdict == "approved")
    assert journey.stage == "in-review", "the daemon asks no carrier"
    mail = person.confirm()
    journey.wait("awaiting-end")
    assert journey.told()["effective-at"] == start_of(mail.effective_date.isoformat(), after=1)
    advance(lab, journey.told()["effective-at"] - 2 * 86400)
    journey.wait_due(END)
    journey.answer(END, seen=True)
    journey.restart()
    assert journey.deletions() == 0 and lab.card.profile(BLUE) is not None
    advance(lab, journey.told()["effective-at"] + 5)
    journey.wait("completed")
    receipt = journey.do("GetReceipt")
    assert lab.card.profile(BLUE) is None and mail.sha256 in receipt and person.reference in receipt
    [one] = counted(lab)
    assert (one.iccid, one.reason, one.comment) == (BLUE, "travel-ended", "I have moved away.")


def test_a_forgotten_password(lab, person):
    """The question's own address for that, and then on from where it was."""
    person.journey.go(LOGIN)
    person.visitor.forgotten_password()
    person.log_in()
    person.submit()
    person.attest()
    assert len(counted(lab)) == 1


def test_a_field_that_is_missing(lab, person):
    """The carrier's form names it; nothing was sent, and the user comes back with it."""
    person.log_in()
    lab.carrier.require("contract-number")
    with pytest.raises(Missing) as caught:
        person.submit(leave_out="contract-number")
    assert "contract-number" in caught.value.fields
    journey = person.journey
    journey.answer(SUBMISSION, outcome="refused", missing=words("contract-number"))
    told = journey.wait_told("refusal")
    assert told["refusal"]["missing"] == ["contract-number"] and told["contact"]["numbers"] == ["1500"]
    assert lab.carrier.submissions == [] and journey.deletions() == 0
    if (journey.question()["type"], journey.question()["subject"]) == REQUEST:
        person.submit()
    else:
        person.reference = person.visitor.end_contract("travel-ended")
    person.attest()
    assert len(counted(lab)) == 1


def test_the_answer_to_the_request_is_lost(lab, person):
    """It was sent, and nobody knows: the progress page does. No second one is sent."""
    person.log_in()
    lab.carrier.lose_answers()
    with pytest.raises(OSError):
        person.submit()
    journey = person.journey
    journey.answer(SUBMISSION, outcome="unknown")
    journey.wait("submission-unknown")
    journey.restart(kill=True)
    assert (journey.question()["type"], journey.question()["subject"]) == SUBMISSION
    person.attest()
    assert len(lab.carrier.submissions) == 1 and journey.history().count("page-opened") == 1


def test_the_machine_stops_while_the_page_is_open(lab, person):
    """The user has sent it when the daemon comes back, which asks what became of it."""
    person.log_in()
    question = person.open_page()
    lab.daemon.kill()
    person.reference = person.visitor.end_contract(question["reason"])
    lab.daemon.start()
    [path] = person.panel.objects("org.esimd1.Deregistration")
    person.journey.path, person.journey.asked = path, []
    assert person.journey.question(SUBMISSION)
    assert person.attest().reference == person.reference and len(lab.carrier.submissions) == 1


def test_the_carrier_says_no(lab, person):
    """The profile is as it was; the user tries again, and the carrier has one request that counts."""
    journey = person.journey
    person.log_in()
    person.submit()
    person.attest()
    lab.carrier.reject("The line belongs to a bundle.")
    lab.carrier.decide()
    assert person.visitor.progress().state == "rejected"
    journey.answer(OUTCOME, outcome="rejected")
    journey.wait("rejected")
    assert lab.card.profile(BLUE) is not None and journey.deletions() == 0
    journey.do("Retry")
    person.log_in()
    person.submit()
    person.attest()
    assert [one.verdict for one in counted(lab)] == ["rejected", None]


def test_a_review_that_never_ends(lab, person):
    lab.carrier.review(None)
    journey = person.journey
    person.log_in()
    person.submit()
    person.attest()
    advance(lab, journey.told()["expected-by"] + 86400)
    assert journey.wait_told("review", "late")["contact"]["numbers"] == ["1500"]
    assert person.visitor.progress().state == "in-review"
    advance(lab, lab.clock.now().timestamp() + 90 * 86400)
    journey.do("Check")
    assert journey.stage == "in-review" and journey.deletions() == 0


def test_the_directory_of_the_laboratory_knows_what_it_must(lab):
    """The preflight of the lab's own carrier, before anything is asked of the user."""
    panel = Panel(lab)
    path = panel.deregister(BLUE, method="portal", carrier="lab", plan="postpaid", **{"dry-run": True})
    found = Journey(panel, path).wait("checked").findings()
    assert {"carrier-known", "notice", "final-bill", "bundle", "accounts-elsewhere", "bring", "processing"} <= found.keys()
    assert found["notice"]["parameters"]["length"] == "P30D"


def test_a_mail_that_is_not_the_carriers_word(lab, person):
    """Only what the user attests counts: a digest that is none changes nothing."""
    journey = person.journey
    person.log_in()
    person.submit()
    person.attest()
    journey.refused("InvalidArgument", OUTCOME, outcome="confirmed", **{
        "effective-date": "2027-03-04", "document-name": "mail.eml", "document-size": size(1),
        "document-sha256": DIGEST.replace("9", "g")})
    assert journey.stage == "in-review" and journey.deletions() == 0
