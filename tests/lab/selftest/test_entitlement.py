# SPDX-License-Identifier: LGPL-2.1-or-later
"""The entitlement server against a small client of another make."""

import http.client
import json
import ssl
from datetime import datetime, timedelta, timezone
from urllib.parse import parse_qsl, urlsplit

import pytest
from esimlab.clock import Clock
from esimlab.entitlement import UNSUBSCRIBE, Entitlement, standard_host
from esimlab.entitlement_documents import SHAPES, Message
from esimlab.entitlement_lines import AFTER
from esimlab.entitlement_presets import NAMES
from esimlab.entitlement_random import permits
from esimlab.pki import WebPki
from esimlab.profiles import demo_profiles
from ts43client import Client, Peer, Rejected

ICCID, IMSI = "8944500102201200013", "001010000000013"
START = datetime(2026, 11, 23, 3, tzinfo=timezone.utc)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture(scope="module")
def web():
    return WebPki()


@pytest.fixture(scope="module")
def root(web, tmp_path_factory):
    return web.write_root(tmp_path_factory.mktemp("web") / "root.pem")


@pytest.fixture
def clock():
    with Clock(START, speed=0) as made:
        yield made


@pytest.fixture
def server(clock, web):
    with Entitlement(clock, profiles=demo_profiles(), web=web) as made:
        yield made


def make_peer(profile=None):
    one = profile or next(p for p in demo_profiles() if p.iccid == ICCID)
    return Peer(one.imsi, one.k, one.opc)


@pytest.fixture
def client(server, root):
    return Client(server, root, ICCID, make_peer())


@pytest.fixture
def known(client):
    """One that has its token."""
    assert client.authenticate().status == 200 and client.token
    return client


# Who asks

def test_by_the_sim(server, client):
    got = client.authenticate()
    assert got.status == 200 and got.text.one("validity") and client.token
    assert client.status() == [(ICCID, "1")]
    assert [one.operation for one in server.requests] == ["authenticate", "eap", "AcquireConfiguration"]
    assert server.found == [] and server.hss.vectors == 1


def test_what_was_wanted_comes_with_the_token(server, client):
    got = client.authenticate(operation="AcquireConfiguration", terminal_iccid=ICCID, terminal_eid="8" * 32)
    assert got.text.one("servicestatus") == "1" and client.token and server.found == []


def test_the_standards_own_name(server, root):
    one = demo_profiles()[2]
    assert standard_host(one.imsi) == "aes.mnc002.mcc001.pub.3gppnetwork.org"
    client = Client(server, root, one.iccid, make_peer(one), host=standard_host(one.imsi), path="/")
    client.peer.realm = "nai.epc.mnc002.mcc001.3gppnetwork.org"
    client.authenticate()
    assert client.status() == [(one.iccid, "1")] and server.found == []
    client.path = "/elsewhere"
    assert client.operate("AcquireConfiguration").status == 404 and len(server.found) == 1


@pytest.mark.parametrize("trap, status", [("ask-any", 200), ("result-indication", 200), ("wrong-mac", 403),
                                          ("wrong-autn", 403), ("failure-after", 403)])
def test_traps_on_the_way(server, client, trap, status):
    server.eap.trap(trap)
    assert client.authenticate().status == status
    assert bool(client.token) == (status == 200) and server.found == []
    assert client.authenticate().status == 200  # once is once


def test_a_failure_as_a_packet(server, client):
    server.eap.trap("failure-packet")
    with pytest.raises(Rejected):
        client.authenticate()


def test_another_card_gets_nothing(server, client):
    client.peer.k = bytes(16)
    assert client.authenticate().status == 403 and client.token is None
    client.peer.imsi = "001019999999999"
    assert client.authenticate().status == 403
    server.hss.remove(IMSI)
    client.peer = make_peer()
    assert client.authenticate().status == 403


def test_the_cookie_is_needed(server, client):
    packet = client.ask(EAP_ID=client.peer.identity).eap
    client.cookies.clear()
    assert client.relay(client.peer.answer(packet)).status == 400
    assert server.found == ["POST eap: an EAP packet without the cookie of a conversation"]


