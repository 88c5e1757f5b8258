# SPDX-License-Identifier: LGPL-2.1-or-later
"""kill -9, full and read-only disks and clocks that jump, at each step of a deregistration by the carrier's page:
one request, no deletion without the evidence on disk, nothing lost."""

import pytest
from carrierfiles import usual
from killpoints import ENABLED, Point, Site, all_points
from portal import FRIDAY_NOON, QUICK
from portalkills import Portal, Removed, Withdrawn, WithoutProfile, clock_points
from test_kill import STRIDE, go_through, pairs_twice, steps_of

from esimlab.clock import Clock
from esimlab.diskfaults import DiskFaults
from esimlab.lab import Lab

CASES = [
    Portal("portal"),
    Portal("portal-enabled", ENABLED),
    Removed("portal-remove-now", others=True),
    Withdrawn("portal-withdrawn"),
    WithoutProfile("portal-without-profile"),
]
NAMES = [case.name for case in CASES]
# A clock that goes beyond the contract's end ends it, before anybody can take it back.
DATED = [case for case in CASES if not isinstance(case, Withdrawn)]
# The short run takes one point in so many, and another one each time that a step is added before it.
SAMPLE, REFUSED_SAMPLE = 9, 23


@pytest.fixture
def make_site(build, pki, tmp_path, request):
    def make(clock=None):
        faults = DiskFaults(build, tmp_path / "state", tmp_path)
        config = {**QUICK, "carriers": {"folders": usual(tmp_path / "carriers")}}
        timed = {"clock": clock} if clock else {}
        lab = Lab(tmp_path, build=build, pki=pki, daemon=False, environment=faults.environment, config=config, **timed)
        request.node.labs = [lab]
        request.addfinalizer(lab.close)
        lab.__enter__()
        site = Site(lab, faults, clock)
        request.addfinalizer(site.close)
        return site
    return make


def every(points, count):
    return points[::count * STRIDE]


def test_at_some_points(make_site, kill_tally):
    site = make_site()
    go_through(site, CASES[0], every(all_points(steps_of(site, CASES[0])), SAMPLE), kill_tally)


@pytest.mark.parametrize("moment", ["full", "read-only"])
def test_the_disk_takes_nothing_at_some_steps(make_site, kill_tally, moment):
    site = make_site()
    disk = steps_of(site, CASES[0])[1]
    points = [Point("disk", number, moment) for number in range(1, len(disk) + 1)]
    go_through(site, CASES[0], every(points, REFUSED_SAMPLE), kill_tally)


@pytest.mark.long
@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_at_each_point(make_site, case, kill_tally):
    site = make_site()
    points = all_points(steps_of(site, case))
    print(f"{case.name}: {len(points)} points")
    go_through(site, case, every(points, 1), kill_tally)


@pytest.mark.long
@pytest.mark.parametrize("case", CASES, ids=NAMES)
@pytest.mark.parametrize("moment", ["full", "read-only"])
def test_the_disk_takes_nothing_at_each_step(make_site, case, moment, kill_tally):
    site = make_site()
    disk = steps_of(site, case)[1]
    points = [Point("disk", number, moment) for number in range(1, len(disk) + 1)]
    print(f"{case.name}: {len(points)} points, {moment}")
    go_through(site, case, every(points, 1), kill_tally)


@pytest.mark.long
@pytest.mark.parametrize("case", DATED, ids=[case.name for case in DATED])
def test_the_clock_jumps_at_each_step(make_site, case, kill_tally, request):
    clock = Clock(FRIDAY_NOON)
    request.addfinalizer(clock.close)
    site = make_site(clock)
    steps_of(site, case)
    points = clock_points(site.ticks - site.first_tick)
    print(f"{case.name}: {len(points)} jumps of the clock")
    go_through(site, case, every(points, 1), kill_tally)


@pytest.mark.long
@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_killed_again_while_it_recovers(make_site, case, kill_tally):
    pairs_twice(make_site(), case, 120, kill_tally)
