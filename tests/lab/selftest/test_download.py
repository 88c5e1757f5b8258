# SPDX-License-Identifier: LGPL-2.1-or-later
"""The card's side of a download."""

import pytest

from esimlab import Card, ber, demo_profiles
from esimlab.servercert import verify_raw
from lpa import Lpa
from provider import HOST, ICCID, TRANSACTION, Provider, elements, metadata


def outcome(data, card, pki, root="nist"):
    """What a BF37 says, its signature checked: the AID, or the command and the error."""
    result = ber.parse(data)
    ber.walk(result)
    body, signature = result.children()
    identity = card.euicc.identities[root]
    assert (result.tag, body.tag, signature.tag) == (0xBF37, 0xBF27, 0x5F37)
    assert verify_raw(identity.cert.public_key(), signature.value, body.raw)
    assert body.need(0x80).value == TRANSACTION
    assert body.need(0xBF2F).need(0x0C).value == HOST.encode()
    final = ber.parse(body.need(0xA2).value)
    if final.tag == 0xA0:
        return final.need(0x4F).value
    return tuple(ber.read_integer(final.need(tag).value) for tag in (0x80, 0x81))


def code(answer):
    return ber.read_integer(answer.need(0xA1).need(0x02).value)


@pytest.mark.parametrize("root", ["nist", "brainpool"])
@pytest.mark.parametrize("replace", [True, False])
def test_a_profile_comes_onto_the_card(card, pki, root, replace):
    lpa = Lpa(card)
    provider = Provider(lpa, pki, root).ready()
    data, sw = provider.load(provider.package(replace=replace))
    made = card.profile(ICCID)
    assert sw == 0x9000 and outcome(data, card, pki, root) == made.aid
    assert (made.name, made.provider, made.enabled, made.imsi, made.root) == (
        "Reise \u65c5", "Lab Telecom", False, "001010000000099", root)
    assert 14000 < made.size < 14300
    assert lpa.notifications()[0].raw == data
    assert [(n.event, n.address) for n in card.pending_notifications] == [("install", HOST), ("install", "rsp.lab.example")]
    assert card.euicc.sessions.kept_keys == []
    assert lpa.send(ber.encode(0x86, bytes(24)))[1] == 0x6A88
