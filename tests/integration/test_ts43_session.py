# SPDX-License-Identifier: LGPL-2.1-or-later
"""The daemon's conversation with an entitlement server, before the laboratory's: without a card's modem, a record or a clock."""

import subprocess
import time

import pytest
from eappeers import Usim
from esimlab.entitlement import UNSUBSCRIBE, Entitlement
from esimlab.entitlement_documents import SHAPES, Message
from esimlab.milenage import Milenage
from esimlab.pki import WebPki
from esimlab.profiles import demo_profiles

PROFILE = next(one for one in demo_profiles() if one.nickname == "Work")
OTHER = ("8944500102201299999", 1)
PATIENCE = 20


class Session:
    """ts43-ask, and the USIM of the line behind it."""

    def __init__(self, program, server, root, hosts=None, path="/entitlement"):
        self.usim = Usim(Milenage(PROFILE.k, PROFILE.opc))
        hosts = hosts or ("ts43.lab.example", "login.lab.example", "my.lab.example")
        self._process = subprocess.Popen([program, str(server.port), root, ";".join(hosts), path, PROFILE.iccid, PROFILE.imsi, "2"],
                                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def close(self):
        self._process.stdin.close()
        code = self._process.wait(PATIENCE)
        self._process.stdout.close()
        assert code == 0

    def _write(self, line):
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def order(self, *words):
        """What it says, as words."""
        self._write(" ".join(words))
        while True:
            word, *rest = self._process.stdout.readline().split()
            if word != "usim":
                return [word, *rest]
            self._write(self.usim.authenticate(*map(bytes.fromhex, rest)))

    def results(self, *words):
        """(OperationResult, SubscriptionResult) of a document."""
        got = self.order(*words)
        assert got[0] == "document", got
        return int(got[1]), int(got[2])

    def status(self):
        """{ICCID: status} as it read the list."""
        got = self.order("configuration")
        assert got[:2] == ["document", "1"], got
        return dict(one.split("/")[0].split("=") for one in got[4:] if "=" in one)

    def refusal(self, *words):
        """(surely not sent, status of HTTP)"""
        got = self.order(*words)
        assert got[0] == "error", got
        return got[2] == "1", int(got[3])


@pytest.fixture(scope="module")
def web():
    return WebPki()


@pytest.fixture
def server(web):
    with Entitlement(profiles=demo_profiles(), web=web) as made:
        yield made


@pytest.fixture
def session(build, server, web, tmp_path):
    made = Session(build / "tests" / "ts43-ask", server, web.write_root(tmp_path / "root.pem"))
    yield made
    made.close()


@pytest.fixture
def known(session):
    assert session.order("authenticate") == ["done"]
    return session


@pytest.mark.parametrize("form", ["json", "xml"])
def test_the_plain_way(server, known, form):
    server.manners.form = form
    assert known.status() == {PROFILE.iccid: "1"}
    assert known.order("eligibility")[3] == "1"
    assert known.results("unsubscribe") == (1, 3)
    server.line(PROFILE.iccid).set(4)
    assert known.status() == {PROFILE.iccid: "4"}
    assert len(server.submissions) == 1 and server.found == []


@pytest.mark.parametrize("name", UNSUBSCRIBE)
def test_each_result(server, known, name):
    server.unsubscribe = name
    got = known.order("unsubscribe")
    assert got[1:3] == ["1", str(UNSUBSCRIBE[name])]
    assert ("asks" in got) == (name == "message")
    assert any(word.startswith("page=https://my.lab.example/") for word in got) == (name == "websheet")
    assert len(server.submissions) == 1 and server.found == []


@pytest.mark.parametrize("result", [100, 101, 103])
def test_a_refusal_is_not_asked_again(server, known, result):
    server.answer("ManageSubscription", result=result, times=-1)
    assert known.results("unsubscribe")[0] == result and len(server.submissions) == 1


def test_without_a_target_where_it_was_bad(server, known):
    server.preset("no-target")
    assert known.results("unsubscribe") == (1, 3)
    assert [one.taken for one in server.submissions] == [False, True]
    server.preset("no-target-at-all")
    server.submissions.clear()
    assert known.results("unsubscribe")[0] == 102 and len(server.submissions) == 2


def test_a_question(server, known):
    server.unsubscribe, server.message = "message", Message(freetext=True, validation="[0-9]{4}")
    known.order("unsubscribe")
    assert known.results("accept", "x")[0] == 104
    assert known.results("accept", "4711") == (1, 3)
    assert [reply[2:] for reply in server.replies] == [("1", "x"), ("1", "4711")]
    assert len(server.submissions) == 1 and server.found == []


def test_a_question_that_is_declined(server, known):
    server.unsubscribe = "message"
    known.order("unsubscribe")
    assert known.results("reject") == (1, 5) and server.replies[0][2:] == ("0", None) and server.found == []


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("manner", ["plain", "numbers", "lower", "filled", "xml"])
def test_lists_of_any_shape(server, known, shape, manner):
    server.line(PROFILE.iccid).others = [OTHER]
    manners = server.manners
    manners.shape, manners.numbers, manners.fill_iccid = shape, manner == "numbers", manner == "filled"
    manners.case, manners.form, manners.bare_ampersand = "lower" if manner == "lower" else "as-is", "xml" if manner == "xml" else "json", True
    assert known.status() == {PROFILE.iccid: "1", OTHER[0]: "1"}


def test_the_interval(server, known):
    server.interval = (5, "min")
    server.line(PROFILE.iccid).set(2)
    assert known.order("configuration")[4] == f"{PROFILE.iccid}=2/300"


@pytest.mark.parametrize("kind", ["lost", "cut", "garbage", "reset", "oversize"])
def test_what_may_have_been_done_is_said_to_be(server, known, kind):
    server.answer("ManageSubscription", kind=kind)
    assert known.refusal("unsubscribe") == (False, 0)
    assert server.wait_for(lambda s: len(s.submissions) == 1)
    time.sleep(0.1)  # for a second one, which may not come
    assert len(server.submissions) == 1 and server.submissions[0].taken


def test_nobody_there(server, known):
    server.http.stop()
    not_sent, status = known.refusal("unsubscribe")
    assert not_sent and not status and server.submissions == []


@pytest.mark.parametrize("certificate", ["expired", "wrong_name", "wrong_root", "self_signed"])
def test_a_server_that_is_another(server, known, certificate):
    server.http.certificate = certificate
    assert known.refusal("unsubscribe")[0] and server.submissions == []


@pytest.mark.parametrize("status", [400, 403, 404, 500, 503])
def test_statuses(server, known, status):
    server.answer("ManageSubscription", http=status, headers={"Retry-After": "60"})
    assert known.refusal("unsubscribe") == (False, status) and len(server.submissions) == 1


def test_a_token_that_was_dropped(server, known):
    server.book.drop_tokens()
    assert known.refusal("configuration") == (False, 511)
    assert known.order("authenticate") == ["done"] and known.status() == {PROFILE.iccid: "1"}
    assert server.hss.vectors == 2 and server.found == []


def test_a_token_whose_time_is_over(server, session):
    server.token_seconds = 1
    assert session.order("authenticate") == ["done"]
    token, = server.book.tokens.values()
    time.sleep((token.until - server.now()).total_seconds() + 0.05)
    assert session.order("configuration")[0] == "error" and session.order("authenticate") == ["done"]


@pytest.mark.parametrize("preset", ["get-only", "no-post", "version-12", "version-8", "version-5", "no-slash", "xml-for-subscriptions"])
def test_servers_that_want_it_another_way(server, session, preset):
    server.preset(preset)
    assert session.order("authenticate") == ["done"]
    assert session.status() == {PROFILE.iccid: "1"}
    assert session.results("unsubscribe") == (1, 3)
    assert len(server.submissions) == 1 and server.found == []


@pytest.mark.parametrize("preset", ["neither", "no-version"])
def test_servers_that_want_it_no_way(server, session, preset):
    server.preset(preset)
    assert session.order("authenticate")[0] == "error" and len(server.requests) <= 6


@pytest.mark.parametrize("trap", ["wrong-mac", "wrong-autn", "failure-after", "empty", "oversize", "early-success", "endless-identity"])
def test_a_home_network_that_is_none(server, session, trap):
    server.eap.trap(trap)
    assert session.order("authenticate")[0] == "error"
    assert session.order("configuration")[0] == "error" and server.book.tokens == {}
    assert session.order("authenticate") == ["done"]


@pytest.mark.parametrize("trap", ["ask-any", "ask-permanent", "pseudonym", "unknown-skippable", "result-indication", "repeat"])
def test_a_home_network_with_ways_of_its_own(server, session, trap):
    server.rotate_cookies = True
    server.eap.trap(trap)
    assert session.order("authenticate") == ["done"] and server.found == []


def test_another_card(server, session):
    session.usim = Usim(Milenage(bytes(16), bytes(16)))
    assert session.order("authenticate")[0] == "error"
    assert server.requests[-1].status == 403 and server.found == []


@pytest.mark.parametrize("rounds", [1, 2])
def test_a_login(server, session, rounds):
    """The pages themselves are test_ts43_browser.py's; here somebody has been through them."""
    server.authentication, server.oidc.rounds = {"openid"}, rounds
    got = session.order("login")
    for _ in range(rounds):
        assert got[0] == "page" and got[1].startswith("https://login.lab.example/authorize?")
        assert got[2] == "https://ts43.lab.example/oidc/callback"
        final = server.oidc.pass_by(got[1], PROFILE.iccid)
        assert session.order("final", final.replace("state=", "state=x"))[0] == "error"
        got = session.order("final", final)
    assert got == ["done"] and session.status() == {PROFILE.iccid: "1"}
    assert [code.spent for code in server.oidc.codes] == [1] * rounds and server.found == []


def test_no_login_but_a_page(server, session):
    server.authentication = {"page"}
    assert session.order("login")[0] == "error"


def test_a_code(server, session):
    server.authentication = {"code"}
    assert session.order("number", "+66810000013") == ["done"]
    assert session.order("code", server.messages[-1][1]) == ["done"]
    assert session.status() == {PROFILE.iccid: "1"} and server.found == []


@pytest.mark.parametrize("seed", [*range(10), *(pytest.param(one, marks=pytest.mark.long) for one in range(10, 200))])
def test_by_chance(server, known, seed):
    """Whatever a server says: it is answered or refused, and one order is one request to end the line."""
    server.random(seed)
    for order in ("configuration", "eligibility", "authenticate", "change", "configuration") * 4:
        assert known.order(order)[0] in ("document", "error", "done")
    for _ in range(3):
        before = len(server.submissions)
        got = known.order("unsubscribe")
        made = server.submissions[before:]
        assert sum(one.taken for one in made) <= 1 and len(made) <= 2, [(one.asked.sent, one.asked.answered) for one in made]
        assert len(made) < 2 or made[0].asked.told  # the second is the one without a target, after 102
        if got[0] == "error" and got[2] == "1":
            assert made == []  # it said that nothing was sent
        known.order("authenticate")
