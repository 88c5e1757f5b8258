# SPDX-License-Identifier: LGPL-2.1-or-later
"""The machine falls asleep anywhere: what was in flight ends, the card is read again, the work comes to its end, and
everything that must hold does."""

import pytest

from esimlab.clock import Clock
from esimlab.diskfaults import DiskFaults
from esimlab.lab import Lab
from harness import deregister, wait_until
from killpoints import DISABLED, ENABLED, Deregistration, Verb
from panel import Panel
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


def held_at(lab, tag):
    """Whether a delay lock is held when a command with this tag is about to reach the card."""
    seen = []

    def look(exchange):
        if exchange.tag() == tag:
            seen.append(lab.login1.wait_held(2) is not None)
        return False
    lab.modem.before_command.append(look)
    return seen


def test_no_sleep_between_a_deletion_and_its_record(make_lab):
    lab = make_lab(login1=True)
    panel, seen = Panel(lab), held_at(lab, "BF33")
    deregister(panel, DISABLED)                       # harness.deregister
    assert seen == [True]
    wait_until(panel, lambda: not lab.login1.held())
    assert all(lock.what == "sleep" and lock.mode == "delay" and lock.seconds < 5 for lock in lab.login1.locks)


def test_reading_and_waiting_delay_no_sleep(make_lab):
    lab = make_lab(login1=True)
    panel = Panel(lab)
    path = panel.deregister(DISABLED)
    panel.wait_question(path)
    assert lab.login1.locks == [] and lab.login1.going_to_sleep(timeout=1)
