# SPDX-License-Identifier: LGPL-2.1-or-later
"""Lab Telecom and somebody who leaves it, over HTTPS."""

import configparser
import http.client
import re
import ssl
import string
import urllib.error
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

import pytest

from esimlab import carrier_words
from esimlab.carrier import BANGKOK, EXTRA, Carrier, counting_day, demo_customers
from esimlab.clock import Clock
from esimlab.lab import CARRIERS
from esimlab.pki import WebPki
from esimlab.visitor import Already, Missing, Refused, Visitor

MONDAY = datetime(2026, 11, 23, 10, 0, tzinfo=BANGKOK)
DAY = timedelta(days=1)


@pytest.fixture(scope="session")
def web():
    return WebPki()


@pytest.fixture
def clock():
    with Clock(MONDAY, speed=0) as made:
        yield made


@pytest.fixture
def carrier(tmp_path, clock, web):
    with Carrier(tmp_path / "mail", clock, web=web) as running:
        yield running


@pytest.fixture
def visitor(carrier):
    return Visitor(carrier)


def at(day, hour=12, minute=0):
    return datetime(2026, 11, day, hour, minute, tzinfo=BANGKOK)


# The way of somebody who leaves

@pytest.mark.parametrize("language, hello, subject", [
    ("en", "Hello, Lin Mei", "Your contract ends: LT2611230001"),
    ("zh-CN,zh;q=0.9,en;q=0.8", "Lin Mei，您好", "合约终止确认：LT2611230001")])
def test_the_whole_way(carrier, clock, language, hello, subject):
    visitor = Visitor(carrier, language=language)
    assert visitor.progress() is None
    assert visitor.log_in() == hello
    assert visitor.end_contract("travel-ended", "Thank you <b>all</b>") == "LT2611230001"
    told = visitor.progress()
    assert (told.reference, told.state, told.expected) == ("LT2611230001", "received", date(2026, 11, 26))
    clock.advance_to(at(23, 10, 30))
    assert visitor.progress().state == "in-review"
    clock.advance_to(at(25, 11, 59))
    assert visitor.progress().state == "in-review" and len(carrier.mails) == 1
    clock.advance_to(at(25, 12))
    told = visitor.progress()
    assert (told.state, told.effective) == ("approved", date(2026, 12, 23))
    mail = visitor.read_mail()
    assert mail.subject == subject and mail.reference == "LT2611230001" and mail.effective_date == date(2026, 12, 23)
    assert mail.final_bill.startswith("444.42 THB") and mail.size > 300 and len(mail.sha256) == 64
    made, = carrier.submissions
    assert (made.iccid, made.reason, made.comment) == ("8944500102201200013", "travel-ended", "Thank you <b>all</b>")


def test_a_prepaid_line_gets_its_balance(carrier, clock):
    visitor = Visitor(carrier, customer=carrier.customers[1])
    visitor.end_contract()
    carrier.decide()
    assert visitor.read_mail().final_bill.startswith("120 THB of balance")
    assert visitor.progress().state == "approved"
    assert "Prepaid, balance 120 THB" in visitor.go("/account").source


def test_mail_comes_by_itself(carrier, clock, visitor):
    visitor.end_contract()
    clock.step(3 * DAY)
    assert carrier.wait_for(lambda c: len(c.mail_files) == 2)
    assert visitor.read_mail().effective_date == date(2026, 12, 23)


def test_mail_comes_by_itself_in_a_fast_time(tmp_path, web):
    with Clock(MONDAY, speed=86400 * 10) as clock, Carrier(tmp_path, clock, web=web) as carrier:
        visitor = Visitor(carrier)
        visitor.forgotten_password()
        visitor.end_contract()
        assert carrier.wait_for(lambda c: len(c.mail_files) == 3)


# Signing in

def test_five_wrong_passwords_lock_for_a_while(carrier, clock, visitor):
    for _ in range(4):
        with pytest.raises(Refused, match="is not right"):
            visitor.log_in("wrong")
    for password in ("wrong", None):
        with pytest.raises(Refused, match="Try again after 10:15"):
            visitor.log_in(password)
        assert visitor.page.status == 429
    clock.step(15 * 60)
    assert visitor.log_in() == "Hello, Lin Mei"


def test_a_new_password_unlocks(carrier, visitor):
    for _ in range(5):
        with pytest.raises(Refused):
            visitor.log_in("wrong")
    visitor.forgotten_password("another-one-2")
    assert "can sign in now" in visitor.page.notes[0]
    assert visitor.log_in("another-one-2") == "Hello, Lin Mei"
    assert [m["X-Lab-Kind"] for m in carrier.mails] == ["code"]


