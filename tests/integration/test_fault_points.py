# SPDX-License-Identifier: LGPL-2.1-or-later
"""Each exchange with the operator's server and with the card goes wrong once; kill -9 at each exchange with the server, each
call of the client and each question to polkit; disks that take nothing. What holds after a kill holds after all of these."""

import pytest
from carrierfiles import usual
from faultpoints import AskedPortal, AskedWithoutProfile, FaultSite, points_on
from killpoints import DISABLED, ENABLED, Deregistration, Point
from portalkills import Portal, Withdrawn, WithoutProfile
from test_kill import STRIDE, go_through, steps_of

from esimlab.daemon import PATIENCE
from esimlab.diskfaults import DiskFaults
from esimlab.lab import Lab
from esimlab.shortwaits import short_waits

LOCAL = [
    Deregistration("deregister-enabled", ENABLED),
    Deregistration("deregister-disabled", DISABLED),
    Deregistration("deregister-others-pending", ENABLED, others=True),
]
PORTAL = [Portal("portal"), WithoutProfile("portal-without-profile")]
ASKED = [AskedPortal("portal"), Withdrawn("portal-withdrawn"), AskedWithoutProfile("portal-without-profile")]
# The contract of a profile that is gone is ended without a card and without notifications.
WORK = {"server": LOCAL + PORTAL[:1], "card": LOCAL + PORTAL[:1], "bus": LOCAL + ASKED, "polkit": LOCAL + ASKED}
EACH = [pytest.param(on, case, id=f"{on}-{case.name}") for on, cases in WORK.items() for case in cases]
# The short run takes one point in so many of the enabled profile's deregistration, and of the portal's.
SAMPLES = {"server": 13, "card": 61, "bus": 9, "polkit": 5}
CONFIG = {"network": {"retry-min-seconds": "1", "retry-max-seconds": "1", "total-timeout-seconds": "2"}}
# libmbim waits for a minute for an answer of the card, and for half of it for a channel.
WAITS = (60, 700 * PATIENCE, 30, 700 * PATIENCE)


@pytest.fixture
def site(build, pki, tmp_path, request):
    faults = DiskFaults(build, tmp_path / "state", tmp_path)
    config = {**CONFIG, "carriers": {"folders": usual(tmp_path / "carriers")}}
    lab = Lab(tmp_path, build=build, pki=pki, daemon=False, config=config,
              environment=short_waits(build, *WAITS, given=faults.environment))
    request.node.labs = [lab]
    request.addfinalizer(lab.close)
    lab.__enter__()
    made = FaultSite(lab, faults)
    request.addfinalizer(made.close)
    return made


def points(site, on, case):
    """All points of this kind of a case."""
    exchanges, _ = steps_of(site, case)
    return points_on(on, exchanges if on == "card" else site.counted()[on])


def take(site, case, chosen, kill_tally):
    """Each of these; a few may not be reached, because the work has not the same number of steps each time."""
    missed = kill_tally.not_reached
    go_through(site, case, chosen, kill_tally)
    assert kill_tally.not_reached - missed <= min(len(chosen) - 1, 1 + len(chosen) // 10)


@pytest.mark.parametrize("on", SAMPLES)
@pytest.mark.parametrize("local", [True, False], ids=["local", "portal"])
def test_at_some_points(site, kill_tally, on, local):
    case = WORK[on][0 if local else len(LOCAL)]
    every = points(site, on, case)
    take(site, case, every[::SAMPLES[on] * STRIDE], kill_tally)


@pytest.mark.long
@pytest.mark.parametrize("on, case", EACH)
def test_at_each_point(site, kill_tally, on, case):
    every = points(site, on, case)
    assert every
    print(f"{case.name}: {len(every)} points, {on}")
    take(site, case, every[::STRIDE], kill_tally)


@pytest.mark.long
@pytest.mark.parametrize("case", LOCAL, ids=[case.name for case in LOCAL])
@pytest.mark.parametrize("moment", ["full", "read-only"])
def test_the_disk_takes_nothing_at_each_step(site, kill_tally, case, moment):
    every = [Point("disk", number, moment) for number in range(1, len(steps_of(site, case)[1]) + 1)]
    print(f"{case.name}: {len(every)} points, {moment}")
    take(site, case, every[::STRIDE], kill_tally)
