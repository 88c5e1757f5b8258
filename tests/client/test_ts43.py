# SPDX-License-Identifier: LGPL-2.1-or-later
"""deregister by the carrier's entitlement server: every question on a terminal, by options, and what is left open."""
import pytest
from test_portal import BEGIN, CONTACT, answers, browser, flat  # noqa: F401

PROFILE, ICCID = "0001", "8966050000000010001"
HOSTS = ["my.example.com", "aes.example.com"]
STOP = "https://aes.example.com/back"
FINAL = STOP + "?code=secret-7&state=1"
LOGIN = {"type": "open-page", "subject": "login", "address": "https://my.example.com/authorize?client_id=1", "stop-at": STOP,
         "allowed-hosts": HOSTS, "outcomes": ["closed", "portal", "withdraw"]}
NUMBER = {"type": "carrier-question", "subject": "phone-number", "outcomes": ["portal", "withdraw"]}
CODE = {"type": "carrier-question", "subject": "one-time-code", "outcomes": ["portal", "withdraw"]}
MESSAGE = {"type": "carrier-question", "subject": "message", "stage": "submitting", "title": "Why do you leave?",
           "text": "Tell us\x1b[2J, please.", "buttons": [{"name": "accept", "label": "End it"}, {"name": "reject", "label": ""}],
           "free-text": True, "hint": "Postcode", "pattern": "[0-9]{5}", "failed-text": "Five digits."}
PAGE = {"type": "open-page", "subject": "websheet", "stage": "submitting", "address": "https://my.example.com/sheet",
        "user-data": "imsi=1", "contents-type": "", "allowed-hosts": HOSTS, "iccid": ICCID,
        "outcomes": ["finished", "dismissed", "closed", "delete-profile-in-use"]}
EVIDENCE = {"type": "evidence", "subject": "deletion", "stage": "in-review", "seen": "deactivated", "meaning": "It may be suspended.",
            "outcomes": ["delete", "wait", "portal", "withdraw"]}
ATTEST = {"type": "attest", "subject": "no-longer-recognised", "stage": "in-review", "outcomes": ["delete", "wait", "portal", "withdraw"]}
LATE = {"type": "evidence", "subject": "late", "stage": "in-review", "status": 1, "outcomes": ["wait", "portal", "withdraw"]}
CHANGE = {"type": "carrier-question", "subject": "change", "why": "refused", "stage": "submitting",
          "outcomes": ["yes", "portal", "withdraw"]}
RESEND = {"type": "evidence", "subject": "resend", "stage": "submission-unknown", "status": 1,
          "outcomes": ["resend", "submitted", "wait", "portal", "withdraw"]}
END = {"type": "attest", "subject": "end", "stage": "verifying-end", "status": 1, "outcomes": ["ended", "wait"]}
TS43 = ["deregister", PROFILE, "--method", "ts43"]


def serve(desk, *questions, **more):
    return desk.serve(ts43={"questions": list(questions), "contact": CONTACT, **more})


def given(desk):
    """The answers after the consent."""
    assert answers(desk)[0] == {"consent": True}
    return answers(desk)[1:]


def test_nothing_is_asked_where_the_sim_does_it(desk):
    code, text = serve(desk).terminal(*TS43, script=[BEGIN])
    assert code == 0 and "Asked: consent/ts43." in text and "has acknowledged" in text, text
    assert desk.called("Deregister") == [[{"method": "ts43"}]] and given(desk) == []
    assert "What to do at the carrier" not in text


def test_it_stands_in_review_and_the_server_is_asked_by_itself(desk):
    serve(desk, end="in-review", told={"expected-by": 1893456000, "next-check": 1893400000, "review": "waiting"})
    result = desk.run(*TS43, "--yes")
    assert result.returncode == 10 and "Its server is asked again on 2029-12-31." in flat(result.stdout), result
    assert "You are asked again" not in result.stdout
    result = desk.run(*TS43, chinese=True)
    assert result.returncode == 10 and "再次询问其服务器" in result.stdout, result


