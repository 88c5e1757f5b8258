# SPDX-License-Identifier: LGPL-2.1-or-later
"""deregister by the carrier's own way: every question, on a terminal and by options, and what is left open."""
import datetime
import hashlib
import json
import time

import pytest

PROFILE, ICCID, GONE = "0001", "8966050000000010001", "8966050000000077777"
TASKS = [
    {"id": "accounts", "text": {"": "Give banks another number.", "zh_CN": "先为银行更换号码。"}, "state": "done", "time": 1},
    {"id": "shop", "text": {"": "Go to a shop.\x1b[2J", "zh_CN": "到店办理。"}, "bring": ["identity-document"],
     "returns": ["reference", "document"], "state": "pending", "channels": [
         {"id": "shop", "type": "shop", "text": {"": "In person."}, "exclusive": True, "hours": "mon-fri 09:00-18:00;sat 10:00-16:00",
          "open": "no", "opens-at": 1893488400, "address": {"": "Any shop"}},
         {"id": "hotline", "type": "phone", "text": {"": "Call Center."}, "numbers": ["1175"], "cannot-end": True,
          "numbers-from-abroad": ["+66 2271 9000"], "hours": "mon-sun 00:00-24:00", "open": "yes"}]}]
CONTACT = {"channel": "hotline", "numbers": ["1175"], "hours": "mon-sun 00:00-24:00", "open": "yes"}
CARRIERS = [["ais-th", {"": "AIS", "zh_CN": "AIS（泰国）"}], ["other-th", {"": "Other"}]]
PLANS = [["postpaid", {"": "Monthly bill", "zh_CN": "月结"}], ["prepaid", {"": "Prepaid"}]]
TODAY = datetime.date.today()


def days(n):
    return (TODAY + datetime.timedelta(days=n)).isoformat()


PAST, SOON = days(-3), days(20)
BEGIN = ("Begin? [y/N]", "y\n")
OPEN_YES, OPEN_NO = ("Open the page? [y/N]", "y\n"), ("Open the page? [y/N]", "n\n")
OTHER_WAY = ("or have you done so? [y/N]", "y\n")
MENU = "Number (1 to"
# The places of the outcomes in the menu that follows a request, and in that of a review (the first opens a page).
SUBMITTED, CONFIRMED, REFUSED, REJECTED, UNKNOWN, NOT_SUBMITTED, NOT_YET = "1234567"
WAITED = ["--yes", "--answer", "opened=yes", "--answer", "outcome=submitted"]


def serve(desk, **portal):
    return desk.serve(portal={"tasks": TASKS, "contact": CONTACT, **portal})


def flat(text):
    """Lines that were broken to fit, as one."""
    return " ".join(text.split())


def answers(desk):
    return [answer for _, answer in desk.called("Answer")]


@pytest.fixture
def browser(desk):
    """A session with a browser: it tells what it was called with, and what the service had been told by then."""
    folder = desk.folder / "bin"
    folder.mkdir()
    program = folder / "xdg-open"
    program.write_text(f"#!/bin/sh\n[ -t 0 ] && :\ngrep -c '\"Answer\"' {desk.log} > {desk.folder}/told.new\n"
                       f"printf '%s\\n' \"$@\" > {desk.folder}/opened.new\nmv {desk.folder}/told.new {desk.folder}/told\n"
                       f"mv {desk.folder}/opened.new {desk.folder}/opened\n")
    program.chmod(0o755)
    desk.env.update(PATH=f"{folder}:{desk.env['PATH']}", DISPLAY=":99")
    desk.env.pop("SUDO_UID", None)

    def opened(limit=10):
        end = time.monotonic() + limit
        while not (desk.folder / "opened").exists() and time.monotonic() < end:
            time.sleep(0.02)
        return (desk.folder / "opened").read_text().splitlines(), int((desk.folder / "told").read_text())
    opened.was = lambda: (desk.folder / "opened").exists()
    return opened