def test_a_cookie_that_changes(server, client):
    server.rotate_cookies = True
    server.eap.trap("ask-any", "ask-permanent")
    assert client.authenticate().status == 200 and client.token and server.found == []


def test_tokens_end(server, known, clock):
    clock.step(2 * DAY - HOUR)
    assert known.operate("AcquireConfiguration").status == 200
    clock.step(2 * HOUR)
    assert known.operate("AcquireConfiguration").status == 511
    known.authenticate()
    assert known.status() == [(ICCID, "1")]
    server.book.drop_tokens()
    assert known.operate("AcquireConfiguration").status == 511
    known.token = "somebody's"
    assert known.operate("AcquireConfiguration").status == 511


def test_a_token_is_its_lines_alone(server, known):
    other = demo_profiles()[2]
    got = known.end(terminal_iccid=other.iccid, target_terminal_iccid=other.iccid)
    assert got.text.one("operationresult") == "102" and server.submissions == []
    assert known.operate("AcquireConfiguration", IMSI=other.imsi).status == 403
    assert len(server.found) == 2


def test_by_a_code_to_a_number(server, client, clock):
    server.authentication = {"code"}
    assert server.line(ICCID).msisdn == "+66810000013"
    assert client.ask(EAP_ID=client.peer.identity).status == 511
    assert client.ask(msisdn="+66899999999").status == 403
    assert client.ask(msisdn="+66810000013").status == 200
    assert client.ask(OTP="no").status == 403
    (number, code), = server.messages
    assert number == "+66810000013"
    client.token = client.ask(OTP=code).text.one("token")
    assert client.status() == [(ICCID, "1")] and server.found == []
    assert client.ask(OTP=code).status == 403


def sign_in(client, server, address, **answers):
    """As a person in a browser of their own would; the address at which a view stops. answers: phone, password, code."""
    page = client.fetch("GET", address)
    for _ in range(2):
        if page.status == 302:
            break
        text = page.body.decode()
        visit = text.split('name="visit" value="')[1].split('"')[0]
        step = "login" if 'action="/login"' in text else "code"
        told = {"visit": visit, "phone": "081 000 0013", "password": "green-mango-42",
                "code": server.oidc.messages[-1][1] if server.oidc.messages else "", **answers}
        page = client.fetch("POST", f"https://login.lab.example/{step}", "&".join(f"{k}={v}" for k, v in told.items()),
                            {"Content-Type": "application/x-www-form-urlencoded"})
    assert page.status == 302, page.body.decode()
    return page.headers["location"]


@pytest.fixture
def person(server, root):
    return Client(server, root, ICCID)


@pytest.mark.parametrize("code_after_login", [False, True])
@pytest.mark.parametrize("rounds", [1, 2])
def test_by_openid_connect(server, client, person, rounds, code_after_login):
    server.authentication = {"openid"}
    server.oidc.rounds, server.oidc.code_after_login = rounds, code_after_login
    got = client.ask()
    for _ in range(rounds):
        assert got.status == 302
        told = dict(parse_qsl(urlsplit(got.headers["location"]).query))
        assert told["response_type"] == "code" and told["redirect_uri"] == "https://ts43.lab.example/oidc/callback"
        stopped = sign_in(person, server, got.headers["location"])
        assert stopped.startswith(told["redirect_uri"] + "?") and server.oidc.codes[-1].spent == 0
        got = client.fetch("GET", stopped)
        assert server.oidc.codes[-1].spent == 1
    client.token, client.peer = got.text.one("token"), None
    assert client.status() == [(ICCID, "1")] and server.found == []
    assert client.fetch("GET", stopped).status == 403  # the code is spent


def test_a_browser_that_follows_spends_the_code(server, client, person):
    server.authentication = {"openid"}
    stopped = sign_in(person, server, client.ask().headers["location"])
    assert person.fetch("GET", stopped).status == 403  # it has no session there
    assert server.oidc.codes[0].spent == 0
    stolen = client.cookies
    client.cookies = {}
    assert client.fetch("GET", stopped).status == 403
    client.cookies = stolen
    assert client.fetch("GET", stopped.replace("state=", "state=x")).status == 403
    assert client.fetch("GET", stopped).status == 200


