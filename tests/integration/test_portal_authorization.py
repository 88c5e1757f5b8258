# SPDX-License-Identifier: LGPL-2.1-or-later
"""Who may do what with a deregistration by the carrier's channels: the answers that could release a deletion
are authorized afresh, the others are the requester's, and another user sees and does nothing."""

import contextlib

import pytest
from conftest import needs_root
from esimlab.busclient import BusError
from esimlab.daemon import BUS_NAME, PATIENCE
from esimlab.profiles import isdp_aid
from gi.repository import Gio, GLib
from panel import DEREGISTRATION, ERROR, options
from portal import CONSENT, END, LOGIN, OUTCOME, PLAN, REQUEST, SUBMISSION, Journey, day, document, portal_lab
from scene import BLUE
from stranger import NOBODY, Stranger

INTERACTIVE = Gio.DBusCallFlags.ALLOW_INTERACTIVE_AUTHORIZATION
DEREGISTER = f"{BUS_NAME}.deregister"
SOON = {"outcome": "confirmed", "effective-date": day(20)}
RELEASES = [(OUTCOME, {"outcome": "confirmed", "effective-date": day(-1)}), (OUTCOME, SOON),
            (SUBMISSION, {"outcome": "confirmed", "effective-date": day(-1)}),
            (END, {"remove-now": True}), (END, {"effective-date": day(-1)}), (END, {"effective-date": day(30)})]
NAMED = {"ids": ["confirmed", "confirmed-for-later", "confirmed-at-once", "remove-now", "moved-to-the-past", "moved"]}


@pytest.fixture
def portal(make_lab, tmp_path):
    return portal_lab(make_lab, tmp_path / "carriers")


def come_to(portal, kind):
    """A journey at this question, with nothing asked of polkit yet."""
    journey = Journey.begin(portal)
    journey.go(kind, outcome=SOON)
    portal.lab.polkit.clear()
    return journey


def call(journey, number, answer, *, interactive=True):
    """Answer as a client that lets itself be asked for a password."""
    flags = INTERACTIVE if interactive else Gio.DBusCallFlags.NONE
    try:
        journey.lab.client.connection.call_sync(
            BUS_NAME, journey.path, DEREGISTRATION, "Answer", GLib.Variant("(ua{sv})", (number, options(answer))),
            None, flags, 20000 * PATIENCE, None)
    except GLib.Error as error:
        raise BusError(Gio.DBusError.get_remote_error(error), error.message) from None


@pytest.mark.parametrize("kind, answer", RELEASES, **NAMED)
def test_an_answer_that_could_release_a_deletion_is_authorized_afresh(portal, kind, answer):
    journey = come_to(portal, kind)
    journey.answer(kind, **answer)
    assert [check.action for check in portal.lab.polkit.checks] == [DEREGISTER]


@pytest.mark.parametrize("kind, answer", RELEASES, **NAMED)
@pytest.mark.parametrize("how", ["denied", "wrong-password", "nobody-may-ask", "no-polkit"])
def test_and_without_it_nothing_changes(portal, kind, answer, how):
    journey, polkit = come_to(portal, kind), portal.lab.polkit
    if how == "denied":
        polkit.deny()
    elif how == "no-polkit":
        polkit.close()
    else:
        polkit.challenge(succeeds=how != "wrong-password", after=0.01)
    question = journey.question(kind)
    with journey.unchanged(), pytest.raises(BusError) as caught:
        call(journey, question["id"], answer, interactive=how != "nobody-may-ask")
    assert caught.value.name == ERROR + "NotAuthorized" and journey.deletions() == 0
    assert portal.lab.card.profile(BLUE) is not None