def test_whole_way_on_a_terminal(desk, browser, tmp_path):
    document = tmp_path / "confirmation.pdf"
    document.write_bytes(b"confirmed")
    serve(desk, carriers=CARRIERS, plans=PLANS)
    code, text = desk.terminal("deregister", PROFILE, "--reason", "travel-ended", "--reason-text", "I have left Thailand", script=[
        ("Number (1 to 3):", "1\n"), ("Number (1 to 3):", "1\n"), BEGIN, OPEN_YES,
        ("(1 to 7):", SUBMITTED + "\n"), ("Reference", "R-1\n"), ("Day on which you asked", "\n"),
        ("Day until which", days(4) + "\n"), ("Which steps are done?", "1, 2\n")])
    assert code == 10, text
    order = ["Asked: carrier-question/carrier.", "AIS", "Another one, that is not in this list", "Asked: carrier-question/plan.", "Monthly bill", "I do not know",
             "What to do at the carrier", "Give banks another number. (done)", "Go to a shop.\ufffd[2J", "Bring: identity document",
             "shop: In person.", "It can be done in this way only.",
             "Monday to Friday 09:00–18:00; Saturday 10:00–16:00, the carrier's time (closed now; opens at 2030-01-01 09:00, your time)",
             "Place: Any shop", "the contract cannot be ended here", "Numbers: 1175", "Numbers from abroad: +66 2271 9000", "open now",
             "Bring back: reference, document", "Whom to ask", "the journey is over", "I have left Thailand",
             "Page: https://www.example.com/end?a=1&b=2", "The page is being opened", "www.example.com, login.example.com",
             "Asked: attest/submission.", f"expected by {days(4)}", f"esimctl deregister {ICCID}", "deregistrations withdraw 100"]
    text = flat(text)
    at = 0
    for words in order:
        assert words in text[at:], (words, text)
        at = text.index(words, at)
    assert desk.called("Deregister") == [[{"reason": "travel-ended", "reason-text": "I have left Thailand"}]]
    assert answers(desk) == [{"carrier": "ais-th"}, {"plan": "postpaid"}, {"consent": True}, {"opened": True},
                             {"outcome": "submitted", "reference": "R-1", "expected-by": days(4),
                              "tasks-done": ["accounts", "shop"]}]
    opened, told = browser()
    assert opened == ["https://www.example.com/end?a=1&b=2"] and told >= 4

    code, text = desk.terminal("deregister", PROFILE, script=[
        ("coming back", ""), ("(1 to 6):", "2\n"), ("Day on which the contract ends", "tomorrow\n"),
        ("A day is written like", ""), ("Day on which the contract ends", PAST + "\n"), ("Reference", "R-2\n"),
        ("Day of the carrier's confirmation", "\n"), ("File of the confirmation", "/nonexistent\n"), ("There is no file", ""),
        ("File of the confirmation", str(document) + "\n")])
    assert code == 0, text
    # What was done before is not told again.
    assert "Checking beforehand" not in text and "Saving notifications to disk" in text
    assert f"contract ends on {PAST}" in text and "has acknowledged it" in text and "esimctl receipt d100" in text
    assert answers(desk)[-1] == {"outcome": "confirmed", "effective-date": PAST, "reference": "R-2",
                                 "document-name": "confirmation.pdf", "document-size": 9,
                                 "document-sha256": hashlib.sha256(b"confirmed").hexdigest()}


def test_whole_way_by_options(desk, tmp_path):
    document = tmp_path / "mail.eml"
    document.write_bytes(b"x" * 100000)
    serve(desk)
    result = desk.run("deregister", PROFILE, "--method", "portal", "--carrier", "ais-th", "--plan", "postpaid", *WAITED,
                      "--answer", "reference=R 1", "--answer", "tasks-done=accounts,shop")
    assert result.returncode == 10 and "answer is waited for" in result.stdout, result
    assert "not opened" not in result.stdout
    assert desk.called("Deregister") == [[{"method": "portal", "carrier": "ais-th", "plan": "postpaid"}]]
    result = desk.run("deregister", PROFILE, "--answer", "outcome=confirmed", "--answer", f"effective-date={SOON}",
                      "--document", str(document))
    assert result.returncode == 10 and f"ends on {SOON}" in result.stdout and "stays usable" in result.stdout, result
    result = desk.run("deregister", PROFILE, "--answer", "remove-now=yes")
    assert result.returncode == 0 and "has acknowledged" in result.stdout, result
    assert answers(desk) == [
        {"consent": True}, {"opened": True}, {"outcome": "submitted", "reference": "R 1", "tasks-done": ["accounts", "shop"]},
        {"outcome": "confirmed", "effective-date": SOON, "document-name": "mail.eml", "document-size": 100000,
         "document-sha256": hashlib.sha256(b"x" * 100000).hexdigest()},
        {"remove-now": True}]


def test_options_answer_the_choices_of_one_that_is_open(desk):
    serve(desk, carriers=CARRIERS, plans=PLANS)
    code, _ = desk.terminal("deregister", PROFILE, script=[(MENU, "^C")])
    assert code == 130
    result = desk.run("deregister", PROFILE, "--carrier", "ais-th", "--plan", "prepaid", "--yes")
    assert result.returncode == 10 and answers(desk) == [{"carrier": "ais-th"}, {"plan": "prepaid"}, {"consent": True}]