def begin_reset(visitor, phone=None):
    visitor.go("/forgotten")
    return visitor._send("/forgotten", phone=phone or visitor.papers["phone"])


def test_codes_hold_once_and_for_a_while(carrier, clock, visitor):
    begin_reset(visitor)
    with pytest.raises(Missing) as found:
        visitor._send("/forgotten/code", code=visitor.read_mail().code, password="short")
    assert set(found.value.fields) == {"password"}
    with pytest.raises(Missing, match="code: This code is not right"):
        visitor._send("/forgotten/code", code="x", password="long-enough")
    with pytest.raises(Missing, match="code: This code is not right"):
        visitor._send("/forgotten/code", code=visitor.read_mail().code, password="long-enough")
    begin_reset(visitor)
    clock.step(15 * 60)
    with pytest.raises(Missing, match="too old"):
        visitor._send("/forgotten/code", code=visitor.read_mail().code, password="long-enough")
    assert carrier.customers[0].password == demo_customers()[0].password


def test_nobody_learns_whose_number_it_is(carrier, visitor):
    known = begin_reset(visitor).title
    assert begin_reset(visitor, "089 999 9999").title == known and len(carrier.mails) == 1
    visitor.papers["phone"] = "089 999 9999"
    with pytest.raises(Refused, match="phone number or the password"):
        visitor.log_in()


@pytest.mark.parametrize("path", ["/account", "/progress", "/end", "/end/identity", "/end/request", "/end/received"])
def test_pages_for_those_who_are_signed_in(visitor, path):
    assert visitor.go(path).url.split("?")[0].endswith("/login")


def test_no_way_elsewhere_after_signing_in(visitor):
    visitor.go("/login?next=https://elsewhere.example/")
    visitor._send("/login", phone=visitor.papers["phone"], password=visitor.papers["password"])
    assert visitor.page.url == visitor.site + "account"


def test_signing_out(visitor):
    visitor.log_in()
    visitor._send("/logout")
    assert visitor.page.url == visitor.site
    assert visitor.go("/account").url.split("?")[0].endswith("/login")


# Identity and the form

@pytest.mark.parametrize("name, wrong", [("name", "Somebody Else"), ("document", "E1"), ("born", "1990-04-06")])
def test_identity_must_be_right(carrier, visitor, name, wrong):
    visitor.log_in()
    with pytest.raises(Missing, match="fill this in") as found:
        visitor.prove_identity(leave_out=name)
    assert set(found.value.fields) == {name}
    visitor.papers[name] = wrong
    with pytest.raises(Missing, match="not what our records say") as found:
        visitor.end_contract()
    assert set(found.value.fields) == {name} and carrier.submissions == []
    assert visitor.go("/end/request").url.endswith("/end/identity")


@pytest.mark.parametrize("name", ["phone", "iccid", "reason", "agree"])
def test_a_missing_field_is_named(carrier, visitor, name):
    with pytest.raises(Missing) as found:
        visitor.end_contract(leave_out=name)
    assert set(found.value.fields) == {name} and visitor.page.status == 422
    # What was filled in is still there.
    kept = visitor.page.form("/end/request").values
    assert all(kept[n] for n in ("phone", "iccid", "reason", "agree") if n != name)
    assert carrier.submissions == []
    assert visitor.end_contract() == "LT2611230001"


def test_the_line_must_be_the_own(carrier, visitor):
    visitor.papers["iccid"] = "00013"
    visitor.log_in()
    visitor.papers["phone"] = "081 000 0014"
    visitor.prove_identity()
    with pytest.raises(Missing) as found:
        visitor.end_contract()
    assert set(found.value.fields) == {"phone", "iccid"}


@pytest.mark.parametrize("name", EXTRA)
def test_more_can_be_required(carrier, visitor, name):
    carrier.require(name)
    told = {"contract-number": "C-1", "bank-account": "123-4-56789-0", "contact-mail": "a@b.example", "comment": "none"}
    visitor.papers.pop(name, None)
    with pytest.raises(Missing) as found:
        visitor.end_contract()
    assert set(found.value.fields) == {name}
    visitor.papers[name] = told[name]
    visitor.end_contract(comment=told["comment"])
    assert carrier.submissions[0].extra == {name: told[name]}
    with pytest.raises(ValueError):
        carrier.require("shoe-size")


def test_a_second_request_does_nothing_and_counts(carrier, visitor):
    first = visitor.end_contract()
    with pytest.raises(Already) as found:
        visitor.end_contract("other")
    assert found.value.reference == first and visitor.page.title == "There is a request already"
    assert [s.duplicate_of for s in carrier.submissions] == [None, first]
    assert len(carrier.mails) == 1