def test_a_code_that_is_too_old(server, client, person, clock):
    server.authentication = {"openid"}
    stopped = sign_in(person, server, client.ask().headers["location"])
    clock.step(61)
    assert client.fetch("GET", stopped).status == 403


@pytest.mark.parametrize("change", [("client_id=lab", "client_id=x"), ("ts43.lab", "elsewhere.lab"), ("scope=openid", "scope=x"),
                                    ("response_type=code", "response_type=token"), ("state=", "mate=")])
def test_addresses_that_the_provider_refuses(server, client, person, change):
    server.authentication = {"openid"}
    address = client.ask().headers["location"]
    assert person.fetch("GET", address).status == 200
    assert person.fetch("GET", address.replace(*change)).status == 400


def test_wrong_passwords_and_codes(server, client, person):
    server.authentication, server.oidc.code_after_login = {"openid"}, True
    address = client.ask().headers["location"]
    page = person.fetch("GET", address)
    visit = page.body.decode().split('name="visit" value="')[1].split('"')[0]
    form = {"Content-Type": "application/x-www-form-urlencoded"}

    def post(step, values):
        return person.fetch("POST", f"https://login.lab.example/{step}", f"visit={visit}&{values}", form).status
    assert post("login", "phone=0810000013&password=x") == 401
    assert post("code", "code=1") == 400
    assert post("login", "phone=0810000013&password=green-mango-42") == 200
    assert post("code", "code=x") == 401
    assert [post("code", "code=x") for _ in range(3)] == [401, 401, 429]
    assert server.oidc.codes == []


def test_a_plain_page_instead_of_a_login(server, client, person):
    server.authentication = {"page"}
    got = client.ask()
    assert got.status == 302 and "response_type" not in got.headers["location"]
    assert "Not for this device" in person.fetch("GET", got.headers["location"]).body.decode()


# Ending a line

@pytest.mark.parametrize("form", ["json", "xml"])
def test_done(server, known, clock, form):
    server.manners.form = form
    assert known.operate("CheckEligibility").text.one("primaryappeligibility") == "1"
    got = known.end()
    assert (got.text.one("operationresult"), got.text.one("subscriptionresult")) == ("1", "3")
    made, = server.submissions
    assert made.taken and not made.duplicate and made.iccid == ICCID and made.at == START
    assert known.status() == [(ICCID, "1")]
    clock.step(2 * DAY - HOUR)
    assert known.status() == [(ICCID, "1")]
    clock.step(HOUR)
    known.authenticate()
    assert known.status() == [(ICCID, "4")]
    assert len(server.polls(ICCID)) == 3 and server.found == []


@pytest.mark.parametrize("name", UNSUBSCRIBE)
def test_each_result(server, known, name):
    server.unsubscribe = name
    told = known.end().text
    assert told.one("subscriptionresult") == str(UNSUBSCRIBE[name]) and server.found == []
    assert bool(told.one("subscriptionserviceurl")) == (name == "websheet")
    assert bool(told.one("message")) == (name == "message")
    assert bool(told.one("profileactivationcode")) == (name in ("download", "redownload"))
    assert server.submissions[0].taken


@pytest.mark.parametrize("result", [100, 101, 102, 103, 104])
def test_each_operation_result(server, known, result):
    server.answer("ManageSubscription", result=result)
    told = known.end().text
    assert told.one("operationresult") == str(result) and told.one("subscriptionresult") is None
    assert [one.taken for one in server.submissions] == [False]
    assert known.end().text.one("subscriptionresult") == "3"
    assert [(one.taken, one.duplicate) for one in server.submissions] == [(False, False), (True, False)]