def test_neither_of_the_choices(desk):
    serve(desk, carriers=CARRIERS, plans=PLANS)
    code, text = desk.terminal("deregister", PROFILE, script=[
        ("Number (1 to 3):", "0\n"), ("none of the numbers", ""), ("Number (1 to 3):", "x\n"), ("none of the numbers", ""),
        ("Number (1 to 3):", "3\n"), ("Number (1 to 3):", "3\n"), ("Begin? [y/N]", "n\n")])
    assert code == 1 and "The profile is as it was" in text
    assert answers(desk) == [{"carrier": ""}, {"plan": ""}, {"consent": False}]


def test_nothing_opens_without_a_graphical_session(desk, browser):
    serve(desk)
    code, text = desk.terminal("deregister", PROFILE, DISPLAY="", script=[
        BEGIN, OPEN_YES, ("Open this page yourself", ""), ("(1 to 7):", "\n"), ("Which steps are done?", "\n")])
    assert code == 10 and "https://www.example.com/end?a=1&b=2" in text and "www.example.com, login.example.com" in text
    assert not browser.was() and answers(desk)[-2:] == [{"opened": True}, {"outcome": "not-yet"}]


def test_nothing_opens_as_root_in_another_users_session(desk, browser):
    serve(desk)
    code, text = desk.terminal("deregister", PROFILE, SUDO_UID="1000", script=[
        BEGIN, OPEN_YES, ("Open this page yourself", ""), ("(1 to 7):", "\x04")])
    assert code == 10 and not browser.was()


@pytest.mark.parametrize("address", [
    "http://www.example.com/", "https://www.example.com.evil.test/", "https://evil.test/www.example.com",
    "https://www.example.com@evil.test/", "https://evil.test\\@www.example.com/", "https://user@www.example.com/",
    "https://www.example.com\t/", "https://www.example.com/\x1b]8;;", "https:www.example.com", "//www.example.com/",
    "file:///etc/passwd", "javascript:alert(1)", "--help", "https://www.éxample.com/", "HTTPS://evil.test/", "https:///x",
    "https://www.example.com/" + "a" * 2100])
def test_hostile_address_is_never_opened(desk, browser, address):
    serve(desk, request={"address": address}, login={"address": address, "recovery-address": address})
    code, text = desk.terminal("deregister", PROFILE, script=[
        BEGIN, ("(1 to 6):", "1\n"), ("is not opened", ""), ("(1 to 6):", "2\n"), ("is not opened", ""), ("(1 to 6):", "3\n"),
        ("is not opened", ""), OTHER_WAY, ("(1 to 7):", "\x04")])
    assert code == 10 and answers(desk)[-1] == {"opened": False}, text
    assert "being opened" not in text and "Open this page yourself" not in text and "Page:" not in text and "\x1b]8" not in text
    assert not browser.was()


@pytest.mark.parametrize("address", ["https://WWW.example.com/a?b=c#d", "https://login.example.com:8443/%20;x"])
def test_address_of_the_carrier_is_opened_as_it_is(desk, browser, address):
    serve(desk, request={"address": address})
    desk.terminal("deregister", PROFILE, script=[BEGIN, OPEN_YES, (MENU, "\x04")])
    assert browser()[0] == [address]


def test_page_is_not_opened_before_the_service_knows(desk, browser):
    serve(desk, **{"refuse-opened": True})
    code, text = desk.terminal("deregister", PROFILE, script=[
        BEGIN, OPEN_YES, ("opened: not now", ""), OPEN_NO, ("or have you done so? [y/N]", "n\n")])
    assert code == 10 and not browser.was() and "https" in text and "being opened" not in text


def test_browser_that_cannot_be_started(desk):
    serve(desk)
    code, text = desk.terminal("deregister", PROFILE, DISPLAY=":99", PATH="/nonexistent", script=[
        BEGIN, OPEN_YES, ("Open this page yourself", ""), (MENU, "\x04")])
    assert code == 10


def test_login(desk, browser):
    serve(desk, login=True)
    code, text = desk.terminal("deregister", PROFILE, script=[
        BEGIN, ("(1 to 6):", "2\n"), ("https://login.example.com/forgotten", ""), ("(1 to 6):", "4\n"),
        ("What is missing?", "99\n"), ("none of the numbers", ""), ("What is missing?", "5 16\n"), ("(1 to 6):", "3\n"),
        OPEN_NO, ("or have you done so? [y/N]", "n\n")])
    assert code == 10 and "Asked: open-page/login." in text and "have asked the carrier" in text
    assert answers(desk)[1:] == [{"outcome": "refused", "missing": ["account-pin", "other"]}, {"outcome": "done"}]
    assert browser()[0] == ["https://login.example.com/forgotten"]


def test_an_outcome_answers_the_question_that_knows_it(desk):
    serve(desk, login=True)
    result = desk.run("deregister", PROFILE, *WAITED)
    assert result.returncode == 10 and "outcome" in result.stderr and answers(desk) == [{"consent": True}]
    desk.run("deregister", PROFILE, "--answer", "outcome=done")
    assert answers(desk)[1:] == [{"outcome": "done"}]