def test_a_lost_answer(carrier, visitor):
    carrier.lose_answers()
    with pytest.raises((OSError, http.client.HTTPException)):
        visitor.end_contract()
    assert len(carrier.submissions) == 1
    assert visitor.progress().reference == carrier.submissions[0].reference
    with pytest.raises(Already):
        visitor.end_contract()


# The review

@pytest.mark.parametrize("sent, counts, expected, decided", [
    (at(23, 0, 5), 23, 26, at(25)), (at(23, 16, 59), 23, 26, at(25)), (at(23, 17), 24, 27, at(26)),
    (at(26, 23, 59), 27, date(2026, 12, 2), datetime(2026, 12, 1, 12, tzinfo=BANGKOK)),
    (at(27, 16), 27, date(2026, 12, 2), datetime(2026, 12, 1, 12, tzinfo=BANGKOK)),
    (at(28, 10), 30, date(2026, 12, 3), datetime(2026, 12, 2, 12, tzinfo=BANGKOK)),
    (at(29, 23), 30, date(2026, 12, 3), datetime(2026, 12, 2, 12, tzinfo=BANGKOK))])
def test_working_days(carrier, clock, visitor, sent, counts, expected, decided):
    clock.set(sent)
    assert counting_day(sent) == date(2026, 11, counts)
    visitor.end_contract()
    assert visitor.progress().expected == (expected if isinstance(expected, date) else date(2026, 11, expected))
    made, = carrier.submissions
    assert made.decides == decided and made.begins >= sent
    clock.set(decided - timedelta(seconds=1))
    assert visitor.progress().state == "in-review"
    clock.step(1)
    assert visitor.progress().state == "approved"


def test_reviews_of_other_lengths(carrier, clock, visitor):
    carrier.review(days=0)
    visitor.end_contract()
    assert visitor.progress().state == "received"
    clock.step(1800)
    assert visitor.progress().state == "approved"


def test_a_review_that_never_ends_and_then_does(carrier, clock, visitor):
    carrier.review(days=None)
    visitor.end_contract()
    clock.step(60 * DAY)
    assert visitor.progress().state == "in-review"
    carrier.notice_days = 0
    carrier.review(days=10)
    told = visitor.progress()
    assert (told.state, told.effective) == ("approved", date(2026, 12, 7))


def test_rejected_and_asked_again(carrier, clock, visitor):
    first = visitor.end_contract()
    carrier.reject("a bill is not paid")
    assert visitor.progress().state == "received"
    clock.step(3 * DAY)
    told = visitor.progress()
    assert (told.reference, told.state, told.effective) == (first, "rejected", None)
    mail = visitor.read_mail()
    assert "a bill is not paid" in mail.text and mail.reference == first and mail.effective_date is None
    second = visitor.end_contract()
    assert second != first
    carrier.decide()
    assert visitor.progress().state == "approved"
    assert [s.verdict for s in carrier.submissions] == ["rejected", "approved"]


def test_a_rejection_told_before(carrier, visitor):
    carrier.reject("no")
    visitor.end_contract()
    carrier.decide()
    assert visitor.progress().state == "rejected"


# HTTP

def raw(carrier, method, path, body=None, headers=None):
    """(status, headers, text) of one request by hand."""
    context = ssl.create_default_context(cadata=carrier.web.root.chain_pem().decode())
    connection = http.client.HTTPSConnection("127.0.0.1", carrier.port, timeout=10, context=context)
    try:
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read().decode()
    finally:
        connection.close()


FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def test_forms_need_their_own_token(carrier, visitor):
    visitor.log_in()
    visitor.prove_identity()
    form = visitor.page.form("/end/request")
    others = visitor.page.form("/logout").values["token"]
    for token in ("", "x", "ü", others):
        page = visitor.browser.post(form.action, {**form.values, "token": token})
        assert (page.status, page.title) == (403, "This page was open for too long")
    stranger = raw(carrier, "POST", "/end/request", urlencode(form.values), FORM)
    assert stranger[0] == 403
    assert carrier.submissions == []


def test_a_session_begins_anew_when_somebody_signs_in(carrier):
    _, headers, text = raw(carrier, "GET", "/login")
    before = headers["Set-Cookie"]
    assert all(word in before for word in ("__Host-session=", "Secure", "HttpOnly", "Path=/", "SameSite=Lax"))
    token = re.search(r'name="token" value="(\w+)"', text).group(1)
    who = carrier.customers[0]
    sent = {"token": token, "phone": who.phone, "password": who.password}
    status, headers, _ = raw(carrier, "POST", "/login", urlencode(sent), {**FORM, "Cookie": before.split(";")[0]})
    assert status == 303 and headers["Set-Cookie"] != before
    assert raw(carrier, "GET", "/account", headers={"Cookie": before.split(";")[0]})[0] == 303
    assert raw(carrier, "GET", "/account", headers={"Cookie": headers["Set-Cookie"].split(";")[0]})[0] == 200


