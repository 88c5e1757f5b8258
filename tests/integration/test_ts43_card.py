# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a deregistration by the carrier's server needs of the card meanwhile: the SIM asked again, a profile that was disabled,
one that is not in use, and a token that runs out under a question."""

import time
from datetime import timedelta

from panel import PROFILE
from test_ts43 import in_review, make  # noqa: F401  (a fixture)
from ts43 import HOUR, MESSAGE

TOKEN_S = 3


def polls(journey):
    return len(journey.server.polls(journey.iccid))


def pass_hours(journey, hours):
    for _ in range(hours):
        journey.lab.clock.step(HOUR)
        journey.settle()


def test_a_check_asks_now_also_after_a_restart(make):  # noqa: F811
    journey = in_review(make)
    journey.lab.clock.step(timedelta(minutes=20))
    journey.settle()
    before = polls(journey)
    journey.restart(False)
    journey.lab.clock.step(timedelta(minutes=10))
    journey.settle()
    assert polls(journey) == before, "the next is due in an hour"
    journey.do("Check")
    journey.panel.client.wait_until(lambda: polls(journey) == before + 1 and journey.server.hss.vectors == 2)
    journey.do("Check")
    journey.settle()
    assert polls(journey) == before + 1, "not more often than the carrier is asked at most"


def test_a_profile_that_is_disabled_meanwhile(make):  # noqa: F811
    """Nobody switches profiles for a poll; it goes on by itself once somebody has."""
    journey = in_review(make)
    journey.restart(False)
    journey.settle()
    journey.panel.run(journey.panel.profile(journey.iccid), PROFILE, "Disable")
    before, switched = polls(journey), journey.lab.card.counters["BF31"]
    pass_hours(journey, 5)
    assert polls(journey) == before and journey.lab.card.counters["BF31"] == switched
    assert journey.told()["error-name"].endswith("WrongState") and "enable" in journey.told()["error"]
    journey.panel.run(journey.panel.profile(journey.iccid), PROFILE, "Enable")
    journey.panel.client.wait_until(lambda: polls(journey) == before + 1 and "error" not in journey.told())
    journey.pass_until("completed", step=HOUR)
    assert journey.submissions() == 1


def test_a_token_that_runs_out_under_the_carriers_question(make):  # noqa: F811
    """The card proves the line again, and the answer goes out after that, once."""
    journey = make(unsubscribe="message", token_seconds=TOKEN_S)
    journey.question(MESSAGE)
    reason = {"text": "moving abroad"} if journey.question(MESSAGE)["free-text"] else {}
    # The token's time runs by a clock that nothing here can set.
    time.sleep(TOKEN_S + 0.5)
    for _ in range(3):  # found out by the first answer, which the user gives again
        if journey.stage != "in-review" and journey.told().get("question"):
            journey.answer(MESSAGE, button="accept", **reason)
        journey.settle()
    assert journey.stage == "in-review", journey.told()
    assert journey.server.hss.vectors == 2 and len(journey.server.replies) == 1
    assert journey.deletions() == 0 and not any(one.duplicate for one in journey.server.submissions)