def test_login_that_is_left(desk):
    serve(desk, login=True)
    code, text = desk.terminal("deregister", PROFILE, script=[BEGIN, ("(1 to 6):", "\n")])
    assert code == 10 and "until you have logged in" in text and len(answers(desk)) == 1
    result = desk.run("deregister", PROFILE, "--answer", "outcome=rejected")
    assert result.returncode == 1 and "The carrier said no" in result.stdout and "1175" in result.stdout
    assert "deregistrations retry 100" in result.stdout


def begun(desk, **portal):
    serve(desk, **portal)
    assert desk.run("deregister", PROFILE, "--yes", "--answer", "opened=yes").returncode == 10
    return desk


@pytest.mark.parametrize("choice,more,expected", [
    (NOT_YET, [("Which steps", "2 2\n")], {"outcome": "not-yet", "tasks-done": ["accounts", "shop"]}),
    (UNKNOWN, [], {"outcome": "unknown"}),
    (NOT_SUBMITTED, [OPEN_NO, ("or have you done so?", "\n")], {"outcome": "not-submitted"}),
    (REFUSED, [("What is missing?", "9,1\n"), OPEN_NO, ("or have you done so?", "\n")],
     {"outcome": "refused", "missing": ["contract-number", "identity-document"]}),
])
def test_outcomes_that_leave_it_open(desk, choice, more, expected):
    begun(desk)
    code, text = desk.terminal("deregister", PROFILE, script=[("(1 to 7):", choice + "\n"), *more])
    assert code == 10 and answers(desk)[-1] == expected, text
    assert f"esimctl deregister {ICCID}" in text


def test_unknown_submission_says_whom_to_ask(desk):
    begun(desk)
    result = desk.run("deregister", PROFILE, "--answer", "outcome=unknown")
    assert result.returncode == 10 and "is not known" in result.stdout
    assert "Call 1175, which answers Monday to Sunday" in flat(result.stdout) and desk.json(
        "deregistrations")[0]["stage"] == "submission-unknown"


def test_rejected(desk):
    begun(desk)
    code, text = desk.terminal("deregister", PROFILE, script=[("(1 to 7):", REJECTED + "\n")])
    assert code == 1 and "The carrier said no" in text


def test_review_that_is_late(desk):
    begun(desk, late=True)
    result = desk.run("deregister", PROFILE, "--answer", "outcome=submitted")
    assert result.returncode == 10 and "the outcome is unknown" in result.stdout and "Call 1175" in result.stdout
    assert "reject" not in result.stdout
    code, text = desk.terminal("deregister", PROFILE, script=[
        ("Call 1175", ""), ("(1 to 6):", "\n"), ("Day until which", days(3) + "\n")])
    assert code == 10 and answers(desk)[-1] == {"outcome": "in-review", "expected-by": days(3)}


def test_progress_page(desk, browser):
    begun(desk)
    desk.run("deregister", PROFILE, "--answer", "outcome=submitted")
    code, text = desk.terminal("deregister", PROFILE, script=[
        ("(1 to 6):", "1\n"), ("being opened", ""), ("(1 to 6):", "^C")])
    assert code == 10 and browser()[0] == ["https://www.example.com/progress"]


def test_answer_that_the_service_does_not_take_is_asked_again(desk):
    begun(desk)
    code, text = desk.terminal("deregister", PROFILE, script=[
        ("(1 to 7):", CONFIRMED + "\n"), ("contract ends", "2199-01-01\n"), ("Reference", "\n"), ("confirmation (Enter", "\n"),
        ("File of", "\n"), ("effective-date: 2199-01-01 is too far away", ""), ("(1 to 7):", CONFIRMED + "\n"),
        ("contract ends", SOON + "\n"), ("Reference", "\n"), ("confirmation (Enter", "\n"), ("File of", "\n")])
    assert code == 10 and f"ends on {SOON}" in text


def test_bad_answer_by_option_changes_nothing(desk):
    begun(desk)
    result = desk.run("deregister", PROFILE, "--answer", "outcome=confirmed")
    assert result.returncode == 1 and "effective-date" in result.stderr
    assert desk.json("deregistrations")[0]["stage"] == "submitting"


@pytest.mark.parametrize("stage,extra", [("submitting", []), ("in-review", ["--answer", "outcome=submitted"]),
                                         ("awaiting-end", ["--answer", "outcome=confirmed", "--answer",
                                                           f"effective-date={SOON}"])])