@pytest.mark.parametrize("method, path, body, headers, status", [
    ("GET", "/nowhere", None, {}, 404), ("GET", "/end_request", None, {}, 404), ("GET", "/end/", None, {}, 404),
    ("GET", "/../account", None, {}, 404), ("GET", "/logout", None, {}, 404), ("POST", "/", "", FORM, 404),
    ("POST", "/login", "a=%ff", {"Content-Type": "text/plain"}, 415), ("POST", "/login", b"\xff\xfe", FORM, 400),
    ("POST", "/login", "&".join("a=b" for _ in range(50)), FORM, 400),
    ("POST", "/login", None, {"Content-Length": "70000"}, 413), ("POST", "/login", None, {"Content-Length": "-1"}, 413),
    ("POST", "/login", None, {"Transfer-Encoding": "chunked"}, 413),
    ("GET", "/login", None, {"Cookie": "=;;__Host-session"}, 200), ("HEAD", "/", None, {}, 200),
    ("DELETE", "/", None, {}, 501)])
def test_what_no_browser_sends(carrier, method, path, body, headers, status):
    assert raw(carrier, method, path, body, headers)[0] == status


def test_the_pages_bring_nothing_from_elsewhere(carrier, visitor):
    pages = [raw(carrier, "GET", path) for path in ("/", "/help", "/login", "/forgotten", "/done", "/nowhere")]
    for _, headers, text in pages:
        assert "<script" not in text and "http://" not in text and "https://" not in text
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert headers["Cache-Control"] == "no-store" and headers["Referrer-Policy"] == "no-referrer"


def test_names_are_no_html(carrier, visitor):
    carrier.customers[0].name = visitor.papers["name"] = '<img src=x>"&'
    assert visitor.log_in() == 'Hello, <img src=x>"&'
    with pytest.raises(Missing):
        visitor.end_contract('"><b>', "</textarea><i>", leave_out="agree")
    assert visitor.page.form("/end/request").values["reason"] == ""


@pytest.mark.parametrize("accepted, language", [
    ("", "en"), ("zh-CN", "zh-CN"), ("de", "en"), ("th,zh-TW;q=0.5", "zh-CN"), ("zh;q=0.3,en-GB;q=0.7", "en"),
    ("zh;q=x", "en"), ("zh;q=0", "en")])
def test_languages(carrier, accepted, language):
    assert Visitor(carrier, language=accepted).go("/login").language == language


def test_a_chosen_language_stays(carrier, visitor):
    assert visitor.go("/login?next=/end").language == "en"
    link = next(link for link in visitor.page.links if "lang=zh" in link)
    assert "next=%2Fend" in link
    assert visitor.go(link).title == "登录您的账户"
    assert visitor.log_in() == "Lin Mei，您好"


def test_every_text_is_in_both_languages():
    def places(text):
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}
    for key, texts in carrier_words.WORDS.items():
        assert len(texts) == 2 and all(texts), key
        assert places(texts[0]) == places(texts[1]), key


def test_tls_is_verified(carrier, pki, tmp_path):
    root, = pki.write_roots(tmp_path, ("nist",))
    with pytest.raises(urllib.error.URLError, match="CERTIFICATE_VERIFY_FAILED"):
        Visitor(carrier, root=root).go("/")
    visitor = Visitor(carrier)
    with pytest.raises(urllib.error.URLError, match="Hostname mismatch"):
        visitor.go("https://elsewhere.lab.example/")


# The directory

def test_the_directory_entry_is_of_this_portal(visitor):
    entry = configparser.ConfigParser(interpolation=None, delimiters=("=",), comment_prefixes=("#",), strict=True)
    entry.optionxform = str
    entry.read(CARRIERS / "lab.conf")
    for group in entry.sections():
        for key in ("text", "name", "address"):
            assert (key in entry[group]) == (f"{key}[zh_CN]" in entry[group]), (group, key)
    web = entry["channel web"]
    visitor.log_in()
    visitor.prove_identity()
    for key in ("url", "login-url", "recovery-url", "form-url", "status-url", "stop-url"):
        assert web[key].startswith(visitor.site) and visitor.go(web[key]).status == 200, key
    assert visitor.end_contract()
    assert web["stop-url"] in visitor.page.links and web["status-url"] in visitor.page.links
