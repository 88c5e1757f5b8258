# SPDX-License-Identifier: LGPL-2.1-or-later
"""The portal method and time: a request that is made once, reviews over a weekend, lateness, notices of weeks,
restarts in between, and clocks that are set forward and back."""

import datetime

import pytest
from carrierfiles import LAB_OWNER, WEB, entry
from harness import wait_until
from portal import BANGKOK, CONSENT, END, FRIDAY_NOON, OUTCOME, REFERENCE, REQUEST, SUBMISSION, Journey, portal_lab, start_of
from scene import AIS, BLUE
from test_portal_card import pull

from esimlab.clock import Clock

DAY = datetime.timedelta(days=1)
FRIDAY = FRIDAY_NOON
THURSDAY = start_of("2027-03-11")  # three working days after that Friday have gone by


@pytest.fixture
def make_dated(make_lab, tmp_path, request):
    """make_dated (moment, *entries) -> (panel, clock): a laboratory in which it is this moment."""
    def make(moment=FRIDAY, *entries, **settings):
        clock = Clock(moment)
        request.addfinalizer(clock.close)
        return portal_lab(make_lab, tmp_path / "carriers", *entries, clock=clock, **settings), clock
    return make


def confirmed(date, **more):
    return {"outcome": "confirmed", "effective-date": date, **more}


def at(seconds):
    return datetime.datetime.fromtimestamp(seconds, BANGKOK)


def nothing_happens(journey, stage):
    """Also when it is told to look, it stays there, and the profile with it."""
    journey.do("Check")
    assert journey.stage == stage and journey.deletions() == 0
    assert journey.lab.card.profile(BLUE) is not None


# One submission

@pytest.mark.parametrize("kill", [False, True], ids=["stopped", "killed"])
def test_a_page_that_was_opened_is_not_offered_again(make_dated, kill):
    """What became of it, only the user can say."""
    panel, _ = make_dated()
    journey = Journey.begin(panel)
    journey.go(REQUEST)
    journey.answer(REQUEST, opened=True)
    for _ in range(2):
        journey.restart(kill)
        assert (journey.question()["type"], journey.question()["subject"]) == SUBMISSION
        assert journey.stage in ("submitting", "submission-unknown") and journey.needs_input
    journey.answer(SUBMISSION, outcome="submitted", reference=REFERENCE)
    journey.wait("in-review")
    assert journey.history().count("page-opened") == 1 and journey.history().count("submitted") == 1


def test_a_page_that_was_not_opened_is_offered_again(make_dated):
    panel, _ = make_dated()
    journey = Journey.begin(panel, **{"reason-text": "gone after a restart"})
    journey.go(REQUEST)
    journey.restart(kill=True)
    assert journey.question(REQUEST)["reason-text"] == ""
    assert "page-opened" not in journey.history()


def test_what_was_submitted_is_kept(make_dated):
    panel, clock = make_dated()
    journey = Journey.begin(panel)
    journey.go("in-review")
    keys = ("reference", "submitted", "expected-by", "next-check", "review", "history", "carrier", "tasks")
    before = {key: journey.told()[key] for key in keys}
    clock.step(DAY)
    journey.restart(kill=True)
    assert {key: journey.told()[key] for key in keys} == before and journey.stage == "in-review"
    assert not journey.needs_input


# The review

@pytest.mark.parametrize("date, end", [
    ("2027-03-04", "2027-03-09"), ("2027-03-05", "2027-03-10"), ("2027-03-06", "2027-03-10"),
    ("2027-03-07", "2027-03-10"), ("2027-03-08", "2027-03-11")])
def test_three_working_days_over_a_weekend(make_dated, date, end):
    panel, _ = make_dated(FRIDAY + 3 * DAY)
    journey = Journey.begin(panel)
    journey.go("in-review", submission={"outcome": "submitted", "date": date})
    told = journey.told()
    assert 0 <= start_of(end, after=1) - told["expected-by"] <= 1
    assert told["review"] == "waiting" and 0 <= told["next-check"] - told["expected-by"] <= 1


