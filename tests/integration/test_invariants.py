# SPDX-License-Identifier: LGPL-2.1-or-later
"""What must always hold of a deregistration, where a single comparison is all that holds it: each of these tests
stands for one that could be left out without any other test taking notice."""

import pytest
from esimlab.profiles import Profile, isdp_aid
from harness import AGREED, wait_until
from panel import DEREGISTRATION, EUICC, Panel
from portal import CONSENT, OUTCOME, Journey, day, portal_lab
from scene import BLUE
from test_faults import other_card


@pytest.fixture
def portal(make_lab, tmp_path):
    return portal_lab(make_lab, tmp_path / "carriers")


# A record is bound to one profile of one card

@pytest.mark.parametrize("method, consent", [("portal", CONSENT), ("local", ("consent", "local"))])
def test_a_profile_that_was_installed_again_is_not_asked_about(portal, method, consent):
    """Found by the preflight already: nobody is sent to the carrier for a profile that is another one by now."""
    journey = Journey.begin(portal, method=method)
    journey.go(consent)
    profile = portal.lab.card.profile(BLUE)
    journey.restart(meanwhile=lambda: setattr(profile, "aid", isdp_aid(9)))
    journey.wait("failed")
    assert journey.findings()["profile-replaced"]["severity"] == "blocker"
    assert "question" not in journey.told() and journey.deletions() == 0


def test_iccids_that_differ_at_their_end_alone(make_lab):
    """Two of one batch: the other one is neither disabled nor deleted, and its notification is not ours."""
    one, two = "89445001234567890123", "89445001234567890125"
    profiles = [Profile(iccid, "Batch", "Lab Telecom", aid=isdp_aid(number))
                for number, iccid in enumerate((one, two), 1)]
    panel = Panel(make_lab(profiles=profiles))
    path = panel.deregister(two)
    panel.answer(path, **AGREED)
    panel.wait_stage(path, "completed")
    assert [profile.iccid for profile in panel.lab.card.profiles] == [one]


def test_another_card_is_not_even_asked(portal, pki):
    """While its own card is away a record has no work for the one that is there, and no error of it."""
    other, journey = other_card(pki), Journey.begin(portal)
    journey.go(OUTCOME)
    portal.lab.modem.insert_card(0, None)
    wait_until(portal, lambda: portal.objects(EUICC)[portal.euicc()]["State"] == "absent")
    journey.answer(OUTCOME, outcome="confirmed", **{"effective-date": day(-1)})
    journey.wait("confirmed")
    portal.lab.modem.insert_card(0, other)
    wait_until(portal, lambda: portal.objects(EUICC)[portal.euicc()]["Eid"] == other.eid)
    journey.do("Check")
    # Done after whatever the record would have had done.
    portal.run(portal.euicc(), EUICC, "Refresh")
    assert journey.stage == "confirmed" and "error" not in journey.told()
    assert portal.get(journey.path, DEREGISTRATION, "Profile") == "/"
