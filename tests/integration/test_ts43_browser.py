# SPDX-License-Identifier: LGPL-2.1-or-later
"""The entitlement server's pages in a real browser, which stands in for a client's web view: a login that stops before the code is
spent, and websheets that tell the client what became of them.

ESIM_PICTURES names a folder in which pictures of the pages are left.
"""

import os
import pathlib
import sys
from datetime import datetime, timedelta, timezone
from urllib.parse import parse_qsl, urlsplit

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lab" / "selftest"))

from esimlab.chromium import Chromium, available  # noqa: E402
from esimlab.clock import Clock  # noqa: E402
from esimlab.entitlement import Entitlement  # noqa: E402
from esimlab.profiles import demo_profiles  # noqa: E402
from esimlab.websheet import CALLBACKS  # noqa: E402
from test_ts43_session import Session  # noqa: E402
from ts43client import Client, Peer  # noqa: E402

pytestmark = pytest.mark.skipif(not available(), reason="chromium is not there")

ICCID, IMSI = "8944500102201200013", "001010000000013"
START = datetime(2026, 11, 23, 3, tzinfo=timezone.utc)
PAGES = "https://my.lab.example"


@pytest.fixture
def server():
    with Clock(START, speed=0) as clock, Entitlement(clock, profiles=demo_profiles()) as made:
        yield made


@pytest.fixture
def client(server, tmp_path):
    """The daemon's part, played by a small client: cookies and tokens are its own, the browser has none of them."""
    profile = next(one for one in demo_profiles() if one.iccid == ICCID)
    return Client(server, server.web.write_root(tmp_path / "root.pem"), ICCID, Peer(IMSI, profile.k, profile.opc))


@pytest.fixture
def browse(server):
    """browse (language) -> a browser that knows the way to the server's names."""
    opened = []

    def make(language="en"):
        opened.append(Chromium(dict.fromkeys(server.hosts, server.port), [server.http.shown], language))
        return opened[-1]
    yield make
    for one in opened:
        one.close()


def keep(browser, name):
    folder = os.environ.get("ESIM_PICTURES")
    if folder:
        browser.picture(pathlib.Path(folder) / f"{name}.png")


def see_login(browser, language):
    assert browser.evaluate("document.documentElement.lang") == {"en": "en", "zh-CN": "zh-CN"}[language]
    assert browser.text("h1") == {"en": "Sign in", "zh-CN": "登录"}[language]


def stop_address(address):
    """Where a view has to stop: the redirect_uri of an authorize address."""
    told = dict(parse_qsl(urlsplit(address).query))
    assert told["response_type"] == "code"
    return told["redirect_uri"]


def sign_in(browser, password="green-mango-42"):
    browser.fill("#phone", "081 000 0013")
    browser.fill("#password", password)
    browser.click("#go")


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_a_login_stops_before_the_code_is_spent(server, client, browse, language):
    server.authentication, server.oidc.code_after_login = {"openid"}, True
    address = client.ask().headers["location"]
    browser = browse(language)
    browser.stop_at(stop_address(address))
    browser.go(address)
    see_login(browser, language)
    keep(browser, f"login-{language}")
    sign_in(browser, "forgotten")
    browser.wait(lambda: browser.text(".error"))
    keep(browser, f"login-wrong-{language}")
    sign_in(browser)
    browser.wait(lambda: browser.evaluate("!!document.querySelector('#code')"))
    keep(browser, f"code-{language}")
    browser.fill("#code", server.oidc.messages[-1][1])
    browser.click("#go")
    final = browser.wait(lambda: browser.stopped)
    # Nobody but the provider knows of the code yet.
    assert [code.spent for code in server.oidc.codes] == [0]
    assert final.startswith(stop_address(address) + "?") and "code=" in final and "state=" in final
    assert server.count("redeem") == 0
    got = client.fetch("GET", final)
    assert got.status == 200 and [code.spent for code in server.oidc.codes] == [1]
    client.token, client.peer = got.text.one("token"), None
    assert client.status() == [(ICCID, "1")] and server.found == []


@pytest.mark.parametrize("rounds", [1, 2])
def test_the_daemons_own_login(server, browse, build, tmp_path, rounds):
    """The daemon's conversation hands the page out and takes the address back; the browser is the user's side."""
    server.authentication, server.oidc.rounds = {"openid"}, rounds
    browser = browse()
    session = Session(build / "tests" / "ts43-ask", server, server.web.write_root(tmp_path / "root.pem"))
    got = session.order("login")
    for number in range(rounds):
        _, address, stop_at = got
        browser.stop_at(stop_at)
        browser.go(address)
        if number == 0:
            sign_in(browser)
        else:
            browser.fill("#code", server.oidc.messages[-1][1])
            browser.click("#go")
        final = browser.wait(lambda: browser.stopped)
        assert server.oidc.codes[-1].spent == 0
        got = session.order("final", final)
    assert got == ["done"] and session.status() == {ICCID: "1"}
    session.close()
    assert [code.spent for code in server.oidc.codes] == [1] * rounds and server.found == []