def test_beginning_again_at_the_deletion_is_authorized_afresh(portal):
    """Where the carrier has confirmed and the card's side failed, Retry asks nothing more: so the password is asked."""
    journey = come_to(portal, OUTCOME)
    mine = portal.lab.card.profile(BLUE).aid
    portal.lab.card.profile(BLUE).aid = isdp_aid(9)
    journey.answer(OUTCOME, outcome="confirmed", **{"effective-date": day(-3)})
    journey.wait("failed")
    portal.lab.polkit.clear()
    portal.lab.polkit.deny()
    with portal.refused("NotAuthorized"):
        journey.do("Retry")
    assert journey.stage == "failed" and journey.deletions() == 0
    portal.lab.card.profile(BLUE).aid = mine
    portal.lab.polkit.allow()
    journey.do("Retry")
    journey.wait("completed")
    assert [check.action for check in portal.lab.polkit.checks] == [DEREGISTER, DEREGISTER]


@pytest.mark.parametrize("kind, answer", RELEASES[:4:3], ids=["confirmed", "remove-now"])
def test_the_right_password_releases_it(portal, kind, answer):
    journey = come_to(portal, kind)
    portal.lab.polkit.challenge(after=0.01)
    call(journey, journey.question(kind)["id"], answer)
    journey.wait("completed")
    [check] = portal.lab.polkit.checks
    assert (check.action, check.answer, check.subject) == (DEREGISTER, "yes", portal.lab.client.name)


def test_what_releases_nothing_is_the_requesters(portal):
    """From the first question into the review without a password, and out of it without one."""
    journey = Journey.begin(portal)
    journey.question(PLAN)
    portal.lab.polkit.clear()
    portal.lab.polkit.deny()
    for kind in (PLAN, CONSENT, LOGIN, REQUEST):
        journey.go(kind)
        journey.answer(kind, **journey.answers[kind])
    journey.answer(SUBMISSION, outcome="not-yet")
    journey.answer(SUBMISSION, outcome="submitted", reference="R-1")
    journey.answer(OUTCOME, outcome="in-review")
    journey.answer(OUTCOME, outcome="unknown")
    journey.do("Check")
    journey.answer(OUTCOME, outcome="rejected")
    journey.wait("rejected")
    assert portal.lab.polkit.checks == []


def test_a_reminder_that_was_seen_needs_no_password(portal):
    journey = come_to(portal, END)
    portal.lab.polkit.deny()
    journey.answer(END, seen=True)
    journey.do("Withdraw")
    assert journey.stage == "withdrawn" and portal.lab.polkit.checks == []


def test_what_is_no_answer_asks_for_no_password(portal):
    """Nobody types a password for something that is refused anyway."""
    journey = come_to(portal, OUTCOME)
    journey.refused("InvalidArgument", OUTCOME, outcome="confirmed")
    journey.refused("InvalidArgument", OUTCOME, outcome="confirmed", **{"effective-date": "soon"})
    with portal.refused("WrongState"):
        journey.answer_number(0, outcome="confirmed", **{"effective-date": day(-1)})
    assert portal.lab.polkit.checks == []


def later(journey, number, answer, answers):
    """Answer without waiting; what comes back goes into the list."""
    def done(connection, result):
        try:
            answers.append(connection.call_finish(result).unpack())
        except GLib.Error as error:
            answers.append(Gio.DBusError.get_remote_error(error))
    journey.lab.client.connection.call(
        BUS_NAME, journey.path, DEREGISTRATION, "Answer", GLib.Variant("(ua{sv})", (number, options(answer))), None,
        INTERACTIVE, -1, None, done)


def turn(panel, true):
    """Let the main context of this thread run until it is true."""
    context = GLib.MainContext.default()

    def look():
        while context.iteration(False):
            pass
        return true()
    panel.client.wait_until(look, 10 * PATIENCE)


def test_withdrawn_while_the_password_is_typed(portal):
    journey, answers = come_to(portal, OUTCOME), []
    portal.lab.polkit.challenge(after=None)
    later(journey, journey.question(OUTCOME)["id"], RELEASES[0][1], answers)
    portal.client.wait_until(portal.lab.polkit.waiting, 10 * PATIENCE)
    journey.do("Withdraw")
    portal.lab.polkit.answer_waiting()
    turn(portal, lambda: answers)
    assert answers == [ERROR + "WrongState"] and journey.stage == "withdrawn" and journey.deletions() == 0


