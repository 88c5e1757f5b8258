# SPDX-License-Identifier: LGPL-2.1-or-later
"""A carrier's own way in the guest: days pass on its system clock, the daemon is killed on the way, and the profile goes
on the day after the contract's last one, not before."""

import datetime
import os
import pathlib
import signal

import carrierfiles
import pytest
from guest import DAEMON, is_active, main_pid, run, wait_for
from portal import OUTCOME, Journey, day
from scene import BLUE

CARRIERS = pathlib.Path("/etc/esimd/carriers.d")
NOTICE_DAYS = 2


def pass_days(count):
    """As somebody sets a clock: a step, which timers of the wall clock are told of."""
    moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=count)
    run("date", "--utc", "--set", moment.strftime("%Y-%m-%d %H:%M:%S"))


@pytest.fixture
def carriers():
    files = carrierfiles.usual(CARRIERS)
    yield files
    for path in CARRIERS.glob("*.conf"):
        path.unlink()


def test_a_contract_is_ended_the_carriers_way(guest, panel, carriers):
    guest.fresh("mbim")
    journey = Journey.begin(panel, BLUE, method="", reason="travel-ended")
    journey.go(OUTCOME)
    journey.answer(OUTCOME, **{"outcome": "confirmed", "effective-date": day(NOTICE_DAYS)})
    journey.wait("awaiting-end")
    identity, victim = journey.told()["id"], main_pid()
    os.kill(victim, signal.SIGKILL)
    wait_for(lambda: is_active(DAEMON) and main_pid() not in (None, victim) and guest.ready(), "systemd's restart of esimd")
    guest.wait_profiles()
    journey.find(identity)
    assert journey.stage == "awaiting-end"
    assert guest.card.profile(BLUE) is not None and journey.deletions() == 0
    pass_days(NOTICE_DAYS + 2)
    journey.wait("completed", timeout=90)
    assert guest.card.profile(BLUE) is None
    assert journey.receipt()["iccid"] == BLUE
    assert not guest.smdp.violations