def test_login_by_page(desk, browser):  # noqa: F811
    serve(desk, LOGIN, end="in-review")
    code, text = desk.terminal(*TS43, script=[BEGIN, ("(1 to 6):", "1\n"), ("(1 to 6):", "2\n"), ("it is not shown", "https://evil.example/\n"),
                                              ("not the address", ""), ("(1 to 6):", "2\n"), ("it is not shown", FINAL + "\n")])
    assert code == 10 and given(desk) == [{"final-address": FINAL}], text
    assert "secret-7" not in text and LOGIN["address"] in text and STOP in text
    assert "my.example.com, aes.example.com" in flat(text)
    opened, _ = browser()
    assert opened == [LOGIN["address"]]


@pytest.mark.parametrize("number, answer", [("3", "closed"), ("4", "portal"), ("5", "withdraw")])
def test_login_that_does_not_go(desk, number, answer):
    serve(desk, LOGIN, end="in-review")
    code, text = desk.terminal(*TS43, script=[BEGIN, ("(1 to 6):", number + "\n")])
    assert given(desk) == [{"outcome": answer}] and code == (1 if answer == "withdraw" else 10), text


def test_a_login_may_wait(desk):
    serve(desk, LOGIN)
    code, text = desk.terminal(*TS43, script=[BEGIN, ("(1 to 6):", "\n")])
    assert code == 10 and given(desk) == [] and "It waits for your answer to the carrier." in flat(text), text
    result = desk.run("deregister", PROFILE, "--answer", "outcome=portal")
    assert given(desk) == [{"outcome": "portal"}], result


def test_a_page_elsewhere_is_not_opened(desk, browser):  # noqa: F811
    serve(desk, {**LOGIN, "address": "https://my.example.com.evil.example/"}, {**PAGE, "address": "http://my.example.com/"})
    code, text = desk.terminal(*TS43, script=[BEGIN, ("is not opened", ""), ("(1 to 6):", "1\n"), ("(1 to 6):", "3\n"),
                                              ("is not opened", ""), ("(1 to 4):", "4\n")])
    assert code == 10 and not browser.was(), text


def test_number_and_code(desk):
    serve(desk, NUMBER, CODE)
    code, text = desk.terminal(*TS43, script=[BEGIN, ("The number", "+66812345678\n"), ("The code", "998877\n")])
    assert code == 0 and given(desk) == [{"number": "+66812345678"}, {"code": "998877"}], text
    assert "998877" not in text


def test_no_code_came(desk):
    serve(desk, CODE)
    code, text = desk.terminal(*TS43, script=[BEGIN, ("The code", "\n"), ("(1 to 3):", "2\n")])
    assert code == 1 and given(desk) == [{"outcome": "withdraw"}], text


def test_message_with_a_text(desk):
    serve(desk, MESSAGE)
    code, text = desk.terminal(*TS43, script=[BEGIN, ("Why do you leave?", ""), ("(1 to 3):", "1\n"), ("Postcode:", "abc\n"), ("Five digits.", ""),
                                              ("Postcode:", "10400\n")])
    assert code == 0 and given(desk) == [{"button": "accept", "text": "10400"}], text
    assert "\x1b[2J" not in text and "End it" in text and "Decline" in text


def test_message_declined(desk):
    serve(desk, MESSAGE)
    code, text = desk.terminal(*TS43, script=[BEGIN, ("(1 to 3):", "2\n")])
    assert code == 0 and given(desk) == [{"button": "reject"}], text


def test_message_by_options(desk):
    result = serve(desk, MESSAGE).run(*TS43, "--yes", "--answer", "button=accept", "--answer", "text=10400")
    assert result.returncode == 0 and given(desk) == [{"button": "accept", "text": "10400"}], result


def test_websheet(desk, browser):  # noqa: F811
    serve(desk, PAGE, end="in-review")
    code, text = desk.terminal(*TS43, script=[BEGIN, ("(1 to 5):", "1\n"), ("(1 to 5):", "2\n")])
    assert code == 10 and given(desk) == [{"outcome": "finished"}], text
    assert browser()[0] == ["https://my.example.com/sheet?imsi=1"]
    assert "The page asks for the profile to be deleted" not in text


def test_websheet_that_is_posted_to(desk, browser):  # noqa: F811
    serve(desk, {**PAGE, "contents-type": "json"})
    code, text = desk.terminal(*TS43, script=[BEGIN, ("web view", ""), ("(1 to 4):", "3\n")])
    assert code == 0 and given(desk) == [{"outcome": "closed"}] and not browser.was(), text


