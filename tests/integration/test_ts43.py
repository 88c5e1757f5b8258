# SPDX-License-Identifier: LGPL-2.1-or-later
"""A contract ended at the carrier's entitlement server: by the card alone, by a login, with everything that the server may answer."""

from datetime import timedelta

import pytest
from ts43 import (ATTEST, CHANGE, CODE, CONSENT, DELETION, END, HOUR, LATE, LOGIN, MESSAGE, NUMBER, RESEND, REVERSAL, WEBSHEET,
                  Ts43Journey, ts43_lab)


@pytest.fixture
def make(make_lab, request):
    """make (**settings of the server) -> a journey that has been consented to."""
    def begin(**settings):
        panel, _ = ts43_lab(make_lab, request, **settings)
        return Ts43Journey.begin(panel).consent()
    return begin


def in_review(make, **settings):
    journey = make(**settings)
    journey.wait("in-review")
    assert journey.submissions() == 1 and journey.deletions() == 0
    return journey


def test_by_the_card_to_the_receipt(make):
    journey = in_review(make, review=timedelta(days=2))
    assert journey.server.hss.vectors == 1
    journey.pass_until("completed", most=timedelta(days=4))
    assert journey.lab.card.profile(journey.iccid) is None
    assert journey.submissions() == 1 and journey.server.found == []
    said = [one["parameters"] for one in journey.receipt()["statements"] if one.get("code") == "carrier-answered"]
    assert any(one.get("said") == "status 4" for one in said), journey.receipt()


def test_polls_are_not_more_often_than_allowed(make):
    journey = in_review(make, review=timedelta(days=3))
    journey.pass_until("completed", most=timedelta(days=5))
    polls = journey.server.polls(journey.iccid)
    gaps = [later - earlier for earlier, later in zip(polls, polls[1:])]
    print(f"\nthree days' review: {len(polls)} polls, the closest {min(gaps)} apart, the widest {max(gaps)}")
    assert len(polls) < 30

