# SPDX-License-Identifier: LGPL-2.1-or-later
"""The whole way of a user who proves it with a login: the daemon's questions, answered by what a web view (a real browser) did with
the carrier's pages, to the deletion and the receipt. test_ts43_browser.py has the pages one by one."""

from datetime import timedelta

import pytest
from scene import BLUE
from ts43 import DELETION, HOUR, LOGIN, WEBSHEET, Ts43Journey, ts43_lab

from esimlab.chromium import Chromium, available
from esimlab.websheet import CALLBACKS

pytestmark = pytest.mark.skipif(not available(), reason="chromium is not there")


class View:
    """The client's web view: it opens what a question carries, and answers with what came of it."""

    def __init__(self, journey):
        self.journey, self.server = journey, journey.server
        self.browser = Chromium(dict.fromkeys(self.server.hosts, self.server.port), [self.server.http.shown], "en")

    def _open(self, kind):
        asked = self.journey.question(kind)
        host = asked["address"].removeprefix("https://").split("/")[0].split("?")[0]
        assert asked["address"].startswith("https://") and host in asked["allowed-hosts"]
        return asked

    def sign_in(self, *, code=False):
        """As far as the address at which a view stops, which is the answer."""
        asked = self._open(LOGIN)
        self.browser.stop_at(asked["stop-at"])
        self.browser.go(asked["address"])
        if code:
            self._type_code()
        else:
            self._see("#phone")
            self.browser.fill("#phone", "081 000 0013")
            self.browser.fill("#password", "green-mango-42")
            self.browser.click("#go")
        final = self.browser.wait(lambda: self.browser.stopped)
        assert self.server.oidc.codes[-1].spent == 0
        self.journey.answer(LOGIN, **{"final-address": final})
        return final

    def _see(self, what):
        """The page before may be there for a moment yet."""
        self.browser.wait(lambda: self.browser.evaluate(f"!!document.querySelector('{what}')"))

    def _type_code(self):
        self._see("#code")
        self.browser.fill("#code", self.server.oidc.messages[-1][1])
        self.browser.click("#go")

    def fill_in(self):
        """The carrier's page; what it called at its end is the answer."""
        asked = self._open(WEBSHEET)
        self.browser.offer(CALLBACKS, [f"https://{host}" for host in asked["allowed-hosts"]])
        kind = {"json": "application/json", "xml": "text/xml"}.get(asked["contents-type"])
        if kind:
            self.browser.go(asked["address"], asked["user-data"].encode(), kind)
        else:
            self.browser.go(f"{asked['address']}?{asked['user-data']}")
        self._see("#send")
        self.browser.fill("#reason", "travel")
        self.browser.fill("#born", "1990-04-05")
        self.browser.click("#agree")
        self.browser.click("#send")
        (name, arguments), = self.browser.wait(lambda: self.browser.calls)
        if name == "deleteProfileInUse":
            self.journey.answer(WEBSHEET, outcome="delete-profile-in-use", iccid=arguments[0])
        else:
            self.journey.answer(WEBSHEET, outcome={"finishFlow": "finished", "dismissFlow": "dismissed"}[name])


@pytest.fixture
def make(make_lab, request):
    """make (**settings of the server) -> (a journey that has been consented to, its View)"""
    def begin(**settings):
        panel, _ = ts43_lab(make_lab, request, authentication=("openid",), token_seconds=10 ** 6, **settings)
        # Its profile is not enabled: nothing but the login can prove the line.
        journey = Ts43Journey.begin(panel, BLUE).consent()
        view = View(journey)
        request.addfinalizer(view.browser.close)
        return journey, view
    return begin


def check_end(journey, finals):
    """Deleted once, asked for once, told in the receipt; and nothing that proves the user anywhere."""
    assert journey.lab.card.profile(BLUE) is None and journey.lab.card.counters["BF33"] == 1
    assert journey.submissions() == 1 and journey.server.found == []
    assert journey.server.hss.vectors == 0, "no USIM was asked"
    receipt = journey.do("GetReceipt")
    kept = b"".join(journey.record_bytes().values()) + receipt.encode() + journey.lab.daemon.log().encode()
    for secret in (*(code.value for code in journey.server.oidc.codes), *finals, *journey.server.book.tokens, "green-mango-42"):
        assert secret.encode() not in kept


@pytest.mark.parametrize("kind", ["json", "xml", None])
def test_with_a_page(make, kind):
    journey, view = make(unsubscribe="websheet", review=6 * HOUR)
    journey.server.websheets.contents_type = kind
    finals = [view.sign_in()]
    view.fill_in()
    journey.wait("in-review")
    assert journey.deletions() == 0 and journey.server.websheets.tickets[0].reason == "travel"
    journey.pass_until("completed", step=HOUR)
    check_end(journey, finals)


def test_without_a_page(make):
    journey, view = make(unsubscribe="done", review=6 * HOUR)
    finals = [view.sign_in()]
    journey.wait("in-review")
    assert journey.deletions() == 0
    journey.pass_until("completed", step=HOUR)
    check_end(journey, finals)


def test_with_two_logins(make):
    journey, view = make(unsubscribe="done", review=6 * HOUR)
    journey.server.oidc.rounds = 2
    finals = [view.sign_in()]
    first = journey.server.count("redeem")
    journey.panel.client.wait_until(lambda: journey.server.count("redeem") > 0 or first)
    finals.append(view.sign_in(code=True))
    journey.wait("in-review")
    journey.pass_until("completed", step=HOUR)
    check_end(journey, finals)


def test_with_a_page_that_wants_the_profile_deleted(make):
    journey, view = make(unsubscribe="websheet", review=6 * HOUR)
    journey.server.websheets.ends = "delete"
    finals = [view.sign_in()]
    view.fill_in()
    assert journey.question(DELETION)["seen"] == "delete-profile-in-use" and journey.deletions() == 0
    journey.answer(DELETION, outcome="delete")
    journey.pass_until("verifying-end", most=timedelta(hours=2))
    assert journey.lab.card.profile(BLUE) is None
    journey.server.line(BLUE).set(4)
    journey.pass_until("completed", step=HOUR)
    check_end(journey, finals)


def test_a_page_that_is_closed(make):
    """The daemon does not know what became of it, and sends nothing again by itself."""
    journey, view = make(unsubscribe="websheet")
    view.sign_in()
    view._open(WEBSHEET)
    journey.answer(WEBSHEET, outcome="closed")
    journey.wait("submission-unknown")
    journey.lab.clock.step(timedelta(hours=5))
    journey.settle()
    assert journey.submissions() == 1 and journey.deletions() == 0
