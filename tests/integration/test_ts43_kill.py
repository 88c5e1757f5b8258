# SPDX-License-Identifier: LGPL-2.1-or-later
"""kill -9 at each exchange with the carrier's server and with the card, and at each step of a record's way to the disk, and
disks that take nothing, over a deregistration by the carrier's server: one request, no deletion without the evidence on disk."""

from datetime import timedelta

import pytest
from killpoints import Point, all_points
from portal import QUICK
from test_kill import STRIDE, go_through, steps_of
from ts43 import START
from ts43kills import Ts43, Ts43Site, carrier_points

from esimlab.clock import Clock
from esimlab.diskfaults import DiskFaults
from esimlab.lab import Lab

CASES = [Ts43("ts43"), Ts43("ts43-delete-first", first=True)]
NAMES = [case.name for case in CASES]
# The short run takes one point in so many.
SAMPLE, CARRIER_SAMPLE, REFUSED_SAMPLE = 19, 4, 29


@pytest.fixture
def site(build, pki, tmp_path, request):
    clock = Clock(START)
    request.addfinalizer(clock.close)
    faults = DiskFaults(build, tmp_path / "state", tmp_path)
    lab = Lab(tmp_path, build=build, pki=pki, daemon=False, environment=faults.environment, config=QUICK, clock=clock,
              entitlement={"review": timedelta(hours=1), "deletion_lag": timedelta(minutes=30)})
    request.node.labs = [lab]
    request.addfinalizer(lab.close)
    lab.__enter__()
    made = Ts43Site(lab, faults, clock)
    request.addfinalizer(made.close)
    return made


def every(points, count):
    return points[::count * STRIDE]


def take(site, case, points, kill_tally):
    missed = kill_tally.not_reached
    go_through(site, case, points, kill_tally)
    assert kill_tally.not_reached - missed <= 1 + len(points) // 10


def refusals(disk, moment):
    return [Point("disk", number, moment) for number in range(1, len(disk) + 1)]


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_at_some_exchanges_with_the_carrier(site, case, kill_tally):
    steps_of(site, case)
    points = carrier_points(site.counted()["carrier"])
    assert len(points) >= 24
    take(site, case, every(points, CARRIER_SAMPLE), kill_tally)


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_at_some_points(site, case, kill_tally):
    go_through(site, case, every(all_points(steps_of(site, case)), SAMPLE), kill_tally)


@pytest.mark.parametrize("moment", ["full", "read-only"])
def test_the_disk_takes_nothing_at_some_steps(site, kill_tally, moment):
    points = refusals(steps_of(site, CASES[0])[1], moment)
    go_through(site, CASES[0], every(points, REFUSED_SAMPLE), kill_tally)


@pytest.mark.long
@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_at_each_exchange_with_the_carrier(site, case, kill_tally):
    steps_of(site, case)
    points = carrier_points(site.counted()["carrier"])
    print(f"{case.name}: {len(points)} points")
    take(site, case, every(points, 1), kill_tally)


@pytest.mark.long
@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_at_each_point(site, case, kill_tally):
    points = all_points(steps_of(site, case))
    print(f"{case.name}: {len(points)} points")
    go_through(site, case, every(points, 1), kill_tally)


@pytest.mark.long
@pytest.mark.parametrize("case", CASES, ids=NAMES)
@pytest.mark.parametrize("moment", ["full", "read-only"])
def test_the_disk_takes_nothing_at_each_step(site, case, kill_tally, moment):
    points = refusals(steps_of(site, case)[1], moment)
    print(f"{case.name}: {len(points)} points, {moment}")
    go_through(site, case, every(points, 1), kill_tally)
