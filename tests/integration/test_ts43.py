# SPDX-License-Identifier: LGPL-2.1-or-later
"""A contract ended at the carrier's entitlement server: by the card alone, by a login, with everything that the server may answer."""

import dataclasses
from datetime import timedelta

import pytest
from ts43 import (ATTEST, CHANGE, CODE, CONSENT, DELETION, END, HOUR, LATE, LOGIN, MESSAGE, NUMBER, RESEND, REVERSAL, WEBSHEET,
                  Ts43Journey, ts43_lab)
from scene import BLUE

from esimlab import ber
from esimlab.daemon import PATIENCE
from esimlab.entitlement_lines import Line

GONE = "8966010000000099998"


@pytest.fixture
def make(make_lab, request):
    """make (**settings of the server) -> a journey that has been consented to."""
    def begin(**settings):
        panel, _ = ts43_lab(make_lab, request, **settings)
        return Ts43Journey.begin(panel).consent()
    return begin


def in_review(make, **settings):
    journey = make(**settings)
    journey.wait("in-review")
    assert journey.submissions() == 1 and journey.deletions() == 0
    return journey


def test_by_the_card_to_the_receipt(make):
    journey = in_review(make, review=timedelta(days=2))
    assert journey.server.hss.vectors == 1
    journey.pass_until("completed", most=timedelta(days=4))
    assert journey.lab.card.profile(journey.iccid) is None
    assert journey.submissions() == 1 and journey.server.found == []
    said = [one["parameters"] for one in journey.receipt()["statements"] if one.get("code") == "carrier-answered"]
    assert any(one.get("said") == "status 4" for one in said), journey.receipt()


def test_polls_are_not_more_often_than_allowed(make):
    journey = in_review(make, review=timedelta(days=3))
    journey.pass_until("completed", most=timedelta(days=5), step=HOUR / 4)
    polls = journey.server.polls(journey.iccid)
    gaps = [later - earlier for earlier, later in zip(polls, polls[1:])]
    print(f"\nthree days' review: {len(polls)} polls, the closest {min(gaps)} apart, the widest {max(gaps)}")
    assert len(polls) < 30



def stays(journey):
    """The profile is untouched, and nothing was asked of the carrier a second time."""
    assert journey.deletions() == 0 and journey.lab.card.profile(journey.iccid) is not None
    assert journey.submissions() <= 1


# What the server may answer to the request

@pytest.mark.parametrize("kind", ["done", "delayed"])
@pytest.mark.parametrize("form", ["json", "xml"])
def test_acknowledged(make, kind, form):
    journey = in_review(make, unsubscribe=kind, form=form)
    assert journey.told().get("question") is None or not journey.told()["question"]["due"]
    stays(journey)


@pytest.mark.parametrize("kind", ["download", "redownload"])
def test_no_answer_to_an_unsubscribe(make, kind):
    journey = make(unsubscribe=kind)
    assert {"yes", "portal", "withdraw"} <= set(journey.question(CHANGE)["outcomes"])
    stays(journey)
    journey.answer(CHANGE, outcome="portal")
    journey.wait_told("method", "portal")
    stays(journey)


def test_dismissed(make):
    journey = make(unsubscribe="dismiss")
    journey.wait("withdrawn", "rejected", "failed")
    stays(journey)


@pytest.mark.parametrize("button", ["accept", "reject"])
def test_a_question_of_the_carriers(make, button):
    journey = make(unsubscribe="message")
    asked = journey.question(MESSAGE)
    assert asked["text"] and {one["name"] for one in asked["buttons"]} >= {button}
    text = {"text": "too expensive"} if button == "accept" and asked["free-text"] else {}
    journey.answer(MESSAGE, button=button, **text)
    if button == "accept":
        journey.wait("in-review")
        assert journey.server.replies
    else:
        journey.settle()
    assert journey.deletions() == 0 and not any(one.duplicate for one in journey.server.submissions)


@pytest.mark.parametrize("outcome", ["finished", "dismissed", "closed"])
def test_a_page_of_the_carriers(make, outcome):
    journey = make(unsubscribe="websheet")
    asked = journey.question(WEBSHEET)
    assert asked["address"].startswith("https://") and asked["allowed-hosts"]
    journey.answer(WEBSHEET, outcome=outcome)
    journey.settle()
    assert (journey.stage == "in-review") == (outcome == "finished"), journey.told()
    stays(journey)