@pytest.mark.parametrize("after, seen", [
    ("ended", ["4", "4", "4"]), ("deactivated", ["3", "3", "3"]), ("never", ["1", "1", "1"]), ("reversed", ["4", "1", "1"]),
    ("three-then-403", ["3", 403, 403]), ("two-then-four", ["4", "4", "4"]), ("forbidden", [403, 403, 403])])
def test_what_comes_after(server, known, clock, after, seen):
    server.after, server.token_seconds = after, 10 ** 7
    known.authenticate()
    known.end()
    assert known.status() == [(ICCID, "2" if after == "two-then-four" else "1")]
    found = []
    clock.step(2 * DAY)
    for _ in seen:
        got = known.operate("AcquireConfiguration")
        found.append(got.text.one("servicestatus") if got.status == 200 else got.status)
        clock.step(DAY)
    assert found == seen
    assert known.authenticate().status == (403 if seen[-1] == 403 else 200)


@pytest.mark.parametrize("after", ["absent", "null", "empty", "garbage"])
def test_lists_without_the_line(server, known, clock, after):
    server.after, server.token_seconds = after, 10 ** 7
    known.authenticate()
    known.end()
    clock.step(3 * DAY)
    got = known.operate("AcquireConfiguration")
    if after == "garbage":
        assert got.headers["content-type"] == "text/html"
        return
    assert got.text.get("iccid", []) == {"absent": ["894450010220120" + "0990"], "null": [None], "empty": []}[after]
    assert ICCID.encode() not in got.body


def test_every_course_is_tested():
    assert set(AFTER) == {"ended", "deactivated", "never", "reversed", "three-then-403", "two-then-four", "forbidden", "absent",
                          "null", "empty", "garbage", "four-two-four"}


def test_a_question(server, known):
    server.unsubscribe = "message"
    server.message = Message(freetext=True, hint="four digits", validation="[0-9]{4}", failed="Four digits, please.")
    told = known.end().text
    assert told.one("accept_freetext_validation") == "WzAtOV17NH0=" and told.one("reject_btn_label") == "Keep it"
    assert known.end(MSG_btn=1, MSG_response="x").text.one("operationresult") == "104"
    assert known.end(MSG_btn=1, MSG_response="4711").text.one("subscriptionresult") == "3"
    assert len(server.submissions) == 1 and [reply[2:] for reply in server.replies] == [("1", "x"), ("1", "4711")]
    assert server.line(ICCID).submitted_at and server.found == []


def test_a_question_that_is_declined(server, known):
    server.unsubscribe = "message"
    known.end()
    assert known.end(MSG_btn=0).text.one("subscriptionresult") == "5"
    assert server.line(ICCID).submitted_at is None
    known.end(MSG_btn=0, MSG_response="no")
    assert [words.partition(": ")[2] for words in server.found] == [
        "MSG_response without acceptance", "the answer to a question that is not open"]


def test_deleted_first(clock, web, root):
    gone = []
    with Entitlement(clock, profiles=demo_profiles(), web=web, unsubscribe="delete-first",
                     deleted=lambda iccid: iccid in gone) as server:
        client = Client(server, root, ICCID, make_peer())
        client.authenticate()
        assert client.end().text.one("subscriptionresult") == "6"
        clock.step(DAY)
        assert client.status() == [(ICCID, "1")]
        gone.append(ICCID)
        assert client.status() == [(ICCID, "1")]
        clock.step(HOUR)
        assert ICCID not in [iccid for iccid, _ in client.status()]


def test_more_lines_on_one_subscription(server, known, clock):
    server.line(ICCID).others = [("8944500102201299999", 1)]
    for shape in SHAPES:
        server.manners.shape = shape
        assert known.status() == [(ICCID, "1"), ("8944500102201299999", "1")]
    server.manners.shape = "duplicate"
    body = known.operate("AcquireConfiguration").body
    assert body.count(b'"PrimaryConfiguration":') == 2
    assert len(json.loads(body)["ap2009"]["PrimaryConfigurations"]) == 1  # what an ordinary map makes of it


