# SPDX-License-Identifier: LGPL-2.1-or-later
"""Discovery (SGP.22 v2.5, 3.6): from server to server, in circles, and at servers that are not to be believed."""

import pytest
from downloads import download, end, failure
from harness import wait_until
from panel import EUICC, Panel

from esimlab.lab import EVENT_HOSTS
from esimlab.pki import SIGNER_KINDS

SMDP, ROOT, NEXT = "smdp.lab.example", *EVENT_HOSTS
BAD = [kind for kind in SIGNER_KINDS if kind not in ("good", "other_oid")]


def discover(panel, **options):
    return panel.run(panel.euicc(), EUICC, "Discover", **options)["orders"]


def test_an_event_leads_through_another_server(panel):
    lab = panel.lab
    order = lab.smdp.order()
    lab.smds.event(order.matching_id, NEXT, lab.card.eid, at=ROOT)
    lab.smds.event(order.matching_id, SMDP, lab.card.eid, at=NEXT)
    lab.smds.event("NOT-FOR-US", SMDP, "89049032000001000000000000000074")
    found, = discover(panel)
    assert found == {"address": SMDP, "matching-id": order.matching_id}
    end(panel, download(panel, code="", **{"smdp-address": found["address"], "matching-id": found["matching-id"]}))
    wait_until(panel, lambda: order.results == ["success"])
    assert lab.smds.violations == []


def test_the_second_server_may_be_named(panel):
    panel.lab.smds.event("THERE", SMDP, panel.lab.card.eid, at=NEXT)
    assert discover(panel) == []
    assert discover(panel, **{"smds-address": NEXT}) == [{"address": SMDP, "matching-id": "THERE"}]


def test_servers_in_a_circle_are_asked_for_a_while(panel):
    smds = panel.lab.smds
    smds.event("ROUND", NEXT, at=ROOT)
    smds.event("ROUND", ROOT, at=NEXT)
    smds.event("STRAIGHT", SMDP, at=ROOT)
    assert {"address": SMDP, "matching-id": "STRAIGHT"} in discover(panel)
    assert len([r for r in smds.requests if r.path.endswith("authenticateClient")]) <= 16


def test_a_card_of_brainpool_alone(make_lab):
    panel = Panel(make_lab(curve="brainpool"))
    panel.lab.smds.event("THERE", SMDP)
    assert discover(panel) == [{"address": SMDP, "matching-id": "THERE"}]


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_certificate_of_a_discovery_server(panel, kind):
    panel.lab.smds.set_signer("auth", kind)
    panel.lab.smds.event("THERE", SMDP)
    name, description = failure(panel, panel.call(panel.euicc(), EUICC, "Discover"))
    assert name == ("NotSupported" if kind == "other_ci" else "ServerNotTrusted"), description
    assert not [r for r in panel.lab.smds.requests if r.path.endswith("authenticateClient")]