def test_interrupt_leaves_it_open(desk, stage, extra):
    begun(desk)
    assert desk.run("deregister", PROFILE, *extra).returncode == 10
    code, text = desk.terminal("deregister", PROFILE, script=[(MENU, "^C")])
    assert code == 10 and "Still open" in text and f"esimctl deregister {ICCID}" in text and "Error" not in text
    assert desk.json("deregistrations")[0]["stage"] == stage


def test_reminder(desk):
    begun(desk)
    desk.run("deregister", PROFILE, "--answer", "outcome=confirmed", "--answer", f"effective-date={SOON}")
    code, text = desk.terminal("deregister", PROFILE, script=[
        (f"ends on {SOON}", ""), ("(1 to 3):", "1\n"), ("Day on which the contract ends", days(30) + "\n")])
    assert code == 10 and f"ends on {days(30)}" in text
    code, text = desk.terminal("deregister", PROFILE, script=[("(1 to 3):", "\n")])
    assert code == 10 and answers(desk)[-1] == {"seen": True}
    code, text = desk.terminal("deregister", PROFILE, script=[("(1 to 3):", "2\n"), ("Remove it now? [y/N]", "n\n")])
    assert code == 10 and answers(desk)[-1] == {"seen": True}
    code, text = desk.terminal("deregister", PROFILE, script=[("(1 to 3):", "2\n"), ("Remove it now? [y/N]", "y\n")])
    assert code == 0 and answers(desk)[-1] == {"remove-now": True}


def test_confirmed_that_cannot_be_removed_yet(desk):
    begun(desk, hold="PolicyViolation")
    result = desk.run("deregister", PROFILE, "--answer", "outcome=confirmed", "--answer", f"effective-date={PAST}")
    assert result.returncode == 10 and "cannot be removed yet" in result.stdout


def test_no_terminal_withdraws_what_it_began_and_nothing_else(desk):
    serve(desk, carriers=CARRIERS)
    result = desk.run("deregister", PROFILE)
    assert result.returncode == 6 and "--carrier" in result.stderr and "withdrawn" in result.stderr
    assert "Asked: carrier-question/carrier." in result.stdout and "ais-th" in result.stdout and "AIS" in result.stdout
    assert [d["stage"] for d in desk.json("deregistrations")] == ["withdrawn"]
    desk.terminal("deregister", "0002", script=[(MENU, "^C")])
    result = desk.run("deregister", "0002")
    assert result.returncode == 6 and "left as it was" in result.stderr
    assert [d["stage"] for d in desk.json("deregistrations")] == ["withdrawn", "preparing"]


def test_no_terminal_leaves_open_what_waits_for_a_person(desk):
    serve(desk)
    result = desk.run("deregister", PROFILE, "--yes")
    assert result.returncode == 10 and "asked the carrier" in result.stdout and answers(desk) == [{"consent": True}]
    description = desk.json("deregister", PROFILE, code=10)
    assert description["stage"] == "submitting" and description["question"]["subject"] == "request"


def test_the_same_token_comes_back(desk):
    serve(desk)
    for expected in (10, 10):
        assert desk.run("deregister", PROFILE, "--yes", "--token", "t").returncode == expected
    code, _ = desk.terminal("deregister", PROFILE, "--token", "t", script=[OPEN_NO, OTHER_WAY, (MENU, SUBMITTED + "\n"), (
        "Reference", "\n"), ("Day on", "\n"), ("Day until", "\n"), ("Which steps", "\n")])
    assert code == 10
    code, _ = desk.terminal("deregister", PROFILE, "--token", "t", script=[("(1 to 6):", REJECTED + "\n")])
    assert code == 1 and len(desk.json("deregistrations")) == 1


def test_unused_answers_are_told(desk):
    serve(desk)
    result = desk.run("deregister", PROFILE, "--yes", "--answer", "outcome=confirmed", "--answer", f"effective-date={PAST}")
    assert result.returncode == 10 and "effective-date, outcome" in result.stderr


@pytest.mark.parametrize("wrong", [["--answer", "nothing=1"], ["--answer", "outcome"], ["--answer", "opened=perhaps"], ["--answer", "outcome=perhaps"],
                                   ["--answer", "date=1", "--answer", "date=2"], ["--document", "/dev/zero"],
                                   ["--iccid", GONE]])
def test_wrong_options_begin_nothing(desk, wrong):
    result = serve(desk).run("deregister", PROFILE, *wrong)
    assert result.returncode == 2 and desk.called("Deregister") == [] and result.stderr, result


def test_document_that_is_not_there_begins_nothing(desk):
    result = serve(desk).run("deregister", PROFILE, "--document", "/nonexistent")
    assert result.returncode == 3 and desk.called("Deregister") == []
    assert desk.run("deregister").returncode == 2