def test_the_interval_comes_with_status_2(server, known):
    server.interval = (90, "ds")
    assert known.operate("AcquireConfiguration").text.one("pollinginterval") is None
    server.line(ICCID).set(2)
    told = known.operate("AcquireConfiguration").text
    assert (told.one("pollinginterval"), told.one("pollingintervalunit")) == ("90", "2")


def test_manners(server, known):
    server.manners.numbers, server.manners.case, server.manners.fill_iccid = True, "lower", True
    body = known.operate("AcquireConfiguration").body
    assert b'"servicestatus":1' in body and f'"{ICCID}F"'.encode() in body
    server.manners.form, server.manners.bare_ampersand, server.manners.mark = "xml", True, True
    server.answer("CheckEligibility", not_enabled_url="https://my.lab.example/a?b=1&c=2", eligibility=2)
    told = known.operate("CheckEligibility")
    assert b"b=1&c=2" in told.body and told.body.startswith(b"\xef\xbb\xbf") and told.text.one("primaryappeligibility") == "2"
    server.manners.form, server.manners.escaped_slash = "json", True
    server.answer("CheckEligibility", not_enabled_url="https://my.lab.example/")
    assert b"https:\\/\\/my" in known.operate("CheckEligibility").body
    server.manners.depth = 100
    assert b"[[[[" in known.operate("CheckEligibility").body


# Servers that were seen

def test_the_demonstration_server(server, known):
    server.preset("demonstration")
    assert known.end().text.one("operationresult") == "101"
    told = known.end(app="ap2006", companion_terminal_id="nobody", companion_terminal_eid="0" * 32)
    assert told.text.one("subscriptionresult") == "3" and server.line(ICCID).submitted_at is None


def test_one_that_ignores_the_type(server, known):
    server.preset("ignores-type")
    for kind in (0, 1, 2, 3):
        told = known.operate("ManageSubscription", operation_type=kind).text
        assert told.one("subscriptionresult") == "2" and told.one("profileactivationcode").startswith("LPA:1$")


def test_polls_that_run_out(server, known):
    server.preset("polls-ran-out")
    assert known.status() == [(ICCID, "1")]
    known.end()
    assert [known.status()[0][1] for _ in range(5)] == ["2", "2", "2", "4", "4"]


@pytest.mark.parametrize("name, form, status", [("get-only", "POST", 405), ("get-only", "GET", 200), ("no-post", "POST", 501),
                                                ("no-post", "GET", 200), ("neither", "POST", 405), ("neither", "GET", 405)])
def test_methods(server, known, name, form, status):
    server.preset(name)
    known.form = form
    assert known.end().status == status
    assert [one.taken for one in server.submissions] == [True] * (status == 200)


def test_a_token_in_an_address_is_noticed(server, known):
    known.form = "GET"
    known.operate("AcquireConfiguration")
    assert [words.partition(": ")[2] for words in server.found] == ["token in an address", "IMSI in an address"]


@pytest.mark.parametrize("name, good", [("version-12", "12.0"), ("version-8", "8.0"), ("version-5", "5.0")])
def test_versions(server, known, name, good):
    server.preset(name)
    assert known.operate("CheckEligibility").status == 406
    known.version = good
    assert known.operate("CheckEligibility").status == 200
    server.preset("no-version")
    assert known.operate("CheckEligibility").status == 406


def test_targets(server, known):
    server.preset("no-target")
    assert known.end().text.one("operationresult") == "102"
    assert known.end(target_terminal_iccid=None, target_terminal_eid=None).text.one("subscriptionresult") == "3"
    server.preset("no-target-at-all")
    assert known.end(target_terminal_iccid=None, target_terminal_eid=None).text.one("operationresult") == "102"


def test_a_change_is_a_page(server, known):
    told = known.operate("ManageSubscription", operation_type=2).text
    assert told.one("subscriptionresult") == "1" and told.one("subscriptionserviceurl") == "https://my.lab.example/manage"
    assert server.submissions == []


def test_presets_have_names(server):
    for name in NAMES:
        server.preset(name)
    with pytest.raises(ValueError):
        server.preset("perfect")


# Faults