@pytest.mark.parametrize("question", [EVIDENCE, ATTEST])
def test_a_deletion_takes_more_than_a_number(desk, question):
    serve(desk, question)
    code, text = desk.terminal(*TS43, script=[BEGIN, ("(1 to 5):", "1\n"), ("last 4 digits", "y\n"), ("Nothing was deleted", ""),
                                              ("(1 to 5):", "1\n"), ("last 4 digits", ICCID[-4:] + "\n")])
    assert code == 0 and given(desk) == [{"outcome": "delete"}], text
    words = flat(text)
    assert ("only be suspended" if question is EVIDENCE else "A fault at the carrier looks the same") in words
    assert "goes on" in words and "Numbers: 1175" in words


def test_evidence_in_chinese(desk):
    serve(desk, EVIDENCE, end="in-review")
    code, text = desk.terminal(*TS43, chinese=True, script=[("[y/N]", "y\n"), ("5", "2\n")])
    assert code == 10 and given(desk) == [{"outcome": "wait"}], text
    text = "".join(text.split())
    assert "未启用" in text and "这不能证明合约已终止" in text and "您仍要付费" in text, text


def test_a_deletion_is_not_answered_before_it_was_asked(desk):
    """An option stands for something that somebody has seen."""
    serve(desk, EVIDENCE)
    result = desk.run(*TS43, "--yes", "--answer", "outcome=delete")
    assert result.returncode == 10 and given(desk) == [], result
    result = desk.run("deregister", PROFILE, "--answer", "outcome=delete")
    assert result.returncode == 0 and given(desk) == [{"outcome": "delete"}], result


@pytest.mark.parametrize("question, number, outcome, words", [
    (LATE, "1", "wait", "last showed it: active"), (CHANGE, "1", "yes", "carrier's page of the contract"),
    (CHANGE, "2", "portal", "I end it at the carrier myself"), (RESEND, "1", "resend", "Ask the carrier once more"),
    (RESEND, "2", "submitted", "has taken the request"), (END, "1", "ended", "The contract has ended")])
def test_outcomes(desk, question, number, outcome, words):
    serve(desk, question, end="in-review")
    code, text = desk.terminal(*TS43, script=[BEGIN, (f"(1 to {len(question['outcomes']) + 1}):", number + "\n")])
    assert code == 10 and given(desk) == [{"outcome": outcome}] and words in flat(text), text


def test_verifying_the_end(desk):
    serve(desk, end="verifying-end")
    result = desk.run(*TS43, "--yes")
    assert result.returncode == 10 and "asked whether the line has ended since" in flat(result.stdout), result


def test_a_server_that_is_not_there_is_waited_for_without_the_program(desk):
    serve(desk, end="submitting", told={"error-name": "org.esimd1.Error.ServerUnreachable", "error": "No answer."})
    result = desk.run(*TS43, "--yes")
    assert result.returncode == 10 and "it is tried again by itself" in flat(result.stdout), result


def test_what_has_happened(desk):
    history = [{"time": 1, "code": "asked-carrier", "parameters": {"reply": False}},
               {"time": 2, "code": "evidence", "parameters": {"seen": "absent"}},
               {"time": 3, "code": "confirmed", "parameters": {"seen": "ended"}},
               {"time": 4, "code": "not-this-way", "parameters": {"why": "refused"}},
               {"time": 5, "code": "page-closed", "parameters": {"outcome": "finished"}}]
    desk.serve(deregistrations=[{"id": "d1-0123456789abcdef", "stage": "in-review", "method": "ts43", "iccid": ICCID,
                                 "portal": {"history": history}}])
    text = flat(desk.run("deregistrations", "show", "1").stdout)
    for words in ("The carrier was asked to end the contract.", "the line is not listed any more",
                  "The carrier's server confirmed the end: the line is shown as ended for good.",
                  "does not end lines, or not this one, on request", "I have gone through the page to its end"):
        assert words in text, (words, text)
    assert "已请求运营商终止合约。" in desk.run("deregistrations", "show", "1", chinese=True).stdout