def test_two_answers_behind_two_passwords(portal):
    """Both confirm, with different days; one of them counts, as a whole."""
    journey, answers = come_to(portal, OUTCOME), []
    portal.lab.polkit.challenge(after=None)
    number = journey.question(OUTCOME)["id"]
    for count, date in enumerate((day(20), day(-1)), 1):
        later(journey, number, {"outcome": "confirmed", "effective-date": date, **document()}, answers)
        portal.client.wait_until(lambda n=count: len(portal.lab.polkit.waiting()) == n, 10 * PATIENCE)
    portal.lab.polkit.answer_waiting()
    turn(portal, lambda: len(answers) == 2)
    assert answers.count(()) == 1 and journey.history().count("confirmed") == 1
    assert journey.told()["evidence"]["effective-date"] == journey.told()["effective-date"]


def test_an_answer_to_a_question_that_is_not_asked_yet(portal):
    """Sent ahead, while the answer before it is still on its way to the disk: whether it needs a password must not
    be told by the question before. However the two fall together, none of them confirms without one."""
    journey, answers = come_to(portal, REQUEST), []
    portal.lab.polkit.deny()
    number = journey.question(REQUEST)["id"]
    later(journey, number, {"opened": True}, answers)
    for _ in range(100):
        later(journey, number + 1, {"outcome": "confirmed", "effective-date": day(20)}, answers)
    turn(portal, lambda: len(answers) == 101)
    assert answers.count(()) == 1 and set(answers) <= {(), ERROR + "WrongState", ERROR + "NotAuthorized"}
    assert journey.stage == "submitting" and "confirmed" not in journey.history()
    assert journey.question(SUBMISSION)["id"] == number + 1


# Another user

METHODS = [("Describe", "()"), ("Check", "()"), ("Retry", "()"), ("Withdraw", "()"), ("GetReceipt", "()"), ("Forget", "()")]


@needs_root
@pytest.mark.parametrize("kind", [PLAN, LOGIN, REQUEST, SUBMISSION, OUTCOME, END], ids="-".join)
def test_another_user_sees_and_can_do_nothing(portal, kind):
    journey = come_to(portal, kind)
    number, answer = journey.question(kind)["id"], GLib.Variant("a{sv}", options(journey.answers[kind])).print_(True)
    calls = [*METHODS, ("Answer", f"(uint32 {number}, {answer})"), ("Answer", f"(uint32 {number}, {{'outcome': <'rejected'>}})")]
    with Stranger(portal.lab) as other, journey.unchanged():
        for method, arguments in calls:
            error, text = other.call(BUS_NAME, journey.path, DEREGISTRATION, method, arguments, True)
            assert error == ERROR + "NotAuthorized", (method, error, text)
    assert {check.uid for check in portal.lab.polkit.checks} == {NOBODY}


@needs_root
def test_an_administrator_may_answer_for_somebody(portal):
    journey = come_to(portal, OUTCOME)
    portal.lab.polkit.allow(uid=NOBODY)
    number = journey.question(OUTCOME)["id"]
    with Stranger(portal.lab) as other:
        answer = f"(uint32 {number}, {{'outcome': <'confirmed'>, 'effective-date': <'{day(-1)}'>}})"
        assert other.call(BUS_NAME, journey.path, DEREGISTRATION, "Answer", answer)[0] == ""
    journey.wait("completed")
    assert journey.told()["requested"] and portal.get(journey.path, DEREGISTRATION, "Requester") == 0


@needs_root
def test_another_user_may_not_begin_one(portal):
    with Stranger(portal.lab) as other, contextlib.ExitStack() as stack:
        stack.callback(portal.lab.polkit.clear)
        iccid = other.call(BUS_NAME, "/org/esimd1", "org.esimd1.Manager", "DeregisterIccid",
                           "('8966010000000000012', {'carrier': <'labtel'>})", True)
        profile = other.call(BUS_NAME, portal.profile(BLUE), "org.esimd1.Profile", "Deregister",
                             "({'method': <'portal'>},)", True)
    assert {iccid[0], profile[0]} == {ERROR + "NotAuthorized"} and portal.objects(DEREGISTRATION) == {}