@pytest.mark.parametrize("kind", ["lost", "cut", "reset", "garbage"])
def test_faults(server, known, kind):
    server.answer("ManageSubscription", kind=kind)
    with pytest.raises((OSError, http.client.HTTPException)):
        known.end()
    assert server.wait_for(lambda s: len(s.submissions) == 1)
    assert server.submissions[0].taken  # for all that the client knows
    assert (server.line(ICCID).submitted_at is not None) == (kind in ("lost", "cut"))
    known.end()
    assert [one.duplicate for one in server.submissions] == [False, True]


def test_silence_slowness_and_size(server, known):
    server.answer("AcquireConfiguration", kind="slow", seconds=0.3)
    assert known.status() == [(ICCID, "1")]
    server.answer("AcquireConfiguration", kind="silence", seconds=0.3)
    with pytest.raises((OSError, http.client.HTTPException)):
        known.status()
    server.answer("AcquireConfiguration", kind="oversize", limit=1 << 20)
    with pytest.raises((OSError, http.client.HTTPException)):
        known.status()


@pytest.mark.parametrize("status", [302, 400, 403, 405, 406, 500, 503, 511])
def test_statuses(server, known, status):
    server.answer("ManageSubscription", operation_type=1, http=status, headers={"Retry-After": "60"}, nth=2)
    assert known.end(operation_type=2).status == 200
    server.answer("ManageSubscription", operation_type=1, result=100)
    known.end()
    server.submissions.clear()
    got = known.end()
    assert got.status == status and got.headers["retry-after"] == "60"
    assert [one.taken for one in server.submissions] == [status == 500]
    assert server.count("ManageSubscription") == 3 and server.line(ICCID).submitted_at is None


def test_a_body_of_ones_own(server, known):
    server.answer("any", times=-1, body=b"<a", content_type="text/html")
    for _ in range(3):
        assert known.operate("AcquireConfiguration").body == b"<a"


def test_another_type_is_one_submission(server, known):
    server.answer("ManageSubscription", content_type="text/plain")
    assert known.end().headers["content-type"] == "text/plain"
    assert [(one.taken, one.duplicate) for one in server.submissions] == [(True, False)]


@pytest.mark.parametrize("kind", ["expired", "not_yet_valid", "wrong_name", "wrong_root", "self_signed"])
def test_certificates(server, client, kind):
    server.http.certificate = kind
    with pytest.raises(ssl.SSLCertVerificationError):
        client.ask()
    server.http.certificate = "good"
    assert client.authenticate().status == 200


# What a client does wrong

@pytest.mark.parametrize("headers, words", [
    ({"User-Agent": "curl/8"}, "User-Agent: curl/8"),
    ({"User-Agent": "PRD-TS43 term-A/B client-Primary-ODSA/1.0-2_3 OS-Linux/6"}, "the client's version 1.0-2_3"),
    ({"Accept-Language": ""}, "Accept-Language: "), ({"Accept": "*/*"}, "Accept names no document: */*"),
    ({"Content-Type": "text/plain"}, "Content-Type: text/plain"), ({"Origin": "null"}, "origin: null"),
    ({"Expect": "100-continue"}, "Expect: 100-continue")])
def test_headers_are_judged(server, client, headers, words):
    values = client.parameters(EAP_ID=client.peer.identity)
    client.fetch("POST", "https://ts43.lab.example/entitlement", json.dumps(values), {"Content-Type": "application/json", **headers})
    assert any(words in found for found in server.found), server.found


@pytest.mark.parametrize("change, words", [
    ({"terminal_id": None}, "terminal_id is missing"), ({"terminal_id": "abc"}, "terminal_id: abc"),
    ({"terminal_model": "Model of eleven"}, "terminal_model"), ({"terminal_vendor": "Maker"}, "terminal_vendor: Maker"),
    ({"entitlement_version": "two"}, "entitlement_version: two"), ({"reason": "travel"}, "reason is no parameter"),
    ({"app": "ap2004"}, "ManageSubscription of ap2004"), ({"EAP_ID": "0" + IMSI}, "credentials: token, EAP_ID"),
    ({"terminal_iccid": None}, "ManageSubscription without terminal_iccid"), ({"target_terminal_eid": None}, "half a target"),
    ({"terminal_iccid": ICCID + "F"}, f"terminal_iccid: {ICCID}F"), ({"notif_action": "2"}, "notif_token and notif_action"),
    ({"operation_type": None}, "ManageSubscription without operation_type"), ({"MSG_btn": "yes"}, "MSG_btn: yes"),
    ({"plan_id": ""}, "plan_id is empty")])