def test_the_profile_is_to_go_first(make):
    journey = make(unsubscribe="delete-first")
    asked = journey.question(DELETION)
    assert asked["seen"] == "delete-first" and journey.deletions() == 0
    journey.answer(DELETION, outcome="delete")
    journey.pass_until("verifying-end", most=timedelta(hours=2))
    assert journey.lab.card.profile(journey.iccid) is None
    # The USIM is gone with the profile, and its token holds: the end is asked for by that.
    journey.pass_until("completed", most=timedelta(days=4))
    assert journey.submissions() == 1


# What becomes of it

@pytest.mark.parametrize("after, seen", [("deactivated", "deactivated"), ("absent", "absent")])
def test_what_may_mean_something_else_is_asked_about(make, after, seen):
    journey = in_review(make, after=after)
    while not journey.needs_input:
        journey.lab.clock.step(HOUR)
        journey.settle()
    assert journey.question(DELETION)["seen"] == seen
    stays(journey)
    journey.answer(DELETION, outcome="delete")
    journey.pass_until("completed")
    assert journey.lab.card.profile(journey.iccid) is None


@pytest.mark.parametrize("after", ["null", "empty", "garbage", "never"])
def test_what_says_nothing(make, after):
    """Until the carrier's time is over: then the user is told that the outcome is not known."""
    journey = in_review(make, after=after, review=timedelta(hours=2))
    end = journey.lab.clock.now() + timedelta(days=9)
    while not journey.needs_input:
        assert journey.lab.clock.now() < end, journey.told()
        journey.lab.clock.step(6 * HOUR)
        journey.settle()
    assert "delete" not in journey.question(LATE)["outcomes"]
    stays(journey)


def test_a_line_that_is_refused_for_a_day(make):
    journey = in_review(make, after="forbidden")
    while not journey.needs_input:
        journey.lab.clock.step(HOUR)
        journey.settle()
    journey.question(ATTEST)
    stays(journey)


def test_taken_back_before_the_deletion(make):
    """Confirmed, and active again when it is asked once more."""
    journey = in_review(make, after="ended")
    while journey.stage == "in-review":
        journey.lab.clock.step(HOUR / 2)
        journey.settle()
        if journey.stage == "confirmed":
            journey.line.set(1)
    journey.lab.clock.step(HOUR)
    journey.settle()
    journey.question(REVERSAL)
    stays(journey)


@pytest.mark.parametrize("by", [3 * HOUR, -3 * HOUR], ids=["forward", "back"])
def test_the_clock_is_set_between_two_answers(make, by):
    """How much time lay between them is not known then: they are counted anew."""
    journey = in_review(make, review=timedelta(days=30))
    journey.line.set(4)
    clock = journey.lab.clock

    def wait_for_poll(change=lambda: None):
        before = journey.server.count("AcquireConfiguration")
        change()
        for _ in range(60):
            if journey.server.count("AcquireConfiguration") > before:
                return
            clock.step(HOUR / 4)
            journey.settle()
        raise AssertionError(journey.told())

    def set_clock():
        clock.set(clock.now() + by)
        journey.settle()
    wait_for_poll()
    wait_for_poll(set_clock)
    assert journey.stage == "in-review", journey.told()
    stays(journey)
    journey.pass_until("completed")
    assert journey.submissions() == 1


# A request whose answer is lost

@pytest.mark.parametrize("kind", ["lost", "cut", "garbage"])
def test_an_answer_that_is_lost(make_lab, request, kind):
    panel, _ = ts43_lab(make_lab, request)
    journey = Ts43Journey.begin(panel)
    panel.lab.entitlement.answer("ManageSubscription", kind=kind)
    journey.consent()
    journey.wait("submission-unknown", "in-review")
    for _ in range(3):
        journey.lab.clock.step(HOUR)
        journey.settle()
    stays(journey)
    assert journey.submissions() == 1


@pytest.mark.parametrize("kill", [False, True], ids=["stopped", "killed"])
def test_ended_while_the_request_is_out(make_lab, request, kill):
    panel, _ = ts43_lab(make_lab, request)
    journey = Ts43Journey.begin(panel)
    panel.lab.entitlement.answer("ManageSubscription", kind="silence")
    journey.consent()
    assert journey.server.wait_for(lambda server: server.submissions)
    journey.restart(kill)
    journey.wait("submission-unknown")
    assert journey.question(RESEND)["outcomes"]
    journey.lab.clock.step(2 * HOUR)
    journey.settle()
    stays(journey)
    assert journey.submissions() == 1


