# SPDX-License-Identifier: LGPL-2.1-or-later
"""Downloads from every kind of server that there may be: far away ones, ones of another curve, and each that is bad in one way."""

import pytest
from downloads import answer, download, end, failure
from harness import records, wait_until
from panel import ERROR, Panel

from esimlab.pki import MORE_KINDS, SIGNER_KINDS
from esimlab.smdp import Link

BAD = [kind for kind in SIGNER_KINDS if kind != "good"]
INSTALL = "install-consent"
# What an SM-DP+ may refuse at each step (SGP.22 v2.5, 5.6.1 to 5.6.3): subject and reason.
REFUSALS = [
    ("initiateAuthentication", "8.8.1", "3.8"), ("initiateAuthentication", "8.8.2", "3.1"),
    ("initiateAuthentication", "8.8.3", "3.1"), ("initiateAuthentication", "8.8.4", "3.7"),
    ("authenticateClient", "8.1.2", "6.1"), ("authenticateClient", "8.1.2", "6.3"),
    ("authenticateClient", "8.1.3", "6.1"), ("authenticateClient", "8.1.3", "6.3"),
    ("authenticateClient", "8.1", "6.1"), ("authenticateClient", "8.11.1", "3.9"),
    ("authenticateClient", "8.10.1", "3.9"), ("authenticateClient", "8.2", "1.2"),
    ("authenticateClient", "8.2.6", "3.8"), ("authenticateClient", "8.1.1", "3.8"),
    ("authenticateClient", "8.2.5", "4.3"), ("authenticateClient", "8.1", "4.8"),
    ("authenticateClient", "8.8.5", "4.10"), ("authenticateClient", "8.8.5", "6.4"),
    ("getBoundProfilePackage", "8.1", "6.1"), ("getBoundProfilePackage", "8.10.1", "3.9"),
    ("getBoundProfilePackage", "8.2", "3.7"), ("getBoundProfilePackage", "8.2.7", "6.4"),
    ("getBoundProfilePackage", "8.8.5", "4.10"), ("getBoundProfilePackage", "8.8.5", "6.4"),
    ("getBoundProfilePackage", "8.9.9", "9.9"),
]


def settled(panel):
    """Nothing is left on the disk and on the card, and no session at the server."""
    lab = panel.lab
    wait_until(panel, lambda: not records(lab, "downloads") and not records(lab, "notifications")
               and not lab.card.pending_notifications)
    assert lab.smdp.open_sessions() == [] and lab.smdp.violations == []


def expected(kind):
    """The error's name; a certificate of another CI is on another curve, and that is what the card says."""
    return "NotSupported" if kind == "other_ci" else "ServerNotTrusted"


@pytest.mark.parametrize("curve", ["nist", "brainpool"])
def test_a_card_of_one_root(make_lab, curve):
    panel = Panel(make_lab(curve=curve))
    order = panel.lab.smdp.order()
    result = end(panel, download(panel, order))
    settled(panel)
    assert order.results == ["success"] and panel.lab.card.profile(order.profile.iccid).root == curve
    assert result["root-key-id"] == panel.lab.pki.roots[curve].key_id.hex().upper()


@pytest.mark.parametrize("size", [1, 97, 16384])
def test_answers_in_chunks_with_the_header_last(panel, size):
    panel.lab.smdp.chunked, panel.lab.smdp.desk.header_last = size, True
    order = panel.lab.smdp.order(size=3000)
    end(panel, download(panel, order))
    settled(panel)
    assert order.results == ["success"]


def test_a_server_far_away(panel):
    panel.lab.smdp.link = Link(0.1, 125_000)
    order = panel.lab.smdp.order()
    end(panel, download(panel, order))
    settled(panel)
    assert panel.lab.smdp.handshakes == {"ok": 1} and len(panel.lab.smdp.requests) == 4


@pytest.mark.parametrize("kind", [kind for kind in BAD if kind != "other_oid"])
def test_a_bad_certificate_for_authentication(panel, kind):
    panel.lab.smdp.set_signer("auth", kind)
    order = panel.lab.smdp.order()
    name, description = failure(panel, download(panel, order))
    assert name == expected(kind), description
    assert order.state == "released" and description["details"]["result-code"] in (1, 3, 5)
    settled(panel)


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_certificate_for_the_package(panel, kind):
    panel.lab.smdp.set_signer("package", kind)
    order = panel.lab.smdp.order()
    operation = download(panel, order)
    answer(panel, operation, INSTALL, consent=True)
    name, description = failure(panel, operation)
    assert name == expected(kind), description
    assert len(order.cancelled) == 1
    settled(panel)


@pytest.mark.parametrize("kind", MORE_KINDS)
def test_a_bad_certificate_for_tls(panel, kind):
    panel.lab.smdp.certificate = kind
    assert failure(panel, download(panel, panel.lab.smdp.order()))[0] == "ServerNotTrusted"
    assert panel.lab.smdp.requests == []
    settled(panel)


@pytest.mark.parametrize("function, subject, reason", REFUSALS)
def test_each_refusal_of_a_server(panel, function, subject, reason):
    panel.lab.smdp.fail(function, subject, reason)
    operation = download(panel, panel.lab.smdp.order())
    if function == "getBoundProfilePackage":
        answer(panel, operation, INSTALL, consent=True)
    _, description = failure(panel, operation)
    assert description["error-name"].startswith(ERROR)
    assert (description["details"]["subject-code"], description["details"]["reason-code"]) == (subject, reason)
    assert description["error"] and description["details"]["root-key-id"]
    settled(panel)


@pytest.mark.parametrize("lie", ["initiateAuthentication", "authenticateClient", "getBoundProfilePackage"])
def test_another_transaction_beside_the_signed_one(panel, lie):
    panel.lab.smdp.desk.lies["outer"] = lie
    order = panel.lab.smdp.order()
    operation = download(panel, order)
    if lie == "getBoundProfilePackage":
        answer(panel, operation, INSTALL, consent=True)
    assert failure(panel, operation)[0] in ("ServerError", "ServerNotTrusted")
    assert order.profile.iccid not in panel.profiles()
    settled(panel)


@pytest.mark.parametrize("kind, options, error", [
    ("status", {"code": 500}, "ServerError"), ("status", {"code": 404}, "ServerError"), ("cut", {}, "ServerUnreachable"),
    ("garbage", {}, "ServerUnreachable"), ("oversize", {}, "LimitExceeded"), ("redirect", {}, "ServerError"),
    ("redirect", {"to": "https://rsp.lab.example/"}, "ServerError")])
@pytest.mark.parametrize("function", ["initiateAuthentication", "authenticateClient", "getBoundProfilePackage"])
def test_faults_at_each_exchange(panel, function, kind, options, error):
    panel.lab.smdp.behave(kind, function=function, **options)
    order = panel.lab.smdp.order()
    operation = download(panel, order)
    if function == "getBoundProfilePackage":
        answer(panel, operation, INSTALL, consent=True)
    assert failure(panel, operation)[0] == error
    settled(panel)
    panel.lab.smdp.well_behaved()
    end(panel, download(panel, order if order.state in ("released", "downloaded") else panel.lab.smdp.order()))
    settled(panel)
