# SPDX-License-Identifier: LGPL-2.1-or-later
import base64
import http.client
import json
import socket
import ssl
import subprocess
import time

import pytest

from esimlab import Address, Card, Pki, Profile, Smdp, ber, demo_profiles
from esimlab.ledger import BASE
from lpa import Lpa

HOST = "smdp.lab.example"
NOTIFY = BASE + "handleNotification"
HEADERS = {"User-Agent": "gsma-rsp-lpad", "X-Admin-Protocol": "gsma/rsp/v2.5.0", "Content-Type": "application/json"}


@pytest.fixture
def server(pki):
    with Smdp(pki, {HOST: "good", "rsp.lab.example": "good"}) as running:
        yield running


OPEN = []


@pytest.fixture(autouse=True)
def leave_nothing_open():
    yield
    while OPEN:
        OPEN.pop().close()


def connect(server, pki, host=HOST, timeout=5):
    """HTTPS to the name, at the port of the lab, trusting the CI alone."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=pki.roots["nist"].chain_pem().decode())
    raw = socket.create_connection(("127.0.0.1", server.port), timeout=timeout)
    raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection = http.client.HTTPSConnection(host, server.port, timeout=timeout)
    try:
        connection.sock = context.wrap_socket(raw, server_hostname=host)
    except (ssl.SSLError, OSError):
        raw.close()
        raise
    OPEN.append(connection)
    return connection


def deliver(connection, der, headers=HEADERS, method="POST", path=NOTIFY, body=None):
    payload = json.dumps({"pendingNotification": base64.b64encode(der).decode()}) if body is None else body
    connection.request(method, path, payload, headers)
    answer = connection.getresponse()
    return answer.status, answer.read()


def deleted(card, count=1):
    """The delete notifications of this many profiles that went."""
    for number in range(count):
        card.install(Profile(f"8900000000000000{number:04}", "x", "x", addresses=[Address(HOST, ("delete",))]))
        assert Lpa(card).delete(card.profiles[-1]) == 0
        card.reset()
    return [n.signed for n in card.pending_notifications]


def failure(body):
    data = json.loads(body)["header"]["functionExecutionStatus"]
    assert data["status"] == "Failed"
    return data["statusCodeData"]["subjectCode"], data["statusCodeData"]["reasonCode"]


def test_notifications_are_taken_on_one_connection(server, pki, card):
    connection = connect(server, pki)
    notices = deleted(card, 3)
    assert [deliver(connection, der) for der in notices] == [(204, b"")] * 3
    assert [(d.notice.sequence, d.notice.event, d.notice.eid, d.host) for d in server.received] == [
        (n, "delete", card.eid, HOST) for n in range(3)]
    assert (server.violations, server.duplicates, server.connections) == ([], [], 1)
    assert server.handshakes == {"ok": 1}
    assert [r.status for r in server.requests] == [204] * 3


def test_each_host_has_its_own_certificate_and_notifications(server, pki, card):
    assert Lpa(card).delete(card.profiles[2]) == 0
    first, second = (n.signed for n in card.pending_notifications)
    assert deliver(connect(server, pki, "rsp.lab.example"), first)[0] == 204
    assert failure(deliver(connect(server, pki, "rsp.lab.example"), second)[1]) == ("8.8.1", "3.8")
    assert [v.rule for v in server.violations] == ["recipient"]
    with pytest.raises(OSError):
        connect(server, pki, "nobody.lab.example")


def test_repeats_and_wrong_order_are_noted(server, pki, card):
    notices = deleted(card, 3)
    connection = connect(server, pki)
    for der in (notices[0], notices[0], notices[2]):
        assert deliver(connection, der)[0] == 204
    assert server.violations == [] and len(server.duplicates) == 1
    assert deliver(connection, notices[1])[0] == 204
    assert [v.rule for v in server.violations] == ["order"]
    assert len(server.received) == 3


def test_every_changed_octet_of_a_notification_is_found(server, pki, card):
    der, = deleted(card)
    connection = connect(server, pki)
    metadata = ber.parse(der).children()[0].raw
    start = der.index(metadata)
    for at in range(start, start + len(metadata) + 69):
        spoilt = der[:at] + bytes((der[at] ^ 1,)) + der[at + 1:]
        status, body = deliver(connection, spoilt)
        assert status == 200 and failure(body)
    assert server.received == [] and len(server.violations) == len(metadata) + 69


def test_a_card_of_another_tree_is_not_believed(server, pki):
    stranger = Card(Pki(), profiles=demo_profiles())
    der, = deleted(stranger)
    assert failure(deliver(connect(server, pki), der)[1]) == ("8.11.1", "3.9")


def test_an_eid_outside_the_makers_range_is_not_believed(server, pki):
    der, = deleted(Card(pki, eid=ber.make_eid("89033023", 5)))
    assert failure(deliver(connect(server, pki), der)[1]) == ("8.1.4", "6.1")


def test_brainpool_cards_are_believed(server, pki):
    card = Card(pki)
    card.install(Profile("89000000000000009999", "x", "x", root="brainpool", addresses=[Address(HOST)]))
    assert deliver(connect(server, pki), card.pending_notifications[0].signed)[0] == 204


@pytest.mark.parametrize("change, status, rule", [
    ({"headers": {**HEADERS, "User-Agent": "curl/7"}}, 400, "user-agent"),
    ({"headers": {k: v for k, v in HEADERS.items() if k != "X-Admin-Protocol"}}, 400, "x-admin-protocol"),
    ({"headers": {**HEADERS, "X-Admin-Protocol": "gsma/rsp/2.5"}}, 400, "x-admin-protocol"),
    ({"headers": {**HEADERS, "Content-Type": "text/plain"}}, 400, "content-type"),
    ({"method": "PUT"}, 405, "method"), ({"path": "/"}, 404, "path"),
    ({"body": "{"}, 400, "body"), ({"body": "{}"}, 400, "body"), ({"body": "[]"}, 400, "body"),
    ({"body": '{"pendingNotification": "%%"}'}, 400, "body")])
def test_the_rules_of_http(server, pki, card, change, status, rule):
    der, = deleted(card)
    assert deliver(connect(server, pki), der, **change)[0] == status
    assert [v.rule for v in server.violations] == [rule] and server.received == []


@pytest.mark.parametrize("kind, word", [("self_signed", "self-signed"), ("expired", "expired"),
                                        ("not_yet_valid", "not yet valid"), ("wrong_name", "Hostname mismatch"),
                                        ("wrong_root", "unable to get")])
def test_bad_certificates_that_tls_finds(server, pki, kind, word):
    server.certificate = kind
    with pytest.raises(ssl.SSLCertVerificationError, match=word):
        connect(server, pki)
    assert server.wait_for(lambda s: s.handshakes["failed"] == 1)
    assert server.requests == []


@pytest.mark.parametrize("kind", ["eum_minted", "wrong_role", "no_role", "no_eku"])
def test_bad_certificates_that_tls_alone_does_not_find(server, pki, kind):
    server.certificate = kind
    assert connect(server, pki).sock.version() in ("TLSv1.2", "TLSv1.3")
    assert server.wait_for(lambda s: s.handshakes["ok"] == 1)


def test_a_new_certificate_ends_old_connections(server, pki, card):
    notices = deleted(card, 2)
    connection = connect(server, pki)
    assert deliver(connection, notices[0])[0] == 204
    server.certificate = "expired"
    with pytest.raises((OSError, http.client.HTTPException)):
        deliver(connection, notices[1])
        connection.close()
    server.certificate = "good"
    assert deliver(connect(server, pki), notices[1])[0] == 204


def test_brainpool_server_when_the_client_names_the_curve(pki, tmp_path):
    root, = pki.write_roots(tmp_path, ("brainpool",))
    with Smdp(pki, [HOST], root="brainpool") as server:
        said = subprocess.run(
            ["openssl", "s_client", "-connect", f"127.0.0.1:{server.port}", "-servername", HOST, "-CAfile", root,
             "-no-CApath", "-no-CAstore", "-verify_return_error", "-groups", "P-256:brainpoolP256r1"],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20)
    assert "Verify return code: 0" in said.stdout


# Misbehaviour

def test_status_codes_pass_and_end(server, pki, card):
    der, = deleted(card)
    server.behave("status", 2, code=503)
    connection = connect(server, pki)
    assert [deliver(connection, der)[0] for _ in range(3)] == [503, 503, 204]
    assert server.duplicates == []


def test_only_the_nth_answer_is_bad(server, pki, card):
    der, = deleted(card)
    server.behave("status", nth=2, code=503)
    server.behave("status", nth=4, code=403)
    connection = connect(server, pki)
    assert [deliver(connection, der)[0] for _ in range(5)] == [204, 503, 204, 403, 204]


@pytest.mark.parametrize("when, taken", [("before_request", 0), ("after_request", 1)])
def test_a_hook_hangs_up(server, pki, card, when, taken):
    der, = deleted(card)
    seen = []
    getattr(server, when).append(lambda request: seen.append(request) or len(seen) == 1)
    server.after_answer.append(lambda request: seen.append(request.status))
    with pytest.raises((OSError, http.client.HTTPException)):
        deliver(connect(server, pki), der)
    assert len(server.received) == taken and seen == server.requests
    assert deliver(connect(server, pki), der)[0] == 204
    assert server.wait_for(lambda _: len(seen) == 3) and seen[2] == 204


def test_a_lost_answer_leaves_a_delivery(server, pki, card):
    der, = deleted(card)
    server.behave("cut", accept=True)
    with pytest.raises((OSError, http.client.HTTPException)):
        deliver(connect(server, pki), der)
    assert len(server.received) == 1
    assert deliver(connect(server, pki), der)[0] == 204
    assert len(server.duplicates) == 1


def test_silence_lasts_longer_than_patience(server, pki, card):
    der, = deleted(card)
    server.behave("silence")
    with pytest.raises(TimeoutError):
        deliver(connect(server, pki, timeout=0.5), der)
    assert server.received == [] and len(server.requests) == 1


def test_garbage_is_no_http(server, pki, card):
    der, = deleted(card)
    server.behave("garbage", data=b"\x00\xff not http at all\r\n\r\n")
    with pytest.raises(http.client.BadStatusLine):
        deliver(connect(server, pki), der)


def test_oversize_goes_on_until_the_client_hangs_up(server, pki, card):
    der, = deleted(card)
    server.behave("oversize")
    connection = connect(server, pki)
    connection.request("POST", NOTIFY, json.dumps({"pendingNotification": base64.b64encode(der).decode()}), HEADERS)
    answer = connection.getresponse()
    assert len(answer.read(4 << 20)) == 4 << 20
    answer.close()
    connection.close()
    assert server.wait_for(lambda s: s.requests[-1].status == 200)


def test_slow_answers_come_in_the_end(server, pki, card):
    der, = deleted(card)
    server.behave("slow", seconds=0.5)
    begin = time.monotonic()
    assert deliver(connect(server, pki), der)[0] == 204
    assert time.monotonic() - begin >= 0.4


def test_redirect_and_json_error(server, pki, card):
    der, = deleted(card)
    server.behave("redirect", to="https://elsewhere.lab.example/")
    server.behave("json_error", subject="8.1.3", reason="6.3")
    connection = connect(server, pki)
    assert deliver(connection, der)[0] == 302
    assert failure(deliver(connection, der)[1]) == ("8.1.3", "6.3")


def test_one_notification_is_refused_for_ever(server, pki, card):
    notices = deleted(card, 2)
    server.refuse_seq(0)
    connection = connect(server, pki)
    for _ in range(3):
        assert failure(deliver(connection, notices[0])[1]) == ("8.1", "6.1")
    assert deliver(connection, notices[1])[0] == 204
    assert len(server.refused) == 3
    server.well_behaved()
    assert deliver(connection, notices[0])[0] == 204
    assert server.violations == []  # late, but not by the client's fault
    server.refuse_seq(1, status=404)
    assert deliver(connection, notices[1])[0] == 404


def test_faults_can_be_kept_to_one_host(server, pki, card):
    der, = deleted(card)
    server.behave("status", -1, host="rsp.lab.example", code=500)
    assert deliver(connect(server, pki), der)[0] == 204
    assert deliver(connect(server, pki, "rsp.lab.example"), der)[0] == 500


def test_unknown_behaviour_is_refused(server):
    with pytest.raises(ValueError):
        server.behave("kindness")
    with pytest.raises(ValueError):
        server.certificate = "splendid"


def test_a_server_that_was_not_started_can_be_stopped(pki):
    Smdp(pki).stop()
