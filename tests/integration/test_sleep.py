# SPDX-License-Identifier: LGPL-2.1-or-later
"""The machine falls asleep anywhere: what was in flight ends, the card is read again, the work comes to its end, and
everything that must hold does."""

import pytest

from esimlab.clock import Clock
from esimlab.diskfaults import DiskFaults
from esimlab.lab import Lab
from killpoints import DISABLED, ENABLED, Deregistration, Verb
from sleeping import SleepSite, sleep_points
from test_kill import STRIDE, go_through, steps_of

CASES = [Deregistration("deregister-enabled", ENABLED), Verb("enable", DISABLED, "Enable")]
# The short run takes one point in so many of the main case: of each exchange another moment.
SAMPLE = 11


@pytest.fixture
def site(build, pki, tmp_path, request):
    faults, clock = DiskFaults(build, tmp_path / "state", tmp_path), Clock()
    lab = Lab(tmp_path, build=build, pki=pki, daemon=False, environment=faults.environment, clock=clock, login1=True)
    request.node.labs = [lab]
    request.addfinalizer(lab.close)
    lab.__enter__()
    made = SleepSite(lab, faults, clock)
    request.addfinalizer(made.close)
    return made


def test_asleep_at_some_points(site, kill_tally):
    points = sleep_points(steps_of(site, CASES[0])[0])
    go_through(site, CASES[0], points[::SAMPLE], kill_tally)


@pytest.mark.long
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_asleep_at_each_point(site, case, kill_tally):
    points = sleep_points(steps_of(site, case)[0])
    go_through(site, case, points[::STRIDE], kill_tally)