def test_without_a_profile(desk):
    serve(desk)
    result = desk.run("deregister", "--iccid", GONE, "--reason", "switching-carrier", *WAITED)
    assert result.returncode == 10 and f"esimctl deregister --iccid {GONE}" in result.stdout
    assert desk.called("DeregisterIccid") == [[GONE, {"reason": "switching-carrier"}]]
    code, text = desk.terminal("deregister", "--iccid", GONE, script=[
        ("coming back", ""), ("(1 to 6):", "2\n"), ("contract ends", SOON + "\n"), ("Reference", "\n"),
        ("confirmation (Enter", "\n"), ("File of", "\n")])
    assert code == 10 and f"The contract ends on {SOON}." in text and "removed by itself" not in text
    result = desk.run("deregister", "--iccid", GONE, "--answer", f"effective-date={PAST}")
    assert result.returncode == 0 and "No card was touched" in result.stdout and "profile is gone" not in result.stdout
    assert len(desk.called("DeregisterIccid")) == 1
    assert desk.run("deregister", "--iccid", ICCID, "--yes").returncode == 1


def test_dry_run(desk):
    serve(desk)
    assert desk.run("deregister", PROFILE, "--dry-run").returncode == 0
    assert desk.run("deregister", "--iccid", GONE, "--dry-run").returncode == 0
    assert desk.called("Deregister") == [[{"dry-run": True}]] and answers(desk) == []


def test_typed_ahead(desk):
    """What is pasted at once answers one question after the other."""
    serve(desk, carriers=CARRIERS, plans=PLANS)
    code, _ = desk.terminal("deregister", PROFILE, script=[(MENU, "1\n2\ny\nn\nn\n")])
    assert code == 10 and answers(desk) == [{"carrier": "ais-th"}, {"plan": "prepaid"}, {"consent": True}]


def test_question_of_the_future(desk):
    desk.serve(deregistrations=[{"id": "aaaa0000", "method": "portal", "stage": "submitting", "iccid": GONE, "portal": {
        "question": {"type": "riddle", "subject": "x", "message": "What?"}}}])
    result = desk.run("deregister", "--iccid", GONE)
    assert result.returncode == 6 and "riddle" in result.stderr


RECORD = {
    "id": "bbbb0123", "method": "portal", "reason": "switching-carrier", "stage": "in-review", "eid": "1" * 32, "iccid": GONE,
    "profile-name": "Old", "acknowledged": False, "requested": 1700000000, "portal": {
        "carrier": {"id": "ais-th", "name": {"": "AIS", "zh_CN": "AIS（泰国）"}, "plan": "postpaid",
                    "plan-name": {"": "Monthly bill", "zh_CN": "月结"}, "known": True},
        "reference": "R-9\x1b[2J", "submitted": 1700000000, "expected-by": 1700300000, "next-check": 1700300000, "review": "waiting",
        "contact": CONTACT, "tasks": TASKS, "refusal": {"time": 1700000000, "missing": ["account-pin", "other"]},
        "evidence": {"type": "attestation", "document-name": "a.pdf", "document-sha256": "ab" * 32},
        "history": [
            {"time": 1700000000, "code": "requested", "parameters": {"reason": "switching-carrier"}},
            {"time": 1700000001, "code": "refused", "parameters": {"missing": ["account-pin", "other"]}},
            {"time": 1700000002, "code": "submitted", "parameters": {"date": "2023-11-14", "reference": "R-9",
                                                                     "expected-by": 1700300000}},
            {"time": 1700000003, "code": "of-the-future", "parameters": {}}]}}


def test_show(desk):
    desk.serve(deregistrations=[RECORD])
    text = flat(desk.run("deregistrations", "show", "bbbb").stdout)
    assert "Method the carrier's own way, with help" in text
    for words in ("waiting for the carrier's answer", "Carrier AIS", "Plan Monthly bill", "Reference R-9\ufffd[2J", "Carrier asked 2023-11-14",
                  "Answer expected by 2023-11-18", "Next reminder 2023-11-18", "Not taken 2023-11-14 22:13:20; missing: PIN of the account, something else",
                  "Document a.pdf", "ab" * 32, "expected by 2023-11-18. You are asked again on 2023-11-18.", "What to do at the carrier",
                  "Whom to ask Numbers: 1175", "What has happened 2023-11-14 22:13:20 It was asked for, reason: switching to another carrier.",
                  "did not take the request; missing: PIN of the account, something else.",
                  "on 2023-11-14; reference: R-9; answer expected by 2023-11-18.", "of-the-future"):
        assert words in text, (words, text)
    assert "2023-11-18" in desk.run("deregistrations").stdout
    assert desk.json("deregistrations", "show", "bbbb")["carrier"]["plan-name"]["zh_CN"] == "月结"