def test_parameters_are_judged(server, known, change, words):
    known.end(**change)
    assert any(words in found for found in server.found), server.found


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"token":"a","token":"b"}', b"\xff"])
def test_bodies_that_are_none(server, client, body):
    got = client.fetch("POST", "https://ts43.lab.example/entitlement", body, {"Content-Type": "application/json"})
    assert got.status == 400 and len(server.found) == 1


@pytest.mark.parametrize("identity", [f"0{IMSI}@nai.epc.mnc01.mcc001.3gppnetwork.org", f"1{IMSI}@nai.epc.mnc001.mcc001.3gppnetwork.org",
                                      f"0{IMSI}@nai.epc.mnc001.mcc262.3gppnetwork.org", IMSI])
def test_identities_are_judged(server, client, identity):
    client.ask(EAP_ID=identity)
    assert len(server.found) == 1 and "EAP_ID" in server.found[0]


# By chance

def dialogue(server, root, seed, clock):
    """Some of what was answered to the same questions."""
    server.reset()
    clock.set(START)
    server.random(seed)
    client = Client(server, root, ICCID, make_peer())
    client.peer.sqn = server.hss.find(IMSI).sqn
    seen = []
    for operation, more in (("AcquireConfiguration", {}), ("ManageSubscription", {"operation_type": 1}),
                            *[("AcquireConfiguration", {})] * 4):
        try:
            if client.token is None:
                client.authenticate()
            got = client.operate(operation, **more)
            seen.append((operation, got.status, len(got.body)))
        except (OSError, http.client.HTTPException, Rejected, ValueError, KeyError) as error:
            seen.append((operation, type(error).__name__))
        clock.step(2 * HOUR)
    return seen, [(operation, what) for _, operation, what in server.director.said]


def test_chance_is_the_same_for_the_same_seed(server, root, clock):
    assert dialogue(server, root, 7, clock)[1] == dialogue(server, root, 7, clock)[1]
    found = [str(dialogue(server, root, seed, clock)[0]) for seed in range(12)]
    assert len(set(found)) == 12


def play(server, known, clock, statuses, every=2 * HOUR):
    for status in statuses:
        server.line(ICCID).state = status
        server.line(ICCID).timeline = []
        known.operate("AcquireConfiguration")
        clock.step(every)
    return permits(server, ICCID)


@pytest.mark.parametrize("statuses, every, allowed", [
    ([1, 1], 2 * HOUR, set()), ([4], 2 * HOUR, set()), ([4, 4], 2 * HOUR, {"confirmed", "question"}), ([4, 4], HOUR / 2, set()),
    ([4, 2, 4], 2 * HOUR, set()), ([4, 2, 4, 4], 2 * HOUR, {"confirmed", "question"}), ([3, 3], 2 * HOUR, {"question"}),
    (["absent", "absent"], 2 * HOUR, {"question"}), (["null", "null", "empty", "garbage"], 2 * HOUR, set()),
    (["forbidden", "forbidden"], 2 * HOUR, set()), (["forbidden", "forbidden"], DAY, {"attest"})])
def test_the_table(server, known, clock, statuses, every, allowed):
    known.status()
    clock.step(HOUR)
    known.end()
    assert play(server, known, clock, statuses, every) == allowed


def test_the_table_wants_a_baseline_and_a_request(server, known, clock):
    known.status()
    assert play(server, known, clock, [4, 4, 4]) == set()
    server.reset()
    known.authenticate()
    known.end()
    assert play(server, known, clock, [4, 4, 4]) == set()
