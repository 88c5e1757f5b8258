# SPDX-License-Identifier: LGPL-2.1-or-later
"""The SM-DP+ and the card of the lab, one against the other."""

import base64
import hashlib
import json

import pytest

from esimlab import Address, Card, Profile, Smdp, ber
from lpa import Lpa
from provider import DEVICE

HOST = "smdp.lab.example"
ICCID = "8944500102201200099"


def segments(package):
    """As an LPA cuts a BF36 (SGP.22, 2.5.5)."""
    whole = ber.parse(package)
    first, *sequences = whole.children()
    found = [whole.raw[:len(whole.raw) - len(whole.value)] + first.raw]
    for sequence in sequences:
        head, members = sequence.raw[:len(sequence.raw) - len(sequence.value)], [m.raw for m in sequence.children()]
        found += [head + members[0], *members[1:]] if sequence.tag in (0xA0, 0xA2) else [head, *members]
    return found


class Session:
    def __init__(self, server, card):
        self.server, self.lpa, self.id = server, Lpa(card), None

    def say(self, function, **members):
        body = {k: base64.b64encode(v).decode() if isinstance(v, bytes) else v for k, v in members.items()}
        answer = json.loads(self.server.orders.handle(HOST, function, json.dumps(body).encode()))
        status = answer["header"]["functionExecutionStatus"]
        if status["status"] != "Executed-Success":
            return (status["statusCodeData"]["subjectCode"], status["statusCodeData"]["reasonCode"])
        return {k: base64.b64decode(v) if k not in ("header", "transactionId") else v for k, v in answer.items()}

    def authenticate(self, matching_id):
        lpa = self.lpa
        got = self.say("initiateAuthentication", euiccChallenge=lpa.ask(0xBF2E).need(0x80).value,
                       euiccInfo1=lpa.ask(0xBF20).raw, smdpAddress=HOST)
        self.id = got["transactionId"]
        proof = lpa.ask(0xBF38, got["serverSigned1"], got["serverSignature1"], got["euiccCiPKIdToBeUsed"],
                        got["serverCertificate"], ber.encode(0xA0, ber.encode(0x80, matching_id.encode()), DEVICE))
        return self.say("authenticateClient", transactionId=self.id, authenticateServerResponse=proof.raw)

    def fetch(self, offer, code=None):
        hashed = []
        if code:
            inner = hashlib.sha256(code.encode()).digest()
            hashed = [ber.encode(0x04, hashlib.sha256(inner + bytes.fromhex(self.id)).digest())]
        proof = self.lpa.ask(0xBF21, offer["smdpSigned2"], offer["smdpSignature2"], *hashed, offer["smdpCertificate"])
        return self.say("getBoundProfilePackage", transactionId=self.id, prepareDownloadResponse=proof.raw)


@pytest.fixture
def server(pki):
    with Smdp(pki) as made:
        yield made


def profile():
    return Profile(ICCID, "New", "Lab", imsi="001010000000099", addresses=[Address(HOST)])


@pytest.mark.parametrize("roots", [("nist",), ("brainpool",)])
def test_from_the_order_to_the_profile(pki, server, roots):
    card = Card(pki, roots=roots)
    order = server.order(profile(), size=14336)
    session = Session(server, card)
    got = session.fetch(session.authenticate(order.matching_id))
    for segment in segments(got["boundProfilePackage"]):
        data, sw = session.lpa.send(segment)
        assert sw == 0x9000
    assert ber.parse(data).need(0xBF27).need(0xA2).value[0] == 0xA0
    made = card.profile(ICCID)
    assert (made.imsi, made.name, made.size) == ("001010000000099", "New", pytest.approx(14336, abs=8))


def test_confirmation_codes(pki, server):
    order = server.order(profile(), confirmation_code="0471")
    assert order.activation_code == f"LPA:1${HOST}${order.matching_id}$$1"
    session = Session(server, Card(pki))
    for code, answer in (("1", ("8.2.7", "3.8")), ("2", ("8.2.7", "3.8"))):
        assert session.fetch(session.authenticate(order.matching_id), code) == answer
    assert "boundProfilePackage" in session.fetch(session.authenticate(order.matching_id), "0471")
    assert session.fetch(session.authenticate(order.matching_id), "4") == ("8.2.7", "6.4")
    assert session.authenticate(order.matching_id) == ("8.2.6", "3.8")


def test_cancelling(pki, server):
    order = server.order(profile())
    session = Session(server, Card(pki))
    session.authenticate(order.matching_id)
    proof = session.lpa.ask(0xBF41, ber.encode(0x80, bytes.fromhex(session.id)), ber.encode(0x81, b"\0"))
    assert "header" in session.say("cancelSession", transactionId=session.id, cancelSessionResponse=proof.raw)
    assert (order.state, order.reason) == ("cancelled", 0)
