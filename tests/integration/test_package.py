# SPDX-License-Identifier: LGPL-2.1-or-later
"""A profile package on its way from a server to a card: however the answer is spelled, and wherever it ends."""

import base64
import json

import pytest
from downloads import answer, download, end, failure
from harness import records, wait_until

POSTPONED, LOADING = 1, 5
FUNCTION = "getBoundProfilePackage"
PACKAGE = "boundProfilePackage"


def respell(lab, change):
    """Have the server's answers with a package go out as `change` makes them of the good ones (octets to octets)."""
    plain = lab.smdp.desk.answer

    def other(function, body, host):
        status, octets = plain(function, body, host)
        return status, change(octets) if function == FUNCTION and status == 200 else octets
    lab.smdp.desk.answer = other


def members(change):
    """The same for who changes the members, in their order."""
    return lambda octets: json.dumps(dict(change(json.loads(octets)))).encode()


def package(change):
    """The same for who changes the package itself."""
    def changed(told):
        told[PACKAGE] = base64.b64encode(change(bytearray(base64.b64decode(told[PACKAGE])))).decode()
        return told
    return members(changed)


def cut_off(lab, part):
    """Have the connection end behind this part of the answer that has the package."""
    plain = lab.smdp.link.send

    def send(file, body):
        if PACKAGE.encode() not in body:
            plain(file, body)
            return
        file.write(body[:int(len(body) * part)])
        file.flush()
        raise ConnectionResetError("cut off")
    lab.smdp.link.send = send


def settled(panel, order):
    lab = panel.lab
    wait_until(panel, lambda: not records(lab, "notifications") and not lab.card.pending_notifications)
    wait_until(panel, lambda: not records(lab, "downloads"))
    assert not records(lab, "unsaved") and lab.smdp.open_sessions() == []
    assert order.matching_id not in lab.logs()


def refused(panel, order):
    """The error's name of a download that the user wants."""
    operation = download(panel, order)
    answer(panel, operation, "install-consent", consent=True)
    name, _ = failure(panel, operation)
    settled(panel, order)
    assert order.profile.iccid not in panel.profiles()
    return name


SPELLINGS = {
    "header last": members(lambda told: reversed(told.items())),
    "package first": members(lambda told: sorted(told.items(), key=lambda member: member[0] != PACKAGE)),
    "escaped slashes": lambda octets: octets.replace(b"/", b"\\/"),
    "escaped letters": lambda octets: octets.replace(b'"boundProfileP', b'"bound\\u0050rofileP').replace(b"A", b"\\u0041"),
    "lower case": members(lambda told: {**told, "transactionId": told["transactionId"].lower()}),
    "strangers": members(lambda told: {"x": [{PACKAGE: ["\u00fc\U0001f600", -1.5e3, None]}], **told, "y": {"header": {}}}),
    "lines": lambda octets: json.dumps(json.loads(octets), indent=4).replace("\n", "\r\n").encode(),
    "a warning": lambda octets: octets.replace(b"Executed-Success", b"Executed-WithWarning"),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_however_it_is_spelled(panel, spelling):
    order = panel.lab.smdp.order()
    respell(panel.lab, SPELLINGS[spelling])
    assert end(panel, download(panel, order))["iccid"] == order.profile.iccid
    settled(panel, order)
    assert order.results == ["success"] and order.cancelled == []


def in_pieces(size):
    def flip(octets):
        octets[size] ^= 1
        return octets
    return flip


REFUSED = {
    "no package": members(lambda told: {name: told[name] for name in told if name != PACKAGE}),
    "another session outside": members(lambda told: {"transactionId": "00" * 8, **{n: v for n, v in told.items()
                                                                             if n != "transactionId"}}),
    "another session inside": lambda octets: package(lambda b: b.replace(
        bytes.fromhex(json.loads(octets)["transactionId"]), bytes(len(json.loads(octets)["transactionId"]) // 2), 1))(octets),
    "a member twice": lambda octets: octets.replace(b'"header"', b'"header": {}, "header"', 1),
    "no base64": members(lambda told: {**told, PACKAGE: "*" + told[PACKAGE]}),
    "no JSON": lambda octets: b"<html>" + octets,
    "another object": package(in_pieces(1)),
    "an array": lambda octets: b"[" + octets + b"]",
    "too deep": lambda octets: octets.replace(b"{", b'{"x":' + b"[" * 40 + b"]" * 40 + b",", 1),
    "too much": lambda octets: octets.replace(b"{", b'{"x":"' + b"x" * (5 << 20) + b'",', 1),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_refused_never_comes_to_the_card(panel, kind):
    order = panel.lab.smdp.order()
    respell(panel.lab, REFUSED[kind])
    with panel.exchanges() as seen:
        assert refused(panel, order) in ("ServerError", "LimitExceeded")
    assert "BF36" not in seen and "LoadBoundProfilePackage" not in [entry.name for entry in panel.lab.card.log]
    assert order.results == [] and order.cancelled == [POSTPONED]


@pytest.mark.parametrize("part", [0.3, 0.6, 0.95])
def test_the_connection_ends_in_the_middle(panel, part):
    """The card has begun, and is asked what became of it: it was interrupted. That is a result."""
    order = panel.lab.smdp.order()
    cut_off(panel.lab, part)
    assert refused(panel, order) == "CardError"
    assert order.results == ["5/11"] and order.cancelled == []


def test_a_card_that_says_nothing_of_it(panel):
    """Without a result the session is still there, at the card and at the server, and is cancelled as such."""
    order = panel.lab.smdp.order()
    panel.lab.card.euicc.tells_interruption = False
    cut_off(panel.lab, 0.5)
    assert refused(panel, order) in ("ServerUnreachable", "ServerError")
    assert order.results == [] and order.cancelled == [LOADING]


def test_a_package_that_was_changed_on_its_way(panel):
    """Only the card can see that, and signs that it did."""
    order = panel.lab.smdp.order()
    respell(panel.lab, package(in_pieces(-3)))
    assert refused(panel, order) == "ServerError"
    assert order.results == ["5/8"] and order.cancelled == []