def test_today_is_the_carriers_today(make_dated):
    """Where it is still Friday, in the carrier's country it is Saturday."""
    panel, _ = make_dated(datetime.datetime(2027, 3, 5, 23, 30, tzinfo=datetime.timezone.utc))
    journey = Journey.begin(panel)
    journey.go("in-review", submission={"outcome": "submitted"})
    assert at(journey.told()["submitted"]).date().isoformat() == "2027-03-06"


def test_another_weekend(make_dated):
    groups = {**WEB, "calendar": {**WEB["calendar"], "weekend": "fri;sat"}}
    panel, _ = make_dated(FRIDAY - DAY, entry("labtel", LAB_OWNER, groups))
    journey = Journey.begin(panel)
    journey.go("in-review", submission={"outcome": "submitted"})
    # Thursday; then Sunday, Monday, Tuesday.
    assert 0 <= start_of("2027-03-10") - journey.told()["expected-by"] <= 1


def test_the_day_that_the_carrier_named_counts(make_dated):
    panel, _ = make_dated()
    journey = Journey.begin(panel)
    journey.go("in-review", submission={"outcome": "submitted", "expected-by": "2027-03-20"})
    assert 0 <= start_of("2027-03-20", after=1) - journey.told()["expected-by"] <= 1


@pytest.mark.parametrize("restarted", [False, True])
def test_late_is_unknown_and_never_rejected(make_dated, restarted):
    panel, clock = make_dated()
    journey = Journey.begin(panel)
    journey.go(OUTCOME)
    clock.advance_to(at(THURSDAY - 120))
    nothing_happens(journey, "in-review")
    assert journey.told()["review"] == "waiting"
    if restarted:
        journey.restart(meanwhile=lambda: clock.advance_to(at(THURSDAY + 60)))
    else:
        clock.advance_to(at(THURSDAY + 60))
    told = journey.wait_told("review", "late")
    assert told["stage"] == "in-review" and journey.wait_due(OUTCOME) and journey.needs_input
    assert told["contact"]["numbers"] == ["1175"] and "late" in journey.history()
    assert told["next-check"] > THURSDAY
    clock.step(400 * DAY)
    nothing_happens(journey, "in-review")
    assert "rejected" not in journey.history() and journey.told()["review"] == "late"
    journey.answer(OUTCOME, **confirmed("2028-01-01"))
    journey.wait("completed")


def test_reminders_every_three_days(make_dated):
    panel, clock = make_dated()
    journey = Journey.begin(panel)
    journey.go(OUTCOME)
    when = THURSDAY
    for count in range(1, 4):
        clock.advance_to(at(when + 60))
        journey.wait_due(OUTCOME)
        assert sum(code in ("reminded", "late") for code in journey.history()) >= count
        journey.answer(OUTCOME, outcome="unknown")
        question, told = journey.question(OUTCOME), journey.told()
        assert question["due"] is False and not journey.needs_input
        assert abs(told["next-check"] - when - 3 * 86400) <= 3600 and told["review"] == "late"
        when = told["next-check"]
    assert journey.history().count("late") == 1


def test_a_review_without_an_end(make_dated):
    """Nobody knows how long it takes: the user is reminded after five days, then every three."""
    panel, clock = make_dated(FRIDAY, entry("labtel", LAB_OWNER, {**WEB, "processing": None}))
    journey = Journey.begin(panel)
    journey.go(OUTCOME)
    told = journey.told()
    assert told["expected-by"] == 0 and abs(told["next-check"] - FRIDAY.timestamp() - 5 * 86400) < 300
    clock.step(5 * DAY - datetime.timedelta(hours=1))
    assert not journey.needs_input
    clock.step(datetime.timedelta(hours=2))
    journey.wait_due(OUTCOME)
    assert journey.told()["review"] == "waiting" and "late" not in journey.history()
    journey.answer(OUTCOME, outcome="in-review")
    days = (journey.told()["next-check"] - clock.now().timestamp()) / 86400
    assert min(abs(days - 3), abs(days - 5)) < 0.1


def test_the_carrier_says_that_it_takes_longer(make_dated):
    panel, clock = make_dated()
    journey = Journey.begin(panel)
    journey.go(OUTCOME)
    clock.advance_to(at(THURSDAY + 60))
    journey.wait_due(OUTCOME)
    journey.answer(OUTCOME, outcome="in-review", **{"expected-by": "2027-03-19"})
    told = journey.wait_told("review", "waiting")
    assert 0 <= start_of("2027-03-20") - told["expected-by"] <= 1 and not journey.needs_input
    clock.advance_to(at(start_of("2027-03-20") + 60))
    journey.wait_told("review", "late")