def test_two_logins_one_after_the_other(server, client, browse):
    server.authentication, server.oidc.rounds = {"openid"}, 2
    browser = browse()
    address = client.ask().headers["location"]
    browser.stop_at(stop_address(address))
    browser.go(address)
    sign_in(browser)
    got = client.fetch("GET", browser.wait(lambda: browser.stopped))
    assert got.status == 302
    address = got.headers["location"]
    browser.stop_at(stop_address(address))
    browser.go(address)
    browser.fill("#code", server.oidc.messages[-1][1])
    browser.click("#go")
    assert client.fetch("GET", browser.wait(lambda: browser.stopped)).status == 200
    assert [code.spent for code in server.oidc.codes] == [1, 1] and server.found == []


def test_a_browser_that_does_not_stop_has_no_session(server, client, browse):
    """Why a view must stop: the browser arrives without the daemon's cookies."""
    server.authentication = {"openid"}
    browser = browse()
    browser.go(client.ask().headers["location"])
    sign_in(browser)
    browser.wait(lambda: server.count("redeem"))
    assert server.requests[-1].status == 403 and client.token is None


def test_not_eligible_is_a_page_like_any(server, client, browse):
    server.authentication = {"page"}
    address = client.ask().headers["location"]
    assert "response_type" not in address
    browser = browse()
    browser.go(address)
    assert browser.text("h1") == "Not for this device"


def open_websheet(client, browser, operation_type=1):
    """As a client opens what a ManageSubscription answered."""
    told = client.end(operation_type=operation_type).text
    assert told.one("subscriptionresult") == "1"
    url, data, kind = (told.one(f"subscriptionservice{name}") for name in ("url", "userdata", "contentstype"))
    browser.offer(CALLBACKS, [PAGES])
    if kind is None:
        browser.go(f"{url}?{data}")
    else:
        browser.go(url, data.encode(), f"application/{kind}" if kind == "json" else "text/xml")


def fill_in(browser, born="1990-04-05"):
    browser.fill("#reason", "travel")
    browser.fill("#born", born)
    if not browser.evaluate("document.querySelector('#agree').checked"):
        browser.click("#agree")
    browser.click("#send")


@pytest.mark.parametrize("language", ["en", "zh-CN"])
@pytest.mark.parametrize("kind", ["json", "xml", None])
def test_a_websheet_finishes(server, client, browse, language, kind):
    server.unsubscribe, server.websheets.contents_type = "websheet", kind
    client.authenticate()
    browser = browse(language)
    open_websheet(client, browser)
    assert browser.text("h1") == {"en": "End your line", "zh-CN": "终止您的线路"}[language]
    keep(browser, f"websheet-{language}")
    browser.click("#send")
    browser.wait(lambda: browser.text("[data-field=reason]"))
    keep(browser, f"websheet-missing-{language}")
    fill_in(browser, "1990-04-06")
    browser.wait(lambda: not browser.text("[data-field=reason]") and browser.text("[data-field=born]"))
    assert server.line(ICCID).submitted_at is None and browser.calls == []
    fill_in(browser)
    browser.wait(lambda: browser.calls)
    keep(browser, f"websheet-sent-{language}")
    assert browser.calls == [("finishFlow", [])] and server.line(ICCID).submitted_at == START
    assert server.websheets.tickets[0].reason == "travel"
    assert client.status() == [(ICCID, "1")]
    server.clock.step(timedelta(days=2) - timedelta(hours=1))
    assert client.status() == [(ICCID, "1")]
    server.clock.step(timedelta(hours=1))
    client.authenticate()
    assert client.status() == [(ICCID, "4")] and len(server.submissions) == 1 and server.found == []


def test_a_websheet_that_is_dismissed(server, client, browse):
    server.unsubscribe = "websheet"
    client.authenticate()
    browser = browse()
    open_websheet(client, browser)
    browser.click("#cancel")
    browser.wait(lambda: browser.calls)
    assert browser.calls == [("dismissFlow", [])] and server.line(ICCID).submitted_at is None
    assert browser.text("h1") == "Your line stays"


def test_a_websheet_that_wants_the_profile_deleted(server, client, browse):
    server.unsubscribe, server.websheets.ends = "websheet", "delete"
    client.authenticate()
    browser = browse()
    open_websheet(client, browser)
    fill_in(browser)
    browser.wait(lambda: browser.calls)
    assert browser.calls == [("deleteProfileInUse", [ICCID, server.line(ICCID).msisdn])]


def test_a_plain_browser_is_told_in_words(server, client, browse):
    """Without the client's object, the page says what to do."""
    server.unsubscribe, server.websheets.contents_type = "websheet", None
    client.authenticate()
    told = client.end().text
    browser = browse()
    browser.go(f"{told.one('subscriptionserviceurl')}?{told.one('subscriptionserviceuserdata')}")
    fill_in(browser)
    browser.wait(lambda: browser.text("h1") == "We have your request")
    assert browser.calls == [] and browser.evaluate("typeof ODSAServiceFlow") == "undefined"
    assert browser.text("main > p:last-child") == "You can close this page."
    assert server.line(ICCID).submitted_at == START


def test_other_origins_and_frames_have_no_such_object(server, client, browse):
    server.authentication = {"openid"}
    browser = browse()
    browser.offer(CALLBACKS, [PAGES])
    browser.go(client.ask().headers["location"])
    assert browser.evaluate("typeof ODSAServiceFlow") == "undefined"
    browser.go(f"{PAGES}/not-eligible")
    assert browser.evaluate("typeof ODSAServiceFlow") == "object"
    assert browser.evaluate("(() => { const frame = document.createElement('iframe'); document.body.append(frame);"
                            "return typeof frame.contentWindow.ODSAServiceFlow; })()") == "undefined"