@pytest.mark.parametrize("kill", [False, True], ids=["stopped", "killed"])
def test_restarted_in_the_review(make, kill):
    """The token was in memory alone: the card proves the line again."""
    journey = in_review(make)
    journey.restart(kill)
    journey.lab.clock.step(2 * HOUR)
    journey.panel.client.wait_until(lambda: journey.server.hss.vectors == 2, 20 * PATIENCE)
    assert journey.stage == "in-review"
    journey.pass_until("completed")
    assert journey.submissions() == 1


# Other ways to prove who asks

def test_by_a_code(make):
    journey = make(authentication=("code",))
    journey.answer(NUMBER, number=journey.line.msisdn)
    asked = journey.question(CODE)
    assert journey.server.messages and asked["due"]
    journey.answer(CODE, code=journey.server.messages[-1][1])
    journey.wait("in-review")
    assert journey.submissions() == 1
    assert not any(journey.server.messages[-1][1].encode() in text for text in journey.record_bytes().values())


def test_by_a_login(make):
    journey = make(authentication=("openid",))
    asked = journey.question(LOGIN)
    assert "response_type=code" in asked["address"] and asked["stop-at"].startswith("https://ts43.lab.example/")
    journey.refused("InvalidArgument", LOGIN, **{"final-address": "not an address"})
    journey.answer(LOGIN, outcome="closed")
    journey.settle()
    stays(journey)
    assert journey.submissions() == 0


@pytest.mark.parametrize("way", ["openid", "code"])
def test_a_line_whose_profile_is_gone(make_lab, request, way):
    """On no card: by a login or a code, by the same evidence, and no card is touched."""
    panel, _ = ts43_lab(make_lab, request, authentication=(way,), review=3 * HOUR, deleted=lambda iccid: iccid == GONE,
                        unsubscribe="delete-first" if way == "code" else "done")
    before = panel.lab.card.state()
    line = panel.lab.entitlement.book.add_line(Line(GONE, "001010000009999", "+66800009999"))
    customers = panel.lab.entitlement.customers
    customers.append(dataclasses.replace(customers[0], iccid=GONE))
    journey = Ts43Journey.begin_iccid(panel, GONE, method="ts43", carrier="lab", plan="postpaid")
    journey.iccid = GONE
    journey.consent()
    if way == "openid":
        address = journey.question(LOGIN)["address"]
        journey.answer(LOGIN, **{"final-address": journey.server.oidc.pass_by(address, GONE)})
    else:
        journey.answer(NUMBER, number=line.msisdn)
        journey.question(CODE)
        journey.answer(CODE, code=journey.server.messages[-1][1])
    journey.wait("in-review")
    if way == "code":
        # It was to be deleted first, and is gone already: the line is not listed any more, and that is asked about.
        for _ in range(24):
            if journey.needs_input:
                break
            panel.lab.clock.step(HOUR)
            journey.settle()
        assert "No card is touched" in journey.question(DELETION)["message"]
        journey.answer(DELETION, outcome="delete")
    journey.pass_until("completed", most=timedelta(days=1))
    assert journey.submissions() == 1 and panel.lab.card.state() == before and journey.deletions() == 0
    # Neither the card nor the modem it was in is known: the id is made, and the EID left out.
    assert all("terminal_eid" in one or "terminal_id" in one for one in journey.server.found), journey.server.found
    receipt = journey.receipt()
    codes = {one["code"] for one in receipt["statements"]}
    assert {"carrier-answered", "not-deleted"} <= codes and not {"deleted", "user-released"} & codes
    assert ("user-took-for-ended" in codes) == (way == "code")
    assert receipt["eid"] == "" and receipt["delete-notifications"] == []
    assert "nothing-deleted" in {one["code"] for one in receipt["does-not-prove"]}


def test_a_server_that_no_sim_can_tell(make_lab, request):
    panel, _ = ts43_lab(make_lab, request)
    with panel.refused("NotSupported"):
        Ts43Journey.begin_iccid(panel, GONE, method="ts43")


def test_another_profile_is_enabled_meanwhile(make_lab, request):
    """Between the line's being read and its authentication: another line is never authenticated for it."""
    panel, _ = ts43_lab(make_lab, request)
    journey = Ts43Journey.begin(panel)
    card = panel.lab.card

    def swap(*_):
        card.usim.hooks.clear()
        card.euicc.enable(0x5A, ber.iccid_octets(BLUE), refresh=False)
    card.usim.hooks.append(swap)
    journey.consent()
    journey.settle()
    assert journey.submissions() == 0 and journey.deletions() == 0
