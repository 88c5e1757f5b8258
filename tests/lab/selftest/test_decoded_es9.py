# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the lab's servers answer is what the standard's ASN.1 module says: Wireshark reads it (see decoder.py).

JSON carries the members of the messages that the module has for ES9+ in DER; they are put together here again. Wireshark
knows these messages as those of an eIM (ESipa, SGP.32), which has the same members."""

import base64

import pytest

from esimlab import Address, Card, Owner, Profile, Smdp, ber, decoder, demo_profiles
from esimlab.pki import CURVES
from lpa import Lpa
from rspclient import Client

MISSING = decoder.why_not()
pytestmark = [pytest.mark.long, pytest.mark.skipif(MISSING is not None, reason=MISSING or "")]
HOST = "smdp.lab.example"
MEMBERS = {
    "initiateAuthentication": (0xBF39, "serverSigned1", "serverSignature1", "euiccCiPKIdToBeUsed", "serverCertificate"),
    "authenticateClient": (0xBF3B, "profileMetadata", "smdpSigned2", "smdpSignature2", "smdpCertificate"),
    "getBoundProfilePackage": (0xBF3A, "boundProfilePackage"),
}


def bound(client):
    """A session that goes as far as the package."""
    client.authenticate("ORDER")
    client.package()


def answers(client):
    transaction = ber.encode(0x80, bytes.fromhex(client.transaction))
    return [ber.encode(tag, ber.encode(0xA0, transaction, *(base64.b64decode(client.answers[function][m]) for m in members)))
            for function, (tag, *members) in MEMBERS.items()]


@pytest.mark.parametrize("root", CURVES)
@pytest.mark.parametrize("replace_keys", [False, True])
def test_a_session_is_read_by_somebody_else(pki, root, replace_keys):
    profile = Profile("89660500000001000077", "Reise \u65c5", "Lab Telecom", icon=bytes(300), ppr=("ppr2",), imsi="520050000000077",
                      owner=Owner("52005", b"\x01", b"\x02"), addresses=[Address(HOST), Address("rsp.lab.example", ("delete",))])
    with Smdp(pki, root=root) as smdp:
        smdp.order(profile, "ORDER", recipe={"replace_keys": replace_keys})
        client = Client(smdp, Lpa(Card(pki, profiles=demo_profiles(), roots=(root,))), pki, root=root)
        bound(client)
        client.close()
    metadata = base64.b64decode(client.answers["authenticateClient"]["profileMetadata"])
    package = base64.b64decode(client.answers["getBoundProfilePackage"]["boundProfilePackage"])
    read = decoder.read(answers(client), "response") + decoder.read([metadata, package], "request")
    assert [(one.name, one.problems) for one in read] == [
        ("InitiateAuthenticationResponseEsipa", []), ("AuthenticateClientResponseEsipa", []),
        ("GetBoundProfilePackageResponseEsipa", []), ("StoreMetadataRequest", []), ("BoundProfilePackage", [])]
    wanted = ({"serverAddress", "serverChallenge", "serverCertificate"}, {"ccRequiredFlag", "smdpSignature2", "smdpCertificate"},
              {"controlRefTemplate", "smdpSign"}, {"icon", "profileOwner", "profilePolicyRules", "notificationAddress"},
              {"firstSequenceOf87", "sequenceOf88", "sequenceOf86"} | ({"secondSequenceOf87"} if replace_keys else set()))
    assert all(names <= set(one.fields) for names, one in zip(wanted, read))


def test_a_cancelled_session_is_read_by_somebody_else(pki):
    lpa = Lpa(Card(pki, profiles=demo_profiles()))
    with Smdp(pki) as smdp:
        smdp.order(matching_id="ORDER")
        client = Client(smdp, lpa, pki)
        client.authenticate("ORDER")
        transaction = ber.encode(0x80, bytes.fromhex(client.transaction))
        answer = lpa.ask(0xBF41, transaction, ber.encode(0x81, b"\x01"))
        client.close()
    one, = decoder.read([ber.encode(0xBF41, transaction, ber.encode(0xA1, answer.value))], "request")
    assert one.problems == [] and {"smdpOid", "reason", "euiccCancelSessionSignature"} <= set(one.fields)