def test_show_in_chinese(desk):
    desk.serve(deregistrations=[RECORD])
    text = "".join(desk.run("deregistrations", "show", "bbbb", chinese=True).stdout.split())
    for words in ("AIS（泰国）", "月结", "缺少：账户 PIN、其他", "正在等待运营商答复，预计不晚于 2023-11-18。", "先为银行更换号码。（已完成）",
                  "星期一至星期五 09:00–18:00；星期六 10:00–16:00", "提出了注销，原因：更换运营商。",
                  "您于 2023-11-14 向运营商申请终止合约；受理编号：R-9；预计不晚于 2023-11-18 答复。"):
        assert words.replace(" ", "") in text, (words, text)


@pytest.mark.parametrize("stage,more,words,until", [
    ("in-review", {"review": "late"}, "the outcome is unknown. Call 1175, which answers", "late: ask"),
    ("in-review", {"review": "waiting", "expected-by": 0}, "when it comes is not known", ""),
    ("awaiting-end", {"effective-date": "2030-01-31", "effective-at": 1896116400}, "from 2030-01-31 19:00:00 on", "2030-01-31"),
    ("confirmed", {}, "cannot be removed yet", ""), ("submission-unknown", {}, "Call 1175", ""),
    ("verifying-identity", {}, "until you have logged in", "")])
def test_what_is_waited_for(desk, stage, more, words, until):
    desk.serve(deregistrations=[{**RECORD, "stage": stage, "portal": {**RECORD["portal"], **more}}])
    assert words in flat(desk.run("deregistrations", "show", "bbbb").stdout)
    assert until in desk.run("deregistrations").stdout


def test_nothing_known_of_the_carrier(desk):
    desk.serve(deregistrations=[{**RECORD, "portal": {"carrier": {"id": "", "known": False}}}])
    text = desk.run("deregistrations", "show", "bbbb").stdout
    assert "not in the directory" in text and "Whom to ask" not in text and "What to do" not in text


def test_profile_and_status_tell_of_it(desk):
    begun(desk)
    desk.run("deregister", PROFILE, "--answer", "outcome=submitted", "--answer", "reference=R-5")
    text = flat(desk.run("show", PROFILE).stdout)
    assert "Deregistration waiting for the carrier's answer" in text and "Reference R-5" in text and "answer is waited for" in text
    assert "asks you" not in desk.run("status").stdout
    desk.stop()
    begun(desk)
    assert "1 of them asks you something" in desk.run("status").stdout


def test_withdrawn_after_the_carrier_was_asked(desk):
    begun(desk)
    desk.run("deregister", PROFILE, "--answer", "outcome=submitted")
    result = desk.run("deregistrations", "withdraw", "100")
    assert result.returncode == 0 and "stands there: tell the carrier" in result.stdout
    assert desk.json("deregistrations")[0]["stage"] == "withdrawn"


FINDINGS = [
    ("carrier-known", {"name": {"": "AIS", "zh_CN": "AIS（泰国）"}}, "运营商是AIS（泰国）。"),
    ("carrier-question", {}, "将向您询问"), ("carrier-unknown", {}, "不在名录中"), ("plan-question", {}, "各种套餐"),
    ("method", {"method": "portal"}, "方式：运营商自己的途径"), ("method", {"method": "local"}, "方式：只涉及卡。"),
    ("facts-old", {"checked": "2024-01-01"}, "（查证于 2024-01-01）"), ("facts-old", {}, "资料已旧：请"),
    ("conflict", {"topic": "channel", "texts": [{"": "a", "zh_CN": "甲"}, {"": "b"}]}, "（途径）：请询问运营商。甲 / b"),
    ("bring", {"bring": ["account-pin", "iccid"]}, "请备好：账户 PIN、ICCID。"), ("no-steps", {}, "要求怎么办理"),
    ("bundle", {"type": "family", "split-first": True, "text": {"": "x", "zh_CN": "先拆。"}}, "：家庭。须先拆分。先拆。"),
    ("bundle", {"type": "family", "split-first": False}, "其他业务：家庭。"), ("other-lines", {"count": 2}, "2 个配置文件"),
    ("credit", {"treatment": "forfeited"}, "剩余话费："), ("credit-unknown", {}, "剩余话费如何处理"),
    ("notice", {"length": "P30D", "anchor": "month-end", "fee-within-term": True}, "：30 天（计算基准：月末）。合约期内解约须付费。"),
    ("notice", {"anchor": "month-end"}, "提前通知期（计算基准：月末）。"), ("notice-unknown", {}, "提前通知期不明"),
    ("processing", {"days-min": 1, "days-max": 3}, "需 1 至 3 个工作日"), ("processing", {"days-max": 3}, "最多需 3 个"),
    ("processing", {"days-min": 1}, "至少需 1 个"), ("processing", {}, "Said by the service."),
    ("final-bill", {"charge": "prorated", "instalments-due": True}, "收费：按天。分期款项将到期应付。"),
    ("automatic-payment", {"switched-off-apart": True}, "自动付款须另行关闭"),
    ("automatic-payment", {"switched-off-apart": False}, "自动付款随合约终止"), ("porting", {"ends-contract": True, "code": "PAC"}, "合约即告终止。所需代码：PAC。"),
    ("porting", {"ends-contract": False}, "携号转网到其他运营商。"), ("abroad", {"possible": True}, "可以在境外办理。"),
    ("abroad", {"possible": False}, "不能在境外办理。"), ("add-on", {}, "取消附加套餐"), ("ends-by-itself", {}, "自行终止"),
    ("lost", {"what": ["number", "points"]}, "您将失去：号码、积分。"), ("accounts-elsewhere", {}, "验证码"), ("reissue", {}, "新的 eSIM"),
    ("eim-managed", {}, "eIM"), ("other-network", {}, "还有其他联网方式"), ("no-other-network", {}, "唯一的联网方式"),
    ("other-network-unknown", {}, "尚不清楚"), ("needs-enabled", {}, "请先启用配置文件"), ("profile-unknown", {}, "不在卡上"),
    ("profile-replaced", {}, "另一个配置文件"), ("carrier-known", {}, "Said by the service."),
    ("carrier-known", {"name": {"": "[{id}|\x1b"}}, "运营商是[{id}|\ufffd。")]


