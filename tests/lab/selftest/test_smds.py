# SPDX-License-Identifier: LGPL-2.1-or-later
"""Discovery: what waits for a card, where, and through how many servers."""

import pytest

from esimlab import Smdp, ber
from lpa import Lpa
from rspclient import CardRefused, Client, Failed

ROOT, NEXT = "smds.lab.example", "second.smds.lab.example"


@pytest.fixture
def smds(pki):
    with Smdp(pki, (ROOT, NEXT), role="ds") as running:
        yield running


def entries(smds, card, pki, event="", host=ROOT):
    one = Client(smds, Lpa(card), pki, host=host)
    try:
        return [(e["eventId"], e["rspServerAddress"]) for e in one.authenticate(event)["eventEntries"]]
    finally:
        one.close()


def test_events_lead_to_an_order_through_another_server(smds, card, pki):
    with Smdp(pki) as smdp:
        order = smdp.order()
        smds.event(order.matching_id, NEXT, card.eid, at=ROOT)
        smds.event("ELSEWHERE", NEXT, ber.make_eid("89049032", 9), at=ROOT)
        smds.event(order.matching_id, order.address, card.eid, at=NEXT)
        assert entries(smds, card, pki) == [(order.matching_id, NEXT)]
        assert entries(smds, card, pki, order.matching_id, NEXT) == [(order.matching_id, order.address)]
        one = Client(smdp, Lpa(card), pki)
        one.download(order.matching_id)
        one.close()
        assert order.state == "installed" and smds.violations == []


def test_nothing_waits(smds, card, pki):
    assert entries(smds, card, pki) == []
    with pytest.raises(Failed) as caught:
        entries(smds, card, pki, "ABC")
    assert caught.value.code == ("8.9.5", "3.9")


@pytest.mark.parametrize("kind, code", [("expired", 1), ("wrong_role", 5), ("swapped", 5), ("eum_minted", 1)])
def test_bad_certificates(smds, card, pki, kind, code):
    smds.set_signer("auth", kind)
    with pytest.raises(CardRefused) as caught:
        entries(smds, card, pki)
    assert caught.value.args == (0xBF38, code)