def test_whom_to_call_and_when(make_dated):
    """On a Sunday nobody answers; on Monday from nine on."""
    panel, clock = make_dated(FRIDAY + 2 * DAY)
    journey = Journey.begin(panel)
    journey.go(CONSENT)
    contact = journey.told()["contact"]
    assert (contact["open"], contact["opens-at"]) == ("no", start_of("2027-03-08") + 9 * 3600)
    clock.advance_to(at(start_of("2027-03-08") + 9 * 3600 + 60))
    contact = journey.told()["contact"]
    assert (contact["open"], contact["opens-at"]) == ("yes", 0)


# The end of the contract

NOTICE = "2027-04-15"
END_AT = start_of(NOTICE, after=1)


def awaiting(panel, date=NOTICE):
    journey = Journey.begin(panel)
    journey.go("awaiting-end", outcome=confirmed(date))
    told = journey.told()
    assert (told["effective-date"], told["effective-at"]) == (date, start_of(date, after=1))
    return journey


def test_confirmed_for_a_day_gone_by(make_dated):
    panel, _ = make_dated()
    journey = Journey.begin(panel)
    journey.go(OUTCOME)
    journey.answer(OUTCOME, **confirmed("2027-03-04"))
    journey.wait("completed")
    assert panel.lab.card.profile(BLUE) is None


def test_confirmed_for_today_ends_at_midnight_there(make_dated):
    """The contract's last day is a day of the carrier's country."""
    panel, clock = make_dated(datetime.datetime(2027, 3, 5, 23, 30, tzinfo=BANGKOK))
    journey = awaiting(panel, "2027-03-05")
    nothing_happens(journey, "awaiting-end")
    clock.step(datetime.timedelta(minutes=31))
    journey.wait("completed")


def test_nothing_is_deleted_before_the_end(make_dated):
    """Over restarts and kills, a clock that is set forward and back, and the last minute."""
    panel, clock = make_dated()
    journey = awaiting(panel)
    clock.step(10 * DAY)
    nothing_happens(journey, "awaiting-end")
    clock.step(-400 * DAY)
    nothing_happens(journey, "awaiting-end")
    journey.restart(kill=True)
    nothing_happens(journey, "awaiting-end")
    clock.advance_to(at(END_AT - 60))
    nothing_happens(journey, "awaiting-end")
    journey.restart()
    nothing_happens(journey, "awaiting-end")
    assert journey.told()["effective-at"] == END_AT
    clock.advance_to(at(END_AT + 5))
    journey.wait("completed")
    assert panel.lab.card.profile(BLUE) is None and journey.told()["removed"] >= END_AT
    assert panel.lab.smdp.violations == [] and len(panel.lab.smdp.received) == 1


@pytest.mark.parametrize("enabled", [False, True])
def test_the_profile_is_usable_until_then(make_dated, enabled):
    panel, clock = make_dated()
    journey = awaiting(panel)
    if enabled:
        panel.run(panel.profile(BLUE), "org.esimd1.Profile", "Enable")
        assert panel.lab.card.profile(BLUE).enabled
    clock.advance_to(at(END_AT + 5))
    journey.wait("completed")
    assert journey.steps()["disable"] == ("done" if enabled else "skipped")
    assert [p.iccid for p in panel.lab.card.profiles][0] == AIS


def test_the_end_comes_while_the_daemon_is_away(make_dated):
    panel, clock = make_dated()
    journey = awaiting(panel)
    journey.restart(meanwhile=lambda: clock.advance_to(at(END_AT + 3600)))
    journey.wait("completed")


def test_the_end_comes_while_the_card_is_away(make_dated):
    panel, clock = make_dated()
    card, journey = panel.lab.card, awaiting(panel)
    pull(panel)
    clock.advance_to(at(END_AT + 3600))
    journey.do("Check")
    assert journey.stage != "completed" and card.profile(BLUE) is not None
    panel.lab.modem.insert_card(0, card)
    journey.wait("completed")