def test_findings_in_chinese(desk):
    desk.serve(portal={}, findings=[{"code": code, "severity": "warning", "message": "Said by the service.", "parameters": parameters}
                                    for code, parameters, _ in FINDINGS])
    lines = [line.split("  ", 1)[1] for line in desk.run(
        "deregister", PROFILE, "--dry-run", chinese=True).stdout.splitlines() if line.startswith("警告  ")]
    for (code, parameters, words), line in zip(FINDINGS, lines, strict=True):
        assert words in line, (code, parameters, line)
        assert "{" not in line.replace("{id}", "") and "Said" not in line or words.startswith("Said")


def test_findings_in_english(desk):
    desk.serve(portal={}, findings=[
        {"code": "lost", "severity": "warning", "message": "you lose the number", "parameters": {"text": {"": "And more."}}},
        {"code": "lost", "severity": "warning", "message": "x", "parameters": {"what": "mail", "text": {"": "Save it."}}},
        {"code": "bring", "severity": "ok", "message": "have at hand: account-pin", "parameters": {"bring": ["account-pin"]}},
        {"code": "of-the-future", "severity": "warning", "message": "It says: and more.", "parameters": {"text": {"": "and more."}}}])
    text = desk.run("deregister", PROFILE, "--dry-run").stdout
    assert "you lose the number: And more." in text and "You lose: mail. Save it." in text and text.count("and more.") == 1
    assert "Have at hand: PIN of the account." in text and "account-pin" not in text


def test_whole_way_in_chinese(desk):
    serve(desk, carriers=CARRIERS, plans=PLANS, login=True)
    code, text = desk.terminal("deregister", PROFILE, chinese=True, NO_COLOR="1", script=[
        ("这个配置文件属于哪家运营商", ""), ("编号（1 至 3）", "1\n"), ("是哪一种套餐", ""), ("编号（1 至 3）", "1\n"), ("要开始吗？", "是\n"),
        ("证明身份", ""), ("编号（1 至 6）", "3\n"), ("要打开网页吗？", "是\n"), ("结果如何", ""), ("编号（1 至 7）", "x\n"), ("没有这个编号", ""),
        ("编号（1 至 7）", SUBMITTED + "\n"), ("受理编号", "R-1\n"), ("提出申请的日期", "昨天\n"), ("日期请写成", ""),
        ("提出申请的日期", "\n"), ("最后日期", days(4) + "\n"), ("哪些步骤已完成", "\n")])
    assert code == 10
    for words in ("AIS（泰国）", "其他，不在此列表中", "月结", "我不知道", "在运营商处要做的事", "请自行打开此网页", f"预计不晚于 {days(4)}",
                  f"继续办理：esimctl deregister {ICCID}"):
        assert words in text, (words, text)
    code, text = desk.terminal("deregister", PROFILE, chinese=True, script=[
        ("运营商答复了什么", ""), ("编号", "2\n"), ("合约终止的日期", SOON + "\n"), ("受理编号", "\n"), ("运营商确认的日期", "\n"), ("确认函文件", "\n")])
    assert code == 10 and f"合约于 {SOON} 终止" in text


def test_questions_in_json_are_not_asked(desk):
    serve(desk, carriers=CARRIERS)
    result = desk.run("deregister", PROFILE, "--json")
    assert result.returncode == 6 and json.loads(result.stderr)["error"] == "NeedsAnswer"