def test_the_clock_is_set_back_while_the_daemon_is_away(make_dated):
    """As a machine without a battery starts in 1970."""
    panel, clock = make_dated()
    journey = awaiting(panel)
    journey.restart(kill=True, meanwhile=lambda: clock.set(datetime.datetime(1970, 1, 1, 0, 1, tzinfo=BANGKOK)))
    nothing_happens(journey, "awaiting-end")
    clock.advance_to(at(END_AT + 5))
    journey.wait("completed")


def test_the_reminder_three_days_before(make_dated):
    panel, clock = make_dated()
    journey = awaiting(panel)
    question = journey.question(END)
    assert question["due"] is False and question["effective-at"] == END_AT and not journey.needs_input
    clock.advance_to(at(END_AT - 3 * 86400 - 120))
    assert not journey.needs_input
    clock.advance_to(at(END_AT - 3 * 86400 + 60))
    assert journey.wait_due(END) and journey.needs_input
    assert "reminded" in journey.history()
    journey.answer(END, seen=True)
    assert journey.stage == "awaiting-end" and not journey.needs_input
    journey.restart()
    assert not journey.needs_input
    clock.advance_to(at(END_AT + 5))
    journey.wait("completed")


def test_the_end_comes_though_nobody_saw_the_reminder(make_dated):
    panel, clock = make_dated()
    journey = awaiting(panel)
    clock.advance_to(at(END_AT + 5))
    journey.wait("completed")


@pytest.mark.parametrize("restarted", [False, True])
def test_remove_now(make_dated, restarted):
    """The user does not want to wait: attested and asked for in an answer of its own."""
    panel, _ = make_dated()
    journey = awaiting(panel)
    if restarted:
        journey.restart()
    journey.answer(END, **{"remove-now": True})
    journey.wait("completed")
    told = journey.told()
    assert told["removed"] < END_AT and told["effective-date"] == told["evidence"]["effective-date"] == NOTICE


def test_nothing_more_is_asked_once_it_may_go(make_dated):
    panel, _ = make_dated()
    journey = awaiting(panel)
    journey.answer(END, **{"remove-now": True})

    def completed():
        assert "question" not in journey.told() and not journey.needs_input
        return journey.stage == "completed"
    wait_until(panel, completed)


@pytest.mark.parametrize("date, gone", [("2027-03-04", True), ("2027-05-20", False), ("2027-03-10", False)])
def test_the_carrier_has_moved_the_day(make_dated, date, gone):
    panel, clock = make_dated()
    journey = awaiting(panel)
    journey.answer(END, **{"effective-date": date})
    if not gone:
        told = journey.wait_told("effective-date", date)
        assert told["effective-at"] == start_of(date, after=1)
        assert "effective-date-changed" in journey.history()
        journey.restart()
        clock.advance_to(at(start_of(date, after=1) - 60))
        nothing_happens(journey, "awaiting-end")
        clock.advance_to(at(start_of(date, after=1) + 5))
    journey.wait("completed")
    assert date in str(journey.receipt())


def test_withdrawn_before_the_end(make_dated):
    panel, clock = make_dated()
    journey = awaiting(panel)
    journey.do("Withdraw")
    clock.advance_to(at(END_AT + 3600))
    journey.restart()
    assert journey.stage == "withdrawn" and journey.deletions() == 0 and panel.lab.card.profile(BLUE) is not None


def test_the_clock_jumps_in_each_stage(make_dated):
    """Forward by years and back: no stage goes by of itself before the carrier's word, and no record is hurt."""
    panel, clock = make_dated()
    journey = Journey.begin(panel)
    stays = {CONSENT: {"preparing"}, REQUEST: {"submitting"}, SUBMISSION: {"submitting", "submission-unknown"},
             OUTCOME: {"in-review"}}
    for kind, stages in stays.items():
        journey.go(kind)
        for jump in (1000 * DAY, -2000 * DAY, 1000 * DAY):
            clock.step(jump)
            assert journey.stage in stages
            journey.restart(kill=True)
            assert journey.question(kind) and journey.stage in stages and journey.deletions() == 0
    journey.answer(OUTCOME, **confirmed("2027-03-04"))
    journey.wait("completed")
